package requirements

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// token is a --hash of a line with the words that give it: source offsets of
// the first byte of the option, of its value, and behind it. gap is the end of
// the word before, so that gap to start is the separator.
type token struct{ gap, start, value, end int }

// layout is a line taken apart once more for editing.
type layout struct {
	text   int  // source offset behind the requirement's text and its other options
	junk   bool // there are words that pip forgets
	tokens []token
}

// again reads a line once more, to have its bytes at hand.
func (f *File) again(i int) (*reader, *Line, *parsed, error) {
	l, text := &f.Lines[i], f.decoded()
	r := &reader{f: &File{src: f.Src(), text: text, off: f.off, opts: f.opts, codec: f.codec}, text: text, number: l.First - 1}
	r.prepareAs(f)
	at, ok := f.lineStart(text, l)
	if !ok {
		starts := f.lineStarts()
		if l.First > len(starts) {
			return nil, nil, nil, errors.New("no such line")
		}
		at = int(starts[l.First-1])
	}
	r.pos = at
	return r.reread(l)
}

// lineStart returns where in the text a line's first physical line starts, where
// that is told by the line feed before.
func (f *File) lineStart(text []byte, l *Line) (at int, ok bool) {
	if f.ends == endAny {
		return 0, false
	}
	before := text[:f.off.text(l.Start)]
	at = bytes.LastIndexByte(before, '\n') + 1
	above := bytes.TrimSuffix(before[:max(at-1, 0)], []byte("\r"))
	return at, !bytes.HasSuffix(above, []byte("\\"))
}

// byItself is again for a line whose bytes are shared, of these bytes only: offsets
// are behind its Start.
func (f *File) byItself(i int) (*reader, *Line, *parsed, error) {
	l := &f.Lines[i]
	r := &reader{f: &File{src: l.raw, text: l.raw, opts: f.opts, codec: f.codec}, text: l.raw, number: l.First - 1}
	r.prepareAs(f)
	return r.reread(l)
}

func (r *reader) reread(l *Line) (*reader, *Line, *parsed, error) {
	if !r.next() || r.first != l.First {
		return nil, nil, nil, fmt.Errorf("line %d is not there any more", l.First)
	}
	fresh := Line{Content: new(Content), First: r.first}
	var p parsed
	r.read(&fresh, &p)
	return r, &fresh, &p, nil
}

// prepareAs is prepare without looking over the whole text again.
func (r *reader) prepareAs(f *File) { r.ends = f.ends }

// layout finds the hashes of a line for editing.
func (f *File) layout(i int) (*layout, error) {
	if i < 0 || i >= len(f.Lines) {
		return nil, errors.New("no such line")
	}
	if f.codec == nil {
		return nil, fmt.Errorf("files in %s are not edited", f.Encoding)
	}
	again, behind := f.again, 0
	if shared := &f.Lines[i]; shared.raw != nil {
		again, behind = f.byItself, shared.Start
	}
	r, l, p, err := again(i)
	if err != nil {
		return nil, err
	}
	if l.Err != nil {
		return nil, fmt.Errorf("line %d is refused by pip: %w", l.First, l.Err)
	}
	if l.Kind != Requirement {
		return nil, fmt.Errorf("line %d is no requirement that can have hashes", l.First)
	}
	lay, err := r.f.layoutOf(r, l, p)
	if err != nil {
		return nil, err
	}
	lay.move(behind)
	return lay, nil
}

// move adds to the offsets of a layout.
func (lay *layout) move(by int) {
	lay.text += by
	for i := range lay.tokens {
		t := &lay.tokens[i]
		*t = token{t.gap + by, t.start + by, t.value + by, t.end + by}
	}
}

