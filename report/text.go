package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// TextOptions are how people want to read a report.
type TextOptions struct {
	Color   bool
	Verbose bool // also notes, every requirement with its verdict, and nothing folded
	Width   int  // columns of the terminal; 0: no line is broken
}

// Text writes the findings for people:
//
//	api/requirements.txt:14:1: requests 2.31.0 has no hash [missing-hash]
//	  the index has 2 files for it; "reqhash fix" writes their hashes
//
// Lines and byte columns count from 1. What is no error says so before its
// message, what fix has repaired is called fixed. Where the message does not
// name it, the token is shown with carets under it. A blank line parts the
// files. Findings that say the same are folded into one that names the places,
// and notes are left out, unless verbose. What pip would do on a target follows
// the findings of a root.
func Text(w io.Writer, r *Report, o TextOptions) error {
	p := newPage(w, o)
	entries := fold(r.Findings, o.Verbose)
	rest := make(map[string][]entry, len(r.Files)) // by path
	for _, e := range entries {
		rest[e.Path] = append(rest[e.Path], e)
	}
	for _, f := range r.Files {
		p.part()
		if f.Error != "" && f.root() { // of an included file, the line that includes it says so
			p.line("", p.place.Render(Printable(f.Path)+":")+" "+p.level[Error].Render(Printable(clip(f.Error))))
		}
		for _, e := range rest[f.Path] {
			p.entry(e, o.Verbose)
		}
		delete(rest, f.Path)
		for _, q := range f.Pip {
			p.prediction(f.Path, q, o.Verbose)
		}
		if o.Verbose {
			for _, q := range f.Requirements {
				p.requirement(f.Path, q)
			}
		}
	}
	p.part()
	for _, e := range entries { // of what is no requirements file, as a configuration
		if rest[e.Path] != nil {
			p.entry(e, o.Verbose)
		}
	}
	return p.b.Flush()
}

// page writes lines that fit a width.
type page struct {
	styles
	b      *bufio.Writer
	width  int
	parted bool // a blank line is due before the next line
	begun  bool
}

func newPage(w io.Writer, o TextOptions) *page {
	return &page{styles: stylesFor(w, o.Color), b: bufio.NewWriter(w), width: o.Width}
}

// part puts a blank line between what stands before and what comes, if both
// come.
func (p *page) part() { p.parted = p.begun }

// narrowest is the least width at which lines are still broken.
const narrowest = 20

// line writes a line, broken where the terminal ends: what follows is indented
// more than the first. Nothing that stands at the beginning of a line is taken
// for a workflow command.
func (p *page) line(indent, text string) {
	if p.parted {
		p.b.WriteByte('\n')
		p.parted = false
	}
	p.begun = true
	const more = "    "
	for i, line := range broken(text, p.width-len(indent), len(more)) {
		if i == 1 {
			indent += more
		}
		p.b.WriteString(harmless(indent + line))
		p.b.WriteByte('\n')
	}
}

// broken cuts a text into lines of at most so many columns, less the indent that
// those after the first will get. Few columns, or none, are no limit.
func broken(text string, width, indent int) []string {
	if width < narrowest || ansi.StringWidth(text) <= width {
		return []string{text}
	}
	// Only blanks part words: the name of a file or a rule is searched for, and
	// broken only where it is longer than a line. Wrap would break at hyphens.
	const hyphen = "\ue000" // takes one column, and is in no text that is printable
	text = ansi.Wrap(strings.ReplaceAll(text, "-", hyphen), width-indent, "")
	return strings.Split(strings.ReplaceAll(text, hyphen, "-"), "\n")
}

// Fitted breaks a text for people, without escape sequences, into lines that fit
// so many columns; those after the first are indented. 0 columns: it stays one
// line.
func Fitted(text string, width int) string {
	const indent = "  "
	return strings.Join(broken(Printable(text), width, len(indent)), "\n"+indent)
}

type styles struct {
	place, rule, help, good style
	level                   map[Level]style
}

// style is a lipgloss.Style, which takes its time also where it changes nothing.
type style struct {
	lipgloss.Style
	plain bool // it changes nothing
}

// Render returns a text of one line in the style.
func (s style) Render(text string) string {
	if s.plain {
		return text
	}
	return s.Style.Render(text)
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
	hue := func(c string) style { return style{re.NewStyle().Foreground(lipgloss.Color(c)), !color} }
	return styles{
		place: style{re.NewStyle().Bold(true), !color},
		rule:  hue("8"),
		help:  hue("6"),
		good:  hue("2"),
		level: map[Level]style{Error: hue("1"), Warning: hue("3"), Note: hue("4"), Unverifiable: hue("5")},
	}
}

func (p *page) entry(e entry, verbose bool) {
	f := e.Finding
	style, word := p.level[f.Level], ""
	switch {
	case f.Fixed:
		style, word = p.good, "fixed: "
	case f.Level != Error:
		word = string(f.Level) + ": "
	}
	p.line("", p.place.Render(fmt.Sprintf("%s:%d:%d:", Printable(f.Path), f.Line, f.Column))+" "+
		style.Render(word+Printable(clip(f.Message)))+" "+p.rule.Render("["+f.Rule+"]"))
	if verbose || !f.named() {
		p.excerpt(f, style)
	}
	for _, line := range wrongLines(f) {
		p.line("  ", p.rule.Render(Printable(clip(line))))
	}
	for _, line := range e.lines() {
		p.line("  ", p.rule.Render(Printable(clip(line))))
	}
	if f.Help != "" && !f.Fixed {
		p.line("  ", p.help.Render(Printable(clip(f.Help))))
	}
}

// prediction says what pip would do with a root on a target. That it installs is
// told to who wants to know all.
func (p *page) prediction(path string, q Prediction, verbose bool) {
	place := p.place.Render(Printable(path)+":") + fmt.Sprintf(" pip %s on %s: ", Printable(q.Version), Printable(q.Target))
	switch q.Outcome {
	case "installs":
		if verbose {
			p.line("", place+p.good.Render("installs it"))
		}
	case "refuses":
		where := ""
		if q.Path != "" {
			where = fmt.Sprintf(" (%s:%d)", Printable(q.Path), q.Line)
		}
		p.line("", place+p.level[Error].Render("refuses it: "+strings.TrimSpace(Printable(clip(q.Name))+" "+q.Reason))+where)
	default:
		p.line("", place+p.level[Unverifiable].Render("not known"))
	}
}

func (p *page) requirement(path string, q Requirement) {
	if q.Verdict == "" {
		return
	}
	style := p.good
	if q.Verdict != Verified {
		style = p.help
	}
	name := strings.TrimSpace(q.Name + " " + q.Version)
	text := fmt.Sprintf("%s %s: %s", p.place.Render(fmt.Sprintf("%s:%d:", Printable(path), q.Line)), Printable(clip(name)), style.Render(string(q.Verdict)))
	if q.Verdict == Verified {
		text += ", " + count(q.Listed, "hash", "hashes")
		if q.Unlisted > 0 {
			text += fmt.Sprintf(", %s not listed", count(q.Unlisted, "file", "files"))
		}
	}
	p.line("", text)
	for _, f := range q.Files {
		p.line("  ", p.rule.Render(Printable(clip(f))))
	}
}

// clip cuts a text that is longer than anybody reads, and says so.
func clip(s string) string {
	const most = 1500 // bytes
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 { // not within a character
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes more)", s[:cut], len(s)-cut)
}

// count writes a number with the word that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
