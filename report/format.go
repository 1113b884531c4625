package report

import (
	"fmt"
	"io"
	"strings"
)

// Options of a format that is written by name.
type WriteOptions struct {
	Text  TextOptions
	Facts SummaryFacts
}

// Format is a way to write a report.
type Format struct {
	Name string
	For  string // who reads it
	// write writes a finished report.
	write func(io.Writer, *Report, WriteOptions) error
}

// Formats returns every format, in the order in which help has them.
func Formats() []Format { return formats[:] }

var formats = [...]Format{
	{"text", "people", func(w io.Writer, r *Report, o WriteOptions) error { return Text(w, r, o.Text) }},
	{"json", "programs; docs/report.schema.json", func(w io.Writer, r *Report, _ WriteOptions) error { return JSON(w, r) }},
	{"sarif", "code scanning, SARIF 2.1.0", func(w io.Writer, r *Report, _ WriteOptions) error { return SARIF(w, r) }},
	{"github", "annotations of a GitHub workflow", func(w io.Writer, r *Report, o WriteOptions) error { return GitHub(w, r, o.Text.Verbose) }},
	{"markdown", "a step summary or a comment", func(w io.Writer, r *Report, o WriteOptions) error { return Markdown(w, r, o.Text.Verbose) }},
	{"gitlab", "GitLab Code Quality", func(w io.Writer, r *Report, _ WriteOptions) error { return GitLab(w, r) }},
	{"junit", "test reports, JUnit XML", func(w io.Writer, r *Report, _ WriteOptions) error { return JUnit(w, r) }},
	{"prometheus", "node_exporter's textfile collector", func(w io.Writer, r *Report, o WriteOptions) error { return Prometheus(w, r, o.Facts) }},
}

// Write writes a report in the format of that name.
func Write(w io.Writer, format string, r *Report, o WriteOptions) error {
	for _, f := range formats {
		if f.Name == format {
			return f.write(w, r, o)
		}
	}
	return fmt.Errorf("there is no format %q", format)
}

// sentence joins what is wrong with what to do about it, for formats that have
// one text.
func (f *Finding) sentence() string {
	text := Printable(clip(f.Message))
	if f.Help != "" && !f.Fixed {
		text += ". " + Printable(clip(f.Help))
	}
	return text
}

// units counts the UTF-16 code units of the line before a byte column, and gives
// the column in them, from 1: what SARIF means by columns unless told otherwise.
// Bytes that are not UTF-8 count as one each, as does what lies past the
// excerpt.
func units(line string, column int) int {
	n := max(column-1, 0)
	past := max(n-len(line), 0)
	before := line[:n-past]
	count := 1 + past
	for _, r := range strings.ToValidUTF8(before, "?") {
		count++
		if r > 0xffff {
			count++
		}
	}
	return count
}
