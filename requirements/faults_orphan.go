package requirements

import (
	"bytes"
	"fmt"
	"strings"
)

// orphans is a group of lines one after the other that hold hashes and no
// requirement.
type orphans struct {
	first, lines, hashes int // index of the first line, how many, how many hashes
	movable              bool
	spans                []Span   // of the physical lines that hold nothing else
	values               []string // of the hashes, in the file's encoding
}

// orphan adds an option line with hashes to the group: pip warns of them and
// goes on (req_file.py, handle_option_line).
func (w *witness) orphan() {
	if w.p.hashes == 0 {
		return
	}
	g := &w.group
	if g.lines == 0 {
		*g = orphans{first: w.i, movable: true}
	}
	g.lines++
	g.hashes += w.p.hashes
	g.movable = g.movable && w.editable() && len(w.p.given) == 0 && len(w.p.dropped) == 0 && len(w.p.badHash) == 0 && w.r.comment < 0
	if !g.movable {
		return
	}
	words := wordReader{b: w.r.b}
	for {
		wd, ok, err := words.next()
		if err != nil || !ok {
			break
		}
		if _, ok := isWholeHash(wd.value); !ok {
			g.movable = false
			return
		}
		g.values = append(g.values, string(w.f.Src()[w.r.start(wd.a):w.r.end(wd.b)]))
	}
	starts := w.f.lineStarts()
	from := w.f.off.source(int(starts[w.l.First-1]))
	g.spans = append(g.spans, Span{from, w.f.off.source(w.lineBehind())})
}

// lineBehind is the text offset at which the physical line behind the one that
// holds the end of the line at hand starts.
func (w *witness) lineBehind() int {
	starts := w.f.lineStarts()
	if w.l.Last < len(starts) {
		return int(starts[w.l.Last])
	}
	return len(w.f.text)
}

// closeGroup reports the group. Where a requirement stands before it, the
// hashes are made readable: by a backslash where only that is missing, else by
// moving them to the end of its list.
func (w *witness) closeGroup() {
	g := w.group
	w.group = orphans{}
	if g.lines == 0 {
		return
	}
	f := w.f
	first, last := &f.Lines[g.first], &f.Lines[g.first+g.lines-1]
	fault := Fault{Rule: ignoredHash, Span: Span{first.Start, last.End}, Line: g.first,
		Message: fmt.Sprintf("pip ignores %s: no requirement stands on the line", count(g.hashes, "hash", "hashes")),
		Help:    "write the requirement before them, and a backslash at the end of each line but the last"}
	if g.first > 0 {
		owner := &f.Lines[g.first-1]
		if owner.Err != nil && f.endsInBackslash(owner) {
			w.behindBackslash(g)
			return // reported there, with its cause
		}
		if owner.Kind == Requirement && owner.Err == nil {
			fault.Name = owner.Name
			why, adjacent := w.between(owner, first)
			fault.Message = fmt.Sprintf("pip ignores %s: %s, so it belongs to no requirement", count(g.hashes, "hash", "hashes"), why)
			if g.hashes > 1 {
				fault.Message = fmt.Sprintf("pip ignores %s: %s, so they belong to no requirement", count(g.hashes, "hash", "hashes"), why)
			}
			text := owner.Text
			if owner.Variables {
				text, _, _ = strings.Cut(string(f.Src()[owner.Start:owner.End]), "\n")
			}
			fault.Help = `"reqhash fix" joins them to ` + quote(text)
			if g.movable {
				if fault.Edits = w.joinEdits(g, adjacent); !w.joins(owner, g.hashes, fault.Edits) {
					fault.Edits = nil
				}
			}
			if fault.Edits == nil {
				fault.Help = fmt.Sprintf("join them to %s with a backslash at the end of each line", quote(text))
			}
		}
	}
	f.Faults = append(f.Faults, fault)
}

