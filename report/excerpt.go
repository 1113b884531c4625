package report

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/reqhash/reqhash/requirements"
)

// named tells whether the finding's token is the requirement that its message
// names, or the file as a whole is meant: to show it would say nothing more.
func (f *Finding) named() bool {
	before, token, _ := f.token()
	return f.Fixed || f.Rule == "no-hashes" || f.Excerpt == "" || f.Name != "" && strings.TrimSpace(before) == "" && strings.HasPrefix(token, f.Name)
}

// token cuts the excerpt into what stands before the token, the token, and
// what comes after it on its line.
func (f *Finding) token() (before, token, after string) {
	line := f.Excerpt
	start := min(max(f.Column-1, 0), len(line))
	end := len(line)
	if f.EndLine <= f.Line {
		end = min(max(f.EndColumn-1, start), len(line))
	}
	return line[:start], line[start:end], line[end:]
}

// excerpt shows the physical line of a finding with carets under its token:
//
//	9 |     --hash=sha256:0d0ed9aac5d2… \
//	  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
func (p *page) excerpt(f *Finding, style style) {
	if f.Excerpt == "" {
		return
	}
	line, start, end := appendShown(p.shown[:0], f)
	p.shown = line
	var decimal [20]byte
	number := strconv.AppendInt(decimal[:0], int64(f.Line), 10)
	fill := max(5-len(number), 0)
	if room := p.width - fill - len(number) - len(" | "); p.width >= narrowest && columns(line) > room {
		before, token, after := fit(string(line[:start]), string(line[start:end]), string(line[end:]), room)
		line, start, end = []byte(before+token+after), len(before), len(before)+len(token)
	}
	p.begin(p.rule).many(blanks, fill).raw(string(number)).raw(" | ").end(p.rule)
	p.text = append(append(p.text, line[:end]...), bytes.TrimRight(line[end:], " ")...)
	p.line("")
	p.begin(p.rule).many(blanks, fill+len(number)+len(" ")).raw("| ").end(p.rule)
	p.many(blanks, columns(line[:start])).begin(style).many(carets, max(1, columns(line[start:end]))).end(style).line("")
}

// fit cuts the three so that the token's beginning is seen in so many columns.
func fit(before, token, after string, room int) (string, string, string) {
	const lead = 2 // columns that are kept before the token
	if w := ansi.StringWidth(before); w+min(ansi.StringWidth(token), room/2) > room {
		before = "…" + ansi.TruncateLeft(before, w-lead, "")
	}
	room -= ansi.StringWidth(before)
	token = ansi.Truncate(token, room, "…")
	return before, token, ansi.Truncate(after, room-ansi.StringWidth(token), "…")
}

// appendShown appends the excerpt of a finding as it may be seen: digests are
// shortened, userinfo is hidden, and nothing moves the cursor. The token stands
// from start to end in what is returned.
func appendShown(b []byte, f *Finding) (line []byte, start, end int) {
	before, token, after := f.token()
	if masked := requirements.Mask(f.Excerpt); masked != f.Excerpt {
		start, end := moved(f.Excerpt, masked, len(before)), moved(f.Excerpt, masked, len(before)+len(token))
		before, token, after = masked[:start], masked[start:end], masked[end:]
	}
	b = appendShortened(b, before)
	start = len(b)
	b = appendShortened(b, token)
	end = len(b)
	return appendShortened(b, after), start, end
}

// moved is where an offset of old is in changed, which differs from it in one
// stretch or more.
func moved(old, changed string, offset int) int {
	head := 0
	for head < min(len(old), len(changed)) && old[head] == changed[head] {
		head++
	}
	tail := 0
	for tail < min(len(old), len(changed))-head && old[len(old)-1-tail] == changed[len(changed)-1-tail] {
		tail++
	}
	switch {
	case offset <= head:
		return offset
	case offset >= len(old)-tail:
		return offset + len(changed) - len(old)
	}
	return head
}

// appendShortened appends a text on one printable line, with every long digest
// cut as [Short] does.
func appendShortened(b []byte, s string) []byte {
	const long = 24 // hexadecimal characters in a row
	if !plain(s) {
		s = strings.ReplaceAll(s, "\t", " ")
	}
	told, run := 0, 0 // where what is not yet appended begins, and where the row does
	for i := 0; i <= len(s) && len(s)-run >= long; i++ {
		if i < len(s) && hexadecimal[s[i]] {
			continue
		}
		if i-run >= long {
			b = append(appendPrintable(b, s[told:run+digits]), "…"...)
			told = i
		}
		run = i + 1
	}
	return appendPrintable(b, s[told:])
}

// hexadecimal are the hexadecimal characters.
var hexadecimal = func() (is [256]bool) {
	for _, c := range "0123456789abcdefABCDEF" {
		is[c] = true
	}
	return is
}()
