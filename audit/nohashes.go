package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/report"
)

// noHashes is the one finding of a file in which hash checking is off.
func (a *audit) noHashes(s *subject, add func(report.Finding)) {
	if s.checking || s.constraint || s.settings.Require == RequireConsistent {
		return
	}
	var bare []*judgement
	for i := range s.judgements {
		j := &s.judgements[i]
		l := &s.file.Lines[j.line]
		if len(l.Hashes) == 0 && j.verdict != report.Absent {
			bare = append(bare, j)
		}
	}
	if len(bare) == 0 {
		return
	}
	f := s.finding("no-hashes", s.textSpan(bare[0].line))
	if len(bare) == len(s.judgements) {
		f.Message = fmt.Sprintf("%s, no hash", plural(len(bare), "requirement", "requirements"))
	} else {
		f.Message = fmt.Sprintf("%d of %d requirements have no hash", len(bare), len(s.judgements))
	}
	f.Message += " (" + linesOf(s, bare) + ")"
	if n := a.neighboursWithHashes(); n > 0 {
		f.Message += fmt.Sprintf(", where %s beside it %s hashes", plural(n, "file", "files"), map[bool]string{true: "has", false: "have"}[n == 1])
	}
	required := a.required(s)
	if !s.lock() && !required {
		f.Level = report.Warning
	}
	f.Help = `"reqhash check" says whether "reqhash fix" can write them`
	if a.options.Index != nil {
		f.Help = a.noHashesHelp(s)
	}
	add(f)
}

// required tells whether hashes are demanded of a file, by its configuration or
// by who runs fix.
func (a *audit) required(s *subject) bool {
	return s.settings.Require == RequireHashes || a.fix.RequireHashes
}

// noHashesHelp says what fix would do about a file without hashes.
func (a *audit) noHashesHelp(s *subject) string {
	obstacles := a.obstacles(s.group)
	others := slices.DeleteFunc(slices.Clone(obstacles), func(o string) bool { return o == notAsked })
	switch {
	case len(obstacles) == 0:
		return `"reqhash fix" writes their hashes`
	case len(others) == 0:
		return `"reqhash fix --require-hashes" writes them; if hashes must be here, put require = "hashes" into .reqhash.toml, if this file is no lock, ` + s.noLock()
	}
	const most = 3
	text := "hash checking cannot be turned on: " + strings.Join(others[:min(most, len(others))], "; ")
	if len(others) > most {
		text += fmt.Sprintf("; and %d more", len(others)-most)
	}
	if !s.lock() && !a.required(s) {
		text = fmt.Sprintf("if this file is no lock, put %s into .reqhash.toml; %s", s.noLock(), text)
	}
	return text
}

// noLock is the entry of the configuration that says of a file that it is no
// lock.
func (s *subject) noLock() string {
	return fmt.Sprintf(`paths = [{match = %q, require = "consistent"}]`, s.file.Path)
}

// lock tells whether everything in a file is pinned and can be hashed.
func (s *subject) lock() bool {
	return !slices.ContainsFunc(s.judgements, func(j judgement) bool {
		l := &s.file.Lines[j.line]
		return unpinned(l.Content) || !l.Hashable()
	})
}

// linesOf names the lines of requirements, runs of them as ranges.
func linesOf(s *subject, list []*judgement) string {
	var ranges []string
	for i := 0; i < len(list); {
		first := s.file.Lines[list[i].line].First
		last := first
		for i++; i < len(list) && s.file.Lines[list[i].line].First == last+1; i++ {
			last++
		}
		if first == last {
			ranges = append(ranges, fmt.Sprint(first))
		} else {
			ranges = append(ranges, fmt.Sprintf("%d-%d", first, last))
		}
	}
	const most = 20
	more := ""
	if len(ranges) > most {
		more = fmt.Sprintf(" and %d more", len(ranges)-most)
		ranges = ranges[:most]
	}
	word := "lines "
	if len(list) == 1 {
		word = "line "
	}
	return word + strings.Join(ranges, ", ") + more
}

// neighboursWithHashes counts the roots in which hash checking is on.
func (a *audit) neighboursWithHashes() int {
	n := 0
	for _, v := range a.views {
		if a.checking(v) {
			n++
		}
	}
	return n
}
