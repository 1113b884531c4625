package report

import (
	"bufio"
	"encoding/xml"
	"io"
	"sort"
	"strconv"
	"strings"
)

// JUnit writes a suite a file and a case a requirement, as Jenkins and GitLab
// read JUnit XML. An error fails it (so does a warning where warnings count as
// errors), what could not be verified is an error of the case, and a requirement
// that is not verified and has no finding of its own is skipped: only what is
// verified passes. A finding that is about no requirement is a case of its own.
func JUnit(w io.Writer, r *Report) error {
	findings := map[string][]*Finding{} // by path
	files := make([]*File, 0, len(r.Files))
	for i := range r.Files {
		f := &r.Files[i]
		files = append(files, f)
		findings[f.Path] = nil
	}
	for f := range r.left() {
		list, ok := findings[f.Path]
		if !ok { // about what is no requirements file, as a configuration
			files = append(files, &File{Path: f.Path})
		}
		findings[f.Path] = append(list, f)
	}
	var all junitCounts // stand before what they count
	own := make([]junitCounts, len(files))
	for i, f := range files {
		eachCase(f, findings[f.Path], func(c *testCase) { own[i].count(c, r.strict) })
		all.add(own[i])
	}

	x := &xmlPage{b: bufio.NewWriterSize(w, pageRoom)}
	x.b.WriteString(xml.Header)
	x.open(0, "testsuites").attribute("name", "reqhash").counts(all)
	for i, f := range files {
		path := Printable(f.Path)
		x.open(1, "testsuite").attribute("name", path).counts(own[i]).attribute("skipped", strconv.Itoa(own[i].skipped))
		eachCase(f, findings[f.Path], func(c *testCase) { x.testCase(c, path, r.strict) })
		x.close(1, "testsuite", own[i].tests > 0)
	}
	x.close(0, "testsuites", len(files) > 0)
	x.b.WriteByte('\n')
	return x.b.Flush()
}

// testCase is a requirement with its findings, a finding that is about none, or
// a file that could not be read.
type testCase struct {
	requirement *Requirement // nil: none
	findings    []*Finding
	unread      string // why
}

// eachCase calls a function for each case of a file, whose findings are in their
// order. What it is given is its own until it returns.
func eachCase(f *File, findings []*Finding, do func(*testCase)) {
	var c testCase
	taken := make([]bool, len(findings))
	for i := range f.Requirements {
		q := &f.Requirements[i]
		c.requirement, c.findings = q, c.findings[:0]
		first := sort.Search(len(findings), func(k int) bool { return findings[k].Line >= q.Line })
		for k := first; k < len(findings) && findings[k].Line <= q.EndLine; k++ {
			if g := findings[k]; g.Name != "" && !taken[k] {
				c.findings, taken[k] = append(c.findings, g), true
			}
		}
		do(&c)
	}
	c.requirement = nil
	for k, g := range findings {
		if !taken[k] {
			c.findings = append(c.findings[:0], g)
			do(&c)
		}
	}
	if f.Error != "" {
		do(&testCase{unread: f.Error})
	}
}

// junitKind tells which element a finding becomes.
func junitKind(f *Finding, strict bool) string {
	switch {
	case f.Level == Error, strict && f.Level == Warning:
		return "failure"
	case f.Level == Unverifiable:
		return "error"
	}
	return "system-out"
}

func (c *testCase) has(kind string, strict bool) bool {
	if c.unread != "" {
		return kind == "error"
	}
	for _, f := range c.findings {
		if junitKind(f, strict) == kind {
			return true
		}
	}
	return false
}

func (c *testCase) skipped(strict bool) bool {
	q := c.requirement
	return q != nil && q.Verdict != Verified && q.Verdict != "" && !c.has("failure", strict) && !c.has("error", strict)
}

type junitCounts struct{ tests, failures, errors, skipped int }

func (n *junitCounts) count(c *testCase, strict bool) {
	n.tests++
	if c.has("failure", strict) {
		n.failures++
	}
	if c.has("error", strict) {
		n.errors++
	}
	if c.skipped(strict) {
		n.skipped++
	}
}

