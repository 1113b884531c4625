package audit

import (
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
	root      *subject
	run       requirements.Run
	all       []entry            // every line
	entries   []entry            // requirements and editables that pip does not refuse
	byProject map[string][]entry // by normalized name; unnamed ones are left out
	projects  []string           // keys of byProject, in reading order
	targets   []packaging.Target
	envs      []map[string]string // see environments
}

func (a *audit) viewOf(run requirements.Run, byFile map[*requirements.File]*subject) *view {
	v := &view{root: byFile[run.Root], run: run, byProject: map[string][]entry{}}
	v.targets = v.root.settings.Targets
	for _, e := range run.Entries {
		l := &e.File.Lines[e.Line]
		v.all = append(v.all, entry{byFile[e.File], e.Line, e.Constraint})
		if l.Err != nil || l.Kind != requirements.Requirement && l.Kind != requirements.Editable {
			continue
		}
		v.entries = append(v.entries, entry{byFile[e.File], e.Line, e.Constraint})
		if l.Name == "" {
			continue
		}
		project := packaging.NormalizeName(l.Name)
		if v.byProject[project] == nil {
			v.projects = append(v.projects, project)
		}
		v.byProject[project] = append(v.byProject[project], v.entries[len(v.entries)-1])
	}
	return v
}

// checking tells whether pip demands a hash of everything in the run.
func (a *audit) checking(v *view) bool { return v.run.HashChecking || a.options.RequireHashes }
