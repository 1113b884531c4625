package packaging

import (
	"strings"
)

// Marker is a condition on the environment: python_version >= "3.9" (PEP 508). The zero Marker is none; it is always true.
type Marker struct {
	any *disjunction
}

// disjunction is true when one of its members is; "and" binds closer than "or".
type disjunction []conjunction

// conjunction is true when all of its members are.
type conjunction []term

// term is a comparison, or a condition in parentheses.
type term struct {
	group       *disjunction // nil for a comparison
	left, right operand
	op          string // "in", "not in", or an operator of versions
}

// operand is a variable of the environment by its canonical name, or a text.
type operand struct {
	variable bool
	text     string
}

// ParseMarker reads a marker as packaging.markers.Marker does. The error is a *SyntaxError.
func ParseMarker(s string) (Marker, error) {
	p := parser{text: s}
	return p.markerToEnd(`an operator "and" or "or", or the end after the marker`)
}

// markerToEnd reads a marker that takes the rest of the text.
func (p *parser) markerToEnd(otherwise string) (Marker, error) {
	d, err := p.disjunction(0)
	if err != nil {
		return Marker{}, err
	}
	if p.blanks(); !p.atEnd() {
		return Marker{}, p.expected(otherwise)
	}
	return Marker{d}, nil
}

// maxDepth is how deep parentheses may nest. Python's recursion limit ends pip with a traceback at a few hundred.
const maxDepth = 200

func (p *parser) disjunction(depth int) (*disjunction, error) {
	d := &disjunction{nil}
	for {
		t, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		last := len(*d) - 1
		(*d)[last] = append((*d)[last], t)
		switch {
		case p.word("and"):
		case p.word("or"):
			*d = append(*d, nil)
		default:
			return d, nil
		}
	}
}

// term reads a comparison or a condition in parentheses, and the blanks around it.
func (p *parser) term(depth int) (t term, err error) {
	p.blanks()
	if p.take('(') {
		if depth == maxDepth {
			return t, p.expected("fewer parentheses inside one another")
		}
		if t.group, err = p.disjunction(depth + 1); err != nil {
			return t, err
		}
		if p.blanks(); !p.take(')') {
			return t, p.expected(`"and", "or" or ")" after the comparison`)
		}
	} else if t, err = p.comparison(); err != nil {
		return t, err
	}
	p.blanks()
	return t, nil
}

func (p *parser) comparison() (t term, err error) {
	if t.left, err = p.operand(); err != nil {
		return t, err
	}
	p.blanks()
	switch {
	case p.word("in"):
		t.op = "in"
	case p.word("not"):
		if c := p.next(); c != ' ' && c != '\t' {
			return t, p.expected(`a blank and "in" after "not"`)
		}
		if p.blanks(); !p.word("in") {
			return t, p.expected(`"in" after "not"`)
		}
		t.op = "not in"
	default:
		if t.op = operator(p.text, p.pos); t.op == "" {
			return t, p.expected("an operator: == != <= >= < > ~= === in, not in")
		}
		p.pos += len(t.op)
	}
	p.blanks()
	if t.right, err = p.operand(); err != nil {
		return t, err
	}
	normalizeExtras(&t)
	return t, nil
}

// word reads w if it comes next and stands as a word of its own.
func (p *parser) word(w string) bool {
	if !strings.HasPrefix(p.text[p.pos:], w) || !isEdge(p.text, p.pos) || !isEdge(p.text, p.pos+len(w)) {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *parser) operand() (operand, error) {
	if name := p.variable(); name != "" {
		return operand{true, name}, nil
	}
	quote := p.next()
	if quote != '\'' && quote != '"' {
		return operand{}, p.expected("a variable or a quoted text")
	}
	length := strings.IndexByte(p.text[p.pos+1:], quote)
	if length < 0 {
		return operand{}, p.expected("a quoted text that is closed")
	}
	written := p.text[p.pos+1 : p.pos+1+length]
	text, bad := unescape(written)
	if bad >= 0 {
		return operand{}, &SyntaxError{p.text, p.pos + 1 + bad, "a character or an escape that Python allows in a string"}
	}
	p.pos += length + 2
	return operand{false, text}, nil
}

// variable reads the name of a variable, "" if there is none, and returns its canonical name. Old spellings are os.name and the like.
func (p *parser) variable() string {
	end := p.pos
	for end < len(p.text) && (isAlnum(p.text[end]) || p.text[end] == '_') {
		end++
	}
	if !isEdge(p.text, p.pos) {
		return ""
	}
	name := p.text[p.pos:end]
	if !isEdge(p.text, end) {
		return ""
	}
	switch name {
	case "python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system", "platform_version", "platform_machine",
		"platform_python_implementation", "implementation_name", "implementation_version", "extra", "extras", "dependency_groups":
		p.pos = end
		return name
	case "python_implementation":
		p.pos = end
		return "platform_python_implementation"
	case "os", "sys", "platform":
		for _, old := range [...]string{"os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation"} {
			if strings.HasPrefix(p.text[p.pos:], old) && isEdge(p.text, p.pos+len(old)) {
				p.pos += len(old)
				return strings.ReplaceAll(old, ".", "_")
			}
		}
	}
	return ""
}

// normalizeExtras normalizes the text that is compared with the name of an extra (PEP 685).
func normalizeExtras(t *term) {
	switch {
	case t.left.variable && t.left.text == "extra" && !t.right.variable:
		t.right.text = NormalizeName(t.right.text)
	case t.right.variable && !t.left.variable:
		switch t.right.text {
		case "extra", "extras", "dependency_groups":
			t.left.text = NormalizeName(t.left.text)
		}
	}
}

// IsZero tells whether m is the zero Marker.
func (m Marker) IsZero() bool { return m.any == nil }

// String returns the marker as packaging prints it: double quotes, one blank between words, parentheses where they were needed.
// ParseMarker reads it back as the same condition.
func (m Marker) String() string {
	if m.any == nil {
		return ""
	}
	var b strings.Builder
	m.any.print(&b, true)
	return b.String()
}

func (d *disjunction) print(b *strings.Builder, outermost bool) {
	if len(*d) == 1 && len((*d)[0]) == 1 {
		(*d)[0][0].print(b, outermost)
		return
	}
	if !outermost {
		b.WriteByte('(')
	}
	for i, c := range *d {
		if i > 0 {
			b.WriteString(" or ")
		}
		for j, t := range c {
			if j > 0 {
				b.WriteString(" and ")
			}
			t.print(b, false)
		}
	}
	if !outermost {
		b.WriteByte(')')
	}
}

func (t term) print(b *strings.Builder, outermost bool) {
	if t.group != nil {
		t.group.print(b, outermost)
		return
	}
	t.left.print(b)
	b.WriteString(" " + t.op + " ")
	t.right.print(b)
}

func (o operand) print(b *strings.Builder) {
	if o.variable {
		b.WriteString(o.text)
		return
	}
	b.WriteString(quote(o.text))
}
