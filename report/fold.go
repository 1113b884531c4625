package report

import (
	"fmt"
	"strings"
)

// entry is a finding with those that are folded into it.
type entry struct {
	Finding
	same  []Finding // say the same elsewhere
	alike []Finding // say the same of other requirements of the file
}

// So many findings that say the same are still told one by one.
const (
	mostSame  = 3
	mostAlike = 5
)

// fold brings together what says the same: of different places (500 services
// with one wrong pin), or of different requirements of one file. The first
// stands for all. With all set nothing is folded; else notes are left out.
func fold(findings []Finding, all bool) []entry {
	entries := make([]entry, 0, len(findings))
	if all {
		for _, f := range findings {
			entries = append(entries, entry{Finding: f})
		}
		return entries
	}
	same, alike := map[string]int{}, map[string]int{}
	for i := range findings {
		same[findings[i].saying()]++
		alike[findings[i].pattern()]++
	}
	at := map[string]int{} // where in entries the first of its kind stands
	join := func(key string) (*entry, bool) {
		i, ok := at[key]
		if !ok {
			at[key] = len(entries)
			return nil, false
		}
		return &entries[i], true
	}
	for _, f := range findings {
		if f.Level == Note {
			continue
		}
		if key := f.saying(); same[key] > mostSame {
			if e, ok := join(key); ok {
				e.same = append(e.same, f)
				continue
			}
		} else if key := f.pattern(); alike[key] > mostAlike {
			if e, ok := join(key); ok {
				e.alike = append(e.alike, f)
				continue
			}
		}
		entries = append(entries, entry{Finding: f})
	}
	return entries
}

// saying is all that a finding says but where, its own path in the help included.
func (f *Finding) saying() string {
	help := f.Help
	if f.Path != "" {
		help = strings.ReplaceAll(help, f.Path, "\x01")
	}
	return strings.Join([]string{"same", f.Rule, string(f.Level), fmt.Sprint(f.Fixed), f.Name, f.Version, f.Message, help}, "\x00")
}

// pattern is what a finding says, without what it is about.
func (f *Finding) pattern() string {
	if f.Name == "" {
		return f.saying() + f.Path
	}
	message := strings.Replace(f.Message, f.subject(), "\x01", 1)
	return strings.Join([]string{"alike", f.Path, f.Rule, string(f.Level), fmt.Sprint(f.Fixed), message}, "\x00")
}

func (f *Finding) subject() string { return strings.TrimSpace(f.Name + " " + f.Version) }

// lines name what is folded.
func (e entry) lines() []string {
	const (
		places   = 3
		subjects = 40
	)
	var lines []string
	if n := len(e.same); n > 0 {
		var list []string
		for _, f := range e.same[:min(n, places)] {
			list = append(list, fmt.Sprintf("%s:%d:%d", f.Path, f.Line, f.Column))
		}
		line := "and the same at " + strings.Join(list, ", ")
		if n > places {
			line += fmt.Sprintf(" and %s (-v shows them)", count(n-places, "more place", "more places"))
		}
		lines = append(lines, line)
	}
	if n := len(e.alike); n > 0 {
		var list []string
		for _, f := range e.alike[:min(n, subjects)] {
			list = append(list, fmt.Sprintf("%s (line %d)", f.subject(), f.Line))
		}
		line := fmt.Sprintf("and %d more like it: %s", n, strings.Join(list, ", "))
		if n > subjects {
			line += fmt.Sprintf(" and %d more (-v shows them)", n-subjects)
		}
		lines = append(lines, line)
	}
	return lines
}
