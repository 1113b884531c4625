package requirements

import "errors"

// word is a shell word of the option text: its bytes run from a to b in the
// line, value is what they mean.
type word struct {
	a, b  int
	value []byte
}

var (
	errQuotation = errors.New("no closing quotation")
	errEscaped   = errors.New("no escaped character")
)

// wordReader splits the option text of one line as Python's shlex.split does
// in POSIX mode: blanks are space, tab, line feed and carriage return; '…' is
// literal; in "…" a backslash escapes " and itself, elsewhere any character;
// # has no meaning.
type wordReader struct {
	b   []byte // the line
	pos int
	buf []byte // values that are not bytes of the line
}

func isShellBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (w *wordReader) skip() {
	for w.pos < len(w.b) && isShellBlank(w.b[w.pos]) {
		w.pos++
	}
}

// next returns the next word; ok is false at the end.
func (w *wordReader) next() (_ word, ok bool, _ error) {
	w.skip()
	a := w.pos
	if a == len(w.b) {
		return word{}, false, nil
	}
	i := a
	for i < len(w.b) && !isShellBlank(w.b[i]) {
		if c := w.b[i]; c == '\\' || c == '\'' || c == '"' {
			return w.quoted(a, i)
		}
		i++
	}
	w.pos = i
	return word{a, i, w.b[a:i]}, true, nil
}

// quoted goes on with a word from its first quote or escape at i.
func (w *wordReader) quoted(a, i int) (_ word, ok bool, _ error) {
	from := len(w.buf)
	w.buf = append(w.buf, w.b[a:i]...)
	for i < len(w.b) && !isShellBlank(w.b[i]) {
		c := w.b[i]
		i++
		switch c {
		case '\\':
			if i == len(w.b) {
				w.pos = i
				return word{}, false, errEscaped
			}
			w.buf = append(w.buf, w.b[i])
			i++
		case '\'', '"':
			for {
				if i == len(w.b) {
					w.pos = i
					return word{}, false, errQuotation
				}
				d := w.b[i]
				i++
				if d == c {
					break
				}
				if d == '\\' && c == '"' {
					if i == len(w.b) {
						w.pos = i
						return word{}, false, errEscaped
					}
					if w.b[i] != '"' && w.b[i] != '\\' {
						w.buf = append(w.buf, '\\')
					}
					d = w.b[i]
					i++
				}
				w.buf = append(w.buf, d)
			}
		default:
			w.buf = append(w.buf, c)
		}
	}
	w.pos = i
	return word{a, i, w.buf[from:len(w.buf):len(w.buf)]}, true, nil
}

// seenTable finds repeated digests in one line in constant time each. Only its
// generation changes from line to line.
type seenTable struct {
	slots      []seenSlot
	generation uint32
	used       int
}

type seenSlot struct {
	key        uint64
	generation uint32
	index      int32
}

func (t *seenTable) reset() {
	t.used = 0
	if t.generation++; t.generation == 0 {
		clear(t.slots)
		t.generation = 1
	}
}

// add notes that the hash of the given index has a digest that starts with
// key, and returns the index of the first that did, or -1.
func (t *seenTable) add(key uint64, index int) int {
	if 2*(t.used+1) > len(t.slots) {
		old := t.slots
		t.slots = make([]seenSlot, max(64, 2*len(old)))
		for _, s := range old {
			if s.generation == t.generation && t.generation > 0 {
				*t.slot(s.key) = s
			}
		}
	}
	s := t.slot(key)
	if s.generation == t.generation {
		return int(s.index)
	}
	*s = seenSlot{key, t.generation, int32(index)}
	t.used++
	return -1
}

func (t *seenTable) slot(key uint64) *seenSlot {
	mask := uint64(len(t.slots) - 1)
	i := (key * 0x9e3779b97f4a7c15) >> 32 & mask
	for t.slots[i].generation == t.generation && t.slots[i].key != key {
		i = (i + 1) & mask
	}
	return &t.slots[i]
}
