package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was written with a file of testdata/golden.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what it was (go test ./report -update rewrites it):\n%s", path, diff)
	}
}

// formatsOf writes a report in every format, by name.
func formatsOf(t *testing.T, r *Report) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, f := range Formats() {
		var b bytes.Buffer
		err := Write(&b, f.Name, r, WriteOptions{Facts: SummaryFacts{Oldest: 90 * time.Minute, Took: time.Second}})
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = b.Bytes()
	}
	return out
}

// everyRule is a report in which each rule, level, verdict and cause is met.
func everyRule() *Report {
	const path = "services/every/requirements.txt"
	file := File{Path: path, Roots: []string{path}, HashChecking: true, Indexes: []string{"https://pypi.org/simple"}}
	r := &Report{Command: "check", Tool: "1.2.3", Problems: []string{"missing.txt: no such file"}}
	line := 1
	for _, rule := range Rules() {
		name := strings.ReplaceAll(rule.ID, "-", "_")
		excerpt := fmt.Sprintf("%s==1.0 --hash=sha256:%s", name, longDigest)
		r.Findings = append(r.Findings, Finding{
			Rule: rule.ID, Level: rule.Level, Path: path, Line: line, Column: 1, EndLine: line, EndColumn: len(name) + 6, Name: name, Version: "1.0",
			Message: name + " 1.0: " + strings.TrimSuffix(rule.Summary, "."), Help: strings.TrimSuffix(rule.Fix, "."), Excerpt: excerpt,
		})
		line++
	}
	causes := []Cause{EmptyFile, OtherAlgorithm, Length, OtherRelease, OtherProject, Typo, Gone, Unknown}
	f := Finding{Rule: "hash-mismatch", Level: Error, Path: path, Line: line, Column: 3, EndLine: line + 1, EndColumn: 9, Name: "wrong", Version: "1.0",
		Message: "wrong 1.0: none of its 8 hashes belongs to it", Help: `"reqhash fix" replaces them`, Cause: Unknown, Excerpt: "  --hash=sha256:" + longDigest + " \\",
		Fix: []Edit{{Start: 120, End: 198, Text: "--hash=sha256:" + longDigest}, {Start: 200, End: 280}}}
	for i, c := range causes {
		w := Wrong{Hash: fmt.Sprintf("sha256:%064d", i), Cause: c}
		if c != EmptyFile && c != Unknown {
			w.Project, w.Version, w.File = "other", "2.0", "other-2.0.tar.gz"
		}
		if c == Length || c == Typo {
			w.Meant = "sha256:" + longDigest
		}
		f.Wrong = append(f.Wrong, w)
	}
	r.Findings = append(r.Findings, f)
	for i, v := range []Verdict{Verified, Missing, Mismatched, Foreign, Absent, Unpinned, Unhashable, Unverified, Ignored} {
		q := Requirement{Line: i + 1, EndLine: i + 1, Judged: &Judged{Name: strings.ReplaceAll(Rules()[i].ID, "-", "_"), Version: "1.0", Verdict: v, Listed: 1}}
		if v == Verified {
			q.Files, q.Unlisted = []string{"no_hashes-1.0.tar.gz"}, 2
		}
		file.Requirements = append(file.Requirements, q)
	}
	file.Pip = []Prediction{
		{Target: "cp311-manylinux_2_36_x86_64", Version: "26.3", Outcome: "refuses", Reason: "hash-mismatch", Name: "wrong", Path: path, Line: 3},
		{Target: "cp312-win_amd64", Version: "26.3", Outcome: "installs", Files: map[string]string{"six": "six-1.17.0-py2.py3-none-any.whl"}},
		{Target: "cp313-win_amd64", Version: "26.3", Outcome: "unknown"},
	}
	covered := missing(path, 99, "covered")
	r.Suppressed = []Suppressed{{covered, "a build of our own", "2027-01-01", true}, {covered, "", "", false}}
	r.Summary.Releases, r.Summary.Ignored = 9, 2
	r.Files = []File{file, {Path: "services/gone/requirements.txt", Roots: []string{"services/gone/requirements.txt"}, Error: "no such file or directory"}}
	r.Finish(Options{})
	return r
}

func TestGolden(t *testing.T) {
	for format, out := range formatsOf(t, everyRule()) {
		golden(t, "everyrule."+format, out)
	}
	var out bytes.Buffer
	if err := Text(&out, everyRule(), TextOptions{Color: true, Verbose: true, Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden(t, "everyrule.verbose.text", out.Bytes())
}

// Formats leave the report as it is, and say the same twice.
func TestFormatsArePure(t *testing.T) {
	r := everyRule()
	before := fmt.Sprintf("%+v", r)
	first, second := formatsOf(t, r), formatsOf(t, r)
	for format := range first {
		if !bytes.Equal(first[format], second[format]) {
			t.Errorf("%s says two things", format)
		}
	}
	if after := fmt.Sprintf("%+v", r); after != before {
		t.Errorf("the report was\n%s\nand is\n%s", before, after)
	}
}
