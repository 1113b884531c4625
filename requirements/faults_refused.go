package requirements

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// refused reports a line that pip refuses and, where one small slip explains
// it, how to put it right. Each repair is tried out before it is offered.
func (w *witness) refused() {
	message := w.l.Err.Error()
	rule, help := invalid, "pip stops here and installs nothing"
	if len(w.p.badHash) > 0 {
		rule = malformed
	}
	f := w.add(rule, w.l.Span, "pip refuses the line: "+message, help)
	if len(w.p.badHash) > 0 {
		g := w.p.badHash[len(w.p.badHash)-1]
		f.Span = w.r.span(g.a, max(g.b, g.a+1))
	}
	if !w.editable() || w.f.off.table != nil {
		return
	}
	for _, slip := range slips {
		edits, why := slip(w)
		if len(edits) > 0 && w.cures(edits) {
			f.Help, f.Edits = why, edits
			return
		}
	}
	if c := w.split(); c > 0 {
		f.Rule = swallowed
		f.Message = fmt.Sprintf("pip refuses the line, since the backslash at the end of line %d joins two: %s", w.l.First+c-1, message)
		f.Help = fmt.Sprintf("remove the backslash at the end of line %d", w.l.First+c-1)
		f.Edits, f.Repair = []Edit{w.cutBackslash(c)}, true
	}
}

// slips are the mistakes that one edit puts right.
var slips = []func(*witness) ([]Edit, string){
	(*witness).blankBehindBackslash, (*witness).otherBlank, (*witness).gluedOption, (*witness).quotedOption,
	(*witness).otherDash, (*witness).blankAroundEqual, (*witness).algorithmCase,
}

// blankBehindBackslash: the backslash at the end is followed by blanks.
func (w *witness) blankBehindBackslash() ([]Edit, string) {
	if !bytes.HasSuffix(w.r.b, []byte(`\`)) || w.r.comment >= 0 {
		return nil, ""
	}
	from := w.r.end(len(w.r.b))
	to, _ := lineEnd(w.f.text, w.f.off.text(from))
	to = w.f.off.source(to)
	if from == to {
		return nil, ""
	}
	return []Edit{{from, to, ""}}, "remove the blanks behind the backslash"
}

// otherBlank: pip splits the requirement from its options at spaces only.
func (w *witness) otherBlank() ([]Edit, string) {
	b := w.r.b
	i := bytes.Index(b, []byte("--"))
	if i <= 0 || b[i-1] == ' ' {
		return nil, ""
	}
	from := i
	for from > 0 && blankBefore(b[:from]) > 0 {
		from -= blankBefore(b[:from])
	}
	var edits []Edit
	for o := from; o < i; {
		n := blank(b[o:])
		if n == 0 {
			break
		}
		if b[o] != ' ' {
			edits = append(edits, Edit{w.r.start(o), w.r.end(o + n), " "})
		}
		o += n
	}
	return edits, "put a space in the place of the other blank: pip takes the option for a part of the requirement"
}

// gluedOption: --hash without a blank before it.
func (w *witness) gluedOption() ([]Edit, string) {
	b := w.r.b
	i := bytes.Index(b, []byte("--hash"))
	if i <= 0 || blankBefore(b[:i]) > 0 {
		return nil, ""
	}
	at := w.r.end(i)
	return []Edit{{at, at, " "}}, "put a blank before --hash"
}

// quotedOption: quotes around the whole option make it a part of the
// requirement.
func (w *witness) quotedOption() ([]Edit, string) {
	b := w.r.b
	i := bytes.Index(b, []byte("--hash"))
	if i <= 0 || b[i-1] != '\'' && b[i-1] != '"' {
		return nil, ""
	}
	j := bytes.IndexByte(b[i:], b[i-1])
	if j < 0 {
		return nil, ""
	}
	return []Edit{{w.r.start(i - 1), w.r.end(i), ""}, {w.r.start(i + j), w.r.end(i + j + 1), ""}}, "remove the quotes around the option"
}

// otherDash: a dash that a word processor has put there, or only one.
func (w *witness) otherDash() ([]Edit, string) {
	b := w.r.b
	i := bytes.Index(b, []byte("hash"))
	if i <= 0 {
		return nil, ""
	}
	from := i
	for from > 0 {
		r, n := utf8.DecodeLastRune(b[:from])
		if r != '-' && (r < 0x2010 || r > 0x2015) && r != 0x2212 {
			break
		}
		from -= n
	}
	if from == i || string(b[from:i]) == "--" {
		return nil, ""
	}
	return []Edit{{w.r.start(from), w.r.end(i), "--"}}, "write two hyphens before hash"
}

// blankAroundEqual: --hash = VALUE, --hash= VALUE and --hash: VALUE.
func (w *witness) blankAroundEqual() ([]Edit, string) {
	b := w.r.b
	i := bytes.Index(b, []byte("--hash"))
	if i < 0 {
		return nil, ""
	}
	from := i + len("--hash")
	to := from
	for to < len(b) && (b[to] == ' ' || b[to] == '\t' || b[to] == '=' || b[to] == ':') {
		to++
	}
	if to == len(b) || string(b[from:to]) == "=" || !bytes.HasPrefix(b[to:], []byte("sha")) || bytes.Count(b[from:to], []byte("="))+bytes.Count(b[from:to], []byte(":")) != 1 {
		return nil, ""
	}
	return []Edit{{w.r.start(from), w.r.end(to), "="}}, "write --hash= and the value without blanks"
}

// algorithmCase: pip knows algorithms in lower case, with a colon behind.
func (w *witness) algorithmCase() ([]Edit, string) {
	if len(w.p.badHash) == 0 {
		return nil, ""
	}
	g := w.p.badHash[len(w.p.badHash)-1]
	raw := string(w.r.b[g.va:g.vb])
	if len(raw) < len("sha256:") {
		return nil, ""
	}
	name, rest := strings.ToLower(raw[:6]), raw[6:]
	if len(raw) > 7 && raw[3] == '-' { // sha-256
		name, rest = strings.ToLower(raw[:3]+raw[4:7]), raw[7:]
	}
	if rest == "" || !strings.ContainsRune(":=-", rune(rest[0])) || !isStrong(name+":"+rest[1:]) {
		return nil, ""
	}
	to := g.va + len(raw) - len(rest) + 1
	return []Edit{{w.r.start(g.va), w.r.end(to), name + ":"}}, "write the algorithm in lower case with a colon behind it"
}

// split finds the first physical line of a refused one that would be a
// requirement of its own, while what stands before it would be one too.
func (w *witness) split() int {
	r := w.r
	for c := 1; c < len(r.segs) && c < 64; c++ {
		o := int(r.segs[c].at) - r.base
		if o <= 0 || o >= len(r.b) {
			continue
		}
		if w.looksRequired(w.restOfLine(o)) && w.cures([]Edit{w.cutBackslash(c)}) {
			return c
		}
	}
	return 0
}
