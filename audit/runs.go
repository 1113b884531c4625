package audit

import (
	"slices"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/requirements"
)

// entry is a requirement or editable as a run reads it.
type entry struct {
	s          *subject
	line       int // index into the file's Lines
	constraint bool
}

func (e entry) of() *requirements.Line { return &e.s.file.Lines[e.line] }

// judgement is what was found about the entry; nil if it was not judged.
func (e entry) judgement() *judgement { return e.s.judgementOf(e.line) }

// title names the entry in a message.
func (e entry) title() string { return e.s.title(e.line) }

// view is a run as the judging needs it: what pip reads, in its order, by
// project.
type view struct {
	root    *subject
	run     requirements.Run
	byFile  map[*requirements.File]*subject
	entries []entry // requirements and editables that pip does not refuse
	indexed map[string][]entry
	targets []packaging.Target
	envs    []map[string]string        // see environments
	others  func() []map[string]string // the default ones
}

func (a *audit) viewOf(run requirements.Run, byFile map[*requirements.File]*subject) *view {
	v := &view{root: byFile[run.Root], run: run, byFile: byFile, others: a.environments}
	v.targets = v.root.settings.Targets
	v.entries = make([]entry, 0, len(run.Entries))
	for _, e := range run.Entries {
		l := &e.File.Lines[e.Line]
		if l.Err == nil && (l.Kind == requirements.Requirement || l.Kind == requirements.Editable) {
			v.entries = append(v.entries, entry{byFile[e.File], e.Line, e.Constraint})
		}
	}
	return v
}

// all are the entries of every line, in the order of the run.
func (v *view) all() []entry {
	list := make([]entry, 0, len(v.run.Entries))
	for _, e := range v.run.Entries {
		list = append(list, entry{v.byFile[e.File], e.Line, e.Constraint})
	}
	return list
}

// byProject are the entries of each project, by normalized name; unnamed ones
// are left out. One goroutine at a time may ask.
func (v *view) byProject() map[string][]entry {
	if v.indexed == nil {
		v.indexed = make(map[string][]entry, len(v.entries))
		room := make([]entry, len(v.entries)) // nearly every project has one
		for i, e := range v.entries {
			name := e.of().Name
			if name == "" {
				continue
			}
			project := packaging.NormalizeName(name)
			list, ok := v.indexed[project]
			if !ok {
				list = room[i : i : i+1]
			}
			v.indexed[project] = append(list, e)
		}
	}
	return v.indexed
}

// repeated are the entries of each project that has more than one, in reading
// order of the first. seen is of use to who asks again.
func (v *view) repeated(seen map[string]bool) [][]entry {
	clear(seen)
	var again []string
	for _, e := range v.entries {
		if name := e.of().Name; name != "" {
			project := packaging.NormalizeName(name)
			if seen[project] {
				again = append(again, project)
			}
			seen[project] = true
		}
	}
	if len(again) == 0 {
		return nil
	}
	byProject := v.byProject()
	first := map[string]int{} // where each project is read first
	for i, e := range v.entries {
		if project := packaging.NormalizeName(e.of().Name); len(byProject[project]) > 1 {
			if _, ok := first[project]; !ok {
				first[project] = i
			}
		}
	}
	slices.SortFunc(again, func(x, y string) int { return first[x] - first[y] })
	var lists [][]entry
	for _, project := range slices.Compact(again) {
		lists = append(lists, byProject[project])
	}
	return lists
}

// checking tells whether pip demands a hash of everything in the run.
func (a *audit) checking(v *view) bool { return v.run.HashChecking || a.options.RequireHashes }
