package packaging

import "strings"

// Requirement is what one string asks for: a project, and which of its releases or which URL.
type Requirement struct {
	Name         string     // as written; NormalizeName gives what an index lists
	Extras       []string   // as written, in this order
	Specifiers   Specifiers // the clauses that its release must meet
	Specifier    string     // these as written, without the parentheses around them and a comma after them
	URL          string     // of "name @ URL"; then there are no clauses
	Marker       string     // what follows ";", as written, without blanks around it
	ParsedMarker Marker
}

// ParseRequirement reads a requirement (PEP 508) as packaging.requirements.Requirement does, which is wider than the PEP: a comma may end
// the clauses, and anything without a blank is a URL. The error is a *SyntaxError.
func ParseRequirement(s string) (Requirement, error) {
	p := parser{text: s}
	r, err := p.requirement()
	if err != nil {
		return Requirement{}, err
	}
	return r, nil
}

// parser reads a text from its beginning. Blanks are the space and the tab only.
type parser struct {
	text string
	pos  int // the byte that is read next
}

func (p *parser) blanks() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// next returns the next byte, 0 at the end.
func (p *parser) next() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// take reads c if it comes next.
func (p *parser) take(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) atEnd() bool { return p.pos == len(p.text) }

func (p *parser) expected(what string) error {
	return &SyntaxError{p.text, p.pos, what}
}

func (p *parser) requirement() (r Requirement, err error) {
	p.blanks()
	if r.Name = p.identifier(); r.Name == "" {
		return r, p.expected("a project name")
	}
	p.blanks()
	if r.Extras, err = p.extras(); err != nil {
		return r, err
	}
	p.blanks()
	if p.take('@') {
		err = p.url(&r)
	} else {
		err = p.specifiers(&r)
	}
	return r, err
}

// identifier reads the name of a project or an extra, "" if there is none: ASCII letters and digits, and ".", "_", "-" after the first.
// It ends where a word ends, so "a-" is the name a and a "-".
func (p *parser) identifier() string {
	start, end := p.pos, p.pos
	if end == len(p.text) || !isAlnum(p.text[end]) {
		return ""
	}
	for end < len(p.text) && (isAlnum(p.text[end]) || isSeparator(p.text[end])) {
		end++
	}
	for end > start && !isEdge(p.text, end) {
		end--
	}
	p.pos = end
	return p.text[start:end]
}

func (p *parser) extras() (all []string, err error) {
	if !p.take('[') {
		return nil, nil
	}
	p.blanks()
	extra := p.identifier()
	for extra != "" {
		all = append(all, extra)
		p.blanks()
		if !p.take(',') {
			break
		}
		p.blanks()
		if extra = p.identifier(); extra == "" {
			return nil, p.expected("the name of an extra")
		}
	}
	p.blanks()
	switch {
	case p.take(']'):
		return all, nil
	case extra == "":
		return nil, p.expected(`the name of an extra or "]"`)
	}
	return nil, p.expected(`a comma or "]" after an extra`)
}

// url reads what follows "@".
func (p *parser) url(r *Requirement) error {
	p.blanks()
	start := p.pos
	for !p.atEnd() && p.text[p.pos] != ' ' && p.text[p.pos] != '\t' {
		p.pos++
	}
	if r.URL = p.text[start:p.pos]; r.URL == "" {
		return p.expected(`a URL after "@"`)
	}
	if p.blanks(); p.atEnd() {
		return nil
	}
	if p.next() != ';' {
		return p.expected("a semicolon or the end after the URL and a blank")
	}
	return p.marker(r)
}

// specifiers reads the clauses and what follows them. The clauses are cut out here, as packaging's tokenizer does, and read once more as a
// set: "===1.0,>=1" is one token there, and two clauses.
func (p *parser) specifiers(r *Requirement) error {
	open := p.pos
	enclosed := p.take('(')
	p.blanks()
	start, end, arbitrary := p.pos, p.pos, false
	for {
		spec, after := scanSpecifier(p.text, p.pos)
		if spec.Op == "" {
			if after > p.pos { // an operator and no version
				return &SyntaxError{p.text, after, specifierExpected(p.text, p.pos, after)}
			}
			break
		}
		if insideWord(p.text, after) { // read up to the c of 1.0-custom
			return &SyntaxError{p.text, after - len(spec.Version), "a version"}
		}
		if rest := p.text[after:]; strings.HasPrefix(rest, ".*") {
			return &SyntaxError{p.text, after, `the end of the version (".*" may follow numbers alone, after == or !=)`}
		} else if len(rest) > 1 && rest[0] == '+' && isLocalLabel(rest[1]) {
			return &SyntaxError{p.text, after, "the end of the version (a local label may follow == or != only)"}
		}
		r.Specifiers = append(r.Specifiers, spec)
		arbitrary = arbitrary || spec.Op == "==="
		p.pos, end = after, after
		p.blanks()
		if !p.take(',') {
			break
		}
		p.blanks()
	}
	r.Specifier = trimBlanks(p.text[start:end])
	if arbitrary {
		var err error
		if r.Specifiers, err = ParseSpecifiers(r.Specifier); err != nil {
			e := err.(*SyntaxError)
			return &SyntaxError{p.text, start + e.Offset, e.Expected}
		}
	}
	p.blanks()
	if enclosed && !p.take(')') {
		return p.expected(unclosed(p.text, open, p.pos))
	}
	p.blanks()
	switch {
	case p.atEnd():
		return nil
	case p.next() == ';':
		return p.marker(r)
	case enclosed:
		return p.expected(`a semicolon or the end after ")"`)
	case r.Specifier != "":
		return p.expected("a comma, a semicolon or the end after the version")
	case p.next() == '=':
		return p.expected(`the operator "==" (a single "=" is none)`)
	}
	return p.expected("an operator, a semicolon or the end after the name")
}

// isLocalLabel tells what begins a local label for the check above, which knows lower-case letters only.
func isLocalLabel(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'z' }

// unclosed says that the parenthesis at byte open is not closed.
func unclosed(s string, open, at int) string {
	if at > open+1 && at < len(s) && operator(s, at) == "" {
		return `a comma or ")" after the version`
	}
	return `")"`
}

// marker reads ";" and the marker, up to the end.
func (p *parser) marker(r *Requirement) (err error) {
	p.pos++
	start := p.pos
	if r.ParsedMarker, err = p.markerToEnd(); err != nil {
		return err
	}
	r.Marker = trimBlanks(p.text[start:])
	return nil
}
