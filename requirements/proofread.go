package requirements

import (
	"fmt"
	"slices"
	"strings"
)

// RereadRepair applies the edits of faults, reads the result as Read would
// and compares. Nothing that pip takes may be refused afterwards; and unless
// repair is set, every line must be what it was but for its hashes, where lines
// that hold only hashes which pip ignores may go, and lines that pip refuses
// may be taken. It returns the edited bytes as they were read.
func RereadRepair(f *File, edits []Edit, repair bool, opts ReadOptions) (*File, error) {
	return inRoom(func(room []byte) (*File, error) { return proofreadRepair(f, edits, repair, opts, room) })
}

func proofreadRepair(f *File, edits []Edit, repair bool, opts ReadOptions, room []byte) (*File, error) {
	after, err := apply(room, f.Src(), edits)
	if err != nil {
		return nil, err
	}
	now := Read(f.Path, after, opts)
	if (now.Err == nil) != (f.Err == nil) {
		return nil, fmt.Errorf("%w: it was %v, would be %v", ErrProofread, f.Err, now.Err)
	}
	if repair {
		if was, is := f.refusals(), now.refusals(); is > was {
			return nil, fmt.Errorf("%w: pip would refuse %d lines instead of %d", ErrProofread, is, was)
		}
		return now, nil
	}
	old, fresh := f.effective(), now.effective()
	for len(old) > 0 {
		a := old[0]
		old = old[1:]
		switch {
		case len(fresh) > 0 && (a.Err == nil || sameStart(f.Src()[a.Start:a.End], now.Src()[fresh[0].Start:fresh[0].End])):
			if err := a.sameBut(fresh[0]); err != nil {
				return nil, err
			}
			fresh = fresh[1:]
		case a.Err == nil:
			return nil, fmt.Errorf("%w: line %d is lost", ErrProofread, a.First)
		}
	}
	if len(fresh) > 0 {
		return nil, fmt.Errorf("%w: line %d is new", ErrProofread, fresh[0].First)
	}
	return now, nil
}

// refusals counts the lines that pip refuses, but for what only a run shows.
func (f *File) refusals() int {
	n := 0
	for i := range f.Lines {
		if f.Lines[i].refusedAlone() {
			n++
		}
	}
	return n
}

// refusedAlone: pip refuses the line, whatever run reads it.
func (l *Line) refusedAlone() bool {
	return l.Err != nil && !l.Constrain && l.Kind != Include && l.Kind != Constraint
}

// effective are the lines that are not idle.
func (f *File) effective() []*Line {
	list := make([]*Line, 0, len(f.Lines))
	for i := range f.Lines {
		if l := &f.Lines[i]; !l.idle() {
			list = append(list, l)
		}
	}
	return list
}

// sameStart tells whether two texts begin alike: the repair of a slip leaves
// the start of a line alone.
func sameStart(a, b []byte) bool {
	n := min(len(a), len(b), 3)
	return string(a[:n]) == string(b[:n])
}

// sameBut tells how a line differs from what it was but for its hashes. Of a
// line that pip refused, nothing is known that could differ.
func (l *Line) sameBut(now *Line) error {
	if l.refusedAlone() || l.Content == now.Content {
		return nil
	}
	strip := func(s string) string { return strings.TrimRight(s, " \t") }
	same := l.Kind == now.Kind && strip(l.Text) == strip(now.Text) && l.Name == now.Name && l.Marker == now.Marker && l.URL == now.URL &&
		strip(l.Specifier) == strip(now.Specifier) && slices.Equal(l.Extras, now.Extras) && l.Target == now.Target && l.opens == now.opens &&
		slices.EqualFunc(l.Settings, now.Settings, func(s, t Setting) bool { return s.Name == t.Name && s.Value == t.Value })
	switch {
	case !same:
		return fmt.Errorf("%w: line %d would be another", ErrProofread, now.First)
	case now.refusedAlone():
		return fmt.Errorf("%w: pip would refuse line %d: %w", ErrProofread, now.First, now.Err)
	}
	return nil
}
