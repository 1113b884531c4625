package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// mostMarkdown is where a table ends: GitHub drops a step summary of more than 1 MiB.
const mostMarkdown = 900 << 10 // bytes

// Markdown writes the findings that are left as a table for a step summary or a
// comment. Nothing in them is markup, link or mention. Notes are written only if
// verbose.
func Markdown(w io.Writer, r *Report, verbose bool) error {
	var b bytes.Buffer
	b.WriteString("### reqhash: " + headline(r) + "\n")
	for _, p := range r.Problems {
		b.WriteString("\n" + markdown(p) + "\n")
	}
	for _, f := range r.Files {
		if f.Error != "" {
			fmt.Fprintf(&b, "\n%s: %s\n", markdown(f.Path), markdown(f.Error))
		}
	}
	rows, more := 0, 0
	for f := range r.left() {
		if f.Level == Note && !verbose {
			continue
		}
		if more > 0 {
			more++
			continue
		}
		text := markdown(f.Message)
		if f.Help != "" {
			text += "<br>" + markdown(f.Help)
		}
		rule := markdown(f.Rule)
		if known, ok := RuleOf(f.Rule); ok {
			rule = "[" + known.ID + "](" + known.URL() + ")"
		}
		row := fmt.Sprintf("| %s | %s:%d | %s | %s |\n", f.Level, markdown(f.Path), f.Line, text, rule)
		if rows == 0 {
			b.WriteString("\n| | where | what | rule |\n| --- | --- | --- | --- |\n")
		}
		if rows++; b.Len()+len(row) > mostMarkdown {
			more = 1
			continue
		}
		b.WriteString(row)
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nand %s\n", count(more, "finding more", "findings more"))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// headline counts the findings by level in a few words.
func headline(r *Report) string {
	var parts []string
	counts := map[Level]int{}
	for f := range r.left() {
		counts[f.Level]++
	}
	for _, l := range levelWords {
		if n := counts[l.level]; n > 0 {
			parts = append(parts, count(n, l.one, l.many))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no findings"}
	}
	return fmt.Sprintf("%s; %d of %s verified", strings.Join(parts, ", "), r.Summary.Verdicts[Verified], count(r.Summary.Requirements, "requirement", "requirements"))
}

// markdown escapes a text so that a Markdown table shows it as it is. Character
// references do not depend on where the text stands; after an at sign a
// zero-width space keeps GitHub from calling somebody.
func markdown(s string) string {
	s = Printable(clip(s))
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@':
			b.WriteString("&#64;&#8203;")
		case c == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www"), strings.IndexByte("\\`*_{}[]<>#+!|~&$:^", c) >= 0:
			fmt.Fprintf(&b, "&#%d;", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
