package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// needs is what a release depends on.
type needs struct {
	wanted   bool // somebody wants to know
	once     sync.Once
	requires []*dependency
	bare     []*dependency // those that are
	known    bool
}

// dependency is one of a release, with what does not depend on who lists it.
type dependency struct {
	packaging.Requirement
	project     string // normalized
	number      int    // of the project
	conditional bool   // on more than extras
	// bare tells whether it can be needed by a line that asks for no extra and
	// has no marker, where there are no targets.
	bare bool
}

// dependencies has each text once: releases of a project repeat each other's.
type dependencies struct {
	mu     sync.RWMutex
	byText map[string]*dependency // nil: it cannot be read
}

// of returns what a text says, nil where it cannot be read.
func (ds *dependencies) of(text string, read func(packaging.Requirement) *dependency) *dependency {
	ds.mu.RLock()
	d, ok := ds.byText[text]
	ds.mu.RUnlock()
	if ok {
		return d
	}
	if q, err := packaging.ParseRequirement(text); err == nil {
		d = read(q)
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.byText == nil {
		ds.byText = map[string]*dependency{}
	}
	ds.byText[text] = d
	return d
}

func (a *audit) dependencyOf(q packaging.Requirement) *dependency {
	d := &dependency{Requirement: q, project: packaging.NormalizeName(q.Name)}
	d.number = a.releases.numbers.of(d.project)
	for _, c := range q.ParsedMarker.Comparisons() {
		d.conditional = d.conditional || c.Variable != "extra"
	}
	envs := a.environments()
	if !d.conditional {
		envs = envs[:1]
	}
	d.bare = slices.ContainsFunc(envs, func(env map[string]string) bool { return q.ParsedMarker.Evaluate(env, noExtra) })
	return d
}

// noExtra is what a dependency's marker is evaluated with where no extra is
// asked for.
var noExtra = []string{""}

// unsafe are the projects that pip-compile leaves out on purpose.
var unsafe = map[string]bool{"pip": true, "setuptools": true, "wheel": true, "distribute": true}

// needing returns the releases of which it is to be asked what they depend on,
// those that pip would install, and marks them.
func (a *audit) needing() []*release {
	var list []*release
	files := map[*subject]bool{}
	for _, v := range a.views {
		if !a.asksNeeds(v) {
			continue
		}
		for _, m := range v.run.Members {
			s := v.byFile[m.File]
			if m.Constraint || files[s] {
				continue
			}
			files[s] = true
			for _, j := range s.judgements {
				if j.needed {
					continue
				}
				j.needed = true
				if r := j.release; r != nil && r.version != "" && !r.needs.wanted {
					r.needs.wanted = true
					list = append(list, r)
				}
			}
		}
	}
	return list
}

// askNeeds asks what a release depends on, if that is wanted and it has files.
func (a *audit) askNeeds(ctx context.Context, r *release) {
	if !r.needs.wanted || r.count == 0 {
		return
	}
	r.needs.once.Do(func() {
		texts, known, err := a.options.Dependencies(ctx, r.answer)
		if err != nil || !known {
			return
		}
		r.needs.known = true
		r.needs.requires = make([]*dependency, 0, len(texts))
		for _, t := range texts {
			if q := a.releases.dependencies.of(t, a.dependencyOf); q != nil {
				if r.needs.requires = append(r.needs.requires, q); q.bare {
					r.needs.bare = append(r.needs.bare, q)
				}
			} else {
				r.needs.known = false // something is needed, and nobody can say what
			}
		}
	})
}

// asksNeeds tells whether dependencies decide something in a run: hash checking
// is on, or is to be turned on.
func (a *audit) asksNeeds(v *view) bool {
	return a.options.Dependencies != nil && (a.checking(v) || a.fixing || v.root.settings.Require == RequireHashes)
}

// lack is a dependency of a listed release that no line of the run lists.
type lack struct {
	by       entry
	project  string // as the dependency is written
	text     string // name and specifier
	marker   string
	on       string // the first target that needs it, where its condition decided that
	certain  bool   // no marker, or one that is true on a target
	optional bool   // a project that pip-compile leaves out
	leftOut  bool   // and a file of the run says that it does
}

// lacking follows the dependencies of everything that a run lists, extras
// included, and returns what no line lists, and the requirements whose
// dependencies are not known. The index is filled with the run.
func (a *audit) lacking(v *view, x *index) (lacks []lack, unknown []entry) {
	x.fill(v)
	extras := map[int][]string{} // by project: those that some line or dependency asks for
	ask := func(project int, more []string) (changed bool) {
		for _, extra := range more {
			if extra = packaging.NormalizeName(extra); project >= 0 && !slices.Contains(extras[project], extra) {
				extras[project] = append(extras[project], extra)
				changed = true
			}
		}
		return changed
	}
	for i := range x.entries {
		if e := &x.entries[i]; !e.constraint && len(e.of().Extras) > 0 {
			ask(e.project, e.of().Extras)
		}
	}
	type told struct {
		project string
		certain bool
	}
	said := map[told]bool{}
	for changed := true; changed; {
		changed = false
		lacks, unknown = nil, nil
		clear(said)
		for k := range x.entries {
			if x.entries[k].constraint {
				continue
			}
			e, j := x.entries[k].entry, x.entries[k].judgement
			if j == nil || j.release == nil || !j.release.needs.known {
				if j != nil && (j.content.Direct || j.release != nil && j.release.count > 0) {
					unknown = append(unknown, e)
				}
				continue
			}
			var own []string
			if len(extras) > 0 {
				own = extras[j.number]
			}
			needs := &j.release.needs
			list, always := needs.requires, j.content.Marker == "" && len(own) == 0 && len(v.targets) == 0 // nearly always
			if always {
				list = needs.bare
			}
			for _, q := range list {
				if always && len(q.Extras) == 0 && x.plain(q.number) {
					continue
				}
				applies, certain, on := v.applies(j.content, q, own)
				if !applies {
					continue
				}
				covered, somewhere := v.listed(x, j.content, q, own)
				if (covered || somewhere) && len(q.Extras) > 0 {
					changed = ask(q.number, q.Extras) || changed
				}
				if covered {
					continue
				}
				certain = certain && (!somewhere || len(v.targets) > 0)
				if key := (told{q.project, certain}); !said[key] {
					said[key] = true
					lacks = append(lacks, lack{e, q.Name, q.Name + q.Specifiers.String(), q.Marker, on, certain, unsafe[q.project], unsafe[q.project] && v.leavesOut(q.project)})
				}
			}
		}
	}
	return lacks, unknown
}

// plain tells whether some line lists the project wherever anybody installs it.
func (x *index) plain(project int) bool {
	for e := range x.of(project) {
		if !e.constraint && e.of().Marker == "" {
			return true
		}
	}
	return false
}

// leavesOut tells whether a comment in a file of the run says that the project
// was left out on purpose, as pip-compile without --allow-unsafe writes it below
// everything else: a heading that calls it unsafe, and its name on a line of its
// own.
func (v *view) leavesOut(project string) bool {
	for _, m := range v.run.Members {
		heading := false
		for line := range bytes.Lines(m.File.Src()) {
			comment, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("#"))
			switch {
			case !ok:
				heading = false
			case heading && packaging.NormalizeName(string(bytes.TrimSpace(comment))) == project:
				return true
			}
			heading = heading || ok && bytes.Contains(comment, []byte("unsafe"))
		}
	}
	return false
}

