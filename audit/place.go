package audit

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// finding begins a finding of a rule at a span of the file.
func (s *subject) finding(rule string, at requirements.Span) report.Finding {
	r, _ := report.RuleOf(rule)
	return report.Finding{Rule: rule, Level: r.Level, Path: s.file.Path, At: at}
}

// place gives a finding its lines, its columns and its excerpt. The file's bytes
// are needed for that, and are held no longer than its findings are placed.
func (s *subject) place(f *report.Finding, at *requirements.Finder) {
	f.Line, f.Column, f.EndLine, f.EndColumn = at.Positions(f.At)
	if !s.private {
		f.Excerpt = excerpt(s.file.Around(f.At.Start))
	}
}

// at is a finding of a rule about a requirement, at a span of it.
func (s *subject) at(rule string, j *judgement, span requirements.Span) report.Finding {
	f := s.finding(rule, span)
	f.Name, f.Version = s.identity(j.line)
	return f
}

// identity is the name and pin of a requirement as they may be shown: of a line
// with variables what is written there, never what they hold; nothing of a
// private file.
func (s *subject) identity(line int) (name, version string) {
	l := &s.file.Lines[line]
	if s.private {
		return "", ""
	}
	if !l.Variables {
		if j := s.judgementOf(line); j != nil {
			return l.Name, j.version
		}
		version, _ = l.Specifiers.Pin()
		return l.Name, version
	}
	span := s.textSpan(line)
	name, version, _ = strings.Cut(string(s.file.LineBytes(line)[span.Start-l.Start:span.End-l.Start]), "==")
	version, _, _ = strings.Cut(strings.TrimLeft(version, "="), ";")
	version, _, _ = strings.Cut(strings.TrimSpace(version), " ")
	return requirements.Mask(strings.TrimSpace(name)), requirements.Mask(version)
}

// title names a requirement in a message.
func (s *subject) title(line int) string {
	l := &s.file.Lines[line]
	if j := s.judgementOf(line); j != nil && l.Name != "" && !s.private && !l.Variables {
		return j.title
	}
	name, version := s.identity(line)
	switch {
	case s.private:
		return "a requirement"
	case name != "" && version != "":
		return name + " " + version
	case name != "":
		return name
	case l.URL != "":
		return requirements.Mask(l.URL)
	}
	return requirements.Mask(l.Text)
}

// about is a finding of a rule about a requirement, at its text.
func (s *subject) about(rule string, j *judgement) report.Finding {
	return s.at(rule, j, s.textSpan(j.line))
}

// hashText is a hash as pip reads it; of a line with variables, as it is
// written: what they hold is not shown.
func (s *subject) hashText(line, hash int) string {
	l := &s.file.Lines[line]
	if l.Variables {
		at := l.HashSpan(hash)
		return string(s.file.LineBytes(line)[at.Start-l.Start : at.End-l.Start])
	}
	return l.HashText(hash)
}

// textSpan is where a requirement's text stands as far as it is on one physical
// line and without hashes.
func (s *subject) textSpan(line int) requirements.Span {
	l := &s.file.Lines[line]
	src := s.file.LineBytes(line)
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
	l := &s.file.Lines[line]
	at := l.HashSpan(hash)
	from := max(at.Start-before, l.Start)
	if i := bytes.LastIndex(s.file.LineBytes(line)[from-l.Start:at.Start-l.Start], []byte("--h")); i >= 0 {
		at.Start = from + i
	}
	return at
}

// excerpt is the physical line on which an offset lies; of a long one, the part
// around the offset. No more is looked at than is shown, as a long line may have
// many findings.
func excerpt(src []byte, offset int) string {
	const most = 400 // bytes
	before := src[max(offset-most, 0):offset]
	start := offset - len(before)
	if i := bytes.LastIndexAny(before, "\r\n"); i >= 0 {
		start += i + 1
	} else if start > 0 {
		start = offset - most/2
		for start < offset && !utf8.RuneStart(src[start]) {
			start++
		}
	}
	line := src[start:min(start+most, len(src))]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return string(line)
}
