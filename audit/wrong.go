package audit

import (
	"fmt"

	"github.com/reqhash/reqhash/report"
)

// wrongFinding is the one finding about the wrong hashes of a requirement. It
// stands at the first of them.
func (a *audit) wrongFinding(s *subject, j *judgement, what string) report.Finding {
	l := &s.file.Lines[j.line]
	rule := "hash-mismatch"
	if j.verdict == report.Foreign {
		rule = "foreign-hash"
	}
	if len(j.wrong) == 0 { // the hash in the URL itself
		f := s.about(rule, j)
		f.Message = what + ": the file at the address does not have the hash in its URL"
		f.Help = "it may have been exchanged: look at it before you change the hash"
		return f
	}
	f := s.at(rule, j, s.hashSpan(j.line, j.wrong[0].hash))
	f.Cause = gravest(j.wrong)
	for _, w := range j.wrong {
		f.Wrong = append(f.Wrong, w.Wrong)
	}
	f.Message = wrongMessage(what, j, len(l.Hashes))
	want, refusal := a.repaired(s, j)
	if refusal != "" {
		f.Help = refusal
		return f
	}
	f.Fix = report.Edits(s.edits(j.line, want))
	switch {
	case j.verdict == report.Mismatched:
		f.Help = fmt.Sprintf(`"reqhash fix" writes the %s of %s`, some(len(want), "hash", "hashes"), what)
	default:
		f.Help = foreignHelp(len(j.wrong), a.replaced(j))
	}
	return f
}

// foreignHelp says what fix does with n wrong hashes among right ones, of which
// it can replace some.
func foreignHelp(n, replaced int) string {
	switch {
	case replaced == n && n == 1:
		return `"reqhash fix" puts the right one in its place`
	case replaced == n:
		return `"reqhash fix" puts the right ones in their place`
	case replaced == 0 && n == 1:
		return `"reqhash fix" removes it`
	case replaced == 0:
		return `"reqhash fix" removes them`
	}
	return fmt.Sprintf(`"reqhash fix" replaces %d and removes %d`, replaced, n-replaced)
}

func wrongMessage(what string, j *judgement, listed int) string {
	groups := report.GroupWrong(wrongOf(j))
	n := len(j.wrong)
	switch {
	case len(groups) == 1 && j.verdict == report.Mismatched && n == 1:
		return fmt.Sprintf("%s: its only hash %s", what, report.Describe(groups[0].Wrong, 1))
	case len(groups) == 1 && j.verdict == report.Mismatched:
		return fmt.Sprintf("%s: its %d hashes %s", what, listed, report.Describe(groups[0].Wrong, n))
	case j.verdict == report.Mismatched:
		return fmt.Sprintf("%s: none of its %d hashes belongs to it", what, listed)
	case n == 1:
		return fmt.Sprintf("%s: one of its %d hashes, %s, %s", what, listed, report.Short(j.wrong[0].Hash), report.Describe(groups[0].Wrong, 1))
	case len(groups) == 1:
		return fmt.Sprintf("%s: %d of its %d hashes %s", what, n, listed, report.Describe(groups[0].Wrong, n))
	}
	return fmt.Sprintf("%s: %d of its %d hashes do not belong to it", what, n, listed)
}

func wrongOf(j *judgement) []report.Wrong {
	list := make([]report.Wrong, 0, len(j.wrong))
	for _, w := range j.wrong {
		list = append(list, w.Wrong)
	}
	return list
}