// behindBackslash repairs "a==1 \ # comment", which is no continuation: the
// hashes of the group are moved to where the backslash is.
func (w *witness) behindBackslash(g orphans) {
	f := w.f
	owner := &f.Lines[g.first-1]
	for i := len(f.Faults) - 1; i >= 0 && g.movable; i-- {
		fault := &f.Faults[i]
		if fault.Line != g.first-1 {
			continue
		}
		if len(fault.Edits) > 0 {
			return
		}
		from := owner.End - len(f.codec("\\"))
		for blank := f.codec(" "); from > owner.Start && bytes.HasSuffix(f.Src()[:from], blank); {
			from -= len(blank)
		}
		s := f.style()
		text, gap := "", s.first
		for _, v := range g.values {
			text += gap + v
			gap = s.rest
		}
		fault.Help = "write the hashes before the comment: a backslash continues a line only as its last character"
		fault.Edits = []Edit{{from, owner.End, text}}
		for _, s := range g.spans {
			fault.Edits = append(fault.Edits, Edit{s.Start, s.End, ""})
		}
		return
	}
}

// endsInBackslash: the line ends in a backslash that is no continuation.
func (f *File) endsInBackslash(l *Line) bool {
	return l.End > l.Start && bytes.HasSuffix(f.Src()[l.Start:l.End], f.ascii(`\`))
}

// ascii is a text in the file's encoding, as it is where that is not known.
func (f *File) ascii(s string) []byte {
	if f.codec == nil {
		return []byte(s)
	}
	return f.codec(s)
}

// between says what separates two logical lines that follow each other;
// adjacent when only a backslash is missing.
func (w *witness) between(a, b *Line) (why string, adjacent bool) {
	f := w.f
	starts := f.lineStarts()
	for n := a.Last; n < b.First-1 && n < len(starts); n++ {
		line := f.text[starts[n]:]
		if n+1 < len(starts) {
			line = line[:starts[n+1]-starts[n]]
		}
		if isComment(line) {
			return fmt.Sprintf("the comment in line %d ends the requirement before", n+1), false
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 {
			return fmt.Sprintf("the blank line %d ends the requirement before", n+1), false
		}
	}
	end, _ := lineEnd(f.text, f.off.text(a.End))
	behind := f.text[f.off.text(a.End):end]
	return fmt.Sprintf("line %d does not end in a backslash", a.Last), len(bytes.TrimLeft(behind, " \t")) == 0 && b.First == a.Last+1
}

// joins tells whether the edits add hashes to a requirement, and no more, as far
// as a trial can tell.
func (w *witness) joins(owner *Line, hashes int, edits []Edit) bool {
	now, _, tried := w.trialAt(owner.First, edits)
	return !tried || now != nil && now.Err == nil && len(now.Hashes) == len(owner.Hashes)+hashes && strings.TrimRight(now.Text, " \t") == strings.TrimRight(owner.Text, " \t")
}

// joinEdits joins a group to the requirement before it.
func (w *witness) joinEdits(g orphans, adjacent bool) []Edit {
	f := w.f
	var edits []Edit
	for i := g.first; adjacent && i < g.first+g.lines; i++ {
		a := &f.Lines[i-1]
		if i > g.first {
			if _, next := w.between(a, &f.Lines[i]); !next {
				adjacent = false
				break
			}
		}
		end, _ := lineEnd(f.text, f.off.text(a.End))
		edits = append(edits, Edit{a.End, f.off.source(end), string(f.codec(` \`))})
	}
	if adjacent {
		return edits
	}
	lay, err := f.layout(g.first - 1)
	if err != nil {
		return nil
	}
	edits = nil
	s := f.style()
	if len(lay.tokens) > 0 {
		s = f.styleOf(lay)
	}
	var text []byte
	at, gap := lay.text, s.first
	if n := len(lay.tokens); n > 0 {
		at, gap = lay.tokens[n-1].end, s.rest
	}
	for _, v := range g.values {
		text = append(append(text, gap...), v...)
		gap = s.rest
	}
	edits = append(edits, Edit{at, at, string(text)})
	for _, s := range g.spans {
		edits = append(edits, Edit{s.Start, s.End, ""})
	}
	return edits
}
