package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// report says in words what was judged.
func (a *audit) report(command string) *report.Report {
	r := &report.Report{Command: command, Tool: a.options.Tool}
	for _, q := range a.releases.list {
		if q.version != "" {
			r.Summary.Releases++
		}
		for _, i := range q.answer.Indexes {
			if i.Cached && (r.Oldest.IsZero() || i.At.Before(r.Oldest)) {
				r.Oldest = i.At
			}
		}
	}
	a.compare()
	var predictions map[string][]report.Prediction
	if !a.brief {
		predictions = a.predictions()
	}
	each(a.groups(), 1, func(g []*subject) {
		for _, s := range g {
			if !a.brief {
				s.told = a.fileReport(s)
			}
			s.left, s.covered = a.sift(s, a.findings(s))
			s.file.Release()
		}
	})
	all := 0
	for _, s := range a.subjects {
		all += len(s.left)
	}
	r.Files, r.Findings = make([]report.File, 0, len(a.subjects)), make([]report.Finding, 0, all)
	for _, s := range a.subjects {
		s.told.Pip = predictions[s.file.Path]
		r.Files = append(r.Files, s.told)
		r.Findings = append(r.Findings, s.left...)
		r.Suppressed = append(r.Suppressed, s.covered...)
		for _, c := range s.ignored {
			a.configured = note(a.configured, c)
		}
		s.left, s.covered = nil, nil
	}
	for _, f := range a.unusedIgnores() {
		if a.options.Rules == nil || a.options.Rules(f.Rule) {
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

// sift takes out of a file's findings those that nobody wants, or that an ignore
// covers, and changes the verdicts of what is covered.
func (a *audit) sift(s *subject, list []report.Finding) (left []report.Finding, covered []report.Suppressed) {
	wanted := list[:0]
	for i := range list {
		f := &list[i]
		level := f.Level
		switch {
		case a.wanted(s, f):
			if n := len(wanted); n == i { // it is there already
				wanted = list[:n+1]
			} else {
				wanted = append(wanted, *f)
			}
		case level == report.Error || level == report.Unverifiable:
			covered = append(covered, report.Suppressed{Finding: *f, Reason: "switched off"})
		}
	}
	left, more := a.suppress(s, wanted)
	a.tellAlone(s, left)
	ignoredVerdicts(&s.told, left, more)
	return left, append(covered, more...)
}

// groups are the files that must be looked at one after the other: what may be
// done to one of a group depends on the others.
func (a *audit) groups() [][]*subject {
	var list [][]*subject
	seen := map[*group]bool{}
	for _, s := range a.subjects {
		switch g := s.group; {
		case g == nil:
			list = append(list, []*subject{s})
		case !seen[g]:
			seen[g] = true
			list = append(list, g.subjects)
		}
	}
	return list
}

func (a *audit) fileReport(s *subject) report.File {
	f := report.File{Path: s.file.Path, Roots: s.roots, HashChecking: s.checking}
	if s.file.Err != nil {
		f.Error = s.file.Err.Error()
	}
	if a.options.Index != nil && len(s.judgements) > 0 {
		f.Indexes = a.shown(s)
	}
	f.Requirements = make([]report.Requirement, 0, len(s.judgements))
	for i := range s.judgements {
		j := &s.judgements[i]
		l := &s.file.Lines[j.line]
		q := report.Requirement{Line: l.First, EndLine: l.Last, Judged: j.told}
		if s.private || l.Variables {
			own := *j.told
			if own.Name, own.Version = s.identity(j.line); s.private {
				own.Files = nil // their names have the project's
			}
			q.Judged = &own
		}
		f.Requirements = append(f.Requirements, q)
	}
	return f
}

// shown are the indexes that judge a file, as they may be shown.
func (a *audit) shown(s *subject) []string {
	list := s.sources.Shown()
	for i := range list {
		list[i] = a.options.Show(list[i])
	}
	return list
}

// ignoredVerdicts gives the verdict ignored to the requirements of which nothing
// grave is left but what ignores cover.
func ignoredVerdicts(f *report.File, left []report.Finding, covered []report.Suppressed) {
	grave := func(g report.Finding, q *report.Requirement) bool {
		return (g.Level == report.Error || g.Level == report.Unverifiable) && q.Line <= g.Line && g.Line <= q.EndLine
	}
	if len(covered) == 0 {
		return
	}
	for i := range f.Requirements {
		q := &f.Requirements[i]
		if slices.ContainsFunc(covered, func(c report.Suppressed) bool { return grave(c.Finding, q) }) &&
			!slices.ContainsFunc(left, func(g report.Finding) bool { return grave(g, q) }) {
			own := *q.Judged
			own.Verdict = report.Ignored
			q.Judged = &own
		}
	}
}

// wanted applies the levels of the configuration and the rules that were
// selected. It changes the finding's level.
func (a *audit) wanted(s *subject, f *report.Finding) bool {
	if level, ok := s.settings.Levels[f.Rule]; ok {
		if level == "" {
			return false
		}
		f.Level = level
	}
	return a.options.Rules == nil || a.options.Rules(f.Rule)
}

// findings are all of one file, in no order.
func (a *audit) findings(s *subject) []report.Finding {
	list := make([]report.Finding, 0, len(s.file.Faults)+len(s.extra)+8)
	add := func(f report.Finding) { list = append(list, f) }

	if s.prose && len(s.roots) == 0 {
		f := s.finding("skipped-file", requirements.Span{})
		f.Message, f.Help = "it reads like prose and is not checked", "name it on the command line if it is a requirements file, or exclude it in the configuration"
		return s.placed(append(list, f))
	}
	lint := a.options.Index == nil
	wrongLines := map[int]bool{} // requirements whose malformed hashes are told with the wrong ones
	for i := range s.judgements {
		j := &s.judgements[i]
		if len(j.wrong) > 0 {
			wrongLines[j.line] = true
		}
		a.judgementFindings(s, j, lint, add)
	}
	a.noHashes(s, add)
	a.remotes(s, add)
	a.insecure(s, add)
	list = append(list, s.extra...)
	notEdited := "" // why fix repairs no fault of the file
	if len(s.file.Faults) > 0 {
		if notEdited = a.sharedHelp(s); !a.writable(s) {
			notEdited = s.outside()
		}
	}
	for i := range s.file.Faults {
		t := &s.file.Faults[i]
		if t.Rule == "malformed-hash" && wrongLines[t.Line] {
			continue
		}
		list = append(list, s.finding(t.Rule, t.Span))
		f := &list[len(list)-1]
		f.Name, f.Message, f.Help = t.Name, requirements.Mask(t.Message), requirements.Mask(t.Help)
		f.Fix = report.Edits(t.Edits)
		if len(t.Edits) > 0 {
			f.Help = cmp.Or(notEdited, f.Help)
		}
		f.Help = cmp.Or(a.heldFault(s, t), f.Help)
	}
	return s.placed(list)
}

// placed gives findings of the file their places, in the order of these. A finding
// is large, and moved once.
func (s *subject) placed(list []report.Finding) []report.Finding {
	type key struct{ start, at int }
	keys := make([]key, len(list))
	for i := range list {
		keys[i] = key{list[i].At.Start, i}
	}
	byStart := func(a, b key) int { return cmp.Or(a.start-b.start, a.at-b.at) }
	if !slices.IsSortedFunc(keys, byStart) {
		slices.SortFunc(keys, byStart)
		sorted := make([]report.Finding, len(list))
		for i, k := range keys {
			sorted[i] = list[k.at]
		}
		list = sorted
	}
	at := s.file.Finder()
	for i := range list {
		if s.place(&list[i], at); s.private {
			list[i] = unsaid(list[i])
		}
	}
	return list
}

// unsaid is a finding without what the file says.
func unsaid(f report.Finding) report.Finding {
	r, _ := report.RuleOf(f.Rule)
	return report.Finding{Rule: f.Rule, Level: f.Level, Path: f.Path, Line: f.Line, Column: f.Column, EndLine: f.EndLine, EndColumn: f.EndColumn,
		Message: strings.TrimSuffix(r.Summary, "."), Help: "the file lies outside the repository: what it says is not shown"}
}

func (a *audit) judgementFindings(s *subject, j *judgement, lint bool, add func(report.Finding)) {
	if j.unremarkable() {
		return
	}
	l := &s.file.Lines[j.line]
	what := s.title(j.line)
	switch j.verdict {
	case report.Unhashable:
		if s.checking {
			f := s.about("unhashable", j)
			f.Message = fmt.Sprintf("%s is %s: pip cannot hash it, and refuses it where hash checking is on%s", what, kindOf(l), s.why("it"))
			f.Help = unhashableHelp(l)
			add(f)
		}
	case report.Unpinned:
		a.unpinnedFindings(s, j, what, add)
	case report.Absent:
		f := s.about("no-such-release", j)
		switch {
		case j.release.answer.Status == "quarantined":
			f.Rule = "quarantined"
			f.Message = fmt.Sprintf("%s is quarantined by the index%s", what, reasonOf(j.release.answer.StatusReason))
			f.Help = "it is suspected of malware: remove it, and look at what was installed from it"
		case !j.release.answer.Known:
			f.Rule = "no-such-project"
			f.Message = fmt.Sprintf("%s: no index has the project (asked: %s)", what, strings.Join(a.shown(s), ", "))
			f.Help = "correct the name, or name the index that has it"
		default:
			f.Message = fmt.Sprintf("%s: the project has no file of this release (asked: %s)", what, strings.Join(a.shown(s), ", "))
			f.Help = "it may have been removed: pin a release that exists"
		}
		add(f)
	case report.Missing:
		if s.checking {
			f := s.about("missing-hash", j)
			f.Message = what + " has no hash"
			f.Help, f.Fix = a.missingHelp(s, j)
			switch {
			case j.from == nil:
				f.Message += s.why("hash checking")
			case j.from.constraint:
				f.Level = report.Warning
				f.Message += fmt.Sprintf(" of its own: pip from 26.1 takes those of the constraint in %s, earlier ones refuse it", where(j.from.at))
			default:
				f.Level = report.Note
				f.Message += fmt.Sprintf(" of its own: pip takes those of %s", where(j.from.at))
			}
			add(f)
		}
	case report.Unverified:
		f := s.about("unverifiable", j)
		f.Message = fmt.Sprintf("%s could not be verified: %s", what, j.reason)
		f.Help = a.unverifiedHelp(l, j)
		add(f)
	case report.Mismatched, report.Foreign:
		add(a.wrongFinding(s, j, what))
	case "":
		if lint && s.checking && len(l.Hashes) == 0 && l.URLHash() == "" {
			f := s.about("missing-hash", j)
			f.Message = what + " has no hash" + s.why("hash checking")
			f.Help = `"reqhash fix" asks the index and writes them`
			add(f)
		}
	}
	a.releaseFindings(s, j, what, add)
}

func (a *audit) unverifiedHelp(l *requirements.Line, j *judgement) string {
	switch {
	case l.Variables && !a.options.Read.AllowEnv:
		return "--allow-env expands variables; do not allow it for files that others may change"
	case a.options.Download != nil && l.Direct:
		return "nothing is known to be wrong: look at the address"
	case j.release != nil && !j.release.direct && len(j.release.answer.Indexes) == 0:
		return "--index-url names one"
	case l.Direct, j.release.answer.Err() == nil:
		return "--download fetches the file and hashes it"
	}
	return "nothing is known to be wrong: ask again when the index answers"
}

func kindOf(l *requirements.Line) string {
	switch {
	case l.Kind == requirements.Editable:
		return "an editable"
	case l.VCS:
		return "a repository"
	}
	return "a directory"
}

func unhashableHelp(l *requirements.Line) string {
	if l.Kind == requirements.Editable && (l.Text == "." || strings.HasPrefix(l.Text, ".[")) {
		return `export without the project itself ("uv export --no-emit-project"), and install it by another command`
	}
	return "move it into a file of its own that is installed by another command, or name an archive by URL with its hash"
}

func reasonOf(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", text)
}

// why says which line turned hash checking on, where nothing in the file itself
// does.
// mode is the word for it.
func (s *subject) why(mode string) string {
	at := s.checkedAt
	own := func(l requirements.Line) bool {
		return len(l.Hashes) > 0 || slices.ContainsFunc(l.Settings, func(s requirements.Setting) bool { return s.Name == "require-hashes" })
	}
	if at.File == nil || slices.ContainsFunc(s.file.Lines, own) {
		return ""
	}
	return fmt.Sprintf("; line %d of %s turns %s on", at.File.Lines[at.Line].First, at.File.Path, mode)
}

// unpinnedFindings: pip before 26.1 refuses a requirement that is not pinned;
// later ones take the release that its hashes fit (S A).
func (a *audit) unpinnedFindings(s *subject, j *judgement, what string, add func(report.Finding)) {
	if !s.checking {
		return
	}
	l := &s.file.Lines[j.line]
	f := s.about("unpinned", j)
	f.Message = what + " is not pinned to one release, which hash checking demands" + s.why("it")
	name, _ := s.identity(j.line)
	f.Help = "pin it: " + name + "==VERSION"
	if len(l.Hashes) > 0 {
		f.Message = what + " has hashes and is not pinned to one release: pip before 26.1 refuses it"
	}
	if from := j.from; from != nil && from.constraint && !unpinned(from.at.of().Content) {
		f.Level = report.Warning
		f.Message = fmt.Sprintf("%s is not pinned, but the constraint in %s pins and hashes it: pip from 26.1 accepts that, earlier ones refuse it", what, where(from.at))
		pin, _ := from.at.of().Specifiers.Pin()
		f.Help = fmt.Sprintf("pin it here too: %s==%s", name, pin)
	}
	_, prefix := l.Specifiers.Pin() // ==1.*, which every pip takes for a pin (S 3)
	if prefix {
		f.Message = what + " names more than one release: pip takes whichever has a listed hash"
	}
	if v, ok := j.release.fits(l.Content); ok {
		f.Level = report.Warning
		f.Message = fmt.Sprintf("%s is not pinned, but its hashes are those of %s: pip from 26.1 accepts it, earlier ones refuse it", what, v)
		if prefix {
			f.Message = fmt.Sprintf("%s names more than one release, but its hashes are those of %s: pip takes that", what, v)
		}
		f.Help = fmt.Sprintf("pin it: %s==%s", name, v)
	}
	add(f)
}

// remotes are the includes by URL, which are not fetched: what they list was not
// verified.
func (a *audit) remotes(s *subject, add func(report.Finding)) {
	if a.options.Index == nil {
		return
	}
	for _, line := range s.remote {
		l := &s.file.Lines[line]
		f := s.finding("unverifiable", requirements.Span{Start: l.Start, End: l.End})
		f.Message = fmt.Sprintf("%s is not fetched: what it lists was not verified", requirements.Mask(l.Target))
		f.Help = "keep a copy beside the file and include that"
		add(f)
	}
}

// insecure says once a file that an index was asked without verification: by
// plain http, or as a trusted host.
func (a *audit) insecure(s *subject, add func(report.Finding)) {
	for i := range s.judgements {
		j := &s.judgements[i]
		if j.release == nil {
			continue
		}
		for _, index := range j.release.answer.Indexes {
			if !index.Insecure {
				continue
			}
			f := s.about("insecure-index", j)
			f.Name, f.Version = "", ""
			f.Message = fmt.Sprintf("%s was asked without verification: whoever sits between may have answered", index.Index)
			f.Help = "use https with a certificate that verifies"
			add(f)
			return
		}
	}
}

// some is plural to stand after "the": one is not counted.
func some(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return plural(n, one, many)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// missingHelp says what the index has for a requirement without hashes, and the
// edits that write it.
func (a *audit) missingHelp(s *subject, j *judgement) (string, []report.Edit) {
	want, refusal := a.repaired(s, j)
	if refusal == "" {
		refusal = a.held(s)
	}
	if refusal != "" {
		return refusal, nil
	}
	files := plural(len(want), "file", "files")
	return fmt.Sprintf(`the index has %s for it; "reqhash fix" writes %s`, files, map[bool]string{true: "its hash", false: "their hashes"}[len(want) == 1]),
		report.Edits(s.edits(j.line, want))
}

// edits are those that give a line the hashes; none if it has them.
func (s *subject) edits(line int, want []digest) []requirements.Edit {
	edits, err := s.file.SetHashes(line, want)
	if err != nil {
		return nil
	}
	slices.SortFunc(edits, func(a, b requirements.Edit) int { return a.Start - b.Start })
	return edits
}
