package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// TextOptions are how people want to read a report.
type TextOptions struct {
	Color   bool
	Verbose bool // also notes, and every requirement with its verdict
}

// Text writes the findings for people:
//
//	api/requirements.txt:14:1: requests 2.31.0 has no hash [missing-hash]
//	  the index has 2 files for it; "reqhash fix" writes their hashes
//
// Lines and byte columns count from 1. What is no error says so before its
// message, what fix has repaired is called fixed. Notes are shown only if
// verbose.
func Text(w io.Writer, r *Report, o TextOptions) error {
	b := bufio.NewWriter(w)
	s := stylesFor(w, o.Color)
	findings := r.Findings
	for _, f := range r.Files {
		if f.Error != "" {
			fmt.Fprintf(b, "%s: %s\n", s.place.Render(Printable(f.Path)), s.level[Error].Render(Printable(f.Error)))
		}
		n := slices.IndexFunc(findings, func(g Finding) bool { return g.Path != f.Path })
		if n < 0 {
			n = len(findings)
		}
		for _, g := range findings[:n] {
			if g.Level != Note || o.Verbose {
				s.finding(b, g)
			}
		}
		findings = findings[n:]
		if o.Verbose {
			for _, q := range f.Requirements {
				s.requirement(b, f.Path, q)
			}
		}
	}
	return b.Flush()
}

type styles struct {
	place, rule, help, good lipgloss.Style
	level                   map[Level]lipgloss.Style
}

// stylesFor has a renderer of its own for w, with the colours given: the
// terminal is not asked.
func stylesFor(w io.Writer, color bool) styles {
	re := lipgloss.NewRenderer(w)
	re.SetColorProfile(termenv.Ascii)
	if color {
		re.SetColorProfile(termenv.ANSI)
	}
	re.SetHasDarkBackground(true)
	hue := func(c string) lipgloss.Style { return re.NewStyle().Foreground(lipgloss.Color(c)) }
	return styles{
		place: re.NewStyle().Bold(true),
		rule:  hue("8"),
		help:  hue("6"),
		good:  hue("2"),
		level: map[Level]lipgloss.Style{Error: hue("1"), Warning: hue("3"), Note: hue("4"), Unverifiable: hue("5")},
	}
}

func (s styles) finding(b *bufio.Writer, f Finding) {
	style, word := s.level[f.Level], ""
	switch {
	case f.Fixed:
		style, word = s.good, "fixed: "
	case f.Level != Error:
		word = string(f.Level) + ": "
	}
	fmt.Fprintf(b, "%s %s%s %s\n",
		s.place.Render(fmt.Sprintf("%s:%d:%d:", Printable(f.Path), f.Line, f.Column)),
		style.Render(word), style.Render(Printable(f.Message)), s.rule.Render("["+f.Rule+"]"))
	for _, line := range wrongLines(f) {
		fmt.Fprintf(b, "  %s\n", s.rule.Render(Printable(line)))
	}
	if f.Help != "" && !f.Fixed {
		fmt.Fprintf(b, "  %s\n", s.help.Render(Printable(f.Help)))
	}
}

// wrongLines says of each wrong hash where it comes from, one line a cause and
// origin, when the message cannot say it in one.
func wrongLines(f Finding) []string {
	if len(f.Wrong) < 2 {
		return nil
	}
	var lines []string
	for _, g := range GroupWrong(f.Wrong) {
		lines = append(lines, g.line())
	}
	if len(lines) < 2 {
		return nil
	}
	return lines
}

// WrongGroup is wrong hashes of one cause and one origin.
type WrongGroup struct {
	Wrong     // the first of them
	Count int // how many
}

// GroupWrong brings together the hashes that have one cause and one origin, in
// the order in which each is met first.
func GroupWrong(wrong []Wrong) []WrongGroup {
	var groups []WrongGroup
	for _, w := range wrong {
		i := slices.IndexFunc(groups, func(g WrongGroup) bool {
			return g.Cause == w.Cause && g.Project == w.Project && g.Version == w.Version && (w.Cause == OtherRelease || w.Cause == OtherProject || w.Cause == Unknown)
		})
		if i < 0 {
			groups = append(groups, WrongGroup{w, 1})
			continue
		}
		groups[i].Count++
	}
	return groups
}

