package audit

import (
	"iter"

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

// counts tells whether it is a requirement or editable that pip does not refuse.
func (e entry) counts() bool {
	c := e.of().Content
	return c.Err == nil && (c.Kind == requirements.Requirement || c.Kind == requirements.Editable)
}

// judgement is what was found about the entry; nil if it was not judged.
func (e entry) judgement() *judgement { return e.s.judgementOf(e.line) }

// title names the entry in a message.
func (e entry) title() string { return e.s.title(e.line) }

// view is a run as the judging needs it.
type view struct {
	root    *subject
	run     requirements.Run
	byFile  map[*requirements.File]*subject
	targets []packaging.Target
	envs    []map[string]string        // see environments
	others  func() []map[string]string // the default ones
}

func (a *audit) viewOf(run requirements.Run, byFile map[*requirements.File]*subject) *view {
	v := &view{root: byFile[run.Root], run: run, byFile: byFile, others: a.environments}
	v.targets = v.root.settings.Targets
	return v
}

// all gives the entries of every line, in the order of the run.
func (v *view) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, p := range v.run.Parts {
			s := v.byFile[p.File]
			for i := p.From; i < p.To; i++ {
				if !yield(entry{s, i, p.Constraint}) {
					return
				}
			}
		}
	}
}

// entries gives the requirements and editables that pip does not refuse, in the
// order of the run.
func (v *view) entries() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for e := range v.all() {
			if e.counts() && !yield(e) {
				return
			}
		}
	}
}

// index has the entries of a run by project. It can be filled again for the next
// run. One goroutine at a time may use it.
type index struct {
	audit   *audit
	entries []indexed // in the order of the run
	// first and last are, for each project by number, 1 + index into entries of
	// its first and last.
	first, last []int32
	repeated    []int // numbers of projects with more than one entry, each once
}

// indexed is an entry with what was found about it.
type indexed struct {
	entry
	judgement *judgement // nil: it was not judged
	project   int        // by number, -1 where it has none
	next      int32      // 1 + index of the next of the project, 0 where there is none
}

func (a *audit) newIndex() *index {
	n := a.releases.numbers.count()
	return &index{audit: a, first: make([]int32, n), last: make([]int32, n)}
}

// fill takes in a run instead of the one before.
func (x *index) fill(v *view) {
	for i := range x.entries {
		if n := x.entries[i].project; n >= 0 {
			x.first[n], x.last[n] = 0, 0
		}
	}
	x.entries, x.repeated = x.entries[:0], x.repeated[:0]
	for _, p := range v.run.Parts {
		s := v.byFile[p.File]
		if s.judged && !s.constraint { // then all of them are judged
			for i := s.judgementAt(p.From); i < len(s.judgements) && s.judgements[i].line < p.To; i++ {
				j := &s.judgements[i]
				x.add(indexed{entry{s, j.line, p.Constraint}, j, j.number, 0})
			}
			continue
		}
		for i := p.From; i < p.To; i++ {
			if e := (entry{s, i, p.Constraint}); e.counts() {
				x.add(indexed{e, e.judgement(), x.audit.projectOf(e), 0})
			}
		}
	}
}

func (x *index) add(e indexed) {
	x.entries = append(x.entries, e)
	n, at := e.project, int32(len(x.entries))
	if n < 0 {
		return
	}
	for n >= len(x.first) { // of a line that is not judged
		x.first, x.last = append(x.first, 0), append(x.last, 0)
	}
	if first, last := x.first[n], x.last[n]; first == 0 {
		x.first[n] = at
	} else {
		if first == last {
			x.repeated = append(x.repeated, n)
		}
		x.entries[last-1].next = at
	}
	x.last[n] = at
}

// of gives the entries of a project by its number, in the order of the run.
func (x *index) of(project int) iter.Seq[*indexed] {
	return func(yield func(*indexed) bool) {
		if project < 0 || project >= len(x.first) {
			return
		}
		for at := x.first[project]; at > 0; at = x.entries[at-1].next {
			if !yield(&x.entries[at-1]) {
				return
			}
		}
	}
}

// projectOf is the number of an entry's project, -1 where it has none.
func (a *audit) projectOf(e entry) int {
	if j := e.judgement(); j != nil {
		return j.number
	}
	if c := e.of().Content; c.Name != "" {
		return a.releases.numbers.of(packaging.NormalizeName(c.Name))
	}
	return -1
}

// checking tells whether pip demands a hash of everything in the run.
func (a *audit) checking(v *view) bool { return v.run.HashChecking || a.options.RequireHashes }
