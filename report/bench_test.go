package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
)

// manyFindings is what a thousand services of 200 pins give whose lists have
// been merged carelessly: 40 hashes each that stand twice, which no two findings
// say alike, and some that many services have in common.
func manyFindings() *Report {
	r := &Report{Command: "check", Tool: "bench"}
	for i := range 1000 {
		f := File{Path: fmt.Sprintf("services/s%05d/requirements.txt", i), HashChecking: true, Indexes: []string{"https://index.example/simple"}}
		f.Roots = []string{f.Path}
		for n := range 200 {
			f.Requirements = append(f.Requirements, Requirement{Line: 9*n + 1, EndLine: 9*n + 9, Judged: &Judged{Name: fmt.Sprintf("project-%d", n), Version: "1.26.4", Verdict: Verified, Listed: 8}})
		}
		for n := range 40 {
			digest := fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Append(nil, i, n)))
			line := 9*5*n + 3
			r.Findings = append(r.Findings, Finding{Rule: "duplicate-hash", Level: Warning, Path: f.Path, Line: line, Column: 12, EndLine: line, EndColumn: 83,
				Name: fmt.Sprintf("project-%d", 5*n), Message: fmt.Sprintf("%s stands twice in the list, first in line %d", digest, line-1), Help: "remove one of them",
				Fix: []Edit{{Start: 80 * line, End: 80*line + 85}}, Excerpt: "    --hash=" + digest + " \\"})
		}
		for n := range 14 {
			g := Finding{Rule: "incomplete-hashes", Level: Note, Path: f.Path, Line: 9*n + 1, Column: 1, EndLine: 9*n + 1, EndColumn: 18, Name: fmt.Sprintf("project-%d", n), Version: "1.26.4",
				Message: fmt.Sprintf("project-%d 1.26.4: 16 files that pip could install not listed, such as project_%[1]d-1.26.4-cp26-none-macosx_10_10_x86_64.whl", n),
				Help:    `a list pruned by platform is right; "reqhash fix --complete" adds them`, Excerpt: fmt.Sprintf("project-%d==1.26.4 \\", n)}
			if n == 0 {
				g.Rule, g.Level = "sdist-only", Warning
			}
			r.Findings = append(r.Findings, g)
		}
		r.Files = append(r.Files, f)
	}
	r.Finish(Options{})
	return r
}

// BenchmarkFormats writes 54,000 findings of 1,000 files. The floor of a format
// is a copy of the bytes that it writes.
func BenchmarkFormats(b *testing.B) {
	r := manyFindings()
	bench := func(name string, bytes int, write func(io.Writer) error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				if err := write(&copied{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, f := range Formats() {
		for _, how := range []struct {
			name string
			TextOptions
		}{{name: ""}, {"-color", TextOptions{Color: true}}, {"-width", TextOptions{Width: 100}}, {"-verbose", TextOptions{Verbose: true}}} {
			if how.name != "" && f.Name != "text" {
				continue
			}
			write := func(w io.Writer) error { return Write(w, f.Name, r, WriteOptions{Text: how.TextOptions}) }
			var out bytes.Buffer
			if err := write(&out); err != nil {
				b.Fatal(err)
			}
			bench(f.Name+how.name, out.Len(), write)
			bench(f.Name+how.name+"/floor", out.Len(), func(w io.Writer) error {
				_, err := io.CopyBuffer(w, struct{ io.Reader }{bytes.NewReader(out.Bytes())}, make([]byte, 64<<10))
				return err
			})
		}
	}
}

// copied takes what is written as a pipe would: it copies it.
type copied struct{ pipe [64 << 10]byte }

func (c *copied) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		rest = rest[copy(c.pipe[:], rest):]
	}
	return len(p), nil
}

// BenchmarkFinish orders and counts them.
func BenchmarkFinish(b *testing.B) {
	r := manyFindings()
	b.ReportAllocs()
	for b.Loop() {
		r.Finish(Options{})
	}
}
