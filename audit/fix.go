package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

type digest = packaging.Digest

// FixOptions say what fix may do beyond replacing what is known to be wrong,
// design 1.7.
type FixOptions struct {
	Complete       bool   // add the files that a right list leaves out
	RequireHashes  bool   // turn hash checking on in runs that have it off
	ReplaceUnknown bool   // replace hashes of which nothing at all is known
	Repair         bool   // also apply what changes what is installed
	Project        string // only this project, normalized; "" for all
	// Writable tells whether the file at a path may be written; nil: every
	// file.
	Writable func(path string) bool
	// Shared gives a root outside the given paths that includes the file at a
	// path, "" if none does. nil: none includes any.
	Shared func(path string) string
	// Reload reads the same roots again with these files in place of those at the
	// paths.
	Reload func(ctx context.Context, changed map[string]*requirements.File) (*requirements.Set, error)
}

// Change is what fix would write.
type Change struct {
	Path     string
	Old, New *requirements.File // as it was read and as it becomes
}

// maxRounds bounds how often faults are repaired and looked for again.
const maxRounds = 10

// Fix judges, repairs and judges again. A finding that the second judgement
// does not have any more is reported as fixed. The changes are returned, one a
// file, in file order; nothing is written.
func Fix(ctx context.Context, set *requirements.Set, o Options, fo FixOptions) (*report.Report, []Change, error) {
	fo.Writable = remembered(fo.Writable)
	original := judge(ctx, set, o, &fo, newReleases(o.Index, o.Jobs, o.Progress))

	now := original
	changed := map[string]*requirements.File{}
	again := func(more map[string]*requirements.File) error {
		maps.Copy(changed, more)
		set, err := fo.Reload(ctx, changed)
		if err != nil {
			return fmt.Errorf("reading what fix would write: %w", err)
		}
		now = judge(ctx, set, o, &fo, original.releases)
		return nil
	}
	for range maxRounds { // a repair may show what it hid
		more := now.repairFaults()
		if len(more) == 0 {
			break
		}
		if err := again(more); err != nil {
			return nil, nil, err
		}
	}
	if more := now.repairHashes(); len(more) > 0 {
		if err := again(more); err != nil {
			return nil, nil, err
		}
	}

	r := original.report("fix")
	if now != original {
		now.brief = true
		settle(r, now.report("fix"))
	}
	var changes []Change
	told := map[string]bool{} // a file that is read by a file: URL too is written once
	for i, s := range original.subjects {
		if f := changed[s.file.Path]; f != nil && !f.SameBytes(s.file) {
			if !told[s.file.Path] {
				changes = append(changes, Change{s.file.Path, s.file, f})
			}
			told[s.file.Path], r.Files[i].Changed = true, true
			f.Release()
			s.file.Release()
		}
	}
	return r, changes, nil
}

// remembered asks about each path once; nil stays nil. It may be called from
// several goroutines at once.
func remembered(of func(path string) bool) func(path string) bool {
	if of == nil {
		return nil
	}
	var known sync.Map
	return func(path string) bool {
		yes, ok := known.Load(path)
		if !ok {
			yes, _ = known.LoadOrStore(path, of(path))
		}
		return yes.(bool)
	}
}

// settle marks as fixed the findings that are not found any more, and adds
// those that only the second judgement has.
func settle(before, after *report.Report) {
	type key struct{ path, rule, name, version string }
	keyOf := func(f report.Finding) key { return key{f.Path, f.Rule, f.Name, f.Version} }
	left := map[key][]report.Finding{}
	for _, f := range after.Findings {
		left[keyOf(f)] = append(left[keyOf(f)], f)
	}
	for i := range before.Findings {
		f := &before.Findings[i]
		if again := left[keyOf(*f)]; len(again) > 0 {
			f.Message, f.Help = again[0].Message, again[0].Help
			left[keyOf(*f)] = again[1:]
			continue
		}
		f.Fixed = true
	}
	for _, f := range after.Findings {
		if list := left[keyOf(f)]; len(list) > 0 {
			before.Findings = append(before.Findings, list[0])
			left[keyOf(f)] = list[1:]
		}
	}
}

