package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The types below are JUnit XML as Jenkins and GitLab read it.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		counts               // of all
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name    string      `xml:"name,attr"`
		counts              // of its cases
		Skipped int         `xml:"skipped,attr"`
		Cases   []junitCase `xml:"testcase"`
	}
	counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		Skipped *junitNote   `xml:"skipped"`
		Error   []junitNote  `xml:"error"`
		Failure []junitNote  `xml:"failure"`
		Output  *junitOutput `xml:"system-out"`
	}
	junitNote struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
	junitOutput struct {
		Text string `xml:",chardata"`
	}
)

// JUnit writes a suite a file and a case a requirement. An error fails it (so
// does a warning where warnings count as errors), what could not be verified is
// an error of the case, and a requirement that is not verified and has no
// finding of its own is skipped: only what is verified passes. A finding that is
// about no requirement is a case of its own.
func JUnit(w io.Writer, r *Report) error {
	all := junitSuites{Name: "reqhash"}
	findings := map[string][]Finding{} // by path
	files := slices.Clone(r.Files)
	for _, f := range files {
		findings[f.Path] = nil
	}
	for _, f := range r.left() {
		list, ok := findings[f.Path]
		if !ok { // about what is no requirements file, as a configuration
			files = append(files, File{Path: f.Path})
		}
		findings[f.Path] = append(list, f)
	}
	for _, f := range files {
		suite := junitSuite{Name: Printable(f.Path), Cases: []junitCase{}}
		own := findings[f.Path]
		for _, q := range f.Requirements {
			c := junitCase{Class: suite.Name, Name: Printable(clip(strings.TrimSpace(q.Name+" "+q.Version))) + fmt.Sprintf(" (line %d)", q.Line)}
			rest := own[:0:0]
			for _, g := range own {
				if g.Name != "" && q.Line <= g.Line && g.Line <= q.EndLine {
					c.add(g, r.strict)
				} else {
					rest = append(rest, g)
				}
			}
			own = rest
			if q.Verdict != Verified && q.Verdict != "" && len(c.Failure)+len(c.Error) == 0 {
				c.Skipped = &junitNote{Message: string(q.Verdict)}
			}
			suite.Cases = append(suite.Cases, c)
		}
		for _, g := range own {
			c := junitCase{Class: suite.Name, Name: fmt.Sprintf("%s (line %d)", Printable(g.Rule), g.Line)}
			c.add(g, r.strict)
			suite.Cases = append(suite.Cases, c)
		}
		if f.Error != "" {
			suite.Cases = append(suite.Cases, junitCase{Class: suite.Name, Name: "the file can be read", Error: []junitNote{{Message: Printable(clip(f.Error)), Type: "unreadable"}}})
		}
		suite.count()
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (c *junitCase) add(f Finding, strict bool) {
	text := Printable(clip(f.Message))
	note := junitNote{Message: text, Type: f.Rule, Text: fmt.Sprintf("%s:%d:%d: %s [%s]", Printable(f.Path), f.Line, f.Column, text, f.Rule)}
	if f.Help != "" {
		note.Text += "\n" + Printable(clip(f.Help))
	}
	switch {
	case f.Level == Error, strict && f.Level == Warning:
		c.Failure = append(c.Failure, note)
	case f.Level == Unverifiable:
		c.Error = append(c.Error, note)
	case c.Output == nil:
		c.Output = &junitOutput{string(f.Level) + ": " + note.Text}
	default:
		c.Output.Text += "\n" + string(f.Level) + ": " + note.Text
	}
}

func (s *junitSuite) count() {
	for _, c := range s.Cases {
		s.Tests++
		if len(c.Failure) > 0 {
			s.Failures++
		}
		if len(c.Error) > 0 {
			s.Errors++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
}
