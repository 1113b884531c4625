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
	issues := []gitlabIssue{}
	for _, f := range r.Files {
		if f.Error != "" {
			print := Fingerprints([]Finding{{Rule: "unreadable", Path: f.Path}})[0]
			issues = append(issues, gitlabIssue{Printable(clip(f.Error)), "unreadable", print, "critical", gitlabLocation{gitlabPath(f.Path), gitlabLines{1, 1}}})
		}
	}
	findings := r.left()
	names := Fingerprints(findings)
	for i := range findings {
		f := &findings[i]
		issues = append(issues, gitlabIssue{
			Description: f.sentence(),
			Check:       f.Rule,
			Fingerprint: names[i],
			Severity:    gitlabSeverity(f),
			Location:    gitlabLocation{gitlabPath(f.Path), gitlabLines{max(f.Line, 1), max(f.Line, f.EndLine, 1)}},
		})
	}
	return writeJSON(w, issues)
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