// repairHashes writes the hashes that each requirement should have. What is
// read again afterwards must differ in nothing else, or the file stays as it is.
func (a *audit) repairHashes() map[string]*requirements.File {
	a.findAlone()
	return a.changeEach(func(s *subject) *requirements.File {
		if !a.writable(s) || a.held(s) != "" || s.turnsOn && a.groupAlone(s.group) {
			return nil
		}
		leave := a.leftAlone(s)
		want := map[int][]digest{}
		var edits []requirements.Edit
		for i := range s.judgements {
			j := &s.judgements[i]
			if !a.chosen(j.content.Name) || leave.lines[s.file.Lines[j.line].First] {
				continue
			}
			hashes, refusal := a.repaired(s, j)
			if refusal != "" || hashes == nil {
				continue
			}
			if e := s.edits(j.line, hashes); len(e) > 0 {
				want[j.line] = hashes
				edits = append(edits, e...)
			}
		}
		if len(edits) == 0 {
			return nil
		}
		changed, err := requirements.Reread(s.file, edits, want, a.options.Read)
		if err != nil {
			return nil
		}
		return changed
	})
}

// changeEach changes files, on all cores, and returns those that are changed, by
// path. change returns nil for a file that stays as it is. Files of one group
// come one after the other, as what one may become depends on the others.
func (a *audit) changeEach(change func(s *subject) *requirements.File) map[string]*requirements.File {
	after := make([]*requirements.File, len(a.subjects))
	each(a.groups(), 1, func(g []*subject) {
		for _, s := range g {
			after[s.number] = change(s)
			s.file.Release()
		}
	})
	changed := map[string]*requirements.File{}
	for i, s := range a.subjects {
		if after[i] != nil {
			changed[s.file.Path] = after[i]
		}
	}
	return changed
}

func (a *audit) writable(s *subject) bool {
	return s.file.Err == nil && (a.fix.Writable == nil || a.fix.Writable(s.file.Path))
}

// chosen tells whether fix was asked to repair the project of that name.
func (a *audit) chosen(name string) bool {
	return a.fix.Project == "" || packaging.NormalizeName(name) == a.fix.Project
}

// repaired returns the hashes that a requirement should have, nil if it is to
// stay as it is. Where they cannot be known or may not be written, refusal says
// why and what to do.
func (a *audit) repaired(s *subject, j *judgement) (want []digest, refusal string) {
	l := &s.file.Lines[j.line]
	r := j.release
	switch j.verdict {
	case report.Missing:
		if l.Direct && r == nil {
			return nil, "its file is named by an address, which no index describes: --download hashes it"
		}
	case report.Mismatched, report.Foreign:
	case report.Verified:
		if !a.fix.Complete || j.unlisted == 0 {
			return nil, ""
		}
	default:
		return nil, ""
	}
	if !a.writable(s) {
		return nil, s.outside()
	}
	if help := a.sharedHelp(s); help != "" {
		return nil, help
	}
	if r == nil {
		return nil, "the index was not asked"
	}
	if s.swallows(j.line) {
		return nil, `not fixed, as the line swallows another requirement, whose hashes these may be: "reqhash fix --repair" first`
	}
	if err := r.answer.Err(); err != nil {
		return nil, fmt.Sprintf("not fixed, as an index did not answer: %v", err)
	}
	if len(r.marks.changed) > 0 {
		return nil, "not fixed, as the index gives another digest for a file than before"
	}
	if r.marks.confusion != "" {
		return nil, "not fixed, as the indexes contradict each other about the release"
	}
	if r.direct && j.verdict == report.Mismatched && len(j.wrong) == 0 {
		return nil, "not fixed, as the hash stands in the URL: the file may have been exchanged, look at it before you change the hash"
	}
	if j.verdict == report.Foreign {
		return a.corrected(l, j), ""
	}
	all, complete := r.installable()
	if r.direct {
		d, known := r.files()[0].Digest(packaging.SHA256)
		all, complete = []digest{d}, known
	}
	switch {
	case !complete:
		return nil, "not fixed, as the index publishes no sha256 of some file of the release"
	case len(all) == 0:
		return nil, "not fixed, as the release has no file that pip can install"
	case j.verdict == report.Mismatched && onlyUnknown(j.wrong) && !a.fix.ReplaceUnknown:
		name, version := s.identity(j.line)
		look := fmt.Sprintf("reqhash explain %s==%s", name, version)
		if r.direct {
			look = "pip download --no-deps, from another network"
		}
		return nil, fmt.Sprintf("not fixed: nothing that is known has these hashes. It may be a deleted file, a build of your own, another index, or an attack. "+
			`Look first (%q), then "reqhash fix --replace-unknown"`, look)
	}
	if j.verdict == report.Verified {
		want = l.Digests()
		for _, d := range all {
			if !slices.Contains(want, d) {
				want = append(want, d)
			}
		}
		return want, ""
	}
	return all, ""
}

