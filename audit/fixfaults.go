package audit

import (
	"slices"

	"github.com/reqhash/reqhash/requirements"
)

// repairFaults applies the repairs of what pip does not read: those that leave
// alone what is installed, and the others if they were asked for.
func (a *audit) repairFaults() map[string][]byte {
	changed := map[string][]byte{}
	for _, s := range a.subjects {
		if !a.writable(s) || a.sharedHelp(s) != "" {
			continue
		}
		leave, held := a.leftAlone(s), a.held(s) != "" || a.turnsOn(s) && a.groupAlone(s.group)
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
		if _, src := a.harmless(s.file, faults, nil, &tries); src != nil {
			changed[s.file.Path] = src
		}
	}
	return changed
}

// maxTries bounds how often one file is read to find the repairs that spoil it.
const maxTries = 100

// harmless adds to the faults that can be repaired together those of a list, and
// returns the file with all of them repaired: the halves of the list one after
// the other where pip would read something else after all at once; src is nil
// if nothing was added.
func (a *audit) harmless(f *requirements.File, list, good []*requirements.Fault, tries *int) ([]*requirements.Fault, []byte) {
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
	if src, err := requirements.ProofreadRepair(f, edits, changes, a.options.Read); err == nil {
		return all, src
	}
	if len(list) == 1 {
		return good, nil
	}
	good, src := a.harmless(f, list[:len(list)/2], good, tries)
	good, more := a.harmless(f, list[len(list)/2:], good, tries)
	if more != nil {
		src = more
	}
	return good, src
}
