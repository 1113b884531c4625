package packaging

import (
	"strings"
)

// Version is a version as PEP 440 defines it. Two versions are compared with Compare, never with ==: 1.0 and 1.0.0 are equal.
// The zero Version is none; it sorts before all others.
//
// Inside it is the canonical text and where its pieces end. Numbers stay decimal digits and are compared by length and
// then by digits, so a version of 20 digits (a date with a time, a commit) needs no arithmetic and cannot overflow.
type Version struct {
	text    string
	epoch   uint32 // "1!" ends here; 0 none
	release uint32 // each of the rest ends where the next begins; an empty piece is absent
	pre     uint32 // "a1", "b1", "rc1"
	post    uint32 // ".post1"
	dev     uint32 // ".dev1"; "+local" follows
}

// maxDigits is the longest number that Python turns from text (sys.int_info.default_max_str_digits); a longer one ends pip with a traceback.
const maxDigits = 4300

// ParseVersion reads a version in any spelling that PEP 440 allows, as packaging.version.Version does: blanks around it, "v" before
// it, "1.0-alpha.1", "1.0-1". The error is a *SyntaxError.
func ParseVersion(s string) (Version, error) {
	if isPlain(s) {
		n := uint32(len(s))
		return Version{s, 0, n, n, n, n}, nil
	}
	t := trimBlanks(s)
	p, ok := scanRelease(t, 0)
	if ok {
		p.scanSuffix(t)
		p.scanLocal(t)
	}
	if !ok || p.end < len(t) || len(t) > 1<<30 {
		return Version{}, versionError(s, blanks(s, 0), p.end, ok)
	}
	if len(t) > maxDigits {
		if i := longNumber(t); i >= 0 {
			return Version{}, &SyntaxError{s, i, "a number of at most 4300 digits"}
		}
	}
	return p.version(t), nil
}

// isPlain tells whether s is numbers with dots between, none with a zero in front: a canonical version, as nine out of ten are.
func isPlain(s string) bool {
	const longest = 1000 // bytes; far from maxDigits
	number := 0          // where the number begins that is being read
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isDigit(c):
			if i > number && s[number] == '0' {
				return false
			}
		case c != '.' || i == number:
			return false
		default:
			number = i + 1
		}
	}
	return number < len(s) && len(s) <= longest
}

// versionError says why s is no version, of which length bytes from start on could be read. Where they end inside a word nothing more exact can
// be said: 1.0-custom is read up to its c, which is short for rc.
func versionError(s string, start, length int, begun bool) error {
	end := start + length
	switch {
	case !begun:
		return &SyntaxError{s, start, "a version, which begins with a number"}
	case insideWord(s, end):
		return &SyntaxError{s, start, "a version"}
	}
	return &SyntaxError{s, end, "the end of the version"}
}

// longNumber returns where a number of more than maxDigits digits begins, or -1. In a local label digits beside a letter are no number.
func longNumber(s string) int {
	local := strings.IndexByte(s, '+')
	for i := 0; i < len(s); i++ {
		end := digits(s, i)
		word := local >= 0 && i > local && (isAlnum(s[i-1]) || end < len(s) && isAlnum(s[end]))
		if end-i > maxDigits && !word {
			return i
		}
		i = max(i, end)
	}
	return -1
}

// version writes the pieces down canonically. written is what they were read from: where it is canonical already, and most
// versions are, it is kept and nothing is allocated.
func (p *parts) version(written string) Version {
	var room [64]byte
	var v Version
	out := room[:0]
	if epoch := strings.TrimLeft(p.epoch, "0"); epoch != "" {
		out = append(append(out, epoch...), '!')
	}
	v.epoch = uint32(len(out))
	for i := 0; i < len(p.release); {
		end := digits(p.release, i)
		out = appendNumber(out, p.release[i:end])
		if end < len(p.release) {
			out = append(out, '.')
		}
		i = end + 1
	}
	v.release = uint32(len(out))
	switch p.pre {
	case 'a', 'b':
		out = appendNumber(append(out, p.pre), p.preN)
	case 'r':
		out = appendNumber(append(out, "rc"...), p.preN)
	}
	v.pre = uint32(len(out))
	if p.post {
		out = appendNumber(append(out, ".post"...), p.postN)
	}
	v.post = uint32(len(out))
	if p.dev {
		out = appendNumber(append(out, ".dev"...), p.devN)
	}
	v.dev = uint32(len(out))
	if p.local != "" {
		out = appendLocal(append(out, '+'), p.local)
	}
	if v.text = written; string(out) != written {
		v.text = string(out)
	}
	return v
}

// appendNumber appends decimal digits without leading zeros; none are 0.
func appendNumber(out []byte, n string) []byte {
	for len(n) > 1 && n[0] == '0' {
		n = n[1:]
	}
	if n == "" {
		n = "0"
	}
	return append(out, n...)
}

// appendLocal appends a local label in lower case, its pieces joined by ".", those of digits alone without leading zeros.
func appendLocal(out []byte, local string) []byte {
	for i := 0; i < len(local); {
		end := i
		for end < len(local) && !isSeparator(local[end]) {
			end++
		}
		if piece := local[i:end]; digits(piece, 0) == len(piece) {
			out = appendNumber(out, piece)
		} else {
			for ; i < end; i++ {
				c := local[i]
				if 'A' <= c && c <= 'Z' {
					c += 'a' - 'A'
				}
				out = append(out, c)
			}
		}
		if end < len(local) {
			out = append(out, '.')
		}
		i = end + 1
	}
	return out
}

// String returns the canonical spelling, as packaging prints it: 1.0.post1, 1!2, 1.0+ubuntu.1. Zeros of the release stay.
func (v Version) String() string { return v.text }

// IsZero tells whether v is the zero Version.
func (v Version) IsZero() bool { return v.text == "" }

// Local returns the local label in its canonical spelling, without "+"; "" if there is none.
func (v Version) Local() string {
	if int(v.dev) == len(v.text) {
		return ""
	}
	return v.text[v.dev+1:]
}

// Public returns v without its local label.
func (v Version) Public() Version {
	v.text = v.text[:v.dev]
	return v
}

// Prerelease tells whether v is a pre-release or a development release.
func (v Version) Prerelease() bool { return v.pre > v.release || v.dev > v.post }

// Key returns a text that is the same for two versions exactly when Compare gives 0: the canonical spelling without the zeros
// at the release's end. It is a version itself.
func (v Version) Key() string {
	end := v.releaseEnd()
	if end == int(v.release) {
		return v.text
	}
	return v.text[:end] + v.text[v.release:]
}

// releaseEnd returns where the release ends without its last zeros; a release of zeros alone keeps one.
func (v Version) releaseEnd() int {
	end := int(v.release)
	for end-2 > int(v.epoch) && v.text[end-1] == '0' && v.text[end-2] == '.' {
		end -= 2
	}
	return end
}