// sharedHelp says why a file is not written that a root outside the given paths
// includes; "" if none does.
func (a *audit) sharedHelp(s *subject) string {
	if a.fix.Shared == nil {
		return ""
	}
	root := a.fix.Shared(s.file.Path)
	if root == "" {
		return ""
	}
	return fmt.Sprintf(`not fixed, as %s includes it too: "reqhash fix %s %s"`, root, s.file.Path, root)
}

// outside says why a file is not written.
func (s *subject) outside() string {
	paths := s.file.Path
	if s.checkedBy != "" && s.checkedBy != paths { // alone, hash checking may be off in it
		paths = s.checkedBy + " " + paths
	}
	return fmt.Sprintf(`not fixed, as it lies outside the given paths: "reqhash fix %s"`, paths)
}

// swallows tells whether a fault of the line is that it swallows a requirement.
func (s *subject) swallows(line int) bool {
	return slices.ContainsFunc(s.file.Faults, func(t requirements.Fault) bool { return t.Rule == "swallowed-requirement" && t.Line == line })
}

// corrected keeps the hashes that belong, in their order, and puts the digest
// that was meant, or that of the file of the same name, in the place of one
// that does not; where neither is known it is left out.
func (a *audit) corrected(l *requirements.Line, j *judgement) []digest {
	var want []digest
	for i, d := range l.Digests() {
		if !j.belongs[i] {
			k := slices.IndexFunc(j.wrong, func(w wrongHash) bool { return w.hash == i })
			if k < 0 {
				continue // a repetition of one that was met before
			}
			d = a.replacement(j, &j.wrong[k])
		} else if slices.Contains(want, d) {
			want = append(want, d) // a repetition that belongs is left alone
			continue
		}
		if !d.IsZero() && (j.belongs[i] || !slices.Contains(want, d) && !l.Lists(d)) {
			want = append(want, d)
		}
	}
	return want
}

// replaced counts the wrong hashes that fix can put a right one in the place of.
func (a *audit) replaced(j *judgement) int {
	n := 0
	for i := range j.wrong {
		if !a.replacement(j, &j.wrong[i]).IsZero() {
			n++
		}
	}
	return n
}

// replacement is the digest of the release that should stand in the place of a
// wrong one; zero if that is not known.
func (a *audit) replacement(j *judgement, w *wrongHash) digest {
	if w.Meant != "" {
		d, _ := packaging.ParseDigest(w.Meant)
		return d
	}
	if w.Cause == report.OtherAlgorithm || w.Cause == report.OtherRelease || w.Cause == report.Gone {
		if f, ok := j.release.sameNamed(w.File); ok {
			d, _ := f.Digest(packaging.SHA256)
			return d
		}
	}
	return digest{}
}

