package report

import (
	"fmt"
	"strings"
	"time"
)

// SummaryFacts are what a summary says beside the report: they differ from run
// to run and are no part of it.
type SummaryFacts struct {
	Indexes []string      // the indexes that were to answer
	Oldest  time.Duration // age of the oldest answer; 0: all are new, or nothing was asked
	Took    time.Duration

	NotesHidden bool // the text left them out
}

// levelWords are the levels, the gravest first, as counts name them.
var levelWords = [...]struct {
	level     Level
	one, many string
}{{Error, "error", "errors"}, {Warning, "warning", "warnings"}, {Unverifiable, "not verified", "not verified"}, {Note, "note", "notes"}}

// SummaryLine is the one line that ends a run, for standard error.
func SummaryLine(r *Report, x SummaryFacts) string {
	s := r.Summary
	parts := []string{count(s.Files, "file", "files"), count(s.Requirements, "requirement", "requirements"), count(s.Hashes, "hash", "hashes")}
	line := strings.Join(parts, ", ")

	var verdicts []string
	for _, v := range []Verdict{Verified, Missing, Mismatched, Foreign, Absent, Unpinned, Unhashable, Unverified, Ignored} {
		if n := s.Verdicts[v]; n > 0 {
			verdicts = append(verdicts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(verdicts) > 0 {
		line += ": " + strings.Join(verdicts, ", ")
	}

	var levels []string
	for _, l := range levelWords {
		if n := s.Levels[l.level]; n > 0 {
			levels = append(levels, count(n, l.one, l.many))
		}
	}
	if s.Levels[Note] > 0 && x.NotesHidden {
		levels[len(levels)-1] += " (-v shows them)"
	}
	if s.Ignored > 0 {
		levels = append(levels, fmt.Sprintf("%d ignored", s.Ignored))
	}
	unread := 0
	for i := range r.Files {
		f := &r.Files[i]
		if f.root() && f.Error != "" && !f.Changed {
			unread++
		}
	}
	if unread > 0 {
		levels = append(levels, count(unread, "file with an error of its own", "files with errors of their own"))
	}
	if len(levels) == 0 {
		levels = []string{"no findings"}
	}
	line += "; " + strings.Join(levels, ", ")

	fixed := 0
	for i := range r.Findings {
		if r.Findings[i].Fixed {
			fixed++
		}
	}
	changed := 0
	for i := range r.Files {
		f := &r.Files[i]
		if f.Changed {
			changed++
		}
	}
	if fixed > 0 {
		line += fmt.Sprintf("; %d fixed in %s", fixed, count(changed, "file", "files"))
	}
	if len(x.Indexes) > 0 {
		line += "; index " + Printable(strings.Join(x.Indexes, ", "))
	}
	if x.Oldest >= time.Minute {
		line += fmt.Sprintf(" (oldest answer %s old)", x.Oldest.Round(time.Minute))
	}
	return line + "; " + x.Took.Round(time.Millisecond).String()
}
