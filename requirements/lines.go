package requirements

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/reqhash/reqhash/packaging"
)

// segment is a stretch of a logical line that lies in one piece in the text.
// at is its offset in the joined line, text its offset in the decoded text. A
// segment put there for a variable stands for the text from text to end.
type segment struct {
	at, text, end int32
	variable      bool
}

// ends says which bytes may end a physical line of a file.
type ends uint8

const (
	endLF   ends = iota // only line feeds
	endCRLF             // carriage returns, each before a line feed
	endAny              // some of the other nine
)

// reader walks over the logical lines of a file. It holds one line at a time:
// b is its text as pip has it after joining, cutting comments and expanding
// variables; what its bytes were in the file, segs tells.
type reader struct {
	f    *File
	text []byte
	ends ends

	general bool // do not read by pinned

	again    []twice // repeated digests of the line that pinned has read
	unsorted bool    // its digests do not grow
	lastKey  uint64  // the first digits of its last one

	pos    int // text offset of the next physical line
	number int // of the physical line last cut, from 1

	buf    []byte
	segs   []segment
	cursor int // into segs, for offsets that grow

	b       []byte // the line
	base    int    // joined offset of b[0]
	joined  []byte // the line with its comment
	comment int    // joined offset of the # that starts a comment, or -1
	first   int    // its first physical line
	tooLong bool   // variables made it longer than allowed
	vars    bool   // it holds ${VAR}

	words wordReader
	seen  seenTable
	marks map[string]error // markers already parsed

	pooled    bool            // what is left of the arenas is for the next file
	lines     []Line          // room for File.Lines while they are read
	faults    []Fault         // the same for File.Faults
	hashes    []Hash          // arena for Content.Hashes
	aside     []aside         // of the line at hand
	lineStart int             // source offset of the line at hand
	contents  []Content       // arena for Line.Content
	texts     strings.Builder // arena for Content.Text; what is in it never changes
	pins      []packaging.Specifier
}

// readers are those that have read a file. What they have room for is used
// again, by one goroutine at a time.
var readers = sync.Pool{New: func() any { return &reader{pooled: true} }}

// newReader returns a reader at the beginning of a file.
func newReader(f *File, general bool) *reader {
	r := readers.Get().(*reader)
	r.f, r.text, r.general = f, f.text, general
	return r
}

// release takes a reader back that nobody uses any more. Of the arenas only what
// is still empty is ever written to.
func (r *reader) release() {
	clear(r.lines)
	clear(r.faults)
	*r = reader{
		pooled: true,
		buf:    r.buf[:0], segs: r.segs[:0], words: wordReader{buf: r.words.buf[:0]}, again: r.again[:0],
		seen: r.seen, marks: r.marks, lines: r.lines[:0], faults: r.faults[:0],
		hashes: r.hashes, contents: r.contents, texts: r.texts, pins: r.pins,
	}
	readers.Put(r)
}

// room is how many an arena gets room for when so many are needed: for a piece
// of them where more files follow.
func (r *reader) room(piece, needed int) int {
	if r.pooled {
		return max(piece, needed)
	}
	return needed
}

// prepare finds out which bytes need more than a search for line feeds.
func (r *reader) prepare() {
	switch f := r.f; {
	case f.unseen:
		r.ends = endLF // as far as pinned has looked
	case f.high || f.control:
		r.ends = endAny
	case !f.cr:
		r.ends = endLF
	case bytes.Count(r.text, []byte{'\r'}) == bytes.Count(r.text, []byte("\r\n")):
		r.ends = endCRLF
	default:
		r.ends = endAny
	}
	r.f.ends = r.ends
}

// settle looks at what pinned has not read, before anybody else reads it.
func (r *reader) settle() {
	if r.f.unseen {
		r.f.Err = r.f.settle(r.pos)
		r.prepare()
	}
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// exotic tells whether b holds bytes above ASCII, carriage returns, and other
// control characters that end lines. 32 bytes are looked at together: adding
// 0x60 to a byte of ASCII sets its high bit from 0x20 on, adding 0x7f sets it
// from 1 on, so what is left are control characters but line feeds.
func exotic(b []byte) (high, cr, control bool) {
	var all uint64
	for ; len(b) >= 32; b = b[32:] {
		v, w := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		x, y := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
		all |= v | w | x | y
		if (odd(v)|odd(w)|odd(x)|odd(y))&highBits != 0 {
			look(b[:32], &cr, &control)
		}
	}
	high = all&highBits != 0
	for _, c := range b {
		high = high || c >= 0x80
	}
	look(b, &cr, &control)
	return high, cr, control
}

func odd(w uint64) uint64 {
	return ^(w + eachByte*0x60) &^ ^((w ^ eachByte*'\n') + eachByte*0x7f)
}

func look(b []byte, cr, control *bool) {
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\t' {
			*cr = *cr || c == '\r'
			*control = *control || c != '\r'
		}
	}
}

// cut returns the next physical line without its end, as str.splitlines does
// (req_file.py, preprocess).
func (r *reader) cut() (start, end int, ok bool) {
	start = r.pos
	if start >= len(r.text) {
		return 0, 0, false
	}
	r.number++
	if r.ends == endAny {
		end, r.pos = lineEnd(r.text, start)
		return start, end, true
	}
	i := bytes.IndexByte(r.text[start:], '\n')
	if i < 0 {
		r.pos = len(r.text)
		return start, r.pos, true
	}
	end = start + i
	r.pos = end + 1
	if r.ends == endCRLF && end > start && r.text[end-1] == '\r' {
		end--
	}
	return start, end, true
}

