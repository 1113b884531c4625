package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/requirements"
)

// shelf is an index that has every answer at hand, by project.
type shelf map[string]pypi.Answer

func (s shelf) Ask(_ context.Context, _ pypi.Sources, project, _ string) pypi.Answer {
	return s[project]
}

// workshop writes services of a hundred pins each, of so many releases of ten
// files, and an index that has those.
func workshop(services, releases int) (map[string][]byte, shelf) {
	index, texts := shelf{}, make([]string, releases)
	for i := range texts {
		project, version := fmt.Sprintf("project-%d", i), fmt.Sprintf("1.%d", i%7)
		v, err := packaging.ParseVersion(version)
		if err != nil {
			panic(err)
		}
		a := pypi.Answer{Project: project, Version: version, Known: true, Indexes: []pypi.IndexAnswer{{Index: "shelf", Known: true}}}
		text := project + "==" + version
		var list []pypi.File
		for n := range 10 {
			name := fmt.Sprintf("%s-%s-py3-none-any_%d.whl", project, version, n)
			sum := sha256.Sum256([]byte(name))
			list = append(list, pypi.File{Name: name, Index: "shelf", Version: v, Kind: packaging.Wheel, Digests: []packaging.Digest{packaging.SHA256Digest(&sum)}})
			text += fmt.Sprintf(" \\\n    --hash=sha256:%x", sum)
		}
		index[project], texts[i] = a.With(list), text+"\n"
	}
	files := map[string][]byte{}
	for s := range services {
		var text strings.Builder
		for i := range 100 {
			text.WriteString(texts[(s*100+i)%releases])
		}
		files[fmt.Sprintf("/w/s%03d/requirements.txt", s)] = []byte(text.String())
	}
	return files, index
}

// BenchmarkCheck reads and judges three hundred services, beside a floor in the
// same run: their newlines counted. Services that repeat each other's pins are
// read and judged by what they have in common; those that share nothing are the
// worst there is.
func BenchmarkCheck(b *testing.B) {
	const services = 300
	for _, c := range []struct {
		name     string
		releases int
	}{{"pins repeated", 1000}, {"no pin twice", services * 100}} {
		files, index := workshop(services, c.releases)
		var roots []requirements.Root
		var size int64
		for p, src := range files {
			roots = append(roots, requirements.Root{Path: p, Named: true})
			size += int64(len(src))
		}
		b.Run(c.name+"/floor", func(b *testing.B) {
			b.SetBytes(size)
			lines := 0
			for b.Loop() {
				for _, src := range files {
					lines += bytes.Count(src, []byte{'\n'})
				}
			}
			if lines == 0 {
				b.Fatal("no lines")
			}
		})
		o := Options{Index: index, Jobs: 4, Settings: func(string) Settings { return Settings{} },
			Sources: func(requirements.Run) pypi.Sources { return pypi.Sources{Indexes: []string{"shelf"}} },
			Show:    path.Clean}
		read := func(p string, room []byte) ([]byte, error) { return append(room[:0], files[p]...), nil }
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				set, err := requirements.Load(context.Background(), roots, read, requirements.LoadOptions{Jobs: 4})
				if err != nil {
					b.Fatal(err)
				}
				if r := Check(context.Background(), set, o); len(r.Findings) > 0 || len(r.Files) != services {
					b.Fatalf("%d files, %+v", len(r.Files), r.Findings[:min(3, len(r.Findings))])
				}
			}
		})
	}
}
