package requirements

import (
	"fmt"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// pastDigest returns where the whole digest ends that a hash's text starts
// with, 0 if it starts with none, and what stands behind it.
func pastDigest(value string) (end int, rest string) {
	algorithm, digits, _ := strings.Cut(value, ":")
	a, known := packaging.ParseAlgorithm(algorithm)
	size := 2 * a.Size()
	if !known || len(digits) < size || len(hexPrefix(digits)) < size {
		return 0, ""
	}
	return len(algorithm) + 1 + size, digits[size:]
}

// hexPrefix is the hexadecimal digits that s starts with.
func hexPrefix(s string) string {
	n := 0
	for n < len(s) && hexDigit(s[n]) >= 0 {
		n++
	}
	return s[:n]
}

// isNoise tells whether what stands behind a digest says nothing that would be
// lost with it: other hashes, invisible characters, more digits.
func isNoise(rest string) bool {
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "--hash="), ",")
	return isStrong(rest) || strings.Trim(rest, "\u200b\u200c\u200d\u2060\ufeff") == "" || hexPrefix(rest) == rest
}

// behind is the offset of what is glued to the whole digest of a malformed
// hash, -1 where nothing is or its digest is not written plainly.
func (w *witness) behind(g given) int {
	end, rest := pastDigest(g.value)
	if rest == "" || g.va+end > len(w.r.b) || string(w.r.b[g.va:g.va+end]) != g.value[:end] {
		return -1
	}
	return g.va + end
}

// foreign tells whether text is glued to a whole digest that has nothing to do
// with it: the next line or file, or a marker.
func (w *witness) foreign(g given) bool {
	_, rest := pastDigest(g.value)
	switch {
	case rest == "" || strings.HasPrefix(rest, "--hash=") || rest[0] == '#':
		return false
	case isNoise(rest):
		o := w.behind(g)
		return o >= 0 && hexPrefix(rest) == rest && w.startsLine(o)
	}
	return true
}

// gluedTo tells whether what stands at o is glued to a whole digest.
func (w *witness) gluedTo(o int) bool {
	if len(w.p.badHash) > 64 { // such a line needs no finer words
		return false
	}
	for _, g := range w.p.badHash {
		if w.behind(g) == o && w.foreign(g) {
			return true
		}
	}
	return false
}

// swallowedByHash reports what is glued to a whole digest, and parts the two
// where it is a line of its own or a marker.
func (w *witness) swallowedByHash(g given) {
	_, rest := pastDigest(g.value)
	o := w.behind(g)
	s, shown := w.r.span(g.va, g.vb), w.text(g.va, g.vb)
	if o >= 0 {
		s, shown = w.r.span(o, g.vb), w.text(o, g.vb)
	}
	f := w.add(swallowed, s, fmt.Sprintf("pip does not read %s: it is glued to the hash before it, which no file has then", shown),
		"put a line end, or a blank, between the two")
	f.Repair = true
	if o < 0 || !w.editable() || len(w.p.badHash) > 64 { // such a line needs no repair of each
		return
	}
	switch at := w.r.start(o); {
	case rest[0] == ';':
		f.Help = "write the marker before the first hash"
		w.moveMarker(f, o, w.markerEnd(g))
		return
	case w.startsLine(o) && w.looksRequired(w.restOfLine(o)):
		c := w.r.seg(o)
		f.Help = fmt.Sprintf("remove the backslash at the end of line %d", w.l.First+c-1)
		f.Edits = []Edit{w.cutBackslash(c)}
	case !w.startsLine(o) && w.startsOwn(w.r.b[o:]):
		f.Help = "put a line end before it"
		f.Edits = []Edit{{at, at, w.f.lineEnding()}}
	}
	if len(f.Edits) > 0 && !w.cures(f.Edits) {
		f.Edits = nil
	}
}

// markerEnd is where a marker ends that is glued to a hash: before the next
// option, or with the line.
func (w *witness) markerEnd(g given) int {
	end := g.b
	for words := (wordReader{b: w.r.b, pos: g.b}); ; {
		wd, ok, err := words.next()
		if err != nil || !ok || w.r.b[wd.a] == '-' {
			return end
		}
		end = wd.b
	}
}
