package packaging

import "strings"

// Marker is a condition on the environment: python_version >= "3.9" (PEP 508). The zero Marker is none; it is always true.
type Marker struct {
	nodes []node // in the order of the text
}

// node is one piece of a marker. It is a flat list, not a tree, since a hundred thousand markers are read in a run, and few are ever judged.
type node struct {
	kind        nodeKind
	left, right operand // of a comparison
	op          string  // of a comparison: "in", "not in", or an operator of versions
	end         int     // of an opening parenthesis: how many nodes further its closing one stands
}

type nodeKind uint8

const (
	comparing nodeKind = iota
	and                // binds closer than or
	or
	opening
	closing
)

// operand is a variable of the environment by its canonical name, or a text.
type operand struct {
	text     string
	variable bool
}

const afterMarker = `"and", "or" or the end after the comparison`

// ParseMarker reads a marker as packaging.markers.Marker does. The error is a *SyntaxError.
func ParseMarker(s string) (Marker, error) {
	p := parser{text: s}
	return p.markerToEnd()
}

// markerToEnd reads a marker that takes the rest of the text.
func (p *parser) markerToEnd() (Marker, error) {
	var room [4]node
	nodes, err := p.condition(room[:0], 0)
	if err != nil {
		return Marker{}, err
	}
	if !p.atEnd() {
		return Marker{}, p.expected(afterMarker)
	}
	return Marker{append([]node(nil), nodes...)}, nil
}

// maxDepth is how deep parentheses may nest. Python's recursion limit ends pip with a traceback at a few hundred.
const maxDepth = 200

// condition reads comparisons and conditions in parentheses with "and" and "or" between, and the blanks around each.
func (p *parser) condition(nodes []node, depth int) (_ []node, err error) {
	for {
		p.blanks()
		if open := len(nodes); p.take('(') {
			if depth == maxDepth {
				return nil, p.expected("fewer parentheses inside one another")
			}
			nodes = append(nodes, node{kind: opening})
			if nodes, err = p.condition(nodes, depth+1); err != nil {
				return nil, err
			}
			if !p.take(')') {
				return nil, p.expected(`"and", "or" or ")" after the comparison`)
			}
			nodes[open].end = len(nodes) - open
			nodes = append(nodes, node{kind: closing})
		} else if nodes, err = p.comparison(nodes); err != nil {
			return nil, err
		}
		p.blanks()
		switch {
		case p.word("and"):
			nodes = append(nodes, node{kind: and})
		case p.word("or"):
			nodes = append(nodes, node{kind: or})
		default:
			return nodes, nil
		}
	}
}

func (p *parser) comparison(nodes []node) (_ []node, err error) {
	nodes = append(nodes, node{})
	n := &nodes[len(nodes)-1]
	if n.left, err = p.operand(); err != nil {
		return nil, err
	}
	p.blanks()
	switch {
	case p.word("in"):
		n.op = "in"
	case p.word("not"):
		if c := p.next(); c != ' ' && c != '\t' {
			return nil, p.expected(`a blank and "in" after "not"`)
		}
		if p.blanks(); !p.word("in") {
			return nil, p.expected(`"in" after "not"`)
		}
		n.op = "not in"
	default:
		if n.op = operator(p.text, p.pos); n.op == "" {
			return nil, p.expected("an operator: == != <= >= < > ~= === in, not in")
		}
		p.pos += len(n.op)
	}
	p.blanks()
	if n.right, err = p.operand(); err != nil {
		return nil, err
	}
	n.normalizeExtras()
	return nodes, nil
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
	quote := p.next()
	if quote != '\'' && quote != '"' {
		name := p.variable()
		if name == "" {
			return operand{}, p.expected("a variable or a quoted text")
		}
		return operand{name, true}, nil
	}
	start := p.pos + 1
	length := strings.IndexByte(p.text[start:], quote)
	if length < 0 {
		return operand{}, p.expected("a quoted text that is closed")
	}
	text, bad := unescape(p.text[start : start+length])
	if bad >= 0 {
		return operand{}, &SyntaxError{p.text, start + bad, "a character or an escape that Python allows in a string"}
	}
	p.pos = start + length + 1
	return operand{text, false}, nil
}

// variable reads the name of a variable, "" if there is none, and returns its canonical name.
func (p *parser) variable() string {
	end := p.pos
	for end < len(p.text) && (isAlnum(p.text[end]) || p.text[end] == '_') {
		end++
	}
	name := p.text[p.pos:end]
	switch name {
	case "python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system", "platform_version", "platform_machine",
		"platform_python_implementation", "python_implementation", "implementation_name", "implementation_version", "extra", "extras", "dependency_groups":
	case "os", "sys", "platform":
		if name = oldVariable(p.text[p.pos:]); name == "" {
			return ""
		}
		end = p.pos + len(name)
	default:
		return ""
	}
	if !isEdge(p.text, p.pos) || !isEdge(p.text, end) {
		return ""
	}
	p.pos = end
	if name == "python_implementation" {
		return "platform_python_implementation"
	}
	return name
}

// oldVariable returns the canonical name of the variable that s begins with in the spelling of PEP 345, os.name, or "". Both are equally long.
func oldVariable(s string) string {
	for _, old := range [...]string{"os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation"} {
		if strings.HasPrefix(s, old) {
			return strings.ReplaceAll(old, ".", "_")
		}
	}
	return ""
}

// normalizeExtras normalizes the text that is compared with the name of an extra (PEP 685).
func (n *node) normalizeExtras() {
	switch {
	case n.left.variable && n.left.text == "extra" && !n.right.variable:
		n.right.text = NormalizeName(n.right.text)
	case n.right.variable && !n.left.variable:
		switch n.right.text {
		case "extra", "extras", "dependency_groups":
			n.left.text = NormalizeName(n.left.text)
		}
	}
}

// IsZero tells whether m is the zero Marker.
func (m Marker) IsZero() bool { return m.nodes == nil }

// String returns the marker as packaging prints it: double quotes, one blank between words, parentheses where they were needed.
// ParseMarker reads it back as the same condition.
func (m Marker) String() string {
	var b strings.Builder
	printCondition(&b, m.nodes, true)
	return b.String()
}

// printCondition prints nodes, in parentheses unless they are the whole marker or need none.
func printCondition(b *strings.Builder, nodes []node, whole bool) {
	for len(nodes) > 0 && nodes[0].kind == opening && nodes[0].end == len(nodes)-1 {
		nodes = nodes[1 : len(nodes)-1]
	}
	enclosed := !whole && len(nodes) > 1
	if enclosed {
		b.WriteByte('(')
	}
	for i := 0; i < len(nodes); i++ {
		switch n := nodes[i]; n.kind {
		case comparing:
			n.left.print(b)
			b.WriteByte(' ')
			b.WriteString(n.op)
			b.WriteByte(' ')
			n.right.print(b)
		case and:
			b.WriteString(" and ")
		case or:
			b.WriteString(" or ")
		case opening:
			printCondition(b, nodes[i+1:i+n.end], false)
			i += n.end
		}
	}
	if enclosed {
		b.WriteByte(')')
	}
}

func (o operand) print(b *strings.Builder) {
	if o.variable {
		b.WriteString(o.text)
		return
	}
	b.WriteString(quote(o.text))
}
