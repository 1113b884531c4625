package audit

import (
	"bytes"
	"context"
	"path"
	"testing"

	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/requirements"
)

// broken takes the hashes off the first requirement of a file, and repeats one of
// the second.
func broken(src []byte) []byte {
	first, rest, _ := bytes.Cut(src, []byte("\n"))
	for bytes.HasPrefix(rest, []byte("    --hash=")) {
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	second, rest, _ := bytes.Cut(rest, []byte("\n"))
	hash, _, _ := bytes.Cut(rest, []byte(" "+`\`))
	return bytes.Join([][]byte{bytes.TrimSuffix(first, []byte(` \`)), second, append(bytes.Clone(hash), ` \`...), rest}, []byte("\n"))
}

// BenchmarkFix repairs three hundred services, each of which lacks a list and has
// a hash twice, beside a floor in the same run: a check of the same files.
func BenchmarkFix(b *testing.B) {
	const services = 300
	files, index := workshop(services, 1000)
	var roots []requirements.Root
	var size int64
	for p, src := range files {
		files[p] = broken(src)
		roots = append(roots, requirements.Root{Path: p, Named: true})
		size += int64(len(files[p]))
	}
	read := func(p string, room []byte) ([]byte, error) { return append(room[:0], files[p]...), nil }
	load := func(seen *requirements.Contents, known map[string]*requirements.File) (*requirements.Set, error) {
		return requirements.Load(context.Background(), roots, read, requirements.LoadOptions{Jobs: 4, ReadOptions: requirements.ReadOptions{Seen: seen},
			Known: func(p string) *requirements.File { return known[p] }})
	}
	o := Options{Index: index, Jobs: 4, Settings: func(string) Settings { return Settings{} },
		Sources: func(requirements.Run) pypi.Sources { return pypi.Sources{Indexes: []string{"shelf"}} },
		Show:    path.Clean}
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			set, err := load(requirements.NewContents(), nil)
			if err != nil {
				b.Fatal(err)
			}
			if r := Check(context.Background(), set, o); len(r.Findings) != 2*services {
				b.Fatalf("%d findings, %+v", len(r.Findings), r.Findings[:min(3, len(r.Findings))])
			}
		}
	})
	b.Run("fix", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			o := o
			o.Read.Seen = requirements.NewContents()
			set, err := load(o.Read.Seen, nil)
			if err != nil {
				b.Fatal(err)
			}
			known := map[string]*requirements.File{}
			for _, f := range set.Files {
				known["/"+f.Path] = f
			}
			r, changes, err := Fix(context.Background(), set, o, FixOptions{
				Reload: func(_ context.Context, changed map[string]*requirements.File) (*requirements.Set, error) {
					for p, f := range changed {
						known["/"+p] = f
					}
					return load(o.Read.Seen, known)
				}})
			if err != nil || len(changes) != services {
				b.Fatalf("%d changes, %v", len(changes), err)
			}
			for _, f := range r.Findings {
				if !f.Fixed {
					b.Fatalf("left: %+v", f)
				}
			}
		}
	})
}
