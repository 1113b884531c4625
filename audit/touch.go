package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// What fix may touch: not what somebody said is to be put up with, and nothing
// that would turn hash checking on in a run that would then not install.

// alone is what of a file is to be left alone: by an ignore, the baseline, a
// level that is off, or a rule that was not asked for.
type alone struct {
	whole bool         // no-hashes is put up with: the file gets no hash
	lines map[int]bool // first physical lines of logical lines
}

// findAlone finds what of each file is to be left alone, which then may be asked
// for from several goroutines at once.
func (a *audit) findAlone() {
	for _, s := range a.subjects {
		a.leftAlone(s)
		s.file.Release()
	}
}

// leavesSome tells whether anything of a file may have to be left alone.
func (a *audit) leavesSome(s *subject) bool {
	off := slices.Contains(slices.Collect(maps.Values(s.settings.Levels)), "")
	return off || a.options.Rules != nil || len(a.options.Known) > 0 || len(a.ignores(s)) > 0
}

// leftAlone tells what of a file is to be left alone.
func (a *audit) leftAlone(s *subject) alone {
	if s.alone != nil {
		return *s.alone
	}
	if !a.leavesSome(s) {
		s.alone = &alone{}
		return *s.alone
	}
	a.compare()
	out := alone{lines: map[int]bool{}}
	leave := func(f *report.Finding) {
		if f.Rule == "no-hashes" {
			out.whole = true
		}
		first, _ := s.logicalLine(f.Line)
		out.lines[first] = true
	}
	var wanted []report.Finding
	for _, f := range a.findings(s) {
		if repairable := len(f.Fix) > 0 || f.Level == report.Error; !a.wanted(s, &f) {
			if repairable {
				leave(&f)
			}
			continue
		}
		wanted = append(wanted, f)
	}
	_, covered := a.suppress(s, wanted)
	for i := range covered {
		leave(&covered[i].Finding)
	}
	s.alone = &out
	return out
}

// groupAlone tells whether something in a group is to be left alone, so that
// hash checking is not to be turned on there: it would concern all of it.
func (a *audit) groupAlone(g *group) bool {
	return slices.ContainsFunc(g.subjects, func(s *subject) bool {
		out := a.leftAlone(s)
		return out.whole || len(out.lines) > 0
	})
}

// tellAlone says of a file's missing hashes why fix did not write them, where
// nothing but what is to be left alone kept it from that.
func (a *audit) tellAlone(s *subject, list []report.Finding) {
	if !a.fixing {
		return
	}
	for i := range list {
		if f := &list[i]; f.Rule == "no-hashes" && len(a.obstacles(s.group)) == 0 && s.turnsOn && a.groupAlone(s.group) {
			f.Help = "not fixed, as hash checking would be on for what is to be left alone too: an ignore, the baseline, a level or a selection says so"
		}
	}
}

// held says why the file must get no hash: it would turn hash checking on where
// something stands in the way. "" if nothing does.
func (a *audit) held(s *subject) string {
	if !s.turnsOn {
		return ""
	}
	obstacles := a.obstacles(s.group)
	if len(obstacles) == 0 {
		return ""
	}
	return fmt.Sprintf("not fixed, as it would turn hash checking on in a run that has it off: %s", someOfThem(obstacles))
}

// heldFault says why fix does not make hashes readable that pip does not read;
// "" if it does.
func (a *audit) heldFault(s *subject, t *requirements.Fault) string {
	if !a.fixing || t.Rule != "ignored-hash" || len(t.Edits) == 0 {
		return ""
	}
	return a.held(s)
}

// unread are the parts of a run that nobody has read: what they list, and so
// what the run needs, is not known.
func (v *view) unread() []string {
	var list []string
	for _, at := range v.run.Remote {
		l := &at.File.Lines[at.Line]
		list = append(list, fmt.Sprintf("line %d of %s includes a URL, which is not read", l.First, at.File.Path))
	}
	for e := range v.all() {
		switch l := e.of(); {
		case l.Err != nil:
			list = append(list, fmt.Sprintf("pip refuses line %d of %s", l.First, e.s.file.Path))
		case e.s.includesNothing(e.line):
			list = append(list, fmt.Sprintf("line %d of %s includes what cannot be read", l.First, e.s.file.Path))
		}
	}
	return list
}

// someOfThem is the first three of some sentences, and how many more there are.
func someOfThem(list []string) string {
	const most = 3
	text := strings.Join(list[:min(most, len(list))], "; ")
	if len(list) > most {
		text += fmt.Sprintf("; and %d more", len(list)-most)
	}
	return text
}