// applies tells whether a dependency can be needed by a line with those extras,
// and whether that is certain: it has no condition but extras, or its condition
// is true on a target, which is then named. The line's own marker makes it no less
// certain: where pip takes the line, it needs the dependency.
func (v *view) applies(l *requirements.Content, q *dependency, extras []string) (applies, certain bool, on string) {
	targets := len(v.targets) > 0
	if l.Marker == "" && len(extras) == 0 && !targets {
		return q.bare, q.bare && !q.conditional, ""
	}
	own := markerOf(l)
	if own.IsZero() && !q.conditional && !targets {
		return q.ParsedMarker.Evaluate(v.environments()[0], append([]string{""}, extras...)), true, ""
	}
	for i, env := range v.environments() {
		if own.Evaluate(env, nil) && q.ParsedMarker.Evaluate(env, append([]string{""}, extras...)) {
			if targets && (q.conditional || !own.IsZero()) {
				on = v.targets[i].String()
			}
			return true, targets || !q.conditional, on
		}
	}
	return false, false, ""
}

// listed tells whether lines of the run list the project wherever the dependency
// is needed, and whether they do so somewhere.
func (v *view) listed(x *index, by *requirements.Content, q *dependency, extras []string) (covered, somewhere bool) {
	var markers []packaging.Marker
	for e := range x.of(q.number) {
		if e.constraint {
			continue
		}
		m := markerOf(e.of().Content)
		if m.IsZero() {
			return true, true
		}
		markers = append(markers, m)
	}
	if len(markers) == 0 {
		return false, false
	}
	own := markerOf(by)
	for _, env := range v.environments() {
		if own.Evaluate(env, nil) && !slices.ContainsFunc(markers, func(m packaging.Marker) bool { return m.Evaluate(env, nil) }) && q.ParsedMarker.Evaluate(env, append([]string{""}, extras...)) {
			return false, true
		}
	}
	return true, true
}

// hashedConstraint is a constraint of the run that pins and hashes a project.
func (v *view) hashedConstraint(project string) (entry, bool) {
	for e := range v.entries() {
		if l := e.of(); packaging.NormalizeName(l.Name) == project && e.constraint && len(l.Hashes) > 0 && !unpinned(l.Content) {
			return e, true
		}
	}
	return entry{}, false
}

