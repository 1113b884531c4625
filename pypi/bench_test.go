package pypi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

const benchReleases = 5000

// benchFiles is a release of ten wheels.
func benchFiles(project string) []File {
	files := make([]File, 10)
	for i := range files {
		name := fmt.Sprintf("%s-1.0-cp3%d-cp3%d-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", project, i, i)
		files[i] = file(name, fmt.Sprintf("%02x", i)+right[2:])
		files[i].Uploaded, files[i].RequiresPython, files[i].Size = time.Unix(1700000000+int64(i), 0), ">=3.8", 123456
		files[i].URL = "https://files.example.org/packages/ab/cd/" + right[:60] + "/" + name
	}
	return files
}

// file is one of a project called a, b or project1, with what its name says.
func file(name, digest string) File {
	kind, version, err := packaging.ParseFileVersion(packaging.NormalizeName(name[:strings.IndexByte(name, '-')]), name)
	if err != nil {
		panic(err)
	}
	d, err := packaging.NewDigest(packaging.SHA256, digest)
	if err != nil {
		panic(err)
	}
	return File{Name: name, URL: "https://files.example.org/" + name, Digests: []packaging.Digest{d}, Size: -1, Kind: kind, Version: version}
}

// benchRecord is a release of ten wheels, as the cache keeps it.
func benchRecord(project string) []byte {
	return writeRecord(&record{version: "1", api: bySimple, at: time.Now(), etag: `"abcdef"`}, benchFiles(project))
}

// BenchmarkLayout is the measurement that the cache's layout comes from: what
// it takes from nothing to the records of 5,000 releases. testdata/layouts has
// the same for a database.
func BenchmarkLayout(b *testing.B) {
	names := make([]string, benchReleases)
	for i := range names {
		names[i] = fmt.Sprintf("project%d", i)
	}
	b.Run("journal", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "journal")
		j, err := openJournal(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			if err := j.put(j.key(name), benchRecord(name)); err != nil {
				b.Fatal(err)
			}
		}
		if err := j.flush(); err != nil {
			b.Fatal(err)
		}
		var first time.Duration
		for b.Loop() {
			began := time.Now()
			j, err := openJournal(path)
			if err != nil {
				b.Fatal(err)
			}
			for i, name := range names {
				if len(j.bodies(j.key(name))) != 1 {
					b.Fatal("a record is missing")
				}
				if i == 0 {
					first += time.Since(began)
				}
			}
		}
		b.ReportMetric(float64(first.Nanoseconds())/float64(b.N), "ns-to-first/op")
	})
	b.Run("a file for each", func(b *testing.B) {
		dir := b.TempDir()
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), benchRecord(name), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			for _, name := range names {
				if _, err := os.ReadFile(filepath.Join(dir, name)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkWarm is a run over 5,000 releases that the cache has: it makes no
// request.
func BenchmarkWarm(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "cache")
	c := New(Options{CacheDir: dir})
	src := Sources{Indexes: []string{"https://index.example.org/simple"}}
	place := newIndexPlace(b, c, src)
	for i := range benchReleases {
		name := fmt.Sprintf("project%d", i)
		if err := c.cache.put(place, name, &record{version: "1", api: bySimple, at: time.Now(), etag: `"abcdef"`}, benchFiles(name)); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	for _, ask := range []struct {
		name  string
		count func(a *Answer) int
	}{{"brief", func(a *Answer) int { return a.Brief().Count }}, {"files", func(a *Answer) int { return len(a.Files()) }}} {
		b.Run(ask.name, func(b *testing.B) {
			var first time.Duration
			for b.Loop() {
				began := time.Now()
				c := New(Options{CacheDir: dir, Offline: true})
				for i := range benchReleases {
					if a := c.Ask(context.Background(), src, fmt.Sprintf("project%d", i), "1.0"); ask.count(&a) != 10 {
						b.Fatalf("got %+v", a)
					}
					if i == 0 {
						first += time.Since(began)
					}
				}
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(first.Nanoseconds())/float64(b.N), "ns-to-first/op")
		})
	}
}

func newIndexPlace(b *testing.B, c *Client, src Sources) cachePlace {
	r, ok := c.list(src)[0].(*remote)
	if !ok {
		b.Fatal("no index")
	}
	return r.place
}

// BenchmarkCold is a run over 600 projects of an index that is some way off,
// beside its floor: the same requests, as many at a time, bodies thrown away as
// they come out of gzip. The pages are of the sizes that PyPI's have: most small,
// some of megabytes. Without latency the server's work counts too, in both.
func BenchmarkCold(b *testing.B) {
	const projects = 600
	pages := make([][]byte, projects)
	total := 0
	for i := range pages {
		files := 40 + i%150
		if i%100 == 0 {
			files = 4000
		}
		page := bytes.ReplaceAll(bigPage(files), []byte("big"), fmt.Appendf(nil, "p%d", i))
		pages[i] = gzipOf(page)
		total += len(page)
	}
	for _, latency := range []time.Duration{0, 5, 50, 200} {
		latency *= time.Millisecond
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var i int
			if _, err := fmt.Sscanf(strings.TrimPrefix(r.URL.Path, "/index/"), "p%d/", &i); err != nil || i >= projects {
				http.NotFound(w, r)
				return
			}
			select { // the way to the index and back
			case <-time.After(latency):
			case <-r.Context().Done():
			}
			w.Header().Set("Content-Type", typeJSON)
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(pages[i])
		}))
		run := func(b *testing.B, ask func(transport http.RoundTripper, i int) error, transport http.RoundTripper, limit int) {
			var wait sync.WaitGroup
			slots := make(chan struct{}, limit)
			for i := range projects {
				wait.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					if err := ask(transport, i); err != nil {
						b.Error(err)
					}
				})
			}
			wait.Wait()
		}
		name := latency.String()
		b.Run(name+"/floor", func(b *testing.B) {
			b.SetBytes(int64(total))
			for b.Loop() {
				transport, err := NewTransport(TransportOptions{})
				if err != nil {
					b.Fatal(err)
				}
				run(b, func(t http.RoundTripper, i int) error {
					r, err := http.NewRequest("GET", fmt.Sprintf("%s/index/p%d/", server.URL, i), nil)
					if err != nil {
						return err
					}
					res, err := t.RoundTrip(r)
					if err != nil {
						return err
					}
					defer res.Body.Close()
					_, err = io.Copy(io.Discard, res.Body)
					return err
				}, transport, maxInFlight)
				transport.CloseIdleConnections()
			}
		})
		b.Run(name+"/client", func(b *testing.B) {
			b.SetBytes(int64(total))
			for b.Loop() {
				transport, err := NewTransport(TransportOptions{})
				if err != nil {
					b.Fatal(err)
				}
				c := New(Options{Transport: transport, CacheDir: filepath.Join(b.TempDir(), fmt.Sprint(b.N))})
				src := Sources{Indexes: []string{server.URL + "/index"}}
				run(b, func(_ http.RoundTripper, i int) error {
					a := c.Ask(context.Background(), src, fmt.Sprintf("p%d", i), "0.0.2")
					if len(a.Files()) != 4 && a.Err() == nil {
						return fmt.Errorf("p%d: %d files", i, len(a.Files()))
					}
					return a.Err()
				}, transport, 64)
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
				transport.CloseIdleConnections()
			}
		})
		server.Close()
	}
}
