// Package packaging has the words of Python packaging: project names, versions, specifiers, requirements, markers, digests,
// and the names of distribution files. Each is read from a string as pip 26.3 reads it, which is what the library
// packaging 26.3 inside it accepts and refuses, and is then a value.
//
// What it promises:
//   - nothing here reads a file, asks a network, or looks at the machine: a function's result depends on its arguments alone;
//   - a string is taken whole or refused with an error; nothing panics, whatever the input;
//   - values are never changed after they are made, so all of it may be used by many goroutines at once;
//   - offsets are bytes from 0 in the string that was handed in.
//
// deps.dev/util/semver and deps.dev/util/pypi do much of this for another purpose, and were tried first. For pip they are wrong:
// they know no ===, refuse the version 20240101123456789012 as out of range and " 1.0" for its blank, print 1.0 as 1.0.0, take 1.*, 1.0+a..b and
// ">=1.*", find 1.0+cpu outside ==1.0 and 1.0a1 outside ==1.*, call 0.dev0+a and 0.dev0+cpu equal, read "a==1 --hash=sha256:0" and "a[x][y]" as
// requirements, the wheel foo__x-custom-py3--any.whl as one, and the version of foo-1.0-py2.7.tar.gz as 1.0-py2.7. Plain versions are read
// here twenty times as fast.
package packaging

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NormalizeName returns the name under which an index lists a project, and by which extras are compared: lower case, each
// run of "-", "_" and "." one "-" (PEP 503, PEP 685). A name that is normal already is returned itself.
func NormalizeName(name string) string {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && (i == 0 || name[i-1] != '-'):
		default:
			return normalizeFrom(name, i)
		}
	}
	return name
}

// normalizeFrom is NormalizeName for a name whose first i bytes are normal. No project's name has letters beyond ASCII, but a marker may compare
// an extra with such a text.
func normalizeFrom(name string, i int) string {
	for _, c := range []byte(name[i:]) {
		if c >= utf8.RuneSelf {
			name, i = strings.ToLower(name), 0
			break
		}
	}
	var room [64]byte
	out := append(room[:0], name[:i]...)
	for ; i < len(name); i++ {
		c := name[i]
		switch {
		case isSeparator(c):
			if len(out) > 0 && out[len(out)-1] == '-' {
				continue
			}
			c = '-'
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// SyntaxError says where a string stops being what it should be.
type SyntaxError struct {
	Text     string // what was read
	Offset   int    // where it went wrong: a byte of Text, from 0; len(Text) is its end
	Expected string // what may stand there, in words
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("expected %s at byte %d of %q", e.Expected, e.Offset, e.Text)
}

// isBlank tells what Python's str.strip removes and its \s matches. unicode.IsSpace lacks U+001C to U+001F.
func isBlank(r rune) bool { return 0x1c <= r && r <= 0x1f || unicode.IsSpace(r) }

// trimBlanks is Python's str.strip.
func trimBlanks(s string) string {
	if s != "" && (s[0] > ' ' && s[0] < utf8.RuneSelf) && (s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf) {
		return s
	}
	return strings.TrimFunc(s, isBlank)
}

// blanks returns how many bytes of s from i on are blanks.
func blanks(s string, i int) int {
	start := i
	for i < len(s) {
		r, size := rune(s[i]), 1
		if r > ' ' && r < utf8.RuneSelf {
			break
		}
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if !isBlank(r) {
			break
		}
		i += size
	}
	return i - start
}

// isWord tells what Python's \w matches.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || isAlnum(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

// isEdge tells whether Python's \b matches in s at byte i.
func isEdge(s string, i int) bool { return wordBefore(s, i) != wordAt(s, i) }

// insideWord tells whether a word goes on at byte i of s.
func insideWord(s string, i int) bool { return wordBefore(s, i) && wordAt(s, i) }

func wordBefore(s string, i int) bool {
	if i > 0 && s[i-1] < utf8.RuneSelf {
		return isWord(rune(s[i-1]))
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return isWord(r)
}

func wordAt(s string, i int) bool {
	if i < len(s) && s[i] < utf8.RuneSelf {
		return isWord(rune(s[i]))
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return isWord(r)
}
