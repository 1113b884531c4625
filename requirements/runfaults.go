package requirements

import (
	"errors"
	"fmt"
	"slices"
)

// faults adds to the files what their runs show.
func (ld *loader) faults(set *Set) {
	constraint := map[*File]bool{}
	for _, run := range set.Runs {
		for _, m := range run.Members {
			constraint[m.File] = constraint[m.File] || m.Constraint
		}
	}
	adds := ld.adds(set)
	both := map[Where]bool{} // told once, however many runs read the line
	for _, run := range set.Runs {
		if off := run.Off; run.Explicit && off.File != nil && !both[off] {
			both[off] = true
			off.File.Faults = append(off.File.Faults, Fault{Rule: "invalid-requirement", Span: off.File.Lines[off.Line].Span, Line: off.Line,
				Message: "pip refuses --require-hashes and --no-require-hashes in one run", Help: "remove one of them"})
			slices.SortStableFunc(off.File.Faults, func(a, b Fault) int { return a.Start - b.Start })
		}
	}
	for _, f := range set.Files {
		before := len(f.Faults)
		for i := range f.Lines {
			if !constraint[f] {
				break
			}
			f.Lines[i].Constrain = true
		}
		for _, i := range f.others {
			l := &f.Lines[i]
			switch l.Kind {
			case Editable:
				if constraint[f] && l.Err == nil {
					l.Err = errors.New("editable requirements are not allowed as constraints")
					f.Faults = append(f.Faults, Fault{Rule: "invalid-requirement", Span: l.Span, Line: int(i), Name: l.Name,
						Message: "pip refuses the line: " + l.Err.Error(), Help: "name the release instead: NAME==VERSION"})
				}
			case Include, Constraint:
				ld.includeFaults(f, int(i), adds[f])
			}
		}
		if len(f.Faults) > before {
			slices.SortStableFunc(f.Faults, func(a, b Fault) int { return a.Start - b.Start })
		}
	}
}

// adds finds the constraints files whose includes make a difference: those that
// some run reaches by -c, and that reach by -r what the run would not read else.
// pip reads it as requirements.
func (ld *loader) adds(set *Set) map[*File]bool {
	adds := map[*File]bool{}
	for _, run := range set.Runs {
		var plain map[*File]bool // what the run reads by -r alone
		for _, m := range run.Members {
			if !m.Constraint || !slices.ContainsFunc(m.File.others, func(i int32) bool { return m.File.Lines[i].Kind == Include }) {
				continue
			}
			if plain == nil {
				plain = map[*File]bool{}
				ld.reach(run.Root, plain)
			}
			for _, i := range m.File.others {
				if l := &m.File.Lines[i]; l.Kind == Include && (l.Reached == "" || !plain[ld.files[l.Reached]]) {
					adds[m.File] = true
				}
			}
		}
	}
	return adds
}

// reach adds a file and all that it reaches by -r.
func (ld *loader) reach(f *File, reached map[*File]bool) {
	if f == nil || reached[f] {
		return
	}
	reached[f] = true
	for _, i := range f.others {
		if l := &f.Lines[i]; l.Kind == Include && l.Reached != "" {
			ld.reach(ld.files[l.Reached], reached)
		}
	}
}

func (ld *loader) includeFaults(f *File, i int, constraint bool) {
	l := &f.Lines[i]
	if errors.Is(l.Err, errCycle) {
		f.Faults = append(f.Faults, Fault{Rule: "include-cycle", Span: l.Span, Line: i,
			Message: l.Err.Error(), Help: "remove one of the includes"})
		return
	}
	if next := ld.files[l.Reached]; next != nil && l.Reached != "" && next.Err != nil && next.Unread {
		f.Faults = append(f.Faults, Fault{Rule: "missing-include", Span: l.Span, Line: i,
			Message: fmt.Sprintf("%s cannot be read: %v", quote(l.Target), next.Err),
			Help:    "pip looks for it relative to the folder of the file that includes it"})
	}
	if constraint && l.Kind == Include {
		f.Faults = append(f.Faults, Fault{Rule: "ambiguous-line", Span: l.Span, Line: i,
			Message: fmt.Sprintf("pip installs what %s lists, although this is a constraints file; uv takes it for constraints", quote(l.Target)),
			Help:    "use -c here, or -r in the requirements file"})
	}
}
