package pypi

import (
	"encoding/binary"
	"io"
	"math/bits"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON of which the shape is known, from a stream, through a
// window that is only as long as the longest string wanted. What is not wanted
// is skipped, its syntax checked but nothing made of it.
//
// It is here because the decoding of pages, not the network, is what a cold
// run waits for, and no library does all of this: stream, refuse what is not
// JSON, and be fast. testdata/decoders compares it with encoding/json, the
// jsontext package meant to follow it, and fastjson.
//
// Every method returns an *Error for what is not JSON or not of the expected
// type, and the error of the reader when that broke.
type scanner struct {
	r       io.Reader
	buf     []byte
	pos     int   // of the next byte
	end     int   // of the bytes read
	before  int64 // bytes of the stream before buf[0]
	err     error // of the reader, io.EOF at the end
	depth   int
	scratch []byte // of a string with escapes
	window  *[windowSize]byte
}

const (
	windowSize = 64 << 10 // 64 KiB
	maxDepth   = 64       // of nested values
)

func newScanner(r io.Reader) *scanner {
	window := windows.Get().(*[windowSize]byte)
	return &scanner{r: r, buf: window[:], window: window}
}

// windows are of use again: a run reads a page after the other.
var windows = sync.Pool{New: func() any { return new([windowSize]byte) }}

// giveBack gives the window back. Nothing that the scanner returned is good then.
func (s *scanner) giveBack() {
	if s.window != nil {
		windows.Put(s.window)
	}
	s.buf, s.window, s.pos, s.end, s.err = nil, nil, 0, 0, io.EOF
}

// fill reads more behind what is there, moving that to the front of the window
// first. It tells whether there is more; offsets from pos stay right.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.before += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= 4*maxText {
			s.err = failf(TooLarge, "the page has a string of more than %d KiB", maxText>>10)
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// broken is the error at a place where the stream ends or is not what it should.
func (s *scanner) broken(want string) error {
	if s.pos >= s.end {
		if s.err != nil && s.err != io.EOF {
			return s.err
		}
		return failf(Malformed, "the page ends in the middle, at byte %d", s.before+int64(s.pos))
	}
	return failf(Malformed, "the page has %s where %s belongs, at byte %d",
		quoted(string(s.buf[s.pos:min(s.pos+1, s.end)])), want, s.before+int64(s.pos))
}

// peek returns the first byte of what comes next, blanks skipped; 0 at the end.
func (s *scanner) peek() byte {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\n', '\r', '\t':
				s.pos++
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// take skips blanks and the given byte.
func (s *scanner) take(c byte, what string) error {
	if s.peek() != c {
		return s.broken(what)
	}
	s.pos++
	return nil
}

// object reads an object. member is called behind each key and reads the
// value; the key is good until then.
func (s *scanner) object(member func(key []byte) error) error {
	if err := s.take('{', "an object"); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return failf(TooLarge, "the page nests more than %d deep", maxDepth)
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		key, err := s.text()
		if err != nil {
			return err
		}
		if s.pos < s.end && s.buf[s.pos] == ':' {
			s.pos++ // the key stays where it is
		} else {
			s.scratch = append(s.scratch[:0], key...)
			key = s.scratch
			if err := s.take(':', "a colon"); err != nil {
				return err
			}
		}
		if err := member(key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.broken("a comma or the end of an object")
		}
	}
}

// array reads an array; element reads each of its values.
func (s *scanner) array(element func() error) error {
	if err := s.take('[', "an array"); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return failf(TooLarge, "the page nests more than %d deep", maxDepth)
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.broken("a comma or the end of an array")
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns where in b the first byte lies that ends a string or is more
// than one plain ASCII character; len(b) where there is none.
func plain(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// Control characters and the quote, 0x22, are those below 0x21 with bit 1
		// turned. The lowest bit set is exact: a borrow only reaches upwards.
		found := (x | ((x ^ ones*2) - ones*0x21) | ((x ^ ones*'\\') - ones)) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// text reads a string. The bytes are good until the next call.
func (s *scanner) text() ([]byte, error) {
	if err := s.take('"', "a string"); err != nil {
		return nil, err
	}
	n, foreign := 0, false
	for {
		n += plain(s.buf[s.pos+n : s.end])
		if s.pos+n == s.end {
			if !s.fill() {
				s.pos = s.end
				return nil, s.broken("the end of a string")
			}
			continue
		}
		switch c := s.buf[s.pos+n]; {
		case c == '"':
			text := s.buf[s.pos : s.pos+n]
			if foreign && !utf8.Valid(text) {
				return nil, failf(Malformed, "the page has a string that is not UTF-8, at byte %d", s.before+int64(s.pos))
			}
			if n > maxText {
				return nil, failf(TooLarge, "the page has a string of %d bytes", n)
			}
			s.pos += n + 1
			return text, nil
		case c == '\\':
			return s.escaped(n)
		case c < 0x20:
			s.pos += n
			return nil, s.broken("a character that may stand in a string")
		default:
			foreign = true
			n++
		}
	}
}

// escaped goes on with a string of which n bytes are read, at a backslash.
func (s *scanner) escaped(n int) ([]byte, error) {
	text := append(s.scratch[:0], s.buf[s.pos:s.pos+n]...)
	s.pos += n
	defer func() { s.scratch = text }()
	for {
		if s.pos == s.end && !s.fill() {
			return nil, s.broken("the end of a string")
		}
		if len(text) > maxText {
			return nil, failf(TooLarge, "the page has a string of more than %d bytes", maxText)
		}
		switch c := s.buf[s.pos]; {
		case c == '"':
			if !utf8.Valid(text) {
				return nil, failf(Malformed, "the page has a string that is not UTF-8, before byte %d", s.before+int64(s.pos))
			}
			s.pos++
			return text, nil
		case c == '\\':
			r, raw, err := s.escape()
			if err != nil {
				return nil, err
			}
			if raw {
				text = utf8.AppendRune(text, r)
			}
		case c < 0x20:
			return nil, s.broken("a character that may stand in a string")
		default:
			text = append(text, c)
			s.pos++
		}
	}
}

// need sees to it that n bytes lie in the window.
func (s *scanner) need(n int) error {
	for s.end-s.pos < n {
		if !s.fill() {
			s.pos = s.end
			return s.broken("more")
		}
	}
	return nil
}

// escape reads what a backslash begins.
func (s *scanner) escape() (rune, bool, error) {
	if err := s.need(2); err != nil {
		return 0, false, err
	}
	c := s.buf[s.pos+1]
	if i := indexByte(`"\/bfnrt`, c); i >= 0 {
		s.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), true, nil
	}
	if c != 'u' {
		return 0, false, s.broken("an escape that JSON knows")
	}
	r, err := s.hex4()
	if err != nil {
		return 0, false, err
	}
	if !utf16.IsSurrogate(r) {
		return r, true, nil
	}
	if err := s.need(2); err != nil {
		return 0, false, err
	}
	if s.buf[s.pos] == '\\' && s.buf[s.pos+1] == 'u' {
		low, err := s.hex4()
		if err != nil {
			return 0, false, err
		}
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, true, nil
		}
	}
	return 0, false, failf(Malformed, "the page has half a character, before byte %d", s.before+int64(s.pos))
}

func indexByte(s string, c byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// hex4 reads \uXXXX.
func (s *scanner) hex4() (rune, error) {
	if err := s.need(6); err != nil {
		return 0, err
	}
	var r rune
	for _, c := range s.buf[s.pos+2 : s.pos+6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, s.broken("four hexadecimal digits")
		}
	}
	s.pos += 6
	return r, nil
}

// close tells whether nothing but blanks comes behind the value.
func (s *scanner) close() error {
	if s.peek() != 0 || s.pos < s.end {
		return failf(Malformed, "the page goes on behind its end")
	}
	if s.err != io.EOF {
		return s.err
	}
	return nil
}
