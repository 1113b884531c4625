package requirements

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// ignoredOptions reports the options that pip reads on a line and forgets
// (req_file.py, handle_line).
func (w *witness) ignoredOptions(where string) {
	kind := map[Kind]string{Editable: "editable", Include: "requirement", Constraint: "constraint"}[w.l.Kind]
	used := w.l.Kind == Editable && w.l.argsEnd > 0
	for _, g := range w.p.given {
		if g.name == kind && !used {
			used = true
			continue
		}
		if readAnywhere(g.name) {
			continue
		}
		if g.name == "config-settings" && w.l.Kind < Include {
			continue
		}
		s := w.r.span(g.a, g.b)
		switch g.name {
		case "requirement", "constraint", "editable":
			w.add(swallowed, s, fmt.Sprintf("pip does not read %s: it stands on %s", w.text(g.a, g.b), where), "write it on a line of its own")
		default:
			w.add(ambiguous, s, fmt.Sprintf("pip ignores --%s here: it stands on %s", g.name, where), "write it on a line of its own")
		}
	}
}

// options reports what pip drops of an option line, and --no-require-hashes.
func (w *witness) options() {
	links, index := 0, 0
	for _, g := range w.p.given {
		s := w.r.span(g.a, g.b)
		switch g.name {
		case "no-require-hashes":
			w.add(hashesOff, s, "--no-require-hashes: from pip 26.2 on, a wrong hash passes where the index publishes the file's own digest",
				"remove it, so that the hashes count")
		case "find-links":
			if links++; links > 1 {
				w.add(ambiguous, s, "pip takes only the first --find-links of a line", "write each on a line of its own")
			}
		case "index-url":
			if index++; index > 1 || w.index != "" && w.index != g.value {
				w.add(ambiguous, s, "a second --index-url: pip takes the last, uv refuses the file", "keep one, or use --extra-index-url")
			}
			w.index = g.value
		case "config-settings":
			w.add(ambiguous, s, "pip ignores --config-settings here: no requirement stands on the line", "write it behind the requirement")
		}
	}
}

// urlMarker reports a marker that is part of a URL, since no blank follows the
// semicolon (req/constructors.py, parse_req_from_line).
func (w *witness) urlMarker() {
	if !w.l.Direct || w.l.Path && !strings.Contains(w.l.URL, ":") {
		return
	}
	i := strings.IndexByte(w.l.URL, ';')
	if i < 0 {
		return
	}
	marker := w.l.URL[i+1:]
	if _, err := packaging.ParseMarker(marker); err != nil {
		return
	}
	o := bytes.Index(w.r.b, []byte(w.l.URL[i:]))
	if o < 0 {
		return
	}
	f := w.add(swallowed, w.r.span(o, o+len(w.l.URL)-i), fmt.Sprintf("pip takes the marker %s for a part of the URL", quote(marker)), "put blanks around the semicolon")
	if w.editable() {
		f.Edits, f.Repair = []Edit{{w.r.start(o), w.r.start(o) + len(w.encode(";")), w.encode(" ; ")}}, true
	}
}

