package requirements

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Contents are what lines said that were read before. Services repeat each
// other's pins, and the same bytes say the same: a line that is there already is
// compared instead of read, and shares its Content. What is looked for is held
// against all of its bytes, so that nothing depends on a hash. Any number of
// goroutines may use it.
//
// Only lines that pinned reads are kept: nothing they say depends on the options,
// the environment or the lines around them.
type Contents struct {
	seed   maphash.Seed
	shards [64]shard
	count  atomic.Int32
	uses   sync.Map // []used by *Content, see File.usesOf
}

type shard struct {
	mu    sync.RWMutex
	known map[uint64]*known // by the hash of the first physical line
}

// known is a logical line as it was read once.
type known struct {
	raw     []byte // those of the content, near at hand
	ends    ends   // how its lines were cut
	content *Content
	length  int // bytes from its Start to its End
	lines   int // physical lines from First to Last
	taken   int // physical lines in the raw bytes: a comment may follow the last hash
	again   []twice
	next    *known // with the same hash
}

// mostAlike is how many lines with one first physical line are kept: the next
// are read.
const mostAlike = 16

// NewContents returns an empty Contents.
func NewContents() *Contents {
	return &Contents{seed: maphash.MakeSeed()}
}

// keyOf hashes the first physical line of a text; ok is false where that has no
// end.
func (c *Contents) keyOf(text []byte) (key uint64, ok bool) {
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		return 0, false
	}
	return maphash.Bytes(c.seed, text[:end]), true
}

// find returns the line that a text begins with.
func (c *Contents) find(key uint64, text []byte, how ends) *known {
	s := &c.shards[key%uint64(len(c.shards))]
	s.mu.RLock()
	k := s.known[key]
	s.mu.RUnlock()
	for ; k != nil; k = k.next { // a list only ever gets a new first
		if k.ends == how && len(k.raw) <= len(text) && bytes.Equal(k.raw, text[:len(k.raw)]) {
			return k
		}
	}
	return nil
}

// add keeps a line.
func (c *Contents) add(key uint64, k *known) {
	s := &c.shards[key%uint64(len(c.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	alike := 0
	for o := s.known[key]; o != nil; o = o.next {
		if alike++; alike == mostAlike || o.ends == k.ends && bytes.Equal(o.raw, k.raw) {
			return
		}
	}
	if s.known == nil {
		s.known = map[uint64]*known{}
	}
	k.content.number = c.count.Add(1)
	k.next = s.known[key]
	s.known[key] = k
}
