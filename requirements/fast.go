package requirements

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/reqhash/reqhash/packaging"
)

// breaks are the bytes at which pinned does not read a requirement's text by
// itself, but for - inside a word.
var breaks = func() (b [256]bool) {
	for c := range b {
		b[c] = c < ' ' || c >= 0x7f
	}
	for _, c := range []byte("#\\$-") {
		b[c] = true
	}
	return b
}()

// unlooked are the bytes that end a comment, or that exotic looks for.
var unlooked = func() (b [256]bool) {
	for c := range b {
		b[c] = c < ' ' && c != '\t' || c >= 0x80
	}
	return b
}()

// pinned reads the shape that nearly all hashes are written in, in one pass
// and without joining:
//
//	name==version ; marker \
//	    --hash=sha256:… \
//	    --hash=sha256:…
//
// It is next and read for a line in which they have nothing to decide: no
// variable, no quote around an option, no backslash but at line ends, no
// comment but a line that ends the list, no digest in upper case. At
// anything else it takes nothing and reports false. A test holds both readings
// of the same bytes against each other.
func (r *reader) pinned(l *Line) bool {
	if r.ends == endAny || r.general {
		return false
	}
	r.skipIdle()
	text, from := r.text, r.pos
	at := from
	if at >= len(text) || !isWord(text[at]) {
		return false
	}
	var key uint64
	share := r.f.opts.Seen != nil && r.f.off.table == nil
	if share {
		if key, share = r.f.opts.Seen.keyOf(text[at:]); share {
			if k := r.f.opts.Seen.find(key, text[at:], r.ends); k != nil {
				r.takeKnown(l, k)
				return true
			}
		}
	}
	for !breaks[text[at]] || text[at] == '-' && text[at-1] != ' ' {
		if at++; at == len(text) {
			return false
		}
	}
	end := at // of the requirement's text, where the backslash must be
	r.unsorted, r.lastKey = false, 0
	indent, count, comment := 0, 0, 0
	for at < len(text) && text[at] == '\\' {
		if at = r.lineFeedAt(at + 1); at < 0 {
			return r.giveUp(count)
		}
		at++
		start := at
		for at < len(text) && text[at] == ' ' {
			at++
		}
		if count == 0 {
			indent = at - start
		} else if at < len(text) && text[at] == '#' { // a comment line ends the list
			comment = 1
			if at = r.plainComment(at); at < 0 {
				return r.giveUp(count)
			}
			break
		}
		if at == start || !r.pinnedHash(from, at, count) {
			return r.giveUp(count)
		}
		count++
		at += plainHashLen
		for r.usual(at) {
			at += len(between)
			if !r.pinnedDigest(from, at, count) {
				return r.giveUp(count)
			}
			count++
			at += 64
		}
		for at < len(text) && text[at] == ' ' {
			at++
		}
	}
	if at < len(text) {
		if at = r.lineFeedAt(at); at < 0 {
			return r.giveUp(count)
		}
		at++
	}
	if count == 0 {
		return false
	}
	l.Content = r.content()
	l.Kind, l.Text = Requirement, r.keep(text[from:end], indent-1) // pip's own: words are split at single spaces
	if err := r.requirement(l, l.Text); err != nil || l.Direct {
		r.unused()
		return r.giveUp(count)
	}
	r.findAgain(count)
	n := len(r.hashes)
	l.Hashes = r.hashes[n-count : n : n]
	last := &l.Hashes[count-1]
	l.Start = from + r.f.off.shift
	l.End = l.Start + int(last.at+last.n)
	l.First, l.Last = r.number+1, r.number+1+count
	l.argsEnd = int32(len(l.Text))
	r.number += 1 + count + comment
	r.pos = at
	if share && text[at-1] == '\n' {
		l.raw, l.commented = text[from:at:at], comment > 0
		if len(text) <= largeFile {
			l.raw = bytes.Clone(l.raw) // it outlives the file's own bytes
		}
		r.f.opts.Seen.add(key, &known{raw: l.raw, ends: r.ends, content: l.Content, length: l.End - l.Start,
			lines: count, taken: 1 + count + comment, again: slices.Clone(r.again)})
	}
	return true
}

