package requirements

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// Edit puts New in the place of Src[Start:End]. New is in the file's own
// encoding.
type Edit struct {
	Start, End int
	New        string
}

// Apply returns src with the edits made. They may come in any order; where two
// overlap, or one lies outside of src, nothing is applied. Edits that insert at
// one offset are applied in the order given.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return src, nil
	}
	return apply(nil, src, edits)
}

// apply is Apply, and puts what it returns into room if there is enough of it.
func apply(room, src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	size, at := len(src), 0
	for _, e := range sorted {
		if e.Start < at || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edit of bytes %d to %d: %w", e.Start, e.End, errOverlap)
		}
		at = e.End
		size += len(e.New) - (e.End - e.Start)
	}
	out := slices.Grow(room[:0], size)
	at = 0
	for _, e := range sorted {
		out = append(append(out, src[at:e.Start]...), e.New...)
		at = e.End
	}
	return append(out, src[at:]...), nil
}

var errOverlap = errors.New("it overlaps another or lies outside of the file")

// ErrProofread is what Reread's errors are when the edited bytes do not
// read as they should.
var ErrProofread = errors.New("the edited file would not read as it should")

// Reread applies the edits, reads the result as Read would and compares:
// every line must be what it was but for the hashes of those in want, which is
// by index into f.Lines and must be met as a set. Lines that hold nothing but
// hashes which pip ignores may go. It returns the edited bytes as they were read.
func Reread(f *File, edits []Edit, want map[int][]packaging.Digest, opts ReadOptions) (*File, error) {
	return inRoom(func(room []byte) (*File, error) { return proofread(f, edits, want, opts, room) })
}

// inRoom gives a reading room for the bytes, and lets go of them where that is
// possible. After a refusal it is not: what Contents keep of a large file lies in
// the room.
func inRoom(read func(room []byte) (*File, error)) (*File, error) {
	room := rooms.Get().(*[]byte)
	f, err := read(*room)
	if err != nil {
		return nil, err
	}
	if src := f.src; f.shrink() {
		*room = src
		rooms.Put(room)
	}
	return f, nil
}

func proofread(f *File, edits []Edit, want map[int][]packaging.Digest, opts ReadOptions, room []byte) (*File, error) {
	after, err := apply(room, f.Src(), edits)
	if err != nil {
		return nil, err
	}
	if opts.Dir == "" {
		opts.Dir = "/"
	}
	now := Read(f.Path, after, opts)
	if now.Err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProofread, now.Err)
	}
	j := 0
	for i := range f.Lines {
		l := &f.Lines[i]
		if j < len(now.Lines) {
			if err := f.sameLine(i, now, j, want); err == nil {
				j++
				continue
			} else if !l.idle() {
				return nil, err
			}
		}
		if !l.idle() {
			return nil, fmt.Errorf("%w: line %d is lost", ErrProofread, l.First)
		}
	}
	if j < len(now.Lines) {
		return nil, fmt.Errorf("%w: line %d is new", ErrProofread, now.Lines[j].First)
	}
	return now, nil
}

// idle: the line has no effect in pip.
func (l *Line) idle() bool { return l.Kind == Option && len(l.Settings) == 0 && l.Err == nil }

// sameHashes tells whether two lines have the same hashes, as pip reads them.
func sameHashes(a, b *Content) bool {
	if a == b {
		return true
	}
	if len(a.Hashes) != len(b.Hashes) {
		return false
	}
	for i := range a.Hashes {
		if a.HashText(i) != b.HashText(i) {
			return false
		}
	}
	return true
}

func (f *File) sameLine(i int, now *File, j int, want map[int][]packaging.Digest) error {
	a, b := &f.Lines[i], &now.Lines[j]
	if _, asked := want[i]; !asked && a.Content == b.Content {
		return nil
	}
	differ := func(what string, was, is any) error {
		return fmt.Errorf("%w: line %d: %s was %q, would be %q", ErrProofread, b.First, what, was, is)
	}
	strip := func(s string) string { return strings.TrimRight(s, " \t") }
	switch {
	case a.Kind != b.Kind:
		return differ("kind", a.Kind, b.Kind)
	case strip(a.Text) != strip(b.Text):
		return differ("text", a.Text, b.Text)
	case a.Target != b.Target || a.opens != b.opens:
		return differ("target", a.Target, b.Target)
	case (a.Err == nil) != (b.Err == nil) && !errors.Is(a.Err, errCycle) && !a.Constrain:
		return differ("error", fmt.Sprint(a.Err), fmt.Sprint(b.Err))
	case !slices.EqualFunc(a.Settings, b.Settings, func(s, t Setting) bool { return s.Name == t.Name && s.Value == t.Value }):
		return differ("options", fmt.Sprint(a.Settings), fmt.Sprint(b.Settings))
	}
	wanted, asked := want[i]
	if !asked {
		if !sameHashes(a.Content, b.Content) {
			return fmt.Errorf("%w: line %d: its hashes would change", ErrProofread, b.First)
		}
		return nil
	}
	wanted = unique(wanted)
	set := make(map[packaging.Digest]bool, len(wanted))
	for _, d := range wanted {
		set[d] = true
	}
	for k := range b.Hashes {
		if !set[b.Digest(k)] {
			return fmt.Errorf("%w: line %d: hash %s is not wanted", ErrProofread, b.First, b.HashText(k))
		}
	}
	if len(b.Hashes) != len(wanted) {
		return fmt.Errorf("%w: line %d: %d hashes instead of %d", ErrProofread, b.First, len(b.Hashes), len(wanted))
	}
	return nil
}
