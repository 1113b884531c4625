package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/reqhash/reqhash/pypi"
)

// BenchmarkWarmReleases is what a release costs that the cache has: the answer,
// what is made of it for every line that pins it, and its dependencies. Opening
// the cache is part of it.
func BenchmarkWarmReleases(b *testing.B) {
	const releases, files = 2000, 8
	const metadata = "Metadata-Version: 2.1\nRequires-Dist: project-1>=1.0\nRequires-Dist: project-2\nRequires-Dist: project-3; extra == 'test'\n\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".metadata") {
			fmt.Fprint(w, metadata)
			return
		}
		project := path.Base(r.URL.Path)
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		fmt.Fprintf(w, `{"meta": {"api-version": "1.1"}, "name": %q, "files": [`, project)
		for n := range files {
			name := fmt.Sprintf("%s-1.%d-py3-none-any.manylinux_2_17_x86_64.manylinux2014_%d.whl", strings.ReplaceAll(project, "-", "_"), len(project)%7, n)
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
			fmt.Fprintf(w, `%s{"filename": %q, "url": "/packages/%s/%s/%s/%s", "hashes": {"sha256": %q}, "requires-python": ">=3.8", "size": 123456, "core-metadata": true, "upload-time": "2026-01-01T00:%02d:00Z"}`,
				strings.Repeat(",", min(n, 1)), name, sum[:2], sum[2:4], sum[4:], name, sum, n)
		}
		fmt.Fprint(w, `]}`)
	}))
	defer server.Close()
	transport, err := pypi.NewTransport(pypi.TransportOptions{})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	src := pypi.Sources{Indexes: []string{server.URL + "/simple"}}
	key := src.Key()
	var projects, versions []string
	for i := range releases {
		project := fmt.Sprintf("project-%d", i)
		projects, versions = append(projects, project), append(versions, fmt.Sprintf("1.%d", len(project)%7))
	}
	run := func(b *testing.B, o pypi.Options) {
		o.CacheDir = dir
		client := pypi.New(o)
		a := &audit{options: Options{Index: client, Jobs: 32, Dependencies: client.Dependencies}, environments: sync.OnceValue(defaultEnvironments)}
		a.releases = newReleases(client, 32, nil)
		for i, project := range projects {
			a.releases.of(src, key, project, versions[i], false).needs.wanted = true
		}
		a.releases.ask(context.Background(), a.releases.list, func(r *release) { a.askNeeds(context.Background(), r) })
		for _, r := range a.releases.list {
			if r.count != files || !r.needs.known || len(r.needs.requires) != 3 || !r.marks.none {
				b.Fatalf("%s: %d files, %+v: %v", r.project, r.count, r.needs.requires, r.answer.Err())
			}
		}
		if err := client.Close(); err != nil {
			b.Fatal(err)
		}
	}
	run(b, pypi.Options{Transport: transport})
	b.ReportAllocs()
	for b.Loop() {
		run(b, pypi.Options{Offline: true})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/releases, "ns/release")
}
