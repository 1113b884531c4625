package audit

import (
	"math/bits"
	"slices"

	"github.com/reqhash/reqhash/packaging"
)

// digestTable finds the file that has a digest. A run over a thousand services
// looks up a million and a half of them, nearly all of which are there: a map of
// 65-byte keys takes four times as long.
type digestTable struct {
	digests []packaging.Digest // distinct, in the order added
	files   []int32            // the first file that each was added for
	slots   []int32            // 1 + index into digests, at the digest's head or behind it; 0 is free
	// crowded has all of them where too many have like heads: an index may say
	// what it wants.
	crowded map[packaging.Digest]int32
}

const mostSteps = 64 // through slots, before a table is crowded

// grow makes room for so many digests.
func (t *digestTable) grow(n int) {
	t.digests, t.files = slices.Grow(t.digests, n), slices.Grow(t.files, n)
	size := 16
	for size < 2*n {
		size *= 2
	}
	if len(t.digests) == 0 {
		t.slots = make([]int32, size)
	}
}

// add notes that a file has a digest, unless another had it before.
func (t *digestTable) add(d *packaging.Digest, file int) {
	if d.IsZero() {
		return
	}
	if _, ok := t.find(d); ok {
		return
	}
	t.digests, t.files = append(t.digests, *d), append(t.files, int32(file))
	switch {
	case t.crowded != nil:
		t.crowded[*d] = int32(file)
	case 2*len(t.digests) > len(t.slots):
		t.slots = make([]int32, max(16, 2*len(t.slots)))
		for i := range t.digests {
			t.put(i)
		}
	default:
		t.put(len(t.digests) - 1)
	}
}

// put gives a digest its slot.
func (t *digestTable) put(i int) {
	at, steps := t.slot(&t.digests[i])
	if steps > mostSteps && t.crowded == nil {
		t.crowded = make(map[packaging.Digest]int32, len(t.digests))
		for k, d := range t.digests {
			t.crowded[d] = t.files[k]
		}
	}
	t.slots[at] = int32(i + 1)
}

// slot is where the digest is, or would be, and how far that is from its place.
func (t *digestTable) slot(d *packaging.Digest) (at, steps int) {
	last := len(t.slots) - 1 // a power of two, less one
	at = int(d.Head()) & last
	for t.slots[at] != 0 && t.digests[t.slots[at]-1] != *d {
		at = (at + 1) & last
		steps++
	}
	return at, steps
}

// find returns the file with the digest; the zero Digest is that of none.
func (t *digestTable) find(d *packaging.Digest) (file int, ok bool) {
	if len(t.slots) == 0 || d.IsZero() {
		return 0, false
	}
	if t.crowded != nil {
		i, ok := t.crowded[*d]
		return int(i), ok
	}
	at, _ := t.slot(d)
	i := t.slots[at]
	if i == 0 {
		return 0, false
	}
	return int(t.files[i-1]), true
}

// fileSet is a set of a release's files, by index. The zero fileSet is empty.
type fileSet struct {
	low  [2]uint64 // those below 128, which nearly all are
	high map[int]bool
}

func (s *fileSet) add(file int) {
	if file < 128 {
		s.low[file>>6] |= 1 << (file & 63)
		return
	}
	if s.high == nil {
		s.high = map[int]bool{}
	}
	s.high[file] = true
}

func (s *fileSet) has(file int) bool {
	if file < 128 {
		return s.low[file>>6]>>(file&63)&1 != 0
	}
	return s.high[file]
}

func (s *fileSet) size() int {
	return bits.OnesCount64(s.low[0]) + bits.OnesCount64(s.low[1]) + len(s.high)
}