// notAsked is the obstacle that is none but for want of a word.
const notAsked = `nobody asked for it ("reqhash fix --require-hashes", or require = "hashes" in .reqhash.toml)`

// obstacles says what keeps fix from turning hash checking on for a group of
// runs, one sentence each; none: it may and can.
func (a *audit) obstacles(g *group) []string {
	g.once.Do(func() { g.obstacles = a.findObstacles(g) })
	return g.obstacles
}

func (a *audit) findObstacles(g *group) []string {
	var list []string
	if !a.fix.RequireHashes && !g.required() && !a.groupComplete(g) {
		list = append(list, notAsked)
	}
	if a.fix.Project != "" {
		list = append(list, "--package names one project, and hash checking concerns all")
	}
	for _, s := range g.subjects {
		if a.fixing && !a.writable(s) && !s.constraint {
			list = append(list, fmt.Sprintf("%s lies outside the given paths", s.file.Path))
		}
		for i := range s.judgements {
			j := &s.judgements[i]
			if why := a.obstacle(s, j); why != "" {
				l := &s.file.Lines[j.line]
				list = append(list, fmt.Sprintf("%s (line %d of %s) %s", s.title(j.line), l.First, s.file.Path, why))
			}
		}
	}
	for _, v := range g.views {
		list = append(list, v.unread()...)
		list = append(list, a.lackObstacles(v)...)
	}
	return list
}

// lackObstacles are the dependencies that no line lists: with hash checking on,
// pip would refuse them, where it installs them today.
func (a *audit) lackObstacles(v *view) []string {
	if !a.asksNeeds(v) {
		return nil
	}
	var list []string
	lacks, _ := a.lacking(v, a.newIndex())
	for _, k := range lacks {
		if k.certain && !k.optional {
			list = append(list, fmt.Sprintf("%s, which %s needs, is not listed", k.text, k.by.title()))
		}
	}
	return list
}

func (a *audit) obstacle(s *subject, j *judgement) string {
	switch j.verdict {
	case report.Verified:
		return ""
	case report.Unpinned:
		return "is not pinned"
	case report.Unhashable:
		return "cannot be hashed"
	case report.Absent:
		return "is on no index"
	case report.Unverified, "":
		return "could not be verified"
	}
	if want, refusal := a.repaired(s, j); want == nil {
		return "cannot be given hashes: " + strings.TrimPrefix(strings.TrimPrefix(refusal, "not fixed, as "), "not fixed: ")
	}
	return ""
}

// group is all runs that share files: what turns hash checking on in one of
// them turns it on in all.
type group struct {
	subjects  []*subject
	views     []*view
	once      sync.Once
	obstacles []string // see audit.obstacles
}

// groupSubjects gives each subject its group: those that a run reads together,
// and what shares a file with them.
func (a *audit) groupSubjects() {
	for _, v := range a.views {
		g := v.root.group
		if g == nil {
			g = &group{}
		}
		off := !a.checking(v) && v.run.Off.File == nil
		for _, m := range v.run.Members {
			s := v.byFile[m.File]
			s.turnsOn = s.turnsOn || off
			switch {
			case s.group == nil:
				s.group = g
				g.subjects = append(g.subjects, s)
			case s.group != g:
				for _, t := range s.group.subjects {
					if t.group != g {
						t.group = g
						g.subjects = append(g.subjects, t)
					}
				}
			}
		}
	}
	for _, v := range a.views {
		g := v.root.group
		g.views = append(g.views, v)
	}
}

// groupComplete tells whether every dependency of a group's runs is known to be
// listed, so that they still install with hash checking on.
func (a *audit) groupComplete(g *group) bool {
	for _, v := range g.views {
		if !a.complete(v) {
			return false
		}
	}
	return len(g.views) > 0 && a.fixing
}

// required tells whether the configuration of every root demands hashes.
func (g *group) required() bool {
	for _, s := range g.subjects {
		if slices.Contains(s.roots, s.file.Path) && s.settings.Require != RequireHashes {
			return false
		}
	}
	return true
}
