package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/reqhash/reqhash/requirements"
)

// hostile are texts that a file or an index could hold.
var hostile = []string{
	"\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link",
	"\u009b31mred\u0085next\u007f\b\b\b",
	"a\nb\r\nc\rd\u2028e\u2029f\vg\fh",
	"::error file=x::boom",
	" \t ::stop-commands::x",
	"##[error]boom ##vso[task.setvariable variable=x]y ##teamcity[message]",
	"\n::set-output name=a::b",
	"%0A::error::boom",
	"| a | <script>alert(1)</script> <!-- -->",
	"[click](http://evil.example) ![x](http://evil.example/p.png) `code` **bold** @everyone #1 www.evil.example",
	"]]></failure><testcase name=\"x\"/><![CDATA[",
	"&amp;&#x1b;\x00\x01\ufffe\uffff",
	"\u202egnp.exe\u2066\u200b\u200e\ufeff",
	"\xff\xfe not UTF-8 \xc3",
	"\"} 1\nup{a=\"b\\",
	"{0} ${HOME} $(id) `id` '; rm -rf /",
	strings.Repeat("A", 10_000),
	strings.Repeat("\u0301", 10_000),
	"section_start:1:x\r\x1b[0K",
}

// hostileReport has each of them in every place that holds text from outside.
func hostileReport() *Report {
	r := &Report{Command: "check", Tool: "1.2.3"}
	for i, h := range hostile {
		path := fmt.Sprintf("s%d/%s", i, h)
		if i%2 == 1 {
			path = h // begins with it
		}
		r.Files = append(r.Files, File{Path: path, Roots: []string{h}, Indexes: []string{h}, HashChecking: true, Error: h,
			Requirements: []Requirement{{Line: 1, EndLine: 1, Judged: &Judged{Name: h, Version: h, Verdict: Verified, Listed: 1, Files: []string{h}}}, {Line: 2, EndLine: 2, Judged: &Judged{Name: h, Verdict: Missing}}}})
		last := &r.Files[len(r.Files)-1]
		last.Pip = []Prediction{{Target: h, Version: h, Outcome: "refuses", Reason: "invalid", Name: h, Path: h, Line: 1}, {Target: h, Outcome: "installs", Files: map[string]string{h: h}}}
		r.Problems = append(r.Problems, h)
		for n, level := range []Level{Error, Warning, Note, Unverifiable} {
			wrong := []Wrong{{Hash: h, Cause: OtherRelease, Project: h, Version: h, File: h, Meant: h}, {Hash: "sha256:" + h, Cause: Unknown}, {Hash: h, Cause: Typo, File: h, Meant: h}}
			r.Findings = append(r.Findings, Finding{Rule: "yanked", Level: level, Path: path, Line: n + 1, Column: 2, EndLine: n + 1, EndColumn: len(h) + 1,
				Name: h, Version: h, Message: h, Help: h, Cause: Unknown, Wrong: wrong, Excerpt: h, Fix: []Edit{{0, 1, h}}})
		}
		r.Suppressed = append(r.Suppressed, Suppressed{r.Findings[0], h, h, i%2 == 0})
	}
	r.Finish(Options{})
	return r
}

func TestHostile(t *testing.T) {
	r := hostileReport()
	out := formatsOf(t, r)
	for _, o := range []TextOptions{{Verbose: true}, {Verbose: true, Width: 60}, {Width: 80}} {
		var b bytes.Buffer
		if err := Text(&b, r, o); err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("text %+v", o)] = b.Bytes()
	}
	out["summary"] = []byte(Printable(SummaryLine(r, SummaryFacts{Indexes: hostile})))
	var b bytes.Buffer
	if err := GitHub(&b, r, true); err != nil {
		t.Fatal(err)
	}
	out["github verbose"] = b.Bytes()

	for format, src := range out {
		t.Run(format, func(t *testing.T) {
			if !utf8.Valid(src) {
				t.Error("it is not UTF-8")
			}
			for _, c := range string(src) {
				if c != '\n' && c != ' ' && !unicode.IsPrint(c) {
					t.Fatalf("it has %U", c)
				}
			}
			if at := regexp.MustCompile(`##\pL*\[`).FindIndex(src); at != nil {
				t.Errorf("a build server takes %q for a command", src[at[0]:min(at[1]+20, len(src))])
			}
			for line := range strings.Lines(string(src)) {
				if !strings.HasPrefix(strings.TrimSpace(line), "::") {
					continue
				}
				if !strings.HasPrefix(format, "github") || !regexp.MustCompile(`^::(error|warning|notice) (file=[^:,]*,(line=\d+,endLine=\d+,(col=\d+,endColumn=\d+,)?)?)?title=reqhash( [a-z-]+)?::`).MatchString(line) {
					t.Errorf("GitHub takes this for a command: %q", line)
				}
			}
		})
	}
}

