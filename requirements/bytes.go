package requirements

import (
	"bytes"
	"slices"
	"sync"
)

// The bytes of a file are not held for long: of a thousand services they would
// be most of a run's memory, and nearly all of them stand in other files too.
// Once a file is read, Load keeps what no shared Content has, and Src makes the
// whole of it again, byte for byte, for as long as somebody needs it.

// largeFile, 4 MiB, is where a file's own bytes are kept instead.
const largeFile = 4 << 20

// Src returns the bytes read. Nobody writes into them.
func (f *File) Src() []byte {
	if !f.compact {
		return f.src
	}
	if whole := f.whole.Load(); whole != nil {
		return *whole
	}
	room := rooms.Get().(*[]byte)
	src := (*room)[:0]
	if cap(src) < f.size {
		src = make([]byte, 0, f.size+f.size/4)
	}
	*room = f.make(src)
	f.whole.Store(room)
	return *room
}

// make puts the bytes of a compact file into room.
func (f *File) make(room []byte) []byte {
	src, rest := room[:0], f.rest
	for i := range f.Lines {
		l := &f.Lines[i]
		if l.raw == nil {
			continue
		}
		n := l.Start - len(src)
		src = append(append(src, rest[:n]...), l.raw...)
		rest = rest[n:]
	}
	return append(src, rest...)
}

// Copy puts the bytes read into room, from its beginning. Unlike Src it needs no
// Release: two may copy one file at the same time.
func (f *File) Copy(room []byte) []byte {
	if !f.compact {
		return append(room[:0], f.src...)
	}
	return f.make(room)
}

// rooms are memory that files are read into and made again in: a thousand have
// room in that of a few.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// LineBytes returns the bytes of the line with that index into Lines.
func (f *File) LineBytes(line int) []byte {
	l := &f.Lines[line]
	if f.compact && l.raw != nil {
		return l.raw[:l.End-l.Start]
	}
	return f.Src()[l.Start:l.End]
}

// mostAround, 16 KiB, is how much of a shared line is looked through for a
// position; of a longer one all lines are found at once.
const mostAround = 16 << 10

// around returns the shared line that has an offset of Src; nil where the whole
// file must be made again.
func (f *File) around(offset int) *Line {
	if !f.compact || f.whole.Load() != nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(f.Lines, offset, func(l Line, at int) int { return l.Start - at })
	if !found {
		i--
	}
	if i < 0 {
		return nil
	}
	if l := &f.Lines[i]; offset < l.Start+len(l.raw) && len(l.raw) <= mostAround {
		return l
	}
	return nil
}

// Around returns bytes of the file that have at least the physical line at an
// offset of Src, and where in them it is.
func (f *File) Around(offset int) (text []byte, at int) {
	if l := f.around(offset); l != nil {
		return l.raw, offset - l.Start
	}
	return f.Src(), offset
}

// SameBytes tells whether two files hold the same bytes.
func (f *File) SameBytes(other *File) bool {
	return f.Size() == other.Size() && bytes.Equal(f.Src(), other.Src())
}

// Size returns how many bytes the file has.
func (f *File) Size() int {
	if f.compact {
		return f.size
	}
	return len(f.src)
}

// Finder finds positions in a file, quickly where they are asked for in order. One
// goroutine may use it.
type Finder struct {
	file *File
	in   *Line // a shared line, nil at first
	at   int   // offset of Src in it that was asked for last
	line int   // and its position
	col  int
}

// Finder returns one for the file.
func (f *File) Finder() *Finder { return &Finder{file: f} }

// Positions returns the positions of a span's first byte and of the one behind
// it, as [File.Position] does.
func (x *Finder) Positions(at Span) (line, column, endLine, endColumn int) {
	line, column = x.position(at.Start)
	if l := x.in; l != nil && at.Start <= at.End && at.End <= l.Start+len(l.raw) {
		endLine, endColumn = past(l.raw[at.Start-l.Start:at.End-l.Start], line, column)
		return line, column, endLine, endColumn
	}
	endLine, endColumn = x.file.Position(at.End)
	return line, column, endLine, endColumn
}

func (x *Finder) position(offset int) (line, column int) {
	if l := x.in; l == nil || offset < x.at || offset >= l.Start+len(l.raw) {
		if x.in = x.file.around(offset); x.in == nil {
			return x.file.Position(offset)
		}
		x.at, x.line, x.col = x.in.Start, x.in.First, 1
	}
	start := x.in.Start
	x.line, x.col = past(x.in.raw[x.at-start:offset-start], x.line, x.col)
	x.at = offset
	return x.line, x.col
}

// past is the position behind a text that begins at one.
func past(text []byte, line, column int) (int, int) {
	if n := bytes.Count(text, []byte{'\n'}); n > 0 {
		return line + n, len(text) - bytes.LastIndexByte(text, '\n')
	}
	return line, column + len(text)
}

// Release lets go of what Src and Position can make again. Nobody may use any
// longer what Src returned before.
func (f *File) Release() {
	if !f.compact {
		return
	}
	if room := f.whole.Swap(nil); room != nil {
		rooms.Put(room)
	}
	f.starts.Store(nil)
}

// decoded returns the text that was read.
func (f *File) decoded() []byte {
	if f.compact {
		return f.Src()[f.off.shift:]
	}
	return f.text
}

// shrink lets go of the bytes that the lines share, where they are most of the
// file, and tells whether nothing refers to its bytes any more.
func (f *File) shrink() bool {
	shared := 0
	for i := range f.Lines {
		shared += len(f.Lines[i].raw)
	}
	if f.Err != nil || f.off.table != nil || len(f.src) > largeFile || 2*shared < len(f.src) {
		return false
	}
	rest, at := make([]byte, 0, len(f.src)-shared), 0
	for i := range f.Lines {
		if l := &f.Lines[i]; l.raw != nil {
			rest = append(rest, f.src[at:l.Start]...)
			at = l.Start + len(l.raw)
		}
	}
	f.rest, f.size = append(rest, f.src[at:]...), len(f.src)
	f.compact, f.src, f.text = true, nil, nil
	f.starts.Store(nil)
	return true
}

// CommentsMayHold tells whether a word can stand in a comment of the file. It is
// quick to say that none has it.
func (f *File) CommentsMayHold(word string) bool {
	if !f.compact {
		return bytes.Contains(f.src, []byte(word))
	}
	if bytes.Contains(f.rest, []byte(word)) {
		return true
	}
	for i := range f.Lines {
		if l := &f.Lines[i]; l.commented && bytes.Contains(l.raw, []byte(word)) {
			return true
		}
	}
	return false
}
