package requirements

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// style is how a list of hashes is written: the bytes before its first hash,
// before each other one, and the option with what joins it to its value.
type style struct{ first, rest, option string }

// maxStyle is how many hashes, from the top, show how a file writes its lists.
const maxStyle = 256

// style counts how the lists of the file are written and keeps the most
// frequent way; else " \\", the file's own line end and four spaces.
func (f *File) style() style {
	f.styleOnce.Do(func() {
		var first, rest, option tally
		seen := 0 // hashes
		for i := range f.Lines {
			l := &f.Lines[i]
			if l.Kind != Requirement || len(l.Hashes) == 0 || l.Err != nil {
				continue
			}
			if seen >= maxStyle {
				break
			}
			seen += len(l.Hashes)
			for _, u := range f.usesOf(i) {
				option.add(u.option, u.times)
				switch {
				case !f.plainGap(u.gap):
				case u.first:
					first.add(u.gap, u.times)
				default:
					rest.add(u.gap, u.times)
				}
			}
		}
		f.ownStyle = style{first.most(), rest.most(), option.most()}
		s := &f.ownStyle
		if s.first == "" {
			s.first = string(f.codec(" \\")) + f.lineEnding() + string(f.codec("    "))
		}
		s.rest = cmp.Or(s.rest, s.first)
		s.option = cmp.Or(s.option, string(f.codec("--hash=")))
	})
	return f.ownStyle
}

// used is a way in which a line writes hashes, and how many of them.
type used struct {
	gap, option string
	first       bool // the list's first hash
	times       int
}

// usesOf tells how a line writes its hashes; lines of the same bytes do so in the
// same way.
func (f *File) usesOf(i int) []used {
	l, seen := &f.Lines[i], f.opts.Seen
	if l.raw != nil && seen != nil {
		if known, ok := seen.uses.Load(l.Content); ok {
			return known.([]used)
		}
	}
	var list []used
	if lay, err := f.layout(i); err == nil {
		for n, t := range lay.tokens {
			u := used{f.textOf(t.gap, t.start), f.optionOf(t), n == 0, 1}
			if k := slices.IndexFunc(list, func(v used) bool { return v.gap == u.gap && v.option == u.option && v.first == u.first }); k >= 0 {
				list[k].times++
			} else {
				list = append(list, u)
			}
		}
	}
	if l.raw != nil && seen != nil {
		seen.uses.Store(l.Content, list)
	}
	return list
}

// textOf is what stands between two offsets of Src.
func (f *File) textOf(from, to int) string {
	if l := f.around(from); l != nil && to <= l.Start+len(l.raw) {
		return string(l.raw[from-l.Start : to-l.Start])
	}
	return string(f.Src()[from:to])
}

// optionOf is the text of a hash before its value, where that can be
// written before any other value.
func (f *File) optionOf(t token) string {
	s := f.textOf(t.start, t.value)
	for _, plain := range []string{"--hash=", "--hash "} {
		if s == string(f.codec(plain)) {
			return s
		}
	}
	return string(f.codec("--hash="))
}

// tally counts texts, of which there are few.
type tally []counted

type counted struct {
	text  string
	times int
}

func (t *tally) add(text string, times int) {
	for i := range *t {
		if c := &(*t)[i]; c.text == text {
			c.times += times
			return
		}
	}
	*t = append(*t, counted{text, times})
}

// most returns the most frequent text, the smallest among equals, "" of none.
func (t tally) most() string {
	var best counted
	for _, c := range t {
		if c.times > best.times || c.times == best.times && c.text < best.text {
			best = c
		}
	}
	return best.text
}

// plainGap tells whether what stands between two hashes may be written between
// others: blanks, backslashes and line ends that every reader takes for such.
func (f *File) plainGap(gap string) bool {
	for i := range len(gap) {
		switch c := gap[i]; c {
		case ' ', '\t', '\\', '\n', 0: // 0 is half of a character in UTF-16
		case '\r':
			if rest := strings.TrimLeft(gap[i+1:], "\x00"); !strings.HasPrefix(rest, "\n") && bytes.IndexByte(f.Src(), '\n') >= 0 {
				return false // a lone one ends a line only in a file of such
			}
		default:
			return false
		}
	}
	return true
}

// lineEnding is the most frequent line end of the file, a line feed if it has
// none.
func (f *File) lineEnding() string {
	var count tally
	src, text := f.Src(), f.decoded()
	for end, next := lineEnd(text, 0); end < len(text); end, next = lineEnd(text, next) {
		if text[end] == '\n' || text[end] == '\r' {
			count.add(string(src[f.off.source(end):f.off.source(next)]), 1)
		}
	}
	if len(count) == 0 {
		return string(f.codec("\n"))
	}
	return count.most()
}

// styleOf is the style of the list itself where it has one.
func (f *File) styleOf(lay *layout) style {
	s := f.style()
	if len(lay.tokens) == 0 {
		return s
	}
	t := lay.tokens[0]
	first := f.textOf(t.gap, t.start)
	if !f.plainGap(first) {
		first = s.first
	}
	if len(lay.tokens) > 1 {
		t := lay.tokens[1]
		if rest := f.textOf(t.gap, t.start); f.plainGap(rest) {
			s.rest = rest
		}
	} else if first != s.first {
		s.rest = first
	}
	s.first, s.option = first, f.optionOf(t)
	return s
}
