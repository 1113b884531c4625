package audit

import (
	"bytes"

	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// finding begins a finding of a rule at a span of the file.
func (s *subject) finding(rule string, at requirements.Span) report.Finding {
	r, _ := report.RuleOf(rule)
	f := report.Finding{Rule: rule, Level: r.Level, Path: s.file.Path}
	f.Line, f.Column = s.file.Position(at.Start)
	f.EndLine, f.EndColumn = s.file.Position(at.End)
	f.Excerpt = excerpt(s.file.Src, at.Start)
	return f
}

// at is a finding of a rule about a requirement, at a span of it.
func (s *subject) at(rule string, j *judgement, span requirements.Span) report.Finding {
	l := &s.file.Lines[j.line]
	f := s.finding(rule, span)
	f.Name = l.Name
	f.Version, _ = l.Specifiers.Pin()
	return f
}

// about is a finding of a rule about a requirement, at its text.
func (s *subject) about(rule string, j *judgement) report.Finding {
	return s.at(rule, j, s.textSpan(j.line))
}

// textSpan is where a requirement's text stands as far as it is on one physical
// line and without hashes.
func (s *subject) textSpan(line int) requirements.Span {
	l := &s.file.Lines[line]
	src := s.file.Src[l.Start:l.End]
	if bytes.HasPrefix(src, []byte(l.Text)) {
		return requirements.Span{Start: l.Start, End: l.Start + len(l.Text)}
	}
	if i := bytes.IndexAny(src, "\r\n"); i > 0 {
		src = src[:i]
	}
	return requirements.Span{Start: l.Start, End: l.Start + len(src)}
}

// hashSpan is where the option that gives a hash stands, from --hash on.
func (s *subject) hashSpan(line, hash int) requirements.Span {
	const before = 16 // bytes that may stand between the dashes and the value
	at := s.file.Lines[line].Hashes[hash].Span
	from := max(at.Start-before, s.file.Lines[line].Start)
	if i := bytes.LastIndex(s.file.Src[from:at.Start], []byte("--h")); i >= 0 {
		at.Start = from + i
	}
	return at
}

// excerpt is the physical line on which an offset lies, as far as it is worth
// showing.
func excerpt(src []byte, offset int) string {
	const most = 400 // bytes
	start := bytes.LastIndexAny(src[:offset], "\r\n") + 1
	line := src[start:]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return string(line[:min(len(line), most)])
}
