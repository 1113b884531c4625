package audit_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// remembering is a server whose file was replaced since it was last downloaded.
type remembering struct {
	old, now packaging.Digest
	asked    int
	err      error
}

func (r *remembering) Ask(_ context.Context, _ pypi.Sources, project, version string) pypi.Answer {
	f := pypi.File{Name: "p-1.0.tar.gz", URL: "https://index.example.org/p-1.0.tar.gz", Size: -1}
	f.Version, _ = packaging.ParseVersion("1.0")
	return pypi.Answer{Project: project, Version: version, Known: true, Indexes: []pypi.IndexAnswer{{Known: true}}}.With([]pypi.File{f})
}

func (r *remembering) Download(context.Context, pypi.File) (pypi.Downloaded, error) {
	r.asked++
	if r.err != nil {
		return pypi.Downloaded{}, r.err
	}
	return pypi.Downloaded{Digests: []packaging.Digest{r.now}, Changed: []pypi.Change{{File: "p-1.0.tar.gz", Old: r.old, New: r.now}}}, nil
}

func (r *remembering) Recall(pypi.File) []packaging.Digest { return []packaging.Digest{r.old} }

// What is remembered of a download verifies a hash, and nothing else; that a
// file is another than it was is told; and so is why it cannot be had.
func TestDownloadedAgain(t *testing.T) {
	digest := func(text string) packaging.Digest {
		sum := sha256.Sum256([]byte(text))
		d, err := packaging.DigestOf(packaging.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	failed := &pypi.Error{Index: "https://index.example.org", Kind: pypi.Unauthorized, Code: 403}
	for _, where := range []string{"p==1.0", "p @ https://index.example.org/p-1.0.tar.gz"} {
		for _, test := range []struct {
			hash    string
			err     error
			verdict report.Verdict
			asked   int
			rule    string
		}{
			{"old", nil, report.Verified, 0, ""},
			{"new", nil, report.Verified, 1, "digest-changed"},
			{"other", nil, report.Mismatched, 1, "digest-changed"},
			{"new", failed, report.Unverified, 1, "unverifiable"},
		} {
			src := fmt.Sprintf("%s --hash=%s\n", where, digest(test.hash))
			set, err := requirements.Load(context.Background(), []requirements.Root{{Path: "r.txt", Named: true, Content: []byte(src)}}, nil, requirements.LoadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			index := &remembering{old: digest("old"), now: digest("new"), err: test.err}
			r := audit.Check(context.Background(), set, audit.Options{Index: index, Download: index, Jobs: 4,
				Sources: func(requirements.Run) pypi.Sources {
					return pypi.Sources{Indexes: []string{"https://index.example.org"}}
				},
				Settings: func(string) audit.Settings { return audit.Settings{} }, Show: func(s string) string { return s }})
			rules := map[string]string{}
			for _, f := range r.Findings {
				rules[f.Rule] = f.Message
			}
			got := r.Files[0].Requirements[0].Verdict
			if got != test.verdict || index.asked != test.asked || test.rule != "" && rules[test.rule] == "" || test.rule == "" && rules["digest-changed"] != "" {
				t.Errorf("%s with %s: %s after %d downloads, want %s after %d; %v", where, test.hash, got, index.asked, test.verdict, test.asked, rules)
			}
			if test.err != nil && !strings.Contains(rules["unverifiable"], "403") {
				t.Errorf("%s: %q does not tell why", where, rules["unverifiable"])
			}
		}
	}
}
