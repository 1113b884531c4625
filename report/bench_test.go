package report

import (
	"fmt"
	"io"
	"testing"
)

// manyFindings is what a thousand neglected services give.
func manyFindings() *Report {
	r := &Report{}
	for i := range 1000 {
		f := File{Path: fmt.Sprintf("services/s%04d/requirements.txt", i)}
		for n := range 20 {
			f.Requirements = append(f.Requirements, Requirement{Line: n + 1, EndLine: n + 1, Name: "numpy", Version: "1.0", Verdict: Mismatched, Listed: 2})
			g := missing(f.Path, n+1, fmt.Sprintf("p%d", n))
			g.Message = fmt.Sprintf("p%d 1.0: its only hash is the digest of f%d.whl", n, i)
			g.Column, g.EndColumn, g.Excerpt = 5, 83, "    --hash=sha256:"+longDigest
			r.Findings = append(r.Findings, g)
		}
		r.Files = append(r.Files, f)
	}
	r.Finish(Options{})
	return r
}

// BenchmarkFormats writes 20,000 findings of 1,000 files.
func BenchmarkFormats(b *testing.B) {
	r := manyFindings()
	for _, f := range Formats() {
		for _, color := range []bool{false, true} {
			if color && f.Name != "text" {
				continue
			}
			b.Run(fmt.Sprintf("%s/color=%t", f.Name, color), func(b *testing.B) {
				for b.Loop() {
					if err := Write(io.Discard, f.Name, r, WriteOptions{Text: TextOptions{Color: color, Width: 100}}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
