package report

import (
	"io"
	"path"
)

// gitlabIssue is one entry of GitLab Code Quality.
type gitlabIssue struct {
	Description string         `json:"description"`
	Check       string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// GitLab writes the findings that are left as GitLab Code Quality reads them:
// one array, each with a fingerprint of its own by which GitLab tells new from
// known. A file that could not be read is one too.
func GitLab(w io.Writer, r *Report) error {
	names := newFingerprints()
	s := newJSONStream(w)
	elements(s, func(yield func(gitlabIssue) bool) {
		for i := range r.Files {
			if f := &r.Files[i]; f.Error != "" {
				name := newFingerprints().of(&Finding{Rule: "unreadable", Path: f.Path}).String()
				if !yield(gitlabIssue{Printable(clip(f.Error)), "unreadable", name, "critical", gitlabLocation{gitlabPath(f.Path), gitlabLines{1, 1}}}) {
					return
				}
			}
		}
		for f := range r.left() {
			if !yield(gitlabIssue{
				Description: f.sentence(),
				Check:       f.Rule,
				Fingerprint: names.of(f).String(),
				Severity:    gitlabSeverity(f),
				Location:    gitlabLocation{gitlabPath(f.Path), gitlabLines{max(f.Line, 1), max(f.Line, f.EndLine, 1)}},
			}) {
				return
			}
		}
	}, func(issue gitlabIssue) { s.value(issue) })
	return s.end()
}

// gitlabPath has no "./" before it: GitLab compares it with the paths of the
// diff.
func gitlabPath(p string) string { return Printable(path.Clean(p)) }

func gitlabSeverity(f *Finding) string {
	switch {
	case mayBeAttack(f.Rule):
		return "blocker"
	case f.Level == Error:
		return "critical"
	case f.Level == Note:
		return "info"
	case f.Level == Unverifiable:
		return "major"
	}
	return "minor"
}