// judgeRuns says what the runs with hash checking on lack. They are looked at on
// all cores, and told in their order.
func (a *audit) judgeRuns() {
	type found struct {
		view    *view
		lacks   []lack
		unknown []entry
	}
	var list []*found
	for _, v := range a.views {
		if a.checking(v) {
			list = append(list, &found{view: v})
		}
	}
	rooms := sync.Pool{New: func() any { return a.newIndex() }}
	each(list, 1, func(f *found) {
		x := rooms.Get().(*index)
		f.lacks, f.unknown = a.lacking(f.view, x)
		rooms.Put(x)
	})
	for _, f := range list {
		a.judgeDependencies(f.view, f.lacks, f.unknown)
		a.judgeTargets(f.view)
	}
}

// judgeDependencies says what a run with hash checking on does not list. What
// cannot be known is one note a run.
func (a *audit) judgeDependencies(v *view, lacks []lack, unknown []entry) {
	if unread := v.unread(); len(unread) > 0 { // it may list what seems to lack
		if len(lacks) > 0 {
			by := lacks[0].by
			f := by.s.about("unlisted-dependency", by.judgement())
			f.Level = report.Note
			f.Message = fmt.Sprintf("whether a line%s lists %s, which %s needs, is not known: %s", v.inRun(by.s), lacks[0].text, by.title(), someOfThem(unread))
			f.Help = "whether every dependency is listed was not verified"
			by.s.say(f)
		}
		return
	}
	conditional := map[entry][]string{}
	var order []entry
	for _, k := range lacks {
		if !k.certain {
			if conditional[k.by] == nil {
				order = append(order, k.by)
			}
			text := k.text
			if k.marker != "" {
				text += " ; " + k.marker
			}
			conditional[k.by] = append(conditional[k.by], text)
			continue
		}
		f := k.by.s.about("unlisted-dependency", k.by.judgement())
		f.Message = fmt.Sprintf("%s needs %s, which no line%s lists: pip refuses it where hash checking is on", k.by.title(), k.text, v.inRun(k.by.s))
		f.Help = "compile the file again, or add " + k.project + " pinned and hashed"
		if c, ok := v.hashedConstraint(packaging.NormalizeName(k.project)); ok {
			f.Level = report.Warning
			f.Message = fmt.Sprintf("%s needs %s, which only the constraint in %s pins and hashes: pip from 26.1 takes it, earlier ones refuse it", k.by.title(), k.text, where(c))
		}
		if k.on != "" {
			f.Message = fmt.Sprintf("%s needs %s on %s, which no line%s lists: pip refuses it where hash checking is on", k.by.title(), k.text, k.on, v.inRun(k.by.s))
			f.Help = "compile the file for that target too, or add " + k.project + " pinned and hashed"
		}
		if k.optional {
			f.Level = report.Warning
			f.Help = "pip takes the one that is installed already, and refuses where there is none: compile with --allow-unsafe, or add " + k.project + " pinned and hashed"
		}
		if k.leftOut {
			f.Level = report.Note
			f.Message = fmt.Sprintf("%s needs %s, which was left out as unsafe, as a comment says", k.by.title(), k.text)
		}
		k.by.s.say(f)
	}
	for _, e := range order {
		f := e.s.about("unlisted-dependency", e.judgement())
		f.Level = report.Note
		f.Message = fmt.Sprintf("%s needs, in some environments, what no line%s lists: %s", e.title(), v.inRun(e.s), strings.Join(conditional[e], ", "))
		f.Help = `name the environments that count by targets = ["…"] in .reqhash.toml, or by --target`
		e.s.say(f)
	}
	if len(unknown) > 0 && a.options.Dependencies != nil {
		e := unknown[0]
		f := e.s.about("unlisted-dependency", e.judgement())
		f.Level = report.Note
		f.Message = fmt.Sprintf("what %s%s not known: no wheel says it", e.title(), andMore(len(unknown)-1))
		f.Help = "whether every dependency is listed was not verified"
		e.s.say(f)
	}
}

func andMore(n int) string {
	if n == 0 {
		return " needs is"
	}
	return fmt.Sprintf(" and %s need is", plural(n, "other requirement", "other requirements"))
}

// inRun names the run, where that is not the file's own.
func (v *view) inRun(s *subject) string {
	if v.root == s {
		return ""
	}
	return " of " + v.root.file.Path
}

// complete tells whether every dependency of a run is known to be listed.
func (a *audit) complete(v *view) bool {
	if a.options.Dependencies == nil {
		return false
	}
	lacks, unknown := a.lacking(v, a.newIndex())
	return len(lacks) == 0 && len(unknown) == 0 && len(v.unread()) == 0
}