func (g WrongGroup) line() string {
	what := Short(g.Hash)
	if g.Count > 1 {
		what = fmt.Sprintf("%d hashes, %s among them,", g.Count, what)
	}
	return what + " " + Describe(g.Wrong, g.Count)
}

// Describe says in words what is wrong with n hashes of one cause and origin,
// to stand after the hash or "they".
func Describe(w Wrong, n int) string {
	is, digest := "is", "the digest"
	if n > 1 {
		is, digest = "are", "digests"
	}
	switch w.Cause {
	case EmptyFile:
		return is + " the digest of an empty file"
	case OtherAlgorithm:
		return fmt.Sprintf("%s the digest of %s by another algorithm", is, w.File)
	case Length:
		_, digits, _ := strings.Cut(w.Hash, ":")
		length := fmt.Sprintf("has %d characters, which no digest of its algorithm has", len(digits))
		if w.Meant != "" {
			length += "; that of " + w.File + " was meant"
		}
		return length
	case OtherRelease, OtherProject:
		if n > 1 {
			return fmt.Sprintf("%s those of %s %s", is, w.Project, w.Version)
		}
		return fmt.Sprintf("%s %s of %s (%s %s)", is, digest, w.File, w.Project, w.Version)
	case Typo:
		return "is mistyped; that of " + w.File + " was meant"
	case Gone:
		return fmt.Sprintf("%s %s of %s, which the index has removed", is, digest, w.File)
	}
	if n > 1 {
		return "belong to nothing that is known"
	}
	return "belongs to nothing that is known"
}

// Short cuts a hash so that it can still be searched for in its file: the
// algorithm and the first 12 digits.
func Short(hash string) string {
	algorithm, digest, found := strings.Cut(hash, ":")
	if !found || len(digest) <= 16 {
		return hash
	}
	return algorithm + ":" + digest[:12] + "…"
}

func (s styles) requirement(b *bufio.Writer, path string, q Requirement) {
	if q.Verdict == "" {
		return
	}
	style := s.good
	if q.Verdict != Verified {
		style = s.help
	}
	name := strings.TrimSpace(q.Name + " " + q.Version)
	fmt.Fprintf(b, "%s %s: %s", s.place.Render(fmt.Sprintf("%s:%d:", Printable(path), q.Line)), Printable(name), style.Render(string(q.Verdict)))
	if q.Verdict == Verified {
		fmt.Fprintf(b, ", %s", count(q.Listed, "hash", "hashes"))
		if q.Unlisted > 0 {
			fmt.Fprintf(b, ", %s not listed", count(q.Unlisted, "file", "files"))
		}
	}
	fmt.Fprintln(b)
	for _, f := range q.Files {
		fmt.Fprintf(b, "  %s\n", s.rule.Render(Printable(f)))
	}
}

// count writes a number with the word that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// SummaryFacts are what a summary says beside the report: they differ from run
// to run and are no part of it.
type SummaryFacts struct {
	Indexes []string      // the indexes that were to answer
	Oldest  time.Duration // age of the oldest answer; 0: all are new, or nothing was asked
	Took    time.Duration
}

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
	for _, l := range []struct {
		level     Level
		one, many string
	}{{Error, "error", "errors"}, {Warning, "warning", "warnings"}, {Unverifiable, "not verified", "not verified"}, {Note, "note", "notes"}} {
		if n := s.Levels[l.level]; n > 0 {
			levels = append(levels, count(n, l.one, l.many))
		}
	}
	if s.Ignored > 0 {
		levels = append(levels, fmt.Sprintf("%d ignored", s.Ignored))
	}
	if len(levels) == 0 {
		levels = []string{"no findings"}
	}
	line += "; " + strings.Join(levels, ", ")

	fixed := 0
	for _, f := range r.Findings {
		if f.Fixed {
			fixed++
		}
	}
	changed := 0
	for _, f := range r.Files {
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
