package pypi

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// Brief is what a verdict needs of the files of a release, as the cache has it:
// nothing is unpacked for it. No two of the files have one name, and all are of
// one index. It may be used by many at once.
type Brief struct {
	// Count is how many files there are, 1 or more.
	Count int
	// Yanked tells whether there are files that pip could install, and all of
	// them are yanked.
	Yanked bool
	// Built tells whether some file is a wheel or a source distribution.
	Built bool
	// Span is the time from the first upload to the last of a file that pip could
	// install, 0 where times are not known.
	Span time.Duration

	// sums are the SHA-256 digests of files, 32 bytes each, sorted, each once;
	// numbers are of the first file that has each, 2 bytes.
	sums, numbers []byte
}

// Find returns the first file that has a SHA-256 digest, by its place among
// Answer.Files. A digest of another algorithm is not found.
func (b *Brief) Find(d *packaging.Digest) (file int, ok bool) {
	if d.Algorithm() != packaging.SHA256 {
		return 0, false
	}
	at := b.place(d)
	if at < 0 {
		return 0, false
	}
	return int(binary.LittleEndian.Uint16(b.numbers[2*at:])), true
}

// place is where a SHA-256 digest is among the sums, -1 where it is not.
func (b *Brief) place(d *packaging.Digest) int {
	head := bits.ReverseBytes64(d.Head()) // as bytes are compared
	low, high := 0, len(b.numbers)/2
	for low < high {
		if mid := (low + high) / 2; binary.BigEndian.Uint64(b.sums[32*mid:]) < head {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for ; low < len(b.numbers)/2 && binary.BigEndian.Uint64(b.sums[32*low:]) == head; low++ {
		if packaging.SHA256Digest((*[32]byte)(b.sums[32*low:])) == *d {
			return low
		}
	}
	return -1
}

// mostBriefed is the most files that a Brief has, and texts that they share: numbers
// have 2 bytes. What has more is not kept.
const mostBriefed = 1<<16 - 1

const (
	briefYanked = 1 << iota
	briefBuilt
)

// appendBrief appends the Brief of files: how many they are and how many have
// digests (uvarints), flags (a byte), the span in nanoseconds (a uvarint),
// numbers, sums.
func appendBrief(b []byte, files []File) []byte {
	type sum struct {
		sum  []byte
		file int
	}
	var sums []sum
	var first, last time.Time
	installable, left := false, false // some that pip could install; some of these not yanked
	var flags byte
	for i := range files {
		f := &files[i]
		if d, ok := f.Digest(packaging.SHA256); ok {
			sums = append(sums, sum{packDigests([]packaging.Digest{d})[1:], i})
		}
		if !f.Uploaded.IsZero() && (first.IsZero() || f.Uploaded.Before(first)) {
			first = f.Uploaded
		}
		if f.Kind != packaging.Other {
			flags |= briefBuilt
		}
		if packaging.Installable(f.Name) {
			installable, left = true, left || !f.Yanked
			if f.Uploaded.After(last) {
				last = f.Uploaded
			}
		}
	}
	if installable && !left {
		flags |= briefYanked
	}
	slices.SortStableFunc(sums, func(x, y sum) int { return bytes.Compare(x.sum, y.sum) })
	sums = slices.CompactFunc(sums, func(x, y sum) bool { return bytes.Equal(x.sum, y.sum) })
	b = binary.AppendUvarint(b, uint64(len(files)))
	b = binary.AppendUvarint(b, uint64(len(sums)))
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(max(last.Sub(first), 0)))
	for _, s := range sums {
		b = binary.LittleEndian.AppendUint16(b, uint16(s.file))
	}
	for _, s := range sums {
		b = append(b, s.sum...)
	}
	return b
}

// brief reads what appendBrief wrote.
func (r *reader) brief() Brief {
	count, sums := r.uvarint(), r.uvarint()
	flags := r.byte()
	span := r.uvarint()
	if count > mostBriefed || sums > count {
		r.bad = true
		return Brief{}
	}
	b := Brief{Count: int(count), Yanked: flags&briefYanked != 0, Built: flags&briefBuilt != 0, Span: time.Duration(span)}
	b.numbers = r.bytes(2 * int(sums))
	b.sums = r.bytes(32 * int(sums))
	for i := 0; i < len(b.numbers); i += 2 {
		if uint64(binary.LittleEndian.Uint16(b.numbers[i:])) >= count {
			r.bad = true
		}
	}
	return b
}
