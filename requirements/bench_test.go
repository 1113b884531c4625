package requirements

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// corpus returns the files of the corpus with hashes, and their size.
func corpus(tb testing.TB, glob string) (paths []string, files [][]byte, size int64) {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("../../shared/corpus", glob))
	if err != nil {
		tb.Fatal(err)
	}
	if len(paths) == 0 {
		tb.Skip("the corpus is not there")
	}
	for _, p := range paths {
		src, err := os.ReadFile(p)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, src)
		size += int64(len(src))
	}
	return paths, files, size
}

// BenchmarkRead reads the corpus beside a floor in the same run: the same bytes
// only split at line feeds.
func BenchmarkRead(b *testing.B) {
	_, files, size := corpus(b, "hashed/*")
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(size)
		lines := 0
		for b.Loop() {
			for _, src := range files {
				for {
					i := bytes.IndexByte(src, '\n')
					if i < 0 {
						break
					}
					src = src[i+1:]
					lines++
				}
			}
		}
		if lines == 0 {
			b.Fatal("no lines")
		}
	})
	requirements, hashes := 0, 0
	count := func(f *File) {
		for i := range f.Lines {
			if f.Lines[i].Kind == Requirement {
				requirements++
				hashes += len(f.Lines[i].Hashes)
			}
		}
	}
	for _, src := range files {
		count(Read("r.txt", src, ReadOptions{}))
	}
	b.Run("one", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		before := testing.AllocsPerRun(1, func() {
			for _, src := range files {
				Read("r.txt", src, ReadOptions{})
			}
		})
		for b.Loop() {
			for _, src := range files {
				Read("r.txt", src, ReadOptions{})
			}
		}
		b.ReportMetric(before/float64(requirements), "allocs/requirement")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(hashes), "ns/hash")
	})
	b.Run("seen", func(b *testing.B) { // all of it, by other files
		b.SetBytes(size)
		opts := ReadOptions{Seen: NewContents()}
		for _, src := range files {
			Read("r.txt", src, opts)
		}
		for b.Loop() {
			for _, src := range files {
				Read("r.txt", src, opts)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			var next atomic.Int64
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= len(files) {
							return
						}
						Read("r.txt", files[i], ReadOptions{})
					}
				})
			}
			group.Wait()
		}
	})
}
