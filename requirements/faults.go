package requirements

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Fault is something in a file that pip does not say, or refuses: one finding
// of the rule with the given ID. Edits, where there are any, are the one right
// repair; Repair is true where it changes what is installed. The edits of two
// faults may overlap: apply one, or those of RepairEdits, and read again.
type Fault struct {
	Rule string
	Span
	Line    int    // index into File.Lines of the line at fault, -1 for none
	Name    string // of the requirement concerned, "" when there is none
	Message string // what is wrong, with the value
	Help    string // how to put it right
	Edits   []Edit
	Repair  bool
}

// The rules whose faults are found here.
const (
	ignoredHash  = "ignored-hash"
	swallowed    = "swallowed-requirement"
	invalid      = "invalid-requirement"
	ambiguous    = "ambiguous-line"
	malformed    = "malformed-hash"
	duplicate    = "duplicate-hash"
	hashesOff    = "require-hashes-off"
	trialContext = 16 << 10 // bytes behind the line that a trial reads
	maxTrial     = 64 << 10 // 64 KiB that one trial reads at most, or there is none
	maxTrials    = 32 << 20 // 32 MiB that the trials of one file read together
	maxGlued     = 8        // line ends of one line looked at for glued words
)

// witness looks at each line while its bytes are at hand, and notes faults.
type witness struct {
	r      *reader
	f      *File
	i      int // index of the line at hand
	l      *Line
	p      *parsed
	trials int // bytes read by trials

	group orphans // hashes without requirement, one after the other
	index string  // the first --index-url
}

func (w *witness) look(l *Line, p *parsed) {
	w.i, w.l, w.p = len(w.f.Lines)-1, l, p
	if w.group.lines > 0 && !(l.Kind == Option && p.hashes > 0 && l.Err == nil) {
		w.closeGroup()
	}
	if l.Err != nil {
		w.refused()
		return
	}
	if l.Kind == Requirement && len(p.dropped) == 0 && len(p.given) == 0 && len(p.badHash) == 0 &&
		len(p.twice) == 0 && len(p.upper) == 0 && !l.Direct && w.r.comment < 0 {
		w.glued()
		return // nearly every line
	}
	w.glued()
	w.comment()
	switch l.Kind {
	case Requirement:
		w.ignoredOptions("a requirement's line")
		w.urlMarker()
	case Editable:
		w.ignoredHashes("an editable has no file that could be hashed")
		w.ignoredOptions("the line of an editable")
	case Include, Constraint:
		w.ignoredHashes("they count for no requirement of the included file")
		w.ignoredOptions("a line that includes a file")
	case Option:
		w.orphan()
		w.options()
	}
	w.dropped()
	w.badHashes()
	w.duplicates()
	w.upper()
}

// clean passes over a line that pinned has read: at most a digest stands twice.
func (w *witness) clean(l *Line) {
	if w.group.lines > 0 {
		w.closeGroup()
	}
	if len(w.r.again) == 0 {
		return
	}
	if w.r.settle(); w.f.Err != nil {
		return
	}
	w.i, w.l = len(w.f.Lines)-1, l
	for _, t := range w.r.again {
		w.duplicate(t, l.First+1+t.first, Edit{l.HashSpan(t.again - 1).End, l.HashSpan(t.again).End, ""})
	}
}

func (w *witness) finish() {
	w.closeGroup()
	w.controls()
	slices.SortStableFunc(w.f.Faults, func(a, b Fault) int { return a.Start - b.Start })
}

func (w *witness) add(rule string, s Span, message, help string, edits ...Edit) *Fault {
	w.f.Faults = append(w.f.Faults, Fault{Rule: rule, Span: s, Line: w.i, Name: w.l.Name, Message: message, Help: help, Edits: edits})
	return &w.f.Faults[len(w.f.Faults)-1]
}

// editable tells whether edits can be offered at all for the line at hand.
func (w *witness) editable() bool { return w.f.codec != nil && !w.r.vars }

