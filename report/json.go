package report

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
)

// JSON writes the report as JSON of schema [Version].
func JSON(w io.Writer, r *Report) error {
	files, findings := slices.Clone(r.Files), slices.Clone(r.Findings)
	for i := range files {
		files[i].Roots = filled(files[i].Roots)
		files[i].Indexes = filled(files[i].Indexes)
		files[i].Requirements = filled(files[i].Requirements)
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
// become U+FFFD; nothing is escaped for HTML.
func writeJSON(w io.Writer, v any) error {
	b := bufio.NewWriter(w)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	return b.Flush()
}
