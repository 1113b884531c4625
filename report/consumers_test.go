package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/reqhash/reqhash/requirements"
)

// tool returns the path of a program, or skips: where REQHASH_E2E is set it must
// be there.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("REQHASH_E2E") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// schema compiles a JSON schema. With strict set, objects have no property that
// it does not name.
func schema(t *testing.T, path string, strict bool) *jsonschema.Schema {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		close_(doc)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// close_ closes every object of a schema that names properties.
func close_(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"]; ok && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, w := range v {
			close_(w)
		}
	case []any:
		for _, w := range v {
			close_(w)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, src []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%v", err)
	}
}

// reports are what the consumers are shown: each rule, nothing at all, and what
// an attacker would write.
func reports() map[string]*Report {
	empty := &Report{Command: "lint", Tool: "devel"}
	empty.Finish(Options{})
	return map[string]*Report{"every rule": everyRule(), "nothing": empty, "hostile": hostileReport()}
}

func TestJSONSchema(t *testing.T) {
	s := schema(t, "../docs/report.schema.json", true)
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) { validate(t, s, formatsOf(t, r)["json"]) })
	}
	broken := bytes.Replace(formatsOf(t, everyRule())["json"], []byte(`"level": "error"`), []byte(`"level": "grave"`), 1)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if s.Validate(doc) == nil {
		t.Error("the schema takes a level that is none")
	}
}

func TestSARIFSchema(t *testing.T) {
	s := schema(t, "testdata/schemas/sarif-2.1.0.json", false)
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) { validate(t, s, formatsOf(t, r)["sarif"]) })
	}
}

// Microsoft's validator knows more than the schema: GitHub's demands among it.
func TestSARIFMultitool(t *testing.T) {
	multitool := os.Getenv("REQHASH_SARIF_MULTITOOL")
	if multitool == "" {
		multitool = tool(t, "Sarif.Multitool")
	}
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.sarif")
			if err := os.WriteFile(path, formatsOf(t, r)["sarif"], 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(multitool, "validate", path, "--rule-kind", "Sarif;Ghas", "--level", "Error", "--kind", "Fail")
			cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestGitLabSchema(t *testing.T) {
	s := schema(t, "testdata/schemas/gitlab-codequality.json", false)
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			var issues []json.RawMessage
			if err := json.Unmarshal(formatsOf(t, r)["gitlab"], &issues); err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, issue := range issues {
				validate(t, s, issue)
				var known gitlabIssue
				if err := json.Unmarshal(issue, &known); err != nil {
					t.Fatal(err)
				}
				if seen[known.Fingerprint] {
					t.Errorf("fingerprint %s twice", known.Fingerprint)
				}
				seen[known.Fingerprint] = true
				if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, known.Severity) || strings.HasPrefix(known.Location.Path, "./") {
					t.Errorf("GitLab takes no %s", issue)
				}
			}
		})
	}
}

func TestJUnitSchema(t *testing.T) {
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			out := formatsOf(t, r)["junit"]
			if err := xml.Unmarshal(out, new(junitSuites)); err != nil {
				t.Fatalf("%v in\n%s", err, out)
			}
			cmd := exec.Command(tool(t, "xmllint"), "--noout", "--nonet", "--schema", "testdata/schemas/junit-10.xsd", "-")
			cmd.Stdin = bytes.NewReader(out)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s\n%s", err, said, out)
			}
		})
	}
}

func TestPrometheusTool(t *testing.T) {
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(tool(t, "promtool"), "check", "metrics")
			cmd.Stdin = bytes.NewReader(formatsOf(t, r)["prometheus"])
			if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
}

// A fix in SARIF is the same bytes as ours, and columns are what an editor
// counts.
func TestSARIFRegions(t *testing.T) {
	src := "é𝒳==1 --hash=sha256:00\nx\n"
	at := strings.Index(src, "--hash")
	f := Finding{Rule: "malformed-hash", Level: Error, Path: "a b/ü.txt", Line: 1, Column: at + 1, EndLine: 1, EndColumn: at + 17, Message: "m", Excerpt: strings.Split(src, "\n")[0],
		Fix: []Edit{{Start: 0, End: 2, Text: "\xe9"}, {Start: at - 1, End: at + 16}}}
	r := &Report{Files: []File{{Path: f.Path}}, Findings: []Finding{f}}
	var out bytes.Buffer
	if err := SARIF(&out, r); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Locations []sarifLocation
				Fixes     []sarifFix
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	result := log.Runs[0].Results[0]
	place := result.Locations[0].Physical
	if got, want := place.Artifact.URI, "a%20b/%C3%BC.txt"; got != want {
		t.Errorf("uri %q, want %q", got, want)
	}
	// é is one UTF-16 unit, 𝒳 two: the token begins at the 8th.
	if got, want := fmt.Sprint(*place.Region), "{1 8 1 24}"; got != want {
		t.Errorf("region %s, want %s", got, want)
	}
	fixed := []byte(src)
	for _, e := range slices.Backward(result.Fixes[0].Changes[0].Replacements) {
		var text []byte
		if e.Inserted != nil {
			var err error
			if text, err = base64.StdEncoding.DecodeString(e.Inserted.Binary); err != nil {
				t.Fatal(err)
			}
		}
		fixed = slices.Replace(fixed, e.Deleted.Offset, e.Deleted.Offset+e.Deleted.Length, text...)
	}
	if want := "\xe9𝒳==1\nx\n"; string(fixed) != want {
		t.Errorf("the fix gives %q, want %q", fixed, want)
	}
}

