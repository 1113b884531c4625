package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/requirements"
)

// listFile and listLine are a file and a logical line as pip reads them.
type listFile struct {
	Path         string     `json:"path"`
	Encoding     string     `json:"encoding"`
	HashChecking bool       `json:"hash_checking"`
	Error        string     `json:"error"`
	Lines        []listLine `json:"lines"`
}

type listLine struct {
	Line      int            `json:"line"`
	EndLine   int            `json:"end_line"`
	Kind      string         `json:"kind"`
	Text      string         `json:"text"`
	Name      string         `json:"name"`
	Extras    []string       `json:"extras"`
	Specifier string         `json:"specifier"`
	Marker    string         `json:"marker"`
	URL       string         `json:"url"`
	Hashes    []string       `json:"hashes"`
	Target    string         `json:"target"`
	Options   map[string]any `json:"options"`
	Error     string         `json:"error"`
}

// ListJSON writes what pip reads in each file as JSON of schema [Version].
func ListJSON(w io.Writer, set *requirements.Set) error {
	checked := hashChecked(set)
	out := struct {
		Schema int        `json:"schema"`
		Files  []listFile `json:"files"`
	}{Version, []listFile{}}
	for _, f := range set.Files {
		file := listFile{Path: f.Path, Encoding: f.Encoding, HashChecking: checked[f], Lines: []listLine{}}
		if f.Err != nil {
			file.Error = f.Err.Error()
		}
		for i := range f.Lines {
			file.Lines = append(file.Lines, listed(f, &f.Lines[i]))
		}
		out.Files = append(out.Files, file)
	}
	return writeJSON(w, out)
}

func hashChecked(set *requirements.Set) map[*requirements.File]bool {
	checked := map[*requirements.File]bool{}
	for _, run := range set.Runs {
		for _, m := range run.Members {
			checked[m.File] = checked[m.File] || run.HashChecking
		}
	}
	return checked
}

func listed(f *requirements.File, l *requirements.Line) listLine {
	out := listLine{
		Line: l.First, EndLine: l.Last, Kind: l.Kind.String(), Text: strings.TrimSpace(requirements.Mask(l.Text)),
		Name: l.Name, Extras: filled(l.Extras), Specifier: l.Specifier, Marker: l.Marker, URL: requirements.Mask(l.URL),
		Hashes: make([]string, 0, len(l.Hashes)), Target: requirements.Mask(l.Target), Options: optionsOf(l),
	}
	for i := range l.Hashes {
		out.Hashes = append(out.Hashes, l.HashText(i))
	}
	if l.Variables {
		out.hide(f, l)
	}
	if l.Err != nil {
		out.Error = requirements.Mask(l.Err.Error())
	}
	return out
}

// hide shows the text and the URL of a line with variables as they are written.
// Name, specifier, marker, extras and hashes are what list is asked for: what pip
// reads there.
func (out *listLine) hide(f *requirements.File, l *requirements.Line) {
	written := string(f.Src()[l.Start:l.End])
	if !strings.Contains(written, l.Text) {
		out.Text = listedText(f, l)
	}
	if !strings.Contains(written, l.URL) {
		out.URL = requirements.Mask(l.Shown)
	}
}

// listedText is the text of a line as it may be shown: where a variable brought
// some of it in, as it is written.
func listedText(f *requirements.File, l *requirements.Line) string {
	text := l.Text
	if written := string(f.Src()[l.Start:l.End]); l.Variables && !strings.Contains(written, text) {
		text, _, _ = strings.Cut(written, "\n")
	}
	return strings.TrimSpace(requirements.Mask(text))
}

// once are the options of which the last one counts; of all others each adds to
// a list.
var once = []string{"index-url"}

// optionsOf gives the options of a line under pip's long names: true for a
// flag, a string where the last one counts, else a list.
func optionsOf(l *requirements.Line) map[string]any {
	out := map[string]any{}
	for _, s := range l.Settings {
		switch {
		case s.Flag:
			out[s.Name] = true
		case slices.Contains(once, s.Name):
			out[s.Name] = requirements.Mask(s.Shown)
		default:
			list, _ := out[s.Name].([]string)
			out[s.Name] = append(list, requirements.Mask(s.Shown))
		}
	}
	return out
}

// ListText writes the same for people: one line each, with the number of
// hashes, and after it what stands there and pip does not see.
func ListText(w io.Writer, set *requirements.Set, o TextOptions) error {
	b := bufio.NewWriter(w)
	s := stylesFor(w, o.Color)
	checked := hashChecked(set)
	for _, f := range set.Files {
		mode := "hash checking off"
		if checked[f] {
			mode = "hash checking on"
		}
		if f.Err != nil {
			fmt.Fprintln(b, harmless(s.place.Render(Printable(f.Path)+":")+" "+s.level(Error).Render(Printable(f.Err.Error()))))
			continue
		}
		fmt.Fprintln(b, harmless(fmt.Sprintf("%s %s, %s, %s", s.place.Render(Printable(f.Path)+":"), count(len(f.Lines), "line", "lines"), f.Encoding, mode)))
		faults := f.Faults
		for i := range f.Lines {
			l := &f.Lines[i]
			for len(faults) > 0 && faults[0].Start < l.Start {
				s.unseen(b, f, faults[0])
				faults = faults[1:]
			}
			fmt.Fprintf(b, "%5d  %s\n", l.First, listText(f, l))
		}
		for _, t := range faults {
			s.unseen(b, f, t)
		}
	}
	return b.Flush()
}

func listText(f *requirements.File, l *requirements.Line) string {
	text := Printable(listedText(f, l))
	switch l.Kind {
	case requirements.Include:
		text = "-r " + Printable(requirements.Mask(l.Target))
	case requirements.Constraint:
		text = "-c " + Printable(requirements.Mask(l.Target))
	case requirements.Editable:
		text = "-e " + text
	case requirements.Option:
		var words []string
		for _, s := range l.Settings {
			word := "--" + s.Name
			if !s.Flag {
				word += " " + requirements.Mask(s.Shown)
			}
			words = append(words, Printable(word))
		}
		text = strings.Join(words, " ")
	case requirements.Requirement:
		text += "  (" + count(len(l.Hashes), "hash", "hashes") + ")"
	}
	if l.Err != nil {
		text += "  (refused)"
	}
	return text
}

func (s styles) unseen(b *bufio.Writer, f *requirements.File, t requirements.Fault) {
	line, _ := f.Position(t.Start)
	fmt.Fprintf(b, "%5d  %s %s\n", line, s.level(Warning).Render("! "+Printable(requirements.Mask(t.Message))), s.rule.Render("["+t.Rule+"]"))
}
