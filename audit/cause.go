package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
)

// Digests of zero bytes, as a failed download leaves them.
var emptyFile = map[string]bool{
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":                                                                 true,
	"sha384:38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b":                                 true,
	"sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e": true,
}

// Limits of likeness, design 1.5.
const (
	typoEdits   = 2  // edits between a digest and the one that was meant
	lengthEdits = 8  // the same, for a digest that is too short or too long
	sameEnd     = 16 // hexadecimal digits alike at the beginning or the end
)

// cause says where a hash that belongs to no file of the release does belong:
// the first cause of design 1.5 that fits. text is the hash as pip reads it,
// digest the same, or zero if it is malformed.
func (a *audit) cause(r *release, text string, digest packaging.Digest) report.Wrong {
	w := report.Wrong{Hash: text}
	algorithm, hex, _ := strings.Cut(strings.ToLower(text), ":")
	if emptyFile[algorithm+":"+hex] {
		w.Cause = report.EmptyFile
		return w
	}
	if f, ok := otherAlgorithm(r, algorithm, hex); ok {
		w.Cause = report.OtherAlgorithm
		named(&w, r.project, f)
		return w
	}
	if alg, ok := packaging.ParseAlgorithm(algorithm); ok && len(hex) != 2*alg.Size() {
		w.Cause = report.Length
		w.Meant, w.File = meant(r, algorithm, hex, lengthEdits)
		return w
	}
	if i, ok := r.elsewhere[digest]; ok && !digest.IsZero() {
		w.Cause = report.OtherRelease
		named(&w, r.project, r.whole.Files()[i])
		return w
	}
	if o, ok := a.releases.owner(digest, r.project); ok {
		w.Cause = report.OtherProject
		named(&w, o.project, o.file)
		return w
	}
	if w.Meant, w.File = meant(r, algorithm, hex, typoEdits); w.Meant != "" {
		w.Cause = report.Typo
		return w
	}
	for _, f := range r.answer.Gone {
		if d, ok := f.Digest(digest.Algorithm()); ok && d == digest {
			w.Cause = report.Gone
			named(&w, r.project, f)
			return w
		}
	}
	w.Cause = report.Unknown
	return w
}

// named puts into w whose digest it is.
func named(w *report.Wrong, project string, f pypi.File) {
	w.Project, w.Version, w.File = project, f.Version.String(), f.Name
}

// otherAlgorithm finds the file of the release whose digest by another
// algorithm the hash is.
func otherAlgorithm(r *release, algorithm, hex string) (pypi.File, bool) {
	find := func(digests []packaging.Digest) bool {
		return slices.ContainsFunc(digests, func(d packaging.Digest) bool { return d.Algorithm().String() != algorithm && d.Hex() == hex })
	}
	for _, f := range r.files() {
		if find(f.Digests) || find(f.computed) {
			return *f.File, true
		}
	}
	for _, f := range r.answer.Files() {
		if find(f.Digests) {
			return f, true
		}
	}
	return pypi.File{}, false
}

// meant finds the digest of the release that a hash is nearly: within a number
// of edits, or alike at one end. The nearest wins, the first of equals.
func meant(r *release, algorithm, hex string, edits int) (hash, file string) {
	best := edits + 1
	for _, f := range r.files() {
		for _, d := range slices.Concat(f.Digests, f.computed) {
			if d.Algorithm().String() != algorithm {
				continue
			}
			want := d.Hex()
			n := Distance(hex, want, edits)
			if n > edits && len(hex) >= sameEnd && (want[:sameEnd] == hex[:sameEnd] || want[len(want)-sameEnd:] == hex[len(hex)-sameEnd:]) {
				n = edits
			}
			if n < best {
				best, hash, file = n, d.String(), f.Name
			}
		}
	}
	return hash, file
}

// Distance is the number of single edits (insert, delete, replace) that turn a
// into b, if that is at most limit; else it is limit+1. Only the diagonal band
// that can stay below the limit is computed.
func Distance(a, b string, limit int) int {
	if n := len(a) - len(b); n > limit || -n > limit {
		return limit + 1
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := 1; i <= len(a); i++ {
		lo, hi := max(1, i-limit), min(len(b), i+limit)
		for j := range row {
			row[j] = limit + 1
		}
		if lo == 1 {
			row[0] = i
		}
		least := row[0]
		for j := lo; j <= hi; j++ {
			cost := before[j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			row[j] = min(cost, before[j]+1, row[j-1]+1)
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, row = row, before
	}
	return min(before[len(b)], limit+1)
}