// takeKnown reads a line as it was read before.
func (r *reader) takeKnown(l *Line, k *known) {
	l.Content = k.content
	l.Start = r.pos + r.f.off.shift
	l.End = l.Start + k.length
	l.First, l.Last = r.number+1, r.number+1+k.lines
	r.number += k.taken
	r.pos += len(k.raw)
	r.again = append(r.again[:0], k.again...)
}

// lineFeedAt returns the offset of the line feed that ends the line at a text
// offset, or -1 when the line does not end there.
func (r *reader) lineFeedAt(at int) int {
	if at < len(r.text) && r.text[at] == '\r' && r.ends == endCRLF {
		at++
	}
	if at < len(r.text) && r.text[at] == '\n' {
		return at
	}
	return -1
}

// skipIdle moves over blank lines and comments.
func (r *reader) skipIdle() {
	for r.pos < len(r.text) {
		at := r.pos
		for at < len(r.text) && r.text[at] == ' ' {
			at++
		}
		if at == len(r.text) || r.text[at] != '\n' && r.text[at] != '#' {
			return
		}
		if at = r.plainComment(at); at < 0 {
			return
		}
		r.number++
		r.pos = min(at+1, len(r.text))
	}
}

// plainComment returns the offset of the line feed that ends a comment, or -1
// if the comment holds what nobody has looked for yet.
func (r *reader) plainComment(at int) int {
	for at < len(r.text) && !unlooked[r.text[at]] { // most are short
		at++
	}
	if at == len(r.text) || r.text[at] == '\n' {
		return at
	}
	if r.f.unseen {
		return -1
	}
	end := bytes.IndexByte(r.text[at:], '\n')
	if end < 0 {
		return len(r.text)
	}
	return at + end
}

// pinnedHash adds the hash that starts at a text offset, of the line that starts
// at another.
func (r *reader) pinnedHash(from, at, count int) bool {
	rest := r.text[at:]
	return len(rest) >= plainHashLen && string(rest[:len(plainHash)]) == plainHash && r.pinnedDigest(from, at+len(plainHash), count)
}

// between is what stands before nearly all digests but the first of a list. In
// pieces of at most 16 bytes, which Go compares in place.
const (
	between1 = " \\\n    "
	between2 = plainHash
	between  = between1 + between2
)

// usual tells whether another digest follows the one that ends at a text offset
// as nearly all do.
func (r *reader) usual(at int) bool {
	rest := r.text[at:]
	return len(rest) >= len(between)+64 && string(rest[:len(between1)]) == between1 && string(rest[len(between1):len(between)]) == between2
}

// pinnedDigest is pinnedHash where the digits, of which there is room for all,
// start.
func (r *reader) pinnedDigest(from, at, count int) bool {
	if len(r.hashes) == cap(r.hashes) {
		r.grow(count)
	}
	n := len(r.hashes)
	r.hashes = r.hashes[:n+1]
	h := &r.hashes[n]
	digits := r.text[at : at+64]
	if _, lower := packaging.DecodeSHA256(&h.sum, digits); !lower {
		r.drop(1)
		return false
	}
	key := binary.BigEndian.Uint64(digits)
	r.unsorted = r.unsorted || key <= r.lastKey
	r.lastKey = key
	h.at, h.n = int32(at-len("sha256:")-from), int32(len("sha256:")+64)
	return true
}

// findAgain finds the digests that stand twice on the line at hand. In a sorted
// list there are none.
func (r *reader) findAgain(count int) {
	r.again = r.again[:0]
	if !r.unsorted {
		return
	}
	r.seen.reset()
	hashes := r.hashes[len(r.hashes)-count:]
	for i := range hashes {
		h := &hashes[i]
		key := uint64(binary.LittleEndian.Uint32(h.sum[:]))
		if first := r.seen.add(key, i); first >= 0 && hashes[first].sum == h.sum {
			r.again = append(r.again, twice{first, i})
		}
	}
}

// giveUp takes back the hashes of a line that is read in general.
func (r *reader) giveUp(count int) bool {
	r.drop(count)
	return false
}