// What is told is told in as many lines as without hostile text.
func TestHostileLines(t *testing.T) {
	r := hostileReport()
	tame := hostileReport()
	for i := range tame.Findings {
		f := &tame.Findings[i]
		f.Name, f.Version, f.Message, f.Help, f.Excerpt, f.Path = "n", "v", "m", "h", "", fmt.Sprintf("s%d", i/4)
		f.Wrong = []Wrong{{Hash: "x", Cause: OtherRelease, Project: "n", Version: "v", File: "f"}, {Hash: "y", Cause: Unknown}, {Hash: "x", Cause: Typo, File: "f"}}
	}
	for i := range tame.Files {
		tame.Files[i].Path, tame.Files[i].Error, tame.Problems[i] = fmt.Sprintf("s%d", i), "e", "p"
		if r.Files[i].root() {
			tame.Files[i].Roots = []string{tame.Files[i].Path}
		}
	}
	for i := range r.Findings {
		r.Findings[i].Excerpt = ""
	}
	for _, format := range []string{"github", "markdown", "gitlab", "sarif"} {
		got, want := bytes.Count(formatsOf(t, r)[format], []byte("\n")), bytes.Count(formatsOf(t, tame)[format], []byte("\n"))
		if got != want {
			t.Errorf("%s has %d lines, and %d without hostile text", format, got, want)
		}
	}
	var a, b bytes.Buffer
	if err := Text(&a, r, TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&b, tame, TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(a.String(), "\n"), strings.Count(b.String(), "\n"); got != want {
		t.Errorf("text has %d lines, and %d without hostile text", got, want)
	}
}

// A row of the table stays a row, and nothing in it is markup.
func TestHostileMarkdown(t *testing.T) {
	for _, h := range hostile {
		got := markdown(h)
		if strings.ContainsAny(got, "\n|<>`*_[]\\") || strings.Contains(got, "://") || strings.Contains(strings.ToLower(got), "www.") || regexp.MustCompile(`@\w`).MatchString(got) {
			t.Errorf("%q becomes %q", h, got)
		}
	}
}

// The JSON is the data itself: escapes are undone by whoever reads it.
func TestHostileJSON(t *testing.T) {
	r := hostileReport()
	var back struct{ Findings []Finding }
	if err := json.Unmarshal(formatsOf(t, r)["json"], &back); err != nil {
		t.Fatal(err)
	}
	for i, f := range back.Findings {
		if want := strings.ToValidUTF8(r.Findings[i].Message, "\ufffd"); strings.ReplaceAll(f.Message, "\ufffd\ufffd", "\ufffd") != strings.ReplaceAll(want, "\ufffd\ufffd", "\ufffd") {
			t.Errorf("%q became %q", r.Findings[i].Message, f.Message)
		}
	}
}

func TestHostileXML(t *testing.T) {
	r := hostileReport()
	var suites junitSuites
	if err := xml.Unmarshal(formatsOf(t, r)["junit"], &suites); err != nil {
		t.Fatal(err)
	}
	if len(suites.Suites) != len(r.Files) {
		t.Errorf("%d suites of %d files", len(suites.Suites), len(r.Files))
	}
}

func FuzzPrintable(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		for _, c := range got {
			if c != ' ' && !unicode.IsPrint(c) {
				t.Fatalf("%q becomes %q, which has %U", s, got, c)
			}
		}
		if Printable(got) != got {
			t.Errorf("%q becomes %q, and that %q", s, got, Printable(got))
		}
	})
}

// What list says of a hostile file is harmless too.
func TestHostileList(t *testing.T) {
	set := &requirements.Set{}
	for _, h := range hostile {
		f := requirements.Read("::"+h, []byte(h+"\nsix==1.0 # "+h+"\n"), requirements.ReadOptions{})
		set.Files = append(set.Files, f)
		set.Runs = append(set.Runs, requirements.Run{Root: f, Members: []requirements.Member{{File: f}}})
	}
	for name, write := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return ListText(w, set, TextOptions{}) },
		"json": func(w io.Writer) error { return ListJSON(w, set) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			for _, c := range strings.TrimSuffix(line, "\n") {
				if c != ' ' && !unicode.IsPrint(c) {
					t.Errorf("%s has %U in %q", name, c, line)
				}
			}
			if got := harmless(line); got != line {
				t.Errorf("%s: a build server takes this for a command: %q", name, line)
			}
		}
	}
}

// A file may have 32 MiB on one line: what makes it harmless takes time in
// proportion.
func TestHarmlessIsLinear(t *testing.T) {
	line := strings.Repeat("##[x]", 1<<20)
	start := time.Now()
	if got, want := harmless(line), strings.Repeat(`\x23#[x]`, 1<<20); got != want {
		t.Error("it is something else")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("5 MiB take %v", took)
	}
}
