package packaging

// Comparison is one condition of a marker: a variable of the environment by its canonical name, such as python_version or extra, the operator as
// it stands between the two, and the text that it is compared with.
type Comparison struct{ Variable, Op, Value string }

// Comparisons returns what the marker asks about, in the order of its text. It does not say how they are connected.
func (m Marker) Comparisons() []Comparison {
	var list []Comparison
	for _, n := range m.nodes {
		switch {
		case n.kind != comparing:
		case n.left.variable && !n.right.variable:
			list = append(list, Comparison{n.left.text, n.op, n.right.text})
		case n.right.variable && !n.left.variable:
			list = append(list, Comparison{n.right.text, n.op, n.left.text})
		}
	}
	return list
}
