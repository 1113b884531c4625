package audit

import (
	"fmt"
	"slices"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// hashesFrom says that pip takes the hashes of a requirement without any from
// another line (S 2.6).
type hashesFrom struct {
	at         entry
	constraint bool // pip from 26.1 only
}

// judgeDuplicates looks at what a run says more than once about one project.
//
// pip checks a file against the hashes of the first line only, and refuses lines
// that no release satisfies (S 2.6). From 26.1 the hashes of a constraint serve
// a requirement that has none.
func (a *audit) judgeDuplicates() {
	x := a.newIndex()
	for _, v := range a.views {
		a.judgeConstraints(v)
		x.fill(v)
		for _, project := range x.repeated {
			var list []entry
			for e := range x.of(project) {
				list = append(list, e.entry)
			}
			for i, second := range list {
				for _, first := range list[:min(i, mostRepeats)] {
					if a.judgePair(v, first, second) {
						break // one contradiction a line is enough
					}
				}
			}
		}
	}
}

// judgeConstraints looks for what pip does not take as a constraint.
func (a *audit) judgeConstraints(v *view) {
	if !slices.ContainsFunc(v.run.Members, func(m requirements.Member) bool { return m.Constraint }) {
		return
	}
	for e := range v.entries() {
		if !e.constraint {
			continue
		}
		if why := whyNoConstraint(e.of()); why != "" {
			f := e.s.finding("invalid-requirement", e.s.textSpan(e.line))
			f.Name, f.Version = e.s.identity(e.line)
			f.Message = fmt.Sprintf("pip refuses %s here: %s", e.title(), why)
			f.Help = "constrain the release by its name: NAME==VERSION"
			e.s.say(f)
		}
	}
}

// mostRepeats is with how many earlier lines of a project one is compared. pip
// goes by the first; more than that is no list that anybody wrote.
const mostRepeats = 100

// judgePair tells whether the two contradict each other.
func (a *audit) judgePair(v *view, first, second entry) bool {
	if first.constraint && second.constraint || first.s == second.s && first.line == second.line {
		return false
	}
	if first.constraint != second.constraint {
		requirement, constraint := first, second
		if first.constraint {
			requirement, constraint = second, first
		}
		return v.together(first, second) && a.judgeConstraint(v, requirement, constraint)
	}
	x, y := first.of(), second.of()
	if x.Kind != requirements.Requirement || y.Kind != requirements.Requirement || !v.together(first, second) {
		return false
	}
	if a.conflict(first, second) {
		return true
	}
	j := second.judgement()
	switch {
	case !a.checking(v):
	case len(x.Hashes) > 0 && len(y.Hashes) == 0:
		if j != nil {
			j.from = &hashesFrom{at: first}
		}
	case len(x.Hashes) > 0 && !sameHashes(x, y):
		f := second.s.finding("conflicting-requirement", second.s.textSpan(second.line))
		f.Level = report.Warning
		f.Name, f.Version = second.s.identity(second.line)
		f.Message = fmt.Sprintf("%s is listed a second time with other hashes: pip checks its file only against those of %s", second.title(), where(first))
		f.Help = "keep one of the two, with the hashes of both"
		second.s.say(f)
	}
	return false
}

func (a *audit) judgeConstraint(v *view, requirement, constraint entry) (contradiction bool) {
	l, c := requirement.of(), constraint.of()
	switch {
	case l.Kind != requirements.Requirement:
		return false
	case a.conflict(constraint, requirement):
		return true
	}
	j := requirement.judgement()
	if a.checking(v) && j != nil && len(l.Hashes) == 0 && len(c.Hashes) > 0 && j.from == nil {
		j.from = &hashesFrom{at: constraint, constraint: true}
	}
	return false
}

// conflict tells whether no release satisfies both lines, and says so at the
// second.
func (a *audit) conflict(first, second entry) bool {
	x, y := first.of(), second.of()
	var problem bool
	switch {
	case x.Direct && y.Direct:
		problem = x.URL != y.URL && !first.constraint
	case x.Direct || y.Direct:
		return false // what a file named by URL holds is not known
	default:
		problem = excludes(x, y) || excludes(y, x)
	}
	if !problem {
		return false
	}
	f := second.s.finding("conflicting-requirement", second.s.textSpan(second.line))
	f.Name, f.Version = second.s.identity(second.line)
	f.Message = fmt.Sprintf("%s contradicts %s, which says %s: pip refuses both together", second.nameAndSpecifier(), where(first), first.nameAndSpecifier())
	f.Help = "keep one of the two, or give them markers that exclude each other"
	if first.constraint {
		f.Help = "change the one that is behind: a constraint holds for all that is installed with it"
	}
	second.s.say(f)
	return true
}

// excludes tells whether x pins a release that y does not take.
func excludes(x, y *requirements.Line) bool {
	pin, ok := x.Specifiers.Pin()
	if !ok || wildcard(pin) {
		return false
	}
	v, err := packaging.ParseVersion(pin)
	return err == nil && !y.Specifiers.Contains(v)
}

// nameAndSpecifier is what the entry asks for, as it may be shown.
func (e entry) nameAndSpecifier() string {
	l := e.of()
	switch {
	case l.Variables, e.s.private:
		return e.title()
	case l.Direct:
		return requirements.Mask(l.Text)
	}
	return l.Name + l.Specifier
}

func where(e entry) string {
	return fmt.Sprintf("line %d of %s", e.of().First, e.s.file.Path)
}

// together tells whether the markers of two lines can be true at once.
func (v *view) together(x, y entry) bool {
	return v.possible(markerOf(x.of().Content), markerOf(y.of().Content))
}

// markerOf is the marker of a line that pip takes, so that it has no error.
func markerOf(l *requirements.Content) packaging.Marker {
	if l.Marker == "" {
		return packaging.Marker{}
	}
	m, _ := packaging.ParseMarker(l.Marker)
	return m
}

func sameHashes(x, y *requirements.Line) bool {
	return len(x.Hashes) == len(y.Hashes) && !slices.ContainsFunc(x.Digests(), func(d digest) bool { return !y.Lists(d) })
}