// encode is text in the file's encoding.
func (w *witness) encode(text string) string { return string(w.f.codec(text)) }

// text is b[a:b] for a message, without the values of variables.
func (w *witness) text(a, b int) string {
	if w.r.vars {
		return quote(w.r.raw(a, b))
	}
	return quote(string(w.r.b[a:b]))
}

// number is a physical line for a message.
func (w *witness) number(offset int) int {
	line, _ := w.f.Position(offset)
	return line
}

// RepairEdits returns the edits of all faults that have some and are wanted.
// Where the edits of two faults meet, those of the later are left out: read the
// result again and ask again, until there are none.
func (f *File) RepairEdits(wanted func(*Fault) bool) []Edit {
	var all []Edit // sorted, none touching another
	for i := range f.Faults {
		fault := &f.Faults[i]
		if !wanted(fault) || slices.ContainsFunc(fault.Edits, func(e Edit) bool { return meets(all, e) }) {
			continue
		}
		for _, e := range fault.Edits {
			at, _ := slices.BinarySearchFunc(all, e, byStart)
			all = slices.Insert(all, at, e)
		}
	}
	return all
}

func byStart(a, b Edit) int { return a.Start - b.Start }

// meets tells whether an edit touches one of the sorted others.
func meets(all []Edit, e Edit) bool {
	at, _ := slices.BinarySearchFunc(all, e, byStart)
	return at < len(all) && all[at].Start <= e.End || at > 0 && all[at-1].End >= e.Start
}

// Prose tells whether the file reads like text that is no requirements file:
// pip refuses more lines than it takes, and there is no hash.
func (f *File) Prose() bool {
	if f.firstHash < len(f.Lines) {
		return false
	}
	refused := 0
	for i := range f.Lines {
		if f.Lines[i].Err != nil {
			refused++
		}
	}
	return refused > 2 && 2*refused > len(f.Lines)
}

// trial reads the line at hand as it would be with the edits, together with
// what follows it, and returns its first line; nil where that cannot be told,
// or more of it would be no hash or forgotten than is now. tried tells whether
// it was read at all.
func (w *witness) trial(edits []Edit) (l *Line, tried bool) {
	l, p, tried := w.trialAt(w.l.First, edits)
	if l == nil || len(p.badHash) > len(w.p.badHash) || len(p.dropped) > len(w.p.dropped) {
		return nil, tried
	}
	return l, true
}

// trialAt is trial for the line that starts at a physical line.
func (w *witness) trialAt(first int, edits []Edit) (l *Line, p parsed, tried bool) {
	if !w.editable() || w.f.off.table != nil {
		return nil, p, false
	}
	starts := w.f.lineStarts()
	from := w.f.off.source(int(starts[first-1]))
	to := min(w.f.off.source(w.r.pos)+trialContext, len(w.f.Src()))
	if to-from > maxTrial || w.trials+to-from > maxTrials {
		return nil, p, false
	}
	w.trials += to - from
	if cut := bytes.LastIndexByte(w.f.Src()[from:to], '\n'); cut >= 0 && to < len(w.f.Src()) {
		to = from + cut + 1
	}
	shifted := slices.Clone(edits)
	for i := range shifted {
		shifted[i].Start -= from
		shifted[i].End -= from
	}
	src, err := Apply(w.f.Src()[from:to], shifted)
	if err != nil {
		return nil, p, true
	}
	f := &File{src: src, opts: w.f.opts, text: src, codec: plainCodec, high: true}
	r := &reader{f: f, text: f.text}
	r.prepare()
	if !r.next() {
		return nil, p, true
	}
	l = &Line{Content: new(Content), First: r.first}
	r.read(l, &p)
	return l, p, true
}

// cures tells whether the edits make pip take the line at hand.
func (w *witness) cures(edits []Edit) bool {
	l, _ := w.trial(edits)
	return l != nil && l.Err == nil
}

