package audit

import (
	"slices"

	"github.com/reqhash/reqhash/requirements"
)

// repairFaults applies the repairs of what pip does not read: those that leave
// alone what is installed, and the others if they were asked for.
func (a *audit) repairFaults() map[string]*requirements.File {
	a.findAlone()
	return a.changeEach(func(s *subject) *requirements.File {
		repairable := func(t requirements.Fault) bool { return len(t.Edits) > 0 }
		if !slices.ContainsFunc(s.file.Faults, repairable) || !a.writable(s) || a.sharedHelp(s) != "" {
			return nil
		}
		leave, held := a.leftAlone(s), a.held(s) != "" || s.turnsOn && a.groupAlone(s.group)
		wanted := func(t *requirements.Fault) bool {
			physical, _ := s.file.Position(t.Start)
			first, _ := s.logicalLine(physical)
			return (!t.Repair || a.fix.Repair) && a.chosen(t.Name) && !leave.lines[first] && !leave.lines[physical] &&
				!(held && t.Rule == "ignored-hash")
		}
		var faults []*requirements.Fault
		for i := range s.file.Faults {
			if t := &s.file.Faults[i]; len(t.Edits) > 0 && wanted(t) {
				faults = append(faults, t)
			}
		}
		tries := maxTries
		_, changed := a.harmless(s.file, faults, nil, &tries)
		return changed
	})
}

// maxTries bounds how often one file is read to find the repairs that spoil it.
const maxTries = 100

// harmless adds to the faults that can be repaired together those of a list, and
// returns the file with all of them repaired: the halves of the list one after
// the other where pip would read something else after all at once; nil if
// nothing was added.
func (a *audit) harmless(f *requirements.File, list, good []*requirements.Fault, tries *int) ([]*requirements.Fault, *requirements.File) {
	if len(list) == 0 || *tries == 0 {
		return good, nil
	}
	*tries--
	all := slices.Concat(good, list)
	chosen := make(map[*requirements.Fault]bool, len(all))
	for _, t := range all {
		chosen[t] = true
	}
	changes := slices.ContainsFunc(all, func(t *requirements.Fault) bool { return t.Repair })
	edits := f.RepairEdits(func(t *requirements.Fault) bool { return chosen[t] })
	if changed, err := requirements.RereadRepair(f, edits, changes, a.options.Read); err == nil {
		return all, changed
	}
	if len(list) == 1 {
		return good, nil
	}
	good, changed := a.harmless(f, list[:len(list)/2], good, tries)
	good, more := a.harmless(f, list[len(list)/2:], good, tries)
	if more != nil {
		changed = more
	}
	return good, changed
}
