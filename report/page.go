package report

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// page writes lines that fit a width. A line is put together piece by piece in
// room that is used again, and written by [page.line].
type page struct {
	styles
	b      *bufio.Writer
	width  int
	parted bool // a blank line is due before the next line
	begun  bool

	text  []byte // of the line that is put together
	shown []byte // of an excerpt
}

// pageRoom is how much is written at once.
const pageRoom = 64 << 10 // 64 KiB

func newPage(w io.Writer, o TextOptions) *page {
	return &page{styles: stylesFor(w, o.Color), b: bufio.NewWriterSize(w, pageRoom), width: o.Width}
}

// part puts a blank line between what stands before and what comes, if both
// come.
func (p *page) part() { p.parted = p.begun }

// raw adds what is known to be printable.
func (p *page) raw(text string) *page {
	p.text = append(p.text, text...)
	return p
}

// printable adds a text as [Printable] has it.
func (p *page) printable(text string) *page {
	p.text = appendPrintable(p.text, text)
	return p
}

// number adds a number.
func (p *page) number(n int) *page {
	p.text = strconv.AppendInt(p.text, int64(n), 10)
	return p
}

// count adds a number with the word that fits it.
func (p *page) count(n int, one, many string) *page {
	if n == 1 {
		many = one
	}
	return p.number(n).raw(" ").raw(many)
}

// Many of one character, for [page.many].
const (
	blanks = "                                                                "
	carets = "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
)

// many adds n blanks or carets.
func (p *page) many(of string, n int) *page {
	for ; n > len(of); n -= len(of) {
		p.raw(of)
	}
	return p.raw(of[:max(n, 0)])
}

// begin and end stand around what is added in a style.
func (p *page) begin(s style) *page { return p.raw(s.before) }
func (p *page) end(s style) *page   { return p.raw(s.after) }

// add adds printable text in a style.
func (p *page) add(s style, parts ...string) *page {
	p.begin(s)
	for _, text := range parts {
		p.printable(text)
	}
	return p.end(s)
}

// narrowest is the least width at which lines are still broken.
const narrowest = 20

// line writes what was added as a line, with an indent of blanks, broken where
// the terminal ends: what follows is indented more than the first. Nothing that
// stands at the beginning of a line is taken for a workflow command.
func (p *page) line(indent string) {
	if p.parted {
		p.b.WriteByte('\n')
		p.parted = false
	}
	p.begun = true
	if room := p.width - len(indent); room < narrowest || len(p.text) <= room { // a column takes a byte at least
		p.write(indent, p.text)
	} else {
		const more = "    "
		for i, line := range broken(string(p.text), room, len(more)) {
			if i == 1 {
				indent += more
			}
			p.write(indent, []byte(line))
		}
	}
	p.text = p.text[:0]
}

func (p *page) write(indent string, line []byte) {
	p.b.WriteString(indent)
	if bytes.Contains(line, []byte("##")) || bytes.HasPrefix(bytes.TrimLeftFunc(line, unicode.IsSpace), []byte("::")) {
		line = []byte(harmless(string(line)))
	}
	p.b.Write(line)
	p.b.WriteByte('\n')
}

// broken cuts a text into lines of at most so many columns, less the indent that
// those after the first will get. Few columns, or none, are no limit.
func broken(text string, width, indent int) []string {
	if width < narrowest || columns(text) <= width {
		return []string{text}
	}
	// Only blanks part words: the name of a file or a rule is searched for, and
	// broken only where it is longer than a line. Wrap would break at hyphens.
	const hyphen = "\ue000" // takes one column, and is in no text that is printable
	text = ansi.Wrap(strings.ReplaceAll(text, "-", hyphen), width-indent, "")
	return strings.Split(strings.ReplaceAll(text, hyphen, "-"), "\n")
}

// columns is how many a text takes in a terminal.
func columns[T string | []byte](text T) int {
	const dots = len("…") // stands where a digest was shortened
	n := 0
	for i := 0; i < len(text); n++ {
		switch c := text[i]; {
		case 0x20 <= c && c < 0x7f:
			i++
		case i+dots <= len(text) && string(text[i:i+dots]) == "…":
			i += dots
		default:
			return ansi.StringWidth(string(text))
		}
	}
	return n
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

// style is what a terminal is told before and after a text of one line. Asked
// once, lipgloss need not be asked again for each.
type style struct{ before, after string }

// Render returns a text of one line in the style.
func (s style) Render(text string) string { return s.before + text + s.after }

// stylesFor has a renderer of its own for w, with the colours given: the
// terminal is not asked.
func stylesFor(w io.Writer, color bool) styles {
	re := lipgloss.NewRenderer(w)
	re.SetColorProfile(termenv.Ascii)
	if color {
		re.SetColorProfile(termenv.ANSI)
	}
	re.SetHasDarkBackground(true)
	of := func(s lipgloss.Style) style {
		const text = "text"
		before, after, _ := strings.Cut(s.Render(text), text)
		return style{before, after}
	}
	hue := func(c string) style { return of(re.NewStyle().Foreground(lipgloss.Color(c))) }
	return styles{
		place: of(re.NewStyle().Bold(true)),
		rule:  hue("8"),
		help:  hue("6"),
		good:  hue("2"),
		level: map[Level]style{Error: hue("1"), Warning: hue("3"), Note: hue("4"), Unverifiable: hue("5")},
	}
}