// spoils tells whether a trial shows that pip would refuse the line at hand, or
// forget more of it.
func (w *witness) spoils(edits []Edit) bool {
	l, tried := w.trial(edits)
	return tried && (l == nil || l.Err != nil)
}

// glued reports words that a continuation without blanks has made out of two,
// where a reader that takes it for a blank reads something else.
func (w *witness) glued() {
	r := w.r
	looked := 0
	for c := 1; c < len(r.segs) && looked < maxGlued; c++ {
		o := int(r.segs[c].at) - r.base
		if o <= 0 || o >= len(r.b) || r.segs[c].variable || r.segs[c-1].variable {
			continue
		}
		if blank(r.b[o:]) > 0 || blankBefore(r.b[:o]) > 0 {
			continue
		}
		looked++
		if o < int(w.l.argsEnd) && w.l.Kind == Requirement && w.sameWithBlank(o) {
			continue
		}
		a, b := o, o
		for a > 0 && blankBefore(r.b[:a]) == 0 {
			a--
		}
		for b < len(r.b) && blank(r.b[b:]) == 0 {
			b++
		}
		if w.gluedTo(o) {
			return // reported there
		}
		f := w.add(ambiguous, r.span(a, b), fmt.Sprintf("pip reads %s over the line end as one word; other readers take two", w.text(a, b)),
			"write it on one line, or remove the backslash")
		w.unglue(f, c, a, o)
		return // one a line is enough to say
	}
}

// unglue repairs the word from a on that the line end before segment c, at o,
// lies in: the halves of a hash are joined; what starts a line of its own is
// given one; of anything else nobody knows what it should be.
func (w *witness) unglue(f *Fault, c, a, o int) {
	if !w.editable() {
		return
	}
	value := w.wordBehind(a).value
	if _, digest, given := bytes.Cut(value, []byte{'='}); given && isHashWord(value) {
		value = digest
	}
	if a >= int(w.l.argsEnd) && isStrong(string(value)) {
		f.Edits, f.Help = []Edit{{w.r.end(o), w.r.start(o), ""}}, "write it on one line"
		return
	}
	if cut := []Edit{w.cutBackslash(c)}; w.startsOwn(w.restOfLine(o)) && w.cures(cut) {
		f.Edits, f.Repair = cut, true
	}
}

// startsOwn tells whether a text looks like a requirement or an option, and like
// no other word: a bare name does not.
func (w *witness) startsOwn(text []byte) bool {
	args, p := breakArgs(append([]byte(nil), text...))
	return (p == 0 || bytes.ContainsAny(args, "=<>!~@/:[")) && w.looksRequired(text)
}

// sameWithBlank tells whether the requirement means the same with a blank at o.
func (w *witness) sameWithBlank(o int) bool {
	l := Line{Content: new(Content)}
	text := string(w.r.b[:o]) + " " + string(w.r.b[o:w.l.argsEnd])
	if err := w.r.requirement(&l, text); err != nil {
		return false
	}
	return l.Name == w.l.Name && l.URL == w.l.URL && l.Specifiers.String() == w.l.Specifiers.String() && slices.Equal(l.Extras, w.l.Extras)
}

// looksRequired tells whether a swallowed text would be a requirement or an
// option of its own.
func (w *witness) looksRequired(text []byte) bool {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] == '#' {
		return false
	}
	args, p := breakArgs(text)
	if len(args) == 0 {
		r := &reader{f: &File{src: text, text: text, opts: w.f.opts}, text: text, segs: []segment{{}}, b: text}
		var out parsed
		err := r.parseOptions(&out, p)
		return err == nil && len(out.given) > 0
	}
	if i := bytes.Index(args, []byte(" #")); i >= 0 {
		args = args[:i]
	}
	l := Line{Content: new(Content)}
	return w.r.requirement(&l, strings.TrimRight(string(args), `\`)) == nil && l.Name != "" || l.Direct && !l.Missing
}