// GitHub refuses a run with more than 25,000 results whole.
func TestSARIFLimit(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}}}
	for i := range mostResults {
		f := missing("r.txt", i+1, "p")
		f.Level = Note
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings, missing("r.txt", mostResults+1, "last"))
	var out bytes.Buffer
	if err := SARIF(&out, r); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if got := len(log.Runs[0].Results); got != mostResults {
		t.Errorf("%d results", got)
	}
	if !strings.Contains(log.Runs[0].Results[0].Message.Text, "last") {
		t.Error("the only error is not among them")
	}
	if !strings.Contains(out.String(), "1 more findings are left out") {
		t.Error("nothing says that one is left out")
	}
}

// A fingerprint stays when lines are added above and messages are worded anew,
// and tells two findings apart.
func TestFingerprints(t *testing.T) {
	a, b := missing("r.txt", 3, "numpy"), missing("r.txt", 9, "numpy")
	moved := missing("r.txt", 33, "numpy")
	moved.Message = "worded anew"
	first, again := Fingerprints([]Finding{a, b}), Fingerprints([]Finding{moved, b})
	if first[0] != again[0] || first[0] == first[1] {
		t.Errorf("got %q and %q", first, again)
	}
	other := missing("q.txt", 3, "numpy")
	if Fingerprints([]Finding{other})[0] == first[0] {
		t.Error("two files have one fingerprint")
	}
}

// Of each kind GitHub shows ten; what is left out is counted.
func TestGitHubLimit(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}}}
	for i := range 25 {
		f := missing("r.txt", i+1, "p")
		if i%2 == 1 {
			f.Level = Warning
		}
		r.Findings = append(r.Findings, f)
	}
	out := string(formatsOf(t, r)["github"])
	if e, w := strings.Count(out, "::error "), strings.Count(out, "::warning "); e != 10 || w != 10 {
		t.Errorf("%d errors and %d warnings in\n%s", e, w, out)
	}
	if want := "reqhash: 5 findings more than GitHub shows; the step summary has them all\n"; !strings.HasSuffix(out, want) {
		t.Errorf("it does not end in %q:\n%s", want, out)
	}
	if got := strings.Count(string(formatsOf(t, r)["markdown"]), "\n| "); got != 25+2 {
		t.Errorf("the summary has %d rows", got-2)
	}
}

func TestMarkdownLimit(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}}}
	for i := range 20_000 {
		r.Findings = append(r.Findings, missing("r.txt", i+1, "p"))
	}
	out := formatsOf(t, r)["markdown"]
	if len(out) > 1<<20 || !bytes.Contains(out[len(out)-60:], []byte("findings more\n")) {
		t.Errorf("%d bytes, ending in %q", len(out), out[len(out)-60:])
	}
}

// Only what is verified passes; warnings fail where they count as errors.
func TestJUnitVerdicts(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt", Requirements: []Requirement{
		{Line: 1, EndLine: 1, Judged: &Judged{Name: "good", Version: "1.0", Verdict: Verified}},
		{Line: 2, EndLine: 2, Judged: &Judged{Name: "off", Version: "1.0", Verdict: Missing}},
		{Line: 3, EndLine: 5, Judged: &Judged{Name: "bad", Version: "1.0", Verdict: Missing}},
		{Line: 6, EndLine: 6, Judged: &Judged{Name: "yanked", Version: "1.0", Verdict: Verified}},
	}}}, Findings: []Finding{missing("r.txt", 4, "bad"), missing("r.txt", 6, "yanked")}}
	r.Findings[1].Level = Warning
	for strict, want := range map[bool]string{false: "good:pass off:skip bad:fail yanked:pass", true: "good:pass off:skip bad:fail yanked:fail"} {
		r.Finish(Options{Strict: strict})
		var suites junitSuites
		if err := xml.Unmarshal(formatsOf(t, r)["junit"], &suites); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range suites.Suites[0].Cases {
			state := "pass"
			switch {
			case len(c.Failure) > 0:
				state = "fail"
			case c.Skipped != nil:
				state = "skip"
			}
			name, _, _ := strings.Cut(c.Name, " ")
			got = append(got, name+":"+state)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("strict %t: %s, want %s", strict, got, want)
		}
	}
}

// What fix has repaired is no finding any more; what fix --diff would repair
// still is.
func TestFixedIsGone(t *testing.T) {
	f := missing("r.txt", 1, "p")
	f.Fixed = true
	r := &Report{Command: "fix", Files: []File{{Path: "r.txt", Changed: true}}, Findings: []Finding{f}}
	for _, patch := range []bool{false, true} {
		r.Patch = patch
		r.Finish(Options{Patch: patch})
		for format, out := range formatsOf(t, r) {
			if format == "text" || format == "json" {
				continue
			}
			if got := bytes.Contains(out, []byte("missing-hash")) && bytes.Contains(out, []byte("r.txt")) || format == "prometheus" && bytes.Contains(out, []byte("missing-hash")); got != patch {
				t.Errorf("patch %t: %s tells it: %t\n%s", patch, format, got, out)
			}
		}
	}
}

func TestListSchema(t *testing.T) {
	s := schema(t, "../docs/list.schema.json", true)
	src := "--index-url https://example.com/simple\n--no-binary a\n--require-hashes\n-r more.txt\n-c more.txt\n-e .\nsix==1.0 ; python_version > '3' --hash=sha256:" + longDigest + "\nbad line\n"
	files := []*requirements.File{
		requirements.Read("r.txt", []byte(src), requirements.ReadOptions{}),
		{Path: "gone.txt", Err: errors.New("no such file")},
	}
	var out bytes.Buffer
	if err := ListJSON(&out, &requirements.Set{Files: files}); err != nil {
		t.Fatal(err)
	}
	validate(t, s, out.Bytes())
	if got := bytes.Count(out.Bytes(), []byte(`"kind"`)); got != 8 {
		t.Errorf("%d lines in\n%s", got, out.Bytes())
	}
}