// dropped reports the words behind the requirement that are no options: pip
// forgets them without a word (optparse leaves them over).
func (w *witness) dropped() {
	words := w.p.dropped
	for i := 0; i < len(words); {
		wd := words[i]
		switch {
		case w.p.dashes > 0 && wd.a >= w.p.dashes:
			w.behindDashes(words[i:])
			return
		case bytes.HasPrefix(w.r.b[wd.a:wd.b], []byte(`\`)) && blank(wd.value) > 0:
			w.escapedBlank(wd)
			i++
		case w.explained(wd):
			return
		default:
			n := i + 1
			for n < len(words) && w.follows(words[n-1], words[n]) && !w.startsLine(words[n].a) {
				n++
			}
			w.droppedRun(words[i:n])
			i = n
		}
	}
}

// explained tells whether a word stands behind a hash that other text is glued
// to, or that has no digits: the fault is reported there.
func (w *witness) explained(wd word) bool {
	if len(w.p.badHash) > 64 { // such a line needs no finer words
		return false
	}
	for _, g := range w.p.badHash {
		if (strings.IndexByte(g.value, '#') >= 0 || strings.HasSuffix(g.value, ":") || w.foreign(g)) && g.b <= wd.a && w.follows(word{b: g.b}, wd) {
			return true
		}
	}
	return false
}

// follows tells whether only blanks lie between two words.
func (w *witness) follows(a, b word) bool {
	return len(bytes.Trim(w.r.b[a.b:b.a], " \t\r\n")) == 0
}

// startsLine tells whether offset o of the line is the first that is no blank
// in a physical line which a backslash has joined to the one before.
func (w *witness) startsLine(o int) bool {
	c := w.r.seg(o)
	if c == 0 || w.r.segs[c].variable {
		return false
	}
	at := max(int(w.r.segs[c].at)-w.r.base, 0)
	return len(bytes.Trim(w.r.b[at:o], " \t")) == 0
}

// behindDashes reports words behind --.
func (w *witness) behindDashes(words []word) {
	hashes := 0
	for _, wd := range words {
		if _, ok := isWholeHash(wd.value); ok {
			hashes++
		}
	}
	s := w.r.span(words[0].a, words[len(words)-1].b)
	if hashes == 0 {
		w.add(swallowed, s, fmt.Sprintf("pip does not read what follows --: %s", w.text(words[0].a, words[len(words)-1].b)), "remove the --")
		return
	}
	f := w.add(ignoredHash, s, fmt.Sprintf("pip ignores %s: -- ends the options", count(hashes, "hash", "hashes")), "remove the --")
	if hashes == len(words) && w.editable() {
		f.Edits = []Edit{{w.r.start(w.p.dashes - 2), w.r.start(words[0].a), ""}}
	}
}

// escapedBlank reports a backslash before a blank: it joins the blank to the
// word behind it, which is then no option.
func (w *witness) escapedBlank(wd word) {
	s := w.r.span(wd.a, wd.b)
	value := bytes.TrimLeft(wd.value, " \t")
	var edits []Edit
	if w.editable() {
		edits = []Edit{{s.Start, s.Start + len(w.encode(`\`)), ""}}
		if w.spoils(edits) {
			edits = nil
		}
	}
	switch {
	case isHashWord(value):
		w.add(ignoredHash, s, fmt.Sprintf("pip ignores the hash: the backslash before the blank makes both one word, %s", w.text(wd.a, wd.b)),
			"remove the backslash", edits...)
	case len(value) == 0:
		w.add(ambiguous, s, "a backslash that is not at the end of its line; pip forgets it, other readers do not", "remove the backslash", edits...)
	default:
		f := w.add(swallowed, s, fmt.Sprintf("pip does not read %s: the backslash before the blank makes it a word of its own", w.text(wd.a, wd.b)),
			"remove the backslash")
		f.Repair = true
	}
}

// droppedRun reports words that stand together.
func (w *witness) droppedRun(words []word) {
	a, b := words[0].a, words[len(words)-1].b
	s, text := w.r.span(a, b), w.r.b[a:b]
	switch {
	case words[0].value != nil && bytes.HasPrefix(words[0].value, []byte(";")):
		f := w.add(swallowed, s, fmt.Sprintf("pip does not read the marker %s: it stands behind an option", w.text(a, b)), "write the marker before the first option")
		w.moveMarker(f, a, b)
	case w.startsLine(a) && w.looksRequired(w.restOfLine(a)):
		c := w.r.seg(a)
		f := w.add(swallowed, s, fmt.Sprintf("pip does not read %s: the line before it ends in a backslash", w.text(a, b)),
			fmt.Sprintf("remove the backslash at the end of line %d", w.l.First+c-1))
		if w.editable() {
			if f.Repair = true; !w.spoils([]Edit{w.cutBackslash(c)}) {
				f.Edits = []Edit{w.cutBackslash(c)}
			}
		}
	case w.looksRequired(text):
		w.add(swallowed, s, fmt.Sprintf("pip does not read %s: it stands behind an option", w.text(a, b)), "write it on a line of its own")
	default:
		w.add(ambiguous, s, fmt.Sprintf("pip forgets %s: it stands behind an option", w.text(a, b)), "remove it")
	}
}

// restOfLine is b from o to the end of its physical line.
func (w *witness) restOfLine(o int) []byte {
	c := w.r.seg(o)
	end := len(w.r.b)
	if c+1 < len(w.r.segs) {
		end = min(int(w.r.segs[c+1].at)-w.r.base, end)
	}
	return w.r.b[o:max(end, o)]
}

// cutBackslash removes what joins segment c to the one before it.
func (w *witness) cutBackslash(c int) Edit {
	text := w.r.text
	start := int(w.r.segs[c-1].text)
	end, _ := lineEnd(text, start)
	from := end
	for from > start && text[from-1] == '\\' {
		from--
	}
	for from > start && (text[from-1] == ' ' || text[from-1] == '\t') {
		from--
	}
	return Edit{w.f.off.source(from), w.f.off.source(end), ""}
}

// moveMarker writes a dropped marker behind the requirement.
func (w *witness) moveMarker(f *Fault, a, b int) {
	text := string(w.r.b[a:b])
	if w.l.Kind != Requirement || w.l.Marker != "" || !w.editable() {
		return
	}
	if _, err := packaging.ParseMarker(strings.TrimSpace(text[1:])); err != nil {
		return
	}
	args := len(bytes.TrimRight(w.r.b[:w.l.argsEnd], " \t"))
	gap := args // the end of the word before
	words := wordReader{b: w.r.b, pos: int(w.l.argsEnd)}
	for {
		wd, ok, err := words.next()
		if err != nil || !ok || wd.a >= a {
			break
		}
		gap = min(wd.b, a)
	}
	at, from := w.r.end(args), w.r.end(gap)
	f.Edits, f.Repair = []Edit{{at, at, w.encode(" " + text)}, {from, w.r.end(b), ""}}, true
	if !w.cures(f.Edits) {
		f.Edits = nil
	}
}

// comment reports lines that a comment has swallowed: it ends in a backslash
// and something stands before it, so that the next line is part of it.
func (w *witness) comment() {
	r := w.r
	if r.comment < 0 || len(r.segs) < 2 || r.vars {
		return
	}
	c := len(r.segs) - 1
	for c > 0 && int(r.segs[c].at) > r.comment {
		c--
	}
	hashes, from := 0, 0
	var moved []string
	for n := c + 1; n < len(r.segs); n++ {
		start, end := int(r.segs[n].at), len(r.joined)
		if n+1 < len(r.segs) {
			end = int(r.segs[n+1].at)
		}
		line := bytes.TrimSpace(r.joined[start:end])
		if k := hashesIn(line); k > 0 {
			if hashes == 0 {
				from = n
			}
			hashes += k
			moved = append(moved, string(line))
			continue
		}
		if w.looksRequired(line) {
			at := w.f.off.source(int(r.segs[n].text))
			f := w.add(swallowed, w.contents(n), fmt.Sprintf("pip does not read %s: the comment in the line before ends in a backslash, and goes on here", quote(string(line))),
				fmt.Sprintf("remove the backslash at the end of line %d", w.number(at)-1))
			if w.editable() {
				f.Edits, f.Repair = []Edit{w.cutBackslash(n)}, true
			}
		}
	}
	if hashes == 0 {
		return
	}
	s := Span{w.contents(from).Start, w.contents(len(r.segs) - 1).End}
	f := w.add(ignoredHash, s, fmt.Sprintf("pip ignores %s: the comment in line %d ends in a backslash, and goes on here", count(hashes, "hash", "hashes"), w.l.First+c),
		"end the comment, or write the hashes before it")
	if len(moved) == len(r.segs)-1-c && w.editable() && w.l.Kind == Requirement && w.l.Err == nil {
		w.beforeComment(f, c, moved)
	}
}

// contents is the span of a physical line of the line at hand, without the
// blanks around it.
func (w *witness) contents(c int) Span {
	start := int(w.r.segs[c].text)
	end, _ := lineEnd(w.r.text, start)
	for start < end && (w.r.text[start] == ' ' || w.r.text[start] == '\t') {
		start++
	}
	for end > start && strings.IndexByte(" \t\\", w.r.text[end-1]) >= 0 {
		end--
	}
	return Span{w.f.off.source(start), w.f.off.source(end)}
}

// hashesIn counts the hashes of a line that holds nothing else, 0 if it does.
func hashesIn(line []byte) int {
	words := wordReader{b: line}
	for n := 0; ; n++ {
		wd, ok, err := words.next()
		if err != nil {
			return 0
		}
		if !ok {
			return n
		}
		if _, ok := isWholeHash(wd.value); !ok {
			return 0
		}
	}
}

// beforeComment moves swallowed hashes from behind a comment to before it.
func (w *witness) beforeComment(f *Fault, c int, lines []string) {
	r := w.r
	last := w.contents(len(r.segs) - 1)
	end, _ := lineEnd(r.text, int(r.segs[c].text))
	keep := end
	for keep > 0 && strings.IndexByte(" \t\\", r.text[keep-1]) >= 0 {
		keep--
	}
	style := w.f.style()
	if lay, err := w.f.layout(w.i); err == nil && len(lay.tokens) > 0 {
		style = w.f.styleOf(lay)
	}
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(style.rest)
		text.WriteString(w.encode(line))
	}
	f.Edits = []Edit{{w.l.End, w.l.End, text.String()}, {w.f.off.source(keep), last.End, ""}}
	if !w.cures(f.Edits) {
		f.Edits = nil
	}
}

// hasComment tells whether a physical line holds a comment.
func hasComment(line []byte) bool {
	for i := range line {
		if line[i] == '#' && (i == 0 || blankBefore(line[:i]) > 0) {
			return true
		}
	}
	return false
}

// controls reports characters that end a line for pip and hardly anybody else,
// where text stands before them on what people see as one line, and pip reads
// what stands behind.
func (w *witness) controls() {
	if w.f.ends != endAny {
		return
	}
	text, starts := w.f.text, w.f.lineStarts()
	feeds := bytes.IndexByte(text, '\n') >= 0
	visible := false // something stands before on the visible line
	for n, s := range starts {
		start := int(s)
		end, _ := lineEnd(text, start)
		line := text[start:end]
		if n > 0 {
			before, _ := lineEnd(text, int(starts[n-1]))
			term := text[before:start]
			switch {
			case term[0] == '\n' || len(term) == 2 && term[0] == '\r' || term[0] == '\r' && !feeds:
				visible = false
			case term[0] == '\r' && !hasComment(text[starts[n-1]:before]):
			case visible && !isComment(line) && len(bytes.TrimFunc(line, isBlankRune)) > 0:
				w.i, w.l = -1, &Line{Content: new(Content)}
				w.add(ambiguous, Span{w.f.off.source(before), w.f.off.source(start)},
					fmt.Sprintf("the character %+q ends the line for pip, which reads %s as a line of its own", term, quote(string(line))),
					"put a line feed in its place, or a blank")
			}
		}
		visible = visible || len(bytes.TrimFunc(line, isBlankRune)) > 0
	}
}