// layoutOf takes the line at hand of a reader apart.
func (f *File) layoutOf(r *reader, l *Line, p *parsed) (*layout, error) {
	if last := r.segs[len(r.segs)-1]; !last.variable && int(last.text) < len(r.text) && r.text[last.text] == '\\' {
		// It would vanish if the line were continued (join_lines, strip).
		return nil, fmt.Errorf("line %d starts with a backslash", l.Last)
	}
	args := bytes.TrimRight(r.b[:l.argsEnd], " \t")
	lay := &layout{junk: len(p.dropped) > 0}
	r.cursor = 0
	lay.text = r.end(len(args))
	for _, g := range p.given {
		lay.text = max(lay.text, r.end(g.b))
	}
	begin := r.end(len(args))
	gap := len(args)
	w := wordReader{b: r.b, pos: int(l.argsEnd)}
	for {
		wd, ok, err := w.next()
		if err != nil || !ok {
			break
		}
		n := len(lay.tokens)
		if n < len(l.Hashes) && !bytes.Equal(wd.value, []byte("--")) {
			h := l.HashSpan(n)
			end := wd.b
			start, stop := r.start(wd.a), r.end(end)
			if stop == h.Start || stop < h.End && stop <= h.Start { // the value is the next word
				save := w
				if next, ok, _ := w.next(); ok && r.start(next.a) == h.Start {
					end = next.b
					stop = r.end(end)
				} else {
					w = save
				}
			}
			if start <= h.Start && h.End <= stop {
				if r.inVariable(gap, end) {
					return nil, fmt.Errorf("line %d: the hash comes from a variable", l.First)
				}
				if text := l.HashText(n); l.Digest(n).IsZero() && !f.isOneWord(h, text) {
					return nil, fmt.Errorf("line %d: other text is glued to its hash %s", l.First, quote(text))
				}
				g := begin
				if gap > 0 {
					g = r.end(gap)
				}
				lay.tokens = append(lay.tokens, token{g, start, h.Start, stop})
				gap = end
				continue
			}
		}
		gap = wd.b
	}
	if len(lay.tokens) != len(l.Hashes) {
		return nil, fmt.Errorf("line %d: its hashes cannot be told apart", l.First)
	}
	return lay, nil
}

// isOneWord tells whether a malformed hash holds nothing but itself, so that
// writing over it loses nothing: no text behind a whole digest, and of any
// other no line end and no more than letters and digits.
func (f *File) isOneWord(h Span, text string) bool {
	broken := bytes.ContainsAny(f.Src()[h.Start:h.End], "\\\r\n")
	if end, rest := pastDigest(text); end > 0 {
		return isNoise(rest) && !(broken && hexPrefix(rest) == rest)
	}
	_, value, _ := strings.Cut(text, ":")
	return !broken && strings.IndexFunc(value, func(c rune) bool { return c < 0x80 && !isWord(byte(c)) }) < 0
}

// inVariable tells whether some byte from a to b comes from a variable.
func (r *reader) inVariable(a, b int) bool {
	if !r.vars || a >= b {
		return false
	}
	for c := r.seg(a); c <= r.seg(b-1); c++ {
		if r.segs[c].variable {
			return true
		}
	}
	return false
}

// SetHashes returns the edits that give a requirement the wanted hashes, nil
// when it has them: the same digests, each once, in any order. i is an index
// into Lines. Hashes that stay are not touched. Where those that stay stand in
// want as they do in the file, the list gets the order of want; where not, a
// sorted list stays sorted, and in any other, new hashes take the places of
// those that go, and the end. What is added looks like the rest of the list,
// or like the file's other lists. No wanted hash at all removes every one.
func (f *File) SetHashes(i int, want []packaging.Digest) ([]Edit, error) {
	lay, err := f.layout(i)
	if err != nil {
		return nil, err
	}
	have, want := f.Lines[i].Digests(), unique(want)
	if len(want) == 0 && len(have) > 0 && lay.junk {
		return nil, fmt.Errorf("line %d: without hashes, what pip forgets behind them would count", f.Lines[i].First)
	}
	keep, stays, final := arrange(have, want)
	if final == nil {
		return nil, nil
	}
	s := f.styleOf(lay)
	var edits []Edit
	tokens, last, k := lay.tokens, -1, 0 // last: the token behind which one adds
	for n := 0; n <= len(tokens); n++ {
		if n < len(tokens) && last < 0 && lay.junk && n > 0 && tokens[n].gap != tokens[n-1].end {
			// What stands between would be part of the requirement's text.
			return nil, fmt.Errorf("line %d: without its first hash, what pip forgets behind it would count", f.Lines[i].First)
		}
		if n < len(tokens) && !keep[n] {
			if k < len(final) && !stays[final[k]] {
				edits = append(edits, f.replace(tokens[n], final[k]))
				last = n
				k++
			} else {
				edits = append(edits, Edit{tokens[n].gap, tokens[n].end, ""})
			}
			continue
		}
		var add []packaging.Digest
		for k < len(final) && (n == len(tokens) || final[k] != have[n]) {
			add = append(add, final[k])
			k++
		}
		k++
		if len(add) > 0 {
			edits = append(edits, f.insert(lay, s, last, n, add))
		}
		last = n
	}
	return edits, nil
}

