package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonStream writes JSON piece by piece, so that no report has to be in memory a
// second time. What comes out is what encoding/json writes with an indent of two
// blanks, and [inert]. Bytes that are not UTF-8 become U+FFFD; nothing is escaped
// for HTML. What a terminal or a build server would act on is written as \uXXXX,
// which means the same: people look at JSON too.
type jsonStream struct {
	w       io.Writer
	compact bytes.Buffer // a value as encoding/json has it, without blanks
	encoder *json.Encoder
	out     []byte // not written yet
	depth   int
	begun   bool // something stands before in the innermost list or object
	err     error
}

func newJSONStream(w io.Writer) *jsonStream {
	s := &jsonStream{w: w, out: make([]byte, 0, pageRoom+pageRoom/8)}
	s.encoder = json.NewEncoder(&s.compact)
	s.encoder.SetEscapeHTML(false)
	return s
}

// writeJSON writes v, with a newline after it.
func writeJSON(w io.Writer, v any) error {
	s := newJSONStream(w)
	s.value(v)
	return s.end()
}

// end writes what is left, and a newline. It returns the first error.
func (s *jsonStream) end() error {
	s.out = append(s.out, '\n')
	s.flush()
	return s.err
}

func (s *jsonStream) flush() {
	if s.err == nil {
		_, s.err = s.w.Write(s.out)
	}
	s.out = s.out[:0]
}

// object writes an object of the fields that a function writes.
func (s *jsonStream) object(fields func()) { s.group('{', fields, '}') }

// elements writes a list, each element as a function does.
func elements[T any](s *jsonStream, list iter.Seq[T], write func(T)) {
	s.group('[', func() {
		for e := range list {
			s.next()
			write(e)
		}
	}, ']')
}

func (s *jsonStream) group(open byte, inside func(), end byte) {
	s.out = append(s.out, open)
	s.depth++
	s.begun = false
	inside()
	s.depth--
	if s.begun {
		s.newline()
	}
	s.out = append(s.out, end)
	s.begun = true
}

// key begins a field; its value comes next.
func (s *jsonStream) key(name string) *jsonStream {
	s.next()
	s.out = append(append(append(s.out, '"'), name...), `": `...)
	return s
}

func (s *jsonStream) next() {
	if s.begun {
		s.out = append(s.out, ',')
	}
	s.newline()
	s.begun = true
}

func (s *jsonStream) newline() {
	if len(s.out) > pageRoom {
		s.flush()
	}
	s.out = append(s.out, '\n')
	for range s.depth {
		s.out = append(s.out, "  "...)
	}
}

// value writes anything as encoding/json does.
func (s *jsonStream) value(v any) {
	s.compact.Reset()
	if err := s.encoder.Encode(v); err != nil && s.err == nil {
		s.err = err
		return
	}
	src := bytes.TrimSuffix(s.compact.Bytes(), []byte("\n"))
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case '"':
			n := stringLength(src[i:])
			s.out = appendInert(s.out, src[i:i+n])
			i += n
		case '{', '[':
			s.out = append(s.out, c)
			i++
			if i < len(src) && (src[i] == '}' || src[i] == ']') {
				s.out = append(s.out, src[i])
				i++
				continue
			}
			s.depth++
			s.newline()
		case '}', ']':
			s.depth--
			s.newline()
			s.out = append(s.out, c)
			i++
		case ',':
			s.out = append(s.out, c)
			s.newline()
			i++
		case ':':
			s.out = append(s.out, ": "...)
			i++
		default:
			s.out = append(s.out, c)
			i++
		}
	}
}

// stringLength is how many bytes a string takes at the beginning of JSON, both
// quotes included.
func stringLength(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// appendInert appends a string of JSON with the characters escaped that
// [Printable] escapes in text.
func appendInert(b, src []byte) []byte {
	kept := 0 // src up to here is in b
	for i := 0; i < len(src); {
		c := src[i]
		if c >= 0x20 && c < 0x7f && c != '#' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if !unicode.IsPrint(r) || r == '#' && commands(string(src[i:min(i+40, len(src))])) {
			b = append(b, src[kept:i]...)
			for _, unit := range utf16.Encode([]rune{r}) {
				b = fmt.Appendf(b, `\u%04x`, unit)
			}
			kept = i + n
		}
		i += n
	}
	return append(b, src[kept:]...)
}

// pointers are the elements of a list where they are.
func pointers[T any](list []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// filled is the list, or an empty one in place of none: JSON has no null here.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
