package packaging

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// unescape reads what stands between the quotes of a Python string, as ast.literal_eval does, since a marker's texts are read by it. bad is
// the byte of the first thing that Python refuses, or -1. Escapes by a character's name, \N{...}, are refused too.
func unescape(s string) (text string, bad int) {
	if i := strings.IndexAny(s, "\\\n\r\x00"); i < 0 {
		return s, -1
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n' || c == '\r' || c == 0:
			return "", i
		case c != '\\':
			b.WriteByte(c)
			i++
			continue
		case i+1 == len(s): // it escapes the quote that closes the string
			return "", i
		}
		end, ok := escape(&b, s, i+1)
		if !ok {
			return "", i
		}
		i = end
	}
	return b.String(), -1
}

// escape reads the escape whose backslash stands before byte i and returns where it ends.
func escape(b *strings.Builder, s string, i int) (end int, ok bool) {
	const single, meaning = `\'"abfnrtv`, "\\'\"\a\b\f\n\r\t\v"
	c := s[i]
	if at := strings.IndexByte(single, c); at >= 0 {
		b.WriteByte(meaning[at])
		return i + 1, true
	}
	switch c {
	case '\n': // the line goes on
		return i + 1, true
	case '\r':
		if i+1 < len(s) && s[i+1] == '\n' {
			i++
		}
		return i + 1, true
	case 'x':
		return hexEscape(b, s, i+1, 2)
	case 'u':
		return hexEscape(b, s, i+1, 4)
	case 'U':
		return hexEscape(b, s, i+1, 8)
	case 'N', 0:
		return i, false
	}
	if '0' <= c && c <= '7' {
		value := rune(0)
		for end = i; end < min(len(s), i+3) && '0' <= s[end] && s[end] <= '7'; end++ {
			value = value<<3 | rune(s[end]-'0')
		}
		b.WriteRune(value)
		return end, true
	}
	b.WriteByte('\\') // Python keeps what is no escape
	return i, true
}

// hexEscape reads the count hexadecimal digits at byte i.
func hexEscape(b *strings.Builder, s string, i, count int) (end int, ok bool) {
	if len(s)-i < count {
		return i, false
	}
	value := rune(0)
	for _, c := range []byte(s[i : i+count]) {
		n := hexValue(c)
		if n < 0 || value > utf8.MaxRune>>4 {
			return i, false
		}
		value = value<<4 | rune(n)
	}
	if value > utf8.MaxRune {
		return i, false
	}
	b.WriteRune(value)
	return i + count, true
}

// hexValue returns the value of a hexadecimal digit, -1 for another byte.
func hexValue(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// quote writes a text such that a marker that holds it is read as the same text. packaging does not escape: for a text with both
// quotes it fails, and a backslash it prints may be read as an escape.
func quote(s string) string {
	if !strings.ContainsAny(s, "\\\n\r\x00") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	mark := `"`
	if strings.Contains(s, `"`) && !strings.Contains(s, `'`) {
		mark = `'`
	}
	var b strings.Builder
	b.WriteString(mark)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\n', c == '\r', c == 0, mark == `"` && c == '"':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString(mark)
	return b.String()
}