// insert writes hashes behind the token last, or before token n where there is
// none before, or as the first of the list.
func (f *File) insert(lay *layout, s style, last, n int, add []packaging.Digest) Edit {
	var b []byte
	write := func(d packaging.Digest) { b = append(append(b, s.option...), f.codec(d.String())...) }
	switch {
	case last >= 0:
		for _, d := range add {
			b = append(b, s.rest...)
			write(d)
		}
		at := lay.tokens[last].end
		return Edit{at, at, string(b)}
	case n < len(lay.tokens):
		for _, d := range add {
			write(d)
			b = append(b, s.rest...)
		}
		at := lay.tokens[n].start
		return Edit{at, at, string(b)}
	}
	b = append(b, s.first...)
	for i, d := range add {
		if i > 0 {
			b = append(b, s.rest...)
		}
		write(d)
	}
	return Edit{lay.text, lay.text, string(b)}
}

// replace writes a digest over a hash: over its value where the option before
// it is written plainly, else over the whole.
func (f *File) replace(t token, d packaging.Digest) Edit {
	text := string(f.codec(d.String()))
	if option := f.optionOf(t); option != f.textOf(t.start, t.value) {
		return Edit{t.start, t.end, option + text}
	}
	return Edit{t.value, t.end, text}
}

// ReplaceHash returns the edit that puts another digest in the place of one
// hash. line is an index into Lines, hash one into Line.Hashes.
func (f *File) ReplaceHash(line, hash int, d packaging.Digest) ([]Edit, error) {
	lay, err := f.layout(line)
	if err != nil {
		return nil, err
	}
	return []Edit{f.replace(lay.tokens[hash], d)}, nil
}

// RemoveHash returns the edit that removes one hash and what separates it from
// the word before.
func (f *File) RemoveHash(line, hash int) ([]Edit, error) {
	lay, err := f.layout(line)
	if err != nil {
		return nil, err
	}
	t := lay.tokens[hash]
	return []Edit{{t.gap, t.end, ""}}, nil
}

// unique drops repeats and zero digests.
func unique(want []packaging.Digest) []packaging.Digest {
	out := make([]packaging.Digest, 0, len(want))
	seen := make(map[packaging.Digest]bool, len(want))
	for _, d := range want {
		if !d.IsZero() && !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

// arrange decides which hashes stay, by index and by digest, and in which order
// the list is to be; final is nil when nothing is to be done.
func arrange(have, want []packaging.Digest) (keep []bool, seen map[packaging.Digest]bool, final []packaging.Digest) {
	place := make(map[packaging.Digest]int, len(want))
	for i, d := range want {
		place[d] = i
	}
	keep = make([]bool, len(have))
	kept, ordered, before := 0, true, -1
	seen = make(map[packaging.Digest]bool, len(have))
	for n, d := range have {
		i, wanted := place[d]
		if !wanted || seen[d] {
			continue
		}
		seen[d] = true
		keep[n] = true
		kept++
		ordered = ordered && i > before
		before = i
	}
	switch {
	case kept == len(want) && kept == len(have):
		return keep, seen, nil
	case ordered:
		return keep, seen, want
	case len(have) > 1 && slices.IsSortedFunc(have, func(a, b packaging.Digest) int { return strings.Compare(a.String(), b.String()) }):
		final = slices.Clone(want)
		slices.SortFunc(final, func(a, b packaging.Digest) int { return strings.Compare(a.String(), b.String()) })
		return keep, seen, final
	}
	fresh := slices.DeleteFunc(slices.Clone(want), func(d packaging.Digest) bool { return seen[d] })
	final = make([]packaging.Digest, 0, len(want))
	for n, d := range have {
		if keep[n] {
			final = append(final, d)
		} else if len(fresh) > 0 {
			final, fresh = append(final, fresh[0]), fresh[1:]
		}
	}
	return keep, seen, append(final, fresh...)
}
