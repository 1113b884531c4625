package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// TextOptions are how people want to read a report.
type TextOptions struct {
	Color   bool
	Verbose bool // also notes, every requirement with its verdict, and nothing folded
	Width   int  // columns of the terminal; 0: no line is broken
}

// Text writes the findings for people:
//
//	api/requirements.txt:14:1: requests 2.31.0 has no hash [missing-hash]
//	  the index has 2 files for it; "reqhash fix" writes their hashes
//
// Lines and byte columns count from 1. What is no error says so before its
// message, what fix has repaired is called fixed. Where the message does not
// name it, the token is shown with carets under it. A blank line parts the
// files. Findings that say the same are folded into one that names the places,
// and notes are left out, unless verbose. What pip would do on a target follows
// the findings of a root.
func Text(w io.Writer, r *Report, o TextOptions) error {
	p := newPage(w, o)
	entries := fold(r.Findings, o.Verbose)
	rest := byPath(entries)
	first := make(map[string]*File, len(r.Files)) // of those with one path: it was included by a file: URL too
	for i := range r.Files {
		if f := &r.Files[i]; first[f.Path] == nil {
			first[f.Path] = f
		}
	}
	p.together(r.Files, func(p *page, f *File) {
		var entries []entry
		if first[f.Path] == f {
			entries = rest[f.Path]
		}
		p.file(f, entries, o.Verbose)
	})
	for i := range r.Files {
		delete(rest, r.Files[i].Path)
	}
	p.part()
	for i := 0; i < len(entries) && len(rest) > 0; i++ { // of what is no requirements file, as a configuration
		if e := entries[i]; rest[e.Path] != nil {
			p.entry(e, o.Verbose)
		}
	}
	return p.flush()
}

// file is all that is told of a file.
func (p *page) file(f *File, entries []entry, verbose bool) {
	p.part()
	if f.Error != "" && f.root() { // of an included file, the line that includes it says so
		p.add(p.place, f.Path, ":").raw(" ").add(p.level(Error), clip(f.Error)).line("")
	}
	for _, e := range entries {
		p.entry(e, verbose)
	}
	for i := range f.Pip {
		p.prediction(f.Path, &f.Pip[i], verbose)
	}
	if verbose {
		for i := range f.Requirements {
			p.requirement(f.Path, &f.Requirements[i])
		}
	}
}

// byPath gives the entries of each file, in their order. They come file by file,
// so that most lists are parts of the one that is given.
func byPath(entries []entry) map[string][]entry {
	lists := map[string][]entry{}
	for len(entries) > 0 {
		path, n := entries[0].Path, 1
		for n < len(entries) && entries[n].Path == path {
			n++
		}
		if own, ok := lists[path]; ok {
			lists[path] = append(own, entries[:n]...)
		} else {
			lists[path] = slices.Clip(entries[:n])
		}
		entries = entries[n:]
	}
	return lists
}

func (p *page) entry(e entry, verbose bool) {
	f := e.Finding
	style, word, colon := p.level(f.Level), "", ""
	switch {
	case f.Fixed:
		style, word, colon = p.good, "fixed", ": "
	case f.Level != Error:
		word, colon = string(f.Level), ": "
	}
	p.begin(p.place).printable(f.Path).raw(":").number(f.Line).raw(":").number(f.Column).raw(":").end(p.place)
	p.raw(" ").add(style, word, colon, clip(f.Message)).raw(" ").add(p.rule, "[", f.Rule, "]").line("")
	if verbose || !f.named() {
		p.excerpt(f, style)
	}
	for _, line := range wrongLines(f) {
		p.add(p.rule, clip(line)).line("  ")
	}
	for _, line := range e.lines() {
		p.add(p.rule, clip(line)).line("  ")
	}
	if f.Help != "" && !f.Fixed {
		p.add(p.help, clip(f.Help)).line("  ")
	}
}

// prediction says what pip would do with a root on a target. That it installs is
// told to who wants to know all.
func (p *page) prediction(path string, q *Prediction, verbose bool) {
	if q.Outcome == "installs" && !verbose {
		return
	}
	p.add(p.place, path, ":").raw(" pip ").printable(q.Version).raw(" on ").printable(q.Target).raw(": ")
	switch q.Outcome {
	case "installs":
		p.add(p.good, "installs it")
	case "refuses":
		p.add(p.level(Error), "refuses it: ", strings.TrimSpace(Printable(clip(q.Name))+" "+q.Reason))
		if q.Path != "" {
			p.raw(" (").printable(q.Path).raw(":").number(q.Line).raw(")")
		}
	default:
		p.add(p.level(Unverifiable), "not known")
	}
	p.line("")
}

func (p *page) requirement(path string, q *Requirement) {
	if q.Verdict == "" {
		return
	}
	style := p.good
	if q.Verdict != Verified {
		style = p.help
	}
	p.begin(p.place).printable(path).raw(":").number(q.Line).raw(":").end(p.place)
	p.raw(" ").printable(clip(strings.TrimSpace(q.Name+" "+q.Version))).raw(": ").add(style, string(q.Verdict))
	if q.Verdict == Verified {
		p.raw(", ").count(q.Listed, "hash", "hashes")
		if q.Unlisted > 0 {
			p.raw(", ").count(q.Unlisted, "file", "files").raw(" not listed")
		}
	}
	p.line("")
	for _, f := range q.Files {
		p.add(p.rule, clip(f)).line("  ")
	}
}

// clip cuts a text that is longer than anybody reads, and says so.
func clip(s string) string {
	const most = 1500 // bytes
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 { // not within a character
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes more)", s[:cut], len(s)-cut)
}

// count writes a number with the word that fits it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
