package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s with everything escaped that could move a terminal's
// cursor, break a line, or show text in another order than it is read: control
// characters, line and paragraph separators, bidirectional marks and other
// format characters, and bytes that are not UTF-8. They appear as in a Go
// string literal: \x1b, \u202e. So does the first character of ##[ and ##word[,
// which build servers take for commands wherever they stand in a line.
func Printable(s string) string {
	if plain(s) {
		return s
	}
	return string(appendPrintable(nil, s))
}

// appendPrintable appends what [Printable] returns.
func appendPrintable(b []byte, s string) []byte {
	if plain(s) {
		return append(b, s...)
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(append(b, `\x`...), hex2(s[0])...)
		case r < 0x20 || r == 0x7f || r == '#' && commands(s):
			b = append(append(b, `\x`...), hex2(byte(r))...)
		case !unicode.IsPrint(r) && r != ' ':
			b = append(b, strings.Trim(strconv.QuoteRuneToASCII(r), "'")...)
		default:
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return b
}

// commands tells whether s begins as a command of GitHub's runner, Azure's or
// TeamCity does: ##[error], ##vso[...], ##teamcity[...].
func commands(s string) bool {
	rest, ok := strings.CutPrefix(s, "##")
	if !ok {
		return false
	}
	return strings.HasPrefix(strings.TrimLeftFunc(rest, unicode.IsLetter), "[")
}

// harmless returns a line of which no build server takes a part for a command,
// although what it is made of was [Printable] piece by piece: two colons that
// come first after blanks are one to GitHub's runner.
func harmless(line string) string {
	if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
		line = line[:len(line)-len(rest)] + `\x3a` + rest[1:]
	}
	if !strings.Contains(line, "##") {
		return line
	}
	var b strings.Builder
	for {
		i := strings.Index(line, "##")
		if i < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(line[:i])
		line = line[i:]
		if commands(line) {
			b.WriteString(`\x23`)
		} else {
			b.WriteByte('#')
		}
		line = line[1:]
	}
}

// plain tells whether a text is printable ASCII without a number sign. Nearly all
// that is written is, so that eight bytes are looked at together; what may be
// taken for something else there costs time only.
func plain(s string) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		sign := w ^ '#'*each
		if (w|(w+each)|(w-0x20*each)|(sign-each)&^sign)&high != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f || s[i] == '#' {
			return false
		}
	}
	return true
}

func hex2(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}
