package report

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// page writes lines that fit a width. A line is put together piece by piece, in
// the room that is written when it is full, and ended by [page.line].
type page struct {
	styles
	w      io.Writer
	width  int
	parted bool // a blank line is due before the next line
	begun  bool

	text  []byte // not written yet
	from  int    // where in it the line begins that is put together
	shown []byte // of an excerpt
	err   error  // of writing, the first
}

// pageRoom is how much is written at once.
const pageRoom = 64 << 10 // 64 KiB

func newPage(w io.Writer, o TextOptions) *page {
	return &page{styles: stylesFor(w, o.Color), w: w, width: o.Width, text: make([]byte, 0, pageRoom+pageRoom/8)}
}

// filesTogether are put together by one goroutine.
const filesTogether = 32

// together puts together what is told of files, on all cores, and adds it in
// their order.
func (p *page) together(files []File, put func(p *page, f *File)) {
	if len(files) <= filesTogether {
		for i := range files {
			put(p, &files[i])
		}
		return
	}
	rooms := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	parts := make(chan chan *bytes.Buffer, runtime.GOMAXPROCS(0)) // as many as are under way at a time
	go func() {
		defer close(parts)
		for some := range slices.Chunk(files, filesTogether) {
			part := make(chan *bytes.Buffer, 1)
			parts <- part
			go func() {
				text := rooms.Get().(*bytes.Buffer)
				text.Reset()
				own := &page{styles: p.styles, w: text, width: p.width}
				for i := range some {
					put(own, &some[i])
				}
				_ = own.flush() // into memory
				part <- text
			}()
		}
	}()
	for part := range parts {
		text := <-part
		if text.Len() > 0 {
			p.whole(text.Bytes())
		}
		rooms.Put(text)
	}
}

// whole adds lines that were put together elsewhere.
func (p *page) whole(lines []byte) {
	if p.part(); p.parted {
		p.text = append(p.text, '\n')
	}
	p.parted, p.begun = false, true
	_ = p.flush() // and again at the end, with the error
	if p.err == nil {
		_, p.err = p.w.Write(lines)
	}
}

// flush writes what is not written yet, and returns the first error of writing.
func (p *page) flush() error {
	if p.err == nil && len(p.text) > 0 {
		_, p.err = p.w.Write(p.text)
	}
	p.text, p.from = p.text[:0], 0
	return p.err
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
	if room := p.width - len(indent); room < narrowest || len(p.text)-p.from <= room { // a column takes a byte at least
		p.finish(indent)
		return
	}
	const more = "    "
	for i, line := range broken(string(p.text[p.from:]), p.width-len(indent), len(more)) {
		if i == 1 {
			indent += more
		}
		p.text = append(p.text[:p.from], line...)
		p.finish(indent)
	}
}

// finish ends a line that fits.
func (p *page) finish(indent string) {
	if line := p.text[p.from:]; !tame(line) {
		p.text = append(p.text[:p.from], harmless(string(line))...)
	}
	p.text = slices.Insert(p.text, p.from, []byte(indent)...)
	if p.parted {
		p.text = slices.Insert(p.text, p.from, '\n')
	}
	p.parted, p.begun = false, true
	p.text = append(p.text, '\n')
	p.from = len(p.text)
	if len(p.text) >= pageRoom {
		_ = p.flush() // and again at the end, with the error
	}
}

// tame tells whether [harmless] leaves a line as it is, without going far.
func tame(line []byte) bool {
	i := 0
	for i < len(line) && line[i] == ' ' {
		i++
	}
	if i < len(line) {
		if c := line[i]; c == ':' || c >= 0x80 || '\t' <= c && c <= '\r' { // a colon, or perhaps a blank of another kind
			return false
		}
	}
	return bytes.IndexByte(line[i:], '#') < 0 // alone it does no harm, and is rare
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
	place, rule, help, good              style
	failed, warning, note, notVerifiable style // of the levels
}

func (s *styles) level(l Level) style {
	switch l {
	case Error:
		return s.failed
	case Warning:
		return s.warning
	case Note:
		return s.note
	case Unverifiable:
		return s.notVerifiable
	}
	return style{}
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

		failed:        hue("1"),
		warning:       hue("3"),
		note:          hue("4"),
		notVerifiable: hue("5"),
	}
}
