package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// textWidth is how many columns a line takes.
func textWidth(line string) int { return ansi.StringWidth(line) }

func textOf(t *testing.T, r *Report, o TextOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Text(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const longDigest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// The carets stand under the token, whatever stands before it.
func TestExcerpt(t *testing.T) {
	tests := []struct {
		name, line string
		start, end int // bytes from 0
		want       string
	}{
		{"plain", "numpy==1.0 # -r x", 13, 17, "    7 | numpy==1.0 # -r x\n      |              ^^^^\n"},
		{"digest", "  --hash=sha256:" + longDigest + " \\", 2, 80, "    7 |   --hash=sha256:0123456789ab… \\\n      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"},
		{"wide", "日本 x==1", 7, 11, "    7 | 日本 x==1\n      |      ^^^^\n"},
		{"tab", "\tx==1 y", 6, 7, "    7 |  x==1 y\n      |       ^\n"},
		{"escape", "a\x1b[31m b", 7, 8, "    7 | a\\x1b[31m b\n      |           ^\n"},
		{"userinfo", "a @ https://u:secret@h/x b", 25, 26, "    7 | a @ https://***@h/x b\n      |                     ^\n"},
		{"empty token", "a==1", 4, 4, "    7 | a==1\n      |     ^\n"},
		{"past the end", "a==1", 90, 99, "    7 | a==1\n      |     ^\n"},
		{"latin-1", "\xe4 b", 2, 3, "    7 | \\xe4 b\n      |      ^\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := Finding{Rule: "invalid-requirement", Level: Error, Path: "r.txt", Line: 7, Column: test.start + 1, EndLine: 7, EndColumn: test.end + 1, Message: "m", Excerpt: test.line}
			got := textOf(t, &Report{Files: []File{{Path: "r.txt"}}, Findings: []Finding{f}}, TextOptions{})
			want := fmt.Sprintf("r.txt:7:%d: m [invalid-requirement]\n%s", test.start+1, test.want)
			if got != want {
				t.Errorf("%q:\ngot\n%swant\n%s", test.line, got, want)
			}
		})
	}
}

// Every line fits the terminal, and none of the words is lost.
func TestWidth(t *testing.T) {
	f := Finding{Rule: "hash-mismatch", Level: Error, Path: "services/integrity/requirements.txt", Line: 17, Column: 5, EndLine: 17, EndColumn: 83, Name: "psutil", Version: "6.1.0",
		Message: "psutil 6.1.0: its only hash is the digest of psutil-6.0.0-cp36-abi3-manylinux_2_12_x86_64.manylinux2010_x86_64.manylinux_2_17_x86_64.manylinux2014_x86_64.whl (psutil 6.0.0)",
		Help:    `"reqhash fix" writes the 17 hashes of psutil 6.1.0, and that is all that there is to do about it, for now`,
		Excerpt: strings.Repeat(" ", 70) + "--hash=sha256:" + longDigest}
	f.Column, f.EndColumn = 71, 149
	r := &Report{Files: []File{{Path: f.Path}}, Findings: []Finding{f}}
	plain := textOf(t, r, TextOptions{})
	for _, width := range []int{40, 60, 80, 200} {
		for _, color := range []bool{false, true} {
			got := textOf(t, r, TextOptions{Width: width, Color: color})
			for line := range strings.Lines(got) {
				if w := textWidth(strings.TrimSuffix(line, "\n")); w > width {
					t.Errorf("at %d columns, colour %t, %q takes %d", width, color, line, w)
				}
			}
			letters := func(s string) string { return strings.Join(strings.Fields(ansi.Strip(s)), "") }
			head, _, _ := strings.Cut(letters(plain), "17|")
			if gotHead, _, _ := strings.Cut(letters(got), "17|"); gotHead != head {
				t.Errorf("at %d columns the message is\n%s\nand was\n%s", width, gotHead, head)
			}
			if !strings.Contains(got, "sha256:0123456789ab…") {
				t.Errorf("at %d columns the token is not to be seen:\n%s", width, got)
			}
		}
	}
}

func missing(path string, line int, name string) Finding {
	return Finding{Rule: "missing-hash", Level: Error, Path: path, Line: line, Column: 1, EndLine: line, EndColumn: 5, Name: name, Version: "1.0", Message: name + " 1.0 has no hash", Help: `"reqhash fix" writes it`}
}

// 500 identical findings are one, and -v shows each.
func TestFoldSame(t *testing.T) {
	r := &Report{}
	for i := range 500 {
		path := fmt.Sprintf("s%03d/requirements.txt", i)
		r.Files = append(r.Files, File{Path: path})
		r.Findings = append(r.Findings, missing(path, 3, "numpy"))
	}
	want := `s000/requirements.txt:3:1: numpy 1.0 has no hash [missing-hash]
  and the same at s001/requirements.txt:3:1, s002/requirements.txt:3:1, s003/requirements.txt:3:1 and 496 more places (-v shows them)
  "reqhash fix" writes it
`
	if got := textOf(t, r, TextOptions{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := strings.Count(textOf(t, r, TextOptions{Verbose: true}), "has no hash [missing-hash]\n"); got != 500 {
		t.Errorf("verbose shows %d of 500", got)
	}
}

// What differs in the requirement only is one finding that names them all.
func TestFoldAlike(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}}}
	for i := range 7 {
		r.Findings = append(r.Findings, missing("r.txt", 10+i, fmt.Sprintf("p%d", i)))
	}
	other := missing("r.txt", 30, "q")
	other.Message = "q 1.0 has another problem"
	r.Findings = append(r.Findings, other)
	want := `r.txt:10:1: p0 1.0 has no hash [missing-hash]
  and 6 more like it: p1 1.0 (line 11), p2 1.0 (line 12), p3 1.0 (line 13), p4 1.0 (line 14), p5 1.0 (line 15), p6 1.0 (line 16)
  "reqhash fix" writes it
r.txt:30:1: q 1.0 has another problem [missing-hash]
  "reqhash fix" writes it
`
	if got := textOf(t, r, TextOptions{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// What comes between findings that say the same does not part them: neither one
// that has words where they have none.
func TestFoldAround(t *testing.T) {
	r := &Report{}
	for i := range 6 {
		path := fmt.Sprintf("s%d/r.txt", i)
		r.Files = append(r.Files, File{Path: path})
		r.Findings = append(r.Findings, Finding{Rule: "no-hashes", Level: Warning, Path: path, Line: 1, Column: 1, EndLine: 1, EndColumn: 2, Message: "3 requirements, no hash"})
		if i%2 == 0 {
			r.Findings = append(r.Findings, missing(path, 2, "p"+path))
		}
	}
	if got := textOf(t, r, TextOptions{}); strings.Count(got, "[no-hashes]") != 1 || !strings.Contains(got, "s3/r.txt:1:1 and 2 more places") {
		t.Errorf("got\n%s", got)
	}
}

// Few findings are told one by one, and a fixed one is not folded into one that
// is left.
func TestFoldNot(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}}}
	for i := range 8 {
		f := missing("r.txt", 10+i, fmt.Sprintf("p%d", i))
		f.Fixed = i%2 == 0
		r.Findings = append(r.Findings, f)
	}
	if got := textOf(t, r, TextOptions{}); strings.Count(got, "[missing-hash]") != 8 {
		t.Errorf("got\n%s", got)
	}
}

// A finding about a file that is no requirements file, such as a configuration,
// is in every format.
func TestFindingElsewhere(t *testing.T) {
	f := missing("r.txt", 1, "p")
	g := Finding{Rule: "unused-ignore", Level: Warning, Path: ".reqhash.toml", Line: 3, Column: 1, EndLine: 3, EndColumn: 2, Message: "the ignore covers nothing"}
	r := &Report{Files: []File{{Path: "r.txt"}}, Findings: []Finding{f, g}}
	r.Finish(Options{})
	for format, out := range formatsOf(t, r) {
		if !strings.Contains(string(out), "unused-ignore") {
			t.Errorf("%s leaves it out:\n%s", format, out)
		}
	}
}