func (n *junitCounts) add(m junitCounts) {
	n.tests += m.tests
	n.failures += m.failures
	n.errors += m.errors
}

// xmlPage writes XML as encoding/xml does with an indent of two blanks.
type xmlPage struct {
	b    *bufio.Writer
	text []byte // of an element or attribute
	tag  bool   // it is still open to attributes
}

func (x *xmlPage) testCase(c *testCase, path string, strict bool) {
	name := "the file can be read"
	switch q := c.requirement; {
	case q != nil:
		name = Printable(clip(strings.TrimSpace(q.Name+" "+q.Version))) + " (line " + strconv.Itoa(q.Line) + ")"
	case c.unread == "":
		name = Printable(c.findings[0].Rule) + " (line " + strconv.Itoa(c.findings[0].Line) + ")"
	}
	x.open(2, "testcase").attribute("name", name).attribute("classname", path)
	inside := false
	note := func(kind, message, rule, text string) {
		x.open(3, kind).attribute("message", message)
		if rule != "" {
			x.attribute("type", rule)
		}
		x.content(text).close(3, kind, false)
		inside = true
	}
	if c.skipped(strict) {
		note("skipped", string(c.requirement.Verdict), "", "")
	}
	if c.unread != "" {
		note("error", Printable(clip(c.unread)), "unreadable", "")
	}
	for _, kind := range [...]string{"error", "failure"} {
		for _, f := range c.findings {
			if junitKind(f, strict) == kind {
				note(kind, Printable(clip(f.Message)), f.Rule, junitText(f))
			}
		}
	}
	if c.has("system-out", strict) {
		var lines []string
		for _, f := range c.findings {
			if junitKind(f, strict) == "system-out" {
				lines = append(lines, string(f.Level)+": "+junitText(f))
			}
		}
		x.open(3, "system-out").content(strings.Join(lines, "\n")).close(3, "system-out", false)
		inside = true
	}
	x.close(2, "testcase", inside)
}

func junitText(f *Finding) string {
	text := Printable(f.Path) + ":" + strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column) + ": " + Printable(clip(f.Message)) + " [" + f.Rule + "]"
	if f.Help != "" {
		text += "\n" + Printable(clip(f.Help))
	}
	return text
}

// open begins an element on a line of its own, open to attributes.
func (x *xmlPage) open(depth int, name string) *xmlPage {
	x.end()
	if depth > 0 {
		x.newline(depth)
	}
	x.b.WriteByte('<')
	x.b.WriteString(name)
	x.tag = true
	return x
}

func (x *xmlPage) attribute(name, value string) *xmlPage {
	x.b.WriteByte(' ')
	x.b.WriteString(name)
	x.b.WriteString(`="`)
	x.escaped(value)
	x.b.WriteByte('"')
	return x
}

func (x *xmlPage) counts(n junitCounts) *xmlPage {
	return x.attribute("tests", strconv.Itoa(n.tests)).attribute("failures", strconv.Itoa(n.failures)).attribute("errors", strconv.Itoa(n.errors))
}

func (x *xmlPage) content(text string) *xmlPage {
	x.end()
	x.escaped(text)
	return x
}

// close ends an element, on a line of its own if others are inside.
func (x *xmlPage) close(depth int, name string, inside bool) {
	x.end()
	if inside {
		x.newline(depth)
	}
	x.b.WriteString("</")
	x.b.WriteString(name)
	x.b.WriteByte('>')
}

// end ends a tag.
func (x *xmlPage) end() {
	if x.tag {
		x.b.WriteByte('>')
		x.tag = false
	}
}

func (x *xmlPage) newline(depth int) {
	x.b.WriteByte('\n')
	x.b.WriteString(blanks[:2*depth])
}

// escaped writes a text. What cannot be written, Flush tells.
func (x *xmlPage) escaped(text string) {
	if plain(text) && !strings.ContainsAny(text, `"'&<>`) {
		x.b.WriteString(text)
		return
	}
	x.text = append(x.text[:0], text...)
	_ = xml.EscapeText(x.b, x.text)
}
