package report

import (
	"fmt"
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
func (p *page) excerpt(f Finding, style style) {
	if f.Excerpt == "" {
		return
	}
	before, token, after := shown(f.token())
	number := fmt.Sprintf("%5d | ", f.Line)
	if room := p.width - len(number); p.width >= narrowest && ansi.StringWidth(before+token+after) > room {
		before, token, after = fit(before, token, after, room)
	}
	carets := strings.Repeat(" ", ansi.StringWidth(before)) + style.Render(strings.Repeat("^", max(1, ansi.StringWidth(token))))
	gutter := strings.Repeat(" ", len(number)-2) + "| "
	p.line("", p.rule.Render(number)+before+token+strings.TrimRight(after, " "))
	p.line("", p.rule.Render(gutter)+carets)
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

// shown makes the three parts of a line fit to be seen: digests are shortened,
// userinfo is hidden, and nothing moves the cursor.
func shown(before, token, after string) (string, string, string) {
	line := before + token + after
	if masked := requirements.Mask(line); masked != line {
		start, end := moved(line, masked, len(before)), moved(line, masked, len(before)+len(token))
		before, token, after = masked[:start], masked[start:end], masked[end:]
	}
	clean := func(s string) string { return Printable(shortened(strings.ReplaceAll(s, "\t", " "))) }
	return clean(before), clean(token), clean(after)
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

// shortened cuts every long digest in a text as [Short] does.
func shortened(s string) string {
	const long = 24 // hexadecimal characters in a row
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && isHex(s[i+n]) {
			n++
		}
		if n >= long {
			b.WriteString(s[i:i+digits] + "…")
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
		if i < len(s) {
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