// lineEnd finds the first of the eleven terminators from start on; next is the
// offset behind it.
func lineEnd(text []byte, start int) (end, next int) {
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				return i, i + 2
			}
			return i, i + 1
		case c >= '\n' && c <= '\f', c >= 0x1c && c <= 0x1e:
			return i, i + 1
		case c == 0xc2 && i+1 < len(text) && text[i+1] == 0x85: // NEL
			return i, i + 2
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2]&^1 == 0xa8: // U+2028, U+2029
			return i, i + 3
		}
	}
	return len(text), len(text)
}

// blank returns the length of the blank that b starts with, 0 for none: what
// Python's str.isspace calls one.
func blank(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	c := b[0]
	if c < utf8.RuneSelf {
		if c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1c && c <= 0x1f {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if isWideBlank(r) {
		return n
	}
	return 0
}

// blankBefore is blank for the end of b.
func blankBefore(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if b[len(b)-1] < utf8.RuneSelf {
		return blank(b[len(b)-1:])
	}
	r, n := utf8.DecodeLastRune(b)
	if isWideBlank(r) {
		return n
	}
	return 0
}

func isWideBlank(r rune) bool {
	switch r {
	case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// isComment: nothing but blanks before a # (req_file.py, COMMENT_RE.match).
func isComment(line []byte) bool {
	i := 0
	for i < len(line) && line[i] == ' ' {
		i++
	}
	if i < len(line) && line[i] > '#' && line[i] < utf8.RuneSelf {
		return false // nearly every line
	}
	for line = line[i:]; ; {
		if len(line) == 0 {
			return false
		}
		if line[0] == '#' {
			return true
		}
		n := blank(line)
		if n == 0 {
			return false
		}
		line = line[n:]
	}
}

// next reads the next logical line that is not empty: req_file.py, join_lines,
// ignore_comments and expand_env_variables. It reports false at the end.
func (r *reader) next() bool {
	for r.join() {
		r.base, r.cursor = 0, 0
		r.comment = -1
		b := r.joined
		for i := 0; ; {
			j := bytes.IndexByte(b[i:], '#')
			if j < 0 {
				break
			}
			i += j
			if i == 0 || blankBefore(b[:i]) > 0 {
				r.comment, b = i, b[:i]
				break
			}
			i++
		}
		for n := blank(b); n > 0; n = blank(b) {
			b, r.base = b[n:], r.base+n
		}
		for n := blankBefore(b); n > 0; n = blankBefore(b) {
			b = b[:len(b)-n]
		}
		if len(b) == 0 {
			continue
		}
		r.b = b
		r.vars, r.tooLong = false, false
		if bytes.IndexByte(b, '$') >= 0 {
			r.expand()
		}
		return true
	}
	return false
}

// join puts physical lines together as long as they end in a backslash. A
// comment line ends the join and adds nothing: what it would add is cut off
// again as a comment. A line that is not joined is not copied.
func (r *reader) join() bool {
	r.buf, r.segs = r.buf[:0], r.segs[:0]
	for {
		start, end, ok := r.cut()
		if !ok {
			r.joined = r.buf
			return len(r.segs) > 0
		}
		line := r.text[start:end]
		if isComment(line) {
			if len(r.segs) > 0 {
				r.joined = r.buf
				return true
			}
			continue
		}
		last := end == start || line[len(line)-1] != '\\'
		if len(r.segs) == 0 {
			r.first = r.number
			if last {
				if end == start {
					continue
				}
				r.segs = append(r.segs, segment{text: int32(start)})
				r.joined = line
				return true
			}
		}
		if !last {
			for len(line) > 0 && line[0] == '\\' {
				line, start = line[1:], start+1
			}
			for len(line) > 0 && line[len(line)-1] == '\\' {
				line = line[:len(line)-1]
			}
		}
		r.segs = append(r.segs, segment{at: int32(len(r.buf)), text: int32(start)})
		r.buf = append(r.buf, line...)
		if last {
			r.joined = r.buf
			return true
		}
	}
}

// seg returns the index of the segment that holds offset o of b. Offsets that
// grow are found without a search.
func (r *reader) seg(o int) int {
	at := int32(o + r.base)
	c := r.cursor
	if c >= len(r.segs) || r.segs[c].at > at {
		c = 0
	}
	for c+1 < len(r.segs) && r.segs[c+1].at <= at {
		c++
	}
	r.cursor = c
	return c
}

// start returns the source offset of b[o].
func (r *reader) start(o int) int {
	s := r.segs[r.seg(o)]
	if s.variable {
		return r.f.off.source(int(s.text))
	}
	return r.f.off.source(int(s.text) + o + r.base - int(s.at))
}

// end returns the source offset behind b[o-1], for o > 0.
func (r *reader) end(o int) int {
	s := r.segs[r.seg(o-1)]
	if s.variable {
		return r.f.off.source(int(s.end))
	}
	return r.f.off.source(int(s.text) + o + r.base - int(s.at))
}

func (r *reader) span(a, b int) Span { return Span{r.start(a), r.end(b)} }
