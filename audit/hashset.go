package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/requirements"
)

// hashSet is the hashes that are allowed, by algorithm, in lower case
// (utils/hashes.py, Hashes). An algorithm without any digest is a set that
// allows nothing; no algorithm is no set.
type hashSet map[string][]string

// listedHashes are those of --hash.
func listedHashes(l *requirements.Line) hashSet {
	return writtenHashes(l).lower()
}

// writtenHashes are the same in the letters in which they stand there.
func writtenHashes(l *requirements.Line) hashSet {
	h := hashSet{}
	for i := range l.Hashes {
		algorithm, digest, _ := strings.Cut(l.HashText(i), ":")
		h[algorithm] = append(h[algorithm], digest)
	}
	return h
}

// lower is the set in lower case.
func (h hashSet) lower() hashSet {
	out := hashSet{}
	for algorithm, list := range h {
		for _, d := range list {
			out[algorithm] = append(out[algorithm], strings.ToLower(d))
		}
	}
	return out
}

// withFragment adds the hash that the URL of a direct reference carries.
func withFragment(h hashSet, l *requirements.Line) hashSet {
	if !l.Direct || l.URLHash() == "" {
		return h
	}
	algorithm, digest, _ := strings.Cut(strings.ToLower(l.URLHash()), ":")
	out := hashSet{algorithm: {digest}}
	for a, list := range h {
		out[a] = append(out[a], list...)
	}
	return out
}

func (h hashSet) none() bool { return len(h) == 0 }

// some tells whether anything at all is allowed.
func (h hashSet) some() bool {
	for _, list := range h {
		if len(list) > 0 {
			return true
		}
	}
	return false
}

// and is what both allow; a set that is none restricts nothing.
func (h hashSet) and(other hashSet) hashSet {
	switch {
	case other.none():
		return h
	case h.none():
		return other
	}
	return h.intersect(other)
}

func (h hashSet) intersect(other hashSet) hashSet {
	out := hashSet{}
	for algorithm, list := range other {
		if mine, ok := h[algorithm]; ok {
			out[algorithm] = slices.DeleteFunc(slices.Clone(list), func(d string) bool { return !slices.Contains(mine, d) })
		}
	}
	return out
}

// allows tells whether one of the digests is allowed.
func (h hashSet) allows(digests []packaging.Digest) bool {
	return slices.ContainsFunc(digests, func(d packaging.Digest) bool {
		return slices.Contains(h[d.Algorithm().String()], d.Hex())
	})
}

// match tells whether the bytes of a file have an allowed digest. known is
// false where they may have one by an algorithm whose digest is not known.
// elsewhere tells whether a digest is that of a file of another name.
func (h hashSet) match(f distribution, elsewhere func(d digest, name string) bool) (matches, known bool) {
	if h.allows(f.Digests) || h.allows(f.computed) {
		return true, true
	}
	for algorithm, list := range h {
		a, ok := packaging.ParseAlgorithm(algorithm)
		if !ok {
			continue
		}
		if _, have := f.Digest(a); have {
			continue
		}
		for _, text := range list {
			if d, err := packaging.NewDigest(a, text); err == nil && !elsewhere(d, f.Name) {
				return false, false
			}
		}
	}
	return false, true
}
