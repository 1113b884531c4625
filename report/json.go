package report

import (
	"io"
	"slices"
)

// JSON writes the report as JSON of schema [Version].
func JSON(w io.Writer, r *Report) error {
	s := newJSONStream(w)
	s.object(func() {
		s.key("schema").value(Version)
		s.key("version").value(r.Tool)
		s.key("summary").value(r.Summary)
		s.key("files")
		elements(s, pointers(r.Files), func(f *File) { s.file(f) })
		s.key("findings")
		elements(s, pointers(r.Findings), func(f *Finding) {
			full := *f
			full.Wrong, full.Fix = filled(f.Wrong), filled(f.Fix)
			s.value(&full)
		})
	})
	return s.end()
}

// file writes what encoding/json would of a file, whose requirements can be many.
func (s *jsonStream) file(f *File) {
	s.object(func() {
		s.key("path").value(f.Path)
		s.key("roots").value(filled(f.Roots))
		s.key("hash_checking").value(f.HashChecking)
		s.key("indexes").value(filled(f.Indexes))
		s.key("changed").value(f.Changed)
		s.key("error").value(f.Error)
		s.key("requirements")
		elements(s, pointers(f.Requirements), func(q *Requirement) { s.value(q) })
		if len(f.Pip) > 0 {
			pip := slices.Clone(f.Pip)
			for i := range pip {
				if q := &pip[i]; q.Files == nil {
					q.Files = map[string]string{}
				}
			}
			s.key("pip").value(pip)
		}
	})
}
