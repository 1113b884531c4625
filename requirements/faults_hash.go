package requirements

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// ignoredHashes reports the hashes on a line where they have no effect.
func (w *witness) ignoredHashes(why string) {
	if w.p.hashes == 0 {
		return
	}
	w.add(ignoredHash, w.hashSpan(), fmt.Sprintf("pip ignores %s here: %s", count(w.p.hashes, "hash", "hashes"), why),
		"remove them, or name an archive or a release instead")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "the " + one
	}
	return fmt.Sprintf("the %d %s", n, many)
}

// hashSpan runs from the first hash option of the line at hand to its last.
func (w *witness) hashSpan() Span {
	words := wordReader{b: w.r.b, pos: int(w.l.argsEnd)}
	s := Span{-1, w.l.End}
	for {
		wd, ok, err := words.next()
		if err != nil || !ok {
			s.Start = max(s.Start, w.l.Start)
			return s
		}
		if isHashWord(wd.value) {
			if s.Start < 0 {
				s.Start = w.r.start(wd.a)
			}
			s.End = w.r.end(wd.b)
		}
	}
}

// isHashWord: an option word that is --hash or an abbreviation of it.
func isHashWord(v []byte) bool {
	name, _, _ := bytes.Cut(v, []byte{'='})
	return len(name) > 2 && bytes.HasPrefix([]byte("--hash"), name)
}

// isWholeHash: --hash=, an algorithm pip takes, and a digest of its length.
func isWholeHash(v []byte) (string, bool) {
	value, ok := bytes.CutPrefix(v, []byte("--hash="))
	if !ok {
		return "", false
	}
	return string(value), isStrong(string(value))
}

func isStrong(value string) bool {
	d, err := packaging.ParseDigest(value)
	if err != nil {
		return false
	}
	a := d.Algorithm()
	return a == packaging.SHA256 || a == packaging.SHA384 || a == packaging.SHA512
}

// badHashes reports hashes that are no digests. pip takes them and finds that
// no file has them.
func (w *witness) badHashes() {
	for _, g := range w.p.badHash {
		if w.foreign(g) {
			w.swallowedByHash(g)
			continue
		}
		s := w.r.span(g.va, max(g.vb, g.va+1))
		if g.vb <= g.va {
			s = w.r.span(g.a, g.b)
		}
		message, help, edits := w.badHash(g)
		w.add(malformed, s, message, help, edits...)
	}
}

// badHash says what is wrong with a value and, where one meaning is certain,
// how it is written.
func (w *witness) badHash(g given) (message, help string, edits []Edit) {
	algorithm, digits, _ := strings.Cut(g.value, ":")
	a, _ := packaging.ParseAlgorithm(algorithm)
	plain := w.editable() && string(w.r.b[g.va:g.vb]) == g.value
	at := func(i int) int { return w.r.start(g.va + len(algorithm) + 1 + i) }
	n := len(hexPrefix(digits))
	rest, shown := digits[n:], quote(g.value)
	if w.r.vars {
		shown = w.text(g.va, g.vb)
	}
	whole := n == 2*a.Size()
	message = fmt.Sprintf("%s is no %s digest", shown, algorithm)
	help = fmt.Sprintf("a %s digest has %d hexadecimal digits", algorithm, 2*a.Size())
	switch {
	case digits == "":
		message = fmt.Sprintf("the hash %s has no digits", shown)
		if next := w.wordBehind(g.b); plain && next.b > next.a && isStrong(algorithm+":"+string(next.value)) {
			edits = []Edit{{w.r.end(g.vb), w.r.start(next.a), ""}}
		}
	case whole && strings.HasPrefix(rest, "--hash="):
		message = fmt.Sprintf("two hashes are written without a blank between them: %s", shown)
		help = "put a blank before the second --hash"
		if plain {
			edits = []Edit{{at(n), at(n), w.encode(" ")}}
		}
	case whole && rest[0] == '#':
		message = fmt.Sprintf("the # that follows the hash without a blank is part of it: %s", shown)
		help = "put a blank before the #"
		if plain {
			edits = []Edit{{at(n), at(n), w.encode(" ")}}
		}
	case whole && rest[0] == ',' && isStrong(rest[1:]):
		message = fmt.Sprintf("two hashes are joined by a comma: %s", shown)
		help = "write --hash= before each"
		if plain {
			edits = []Edit{{at(n), at(n + 1), w.encode(" --hash=")}}
		}
	case whole && strings.Trim(rest, "\u200b\u200c\u200d\u2060\ufeff") == "":
		message = fmt.Sprintf("invisible characters follow the hash: %s", shown)
		help = "remove them"
		if plain {
			edits = []Edit{{at(n), w.r.end(g.vb), ""}}
		}
	case rest == "":
		message = fmt.Sprintf("%s has %d digits", shown, n)
	}
	if len(edits) > 0 {
		if !w.cures(edits) {
			edits = nil
		}
	}
	return message, help, edits
}

// wordBehind returns the shell word that starts behind offset o.
func (w *witness) wordBehind(o int) word {
	words := wordReader{b: w.r.b, pos: o}
	wd, _, _ := words.next()
	return wd
}

// duplicates reports digests that stand twice in a list.
func (w *witness) duplicates() {
	if len(w.p.twice) == 0 || w.l.Kind != Requirement {
		return
	}
	number := func(t twice) int { return w.number(w.l.HashSpan(t.first).Start) }
	lay, err := w.f.layoutOf(w.r, w.l, w.p)
	for _, t := range w.p.twice {
		if err == nil && w.f.codec != nil {
			tok := lay.tokens[t.again]
			edit := Edit{tok.gap, tok.end, ""}
			if w.spoils([]Edit{edit}) {
				w.duplicate(t, number(t))
				continue
			}
			w.duplicate(t, number(t), edit)
		} else {
			w.duplicate(t, number(t))
		}
	}
}

// hashText is a hash of the line at hand for a message, without the values of
// variables.
func (w *witness) hashText(i int) string {
	if w.r.vars {
		at := w.l.HashSpan(i)
		return string(w.f.Src()[at.Start:at.End])
	}
	return w.l.HashText(i)
}

// duplicate reports a digest that stands first in a physical line.
func (w *witness) duplicate(t twice, first int, edits ...Edit) {
	w.add(duplicate, w.l.HashSpan(t.again), w.hashText(t.again)+" stands twice in the list, first in line "+strconv.Itoa(first),
		"remove one of them", edits...)
}

// upper reports upper-case digits: pip before 24.2 compares them as they
// stand, and no file matches.
func (w *witness) upper() {
	if len(w.p.upper) == 0 || w.l.Kind != Requirement {
		return
	}
	var edits []Edit
	for _, i := range w.p.upper {
		if w.editable() {
			at := w.l.HashSpan(i)
			edits = append(edits, Edit{at.Start, at.End, w.encode(w.l.Digest(i).String())})
		}
	}
	first := w.p.upper[0]
	w.add(ambiguous, w.l.HashSpan(first), fmt.Sprintf("%s has upper-case digits: pip before 24.2 finds that no file has it", w.hashText(first)),
		"write it in lower case", edits...)
}
