package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes the report as JSON of schema [Version].
func JSON(w io.Writer, r *Report) error {
	files, findings := slices.Clone(r.Files), slices.Clone(r.Findings)
	for i := range files {
		files[i].Roots = filled(files[i].Roots)
		files[i].Indexes = filled(files[i].Indexes)
		files[i].Requirements = filled(files[i].Requirements)
		files[i].Pip = slices.Clone(files[i].Pip)
		for k := range files[i].Pip {
			if q := &files[i].Pip[k]; q.Files == nil {
				q.Files = map[string]string{}
			}
		}
	}
	for i := range findings {
		findings[i].Wrong = filled(findings[i].Wrong)
		findings[i].Fix = filled(findings[i].Fix)
	}
	return writeJSON(w, struct {
		Schema   int       `json:"schema"`
		Version  string    `json:"version"`
		Summary  Summary   `json:"summary"`
		Files    []File    `json:"files"`
		Findings []Finding `json:"findings"`
	}{Version, r.Tool, r.Summary, filled(files), filled(findings)})
}

// filled is the list, or an empty one in place of none: JSON has no null here.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// writeJSON writes v indented, with a newline after it. Bytes that are not UTF-8
// become U+FFFD; nothing is escaped for HTML. What a terminal or a build server
// would act on is written as \uXXXX, which means the same: people look at JSON
// too.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(inert(b.Bytes()))
	return err
}

// inert escapes in JSON the characters that [Printable] escapes in text: they
// stand in strings only.
func inert(src []byte) []byte {
	var out []byte // nil as long as nothing differs
	kept := 0      // src up to here is in out
	for i := 0; i < len(src); {
		c := src[i]
		if c >= 0x20 && c < 0x7f && c != '#' || c == '\n' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if !unicode.IsPrint(r) || r == '#' && commands(string(src[i:min(i+40, len(src))])) {
			out = append(out, src[kept:i]...)
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
			kept = i + n
		}
		i += n
	}
	return append(out, src[kept:]...)
}
