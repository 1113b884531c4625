package requirements

// Fault is something in a file that pip does not say, or refuses: one finding
// of the rule with the given ID. Edits, where there are any, are the one right
// repair; Repair is true where it changes what is installed. The edits of two
// faults may overlap: apply one, read again.
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

// witness looks at each line while its bytes are at hand, and notes faults.
type witness struct {
	r *reader
	f *File
}

func (w *witness) look(l *Line, p *parsed) {
	if l.Err != nil {
		w.f.Faults = append(w.f.Faults, Fault{Rule: "invalid-requirement", Span: l.Span, Line: len(w.f.Lines) - 1, Name: l.Name,
			Message: "pip refuses the line: " + l.Err.Error()})
	}
}

func (w *witness) finish() {}
