package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

func digitsOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// index is a server on loopback that answers as an index does: the Simple API as
// JSON, PyPI's JSON API of whole projects for who needs that, metadata files,
// all of it with gzip. The first element of a path is the latency in
// milliseconds that each answer waits.
type index struct {
	address string // http://127.0.0.1:PORT
	pages   map[string]*indexPage
	wheels  map[string][]byte // by file name

	mu     sync.Mutex
	packed map[string][]byte // by whether that is zipped, and path without latency
	asked  []string          // paths, since the last take
}

func serve(address string, pages map[string]*indexPage, wheels map[string][]byte) (*index, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	x := &index{address: "http://" + listener.Addr().String(), pages: pages, wheels: wheels, packed: map[string][]byte{}}
	go func() { _ = http.Serve(listener, x) }()
	return x, nil
}

// simple is the address of the index with a latency.
func (x *index) simple(latency time.Duration) string {
	return fmt.Sprintf("%s/%d/index", x.address, latency.Milliseconds())
}

// take returns the URLs asked since the last call.
func (x *index) take() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked := x.asked
	x.asked = nil
	return asked
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	latency, err := strconv.Atoi(first)
	if err != nil {
		latency, path = 0, strings.TrimPrefix(r.URL.Path, "/")
	}
	zip := !strings.HasSuffix(path, ".whl") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	key := fmt.Sprint(zip, " ", path)
	x.mu.Lock()
	x.asked = append(x.asked, x.address+r.URL.Path)
	body, ok := x.packed[key]
	x.mu.Unlock()
	if !ok {
		if body = x.body(path); body != nil && zip {
			body = zipped(body)
		}
		x.mu.Lock()
		x.packed[key] = body
		x.mu.Unlock()
	}
	if latency > 0 {
		select {
		case <-time.After(time.Duration(latency) * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	if body == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if strings.HasPrefix(path, "index/") {
		h.Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	}
	if zip {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Etag", `"`+digitsOf(path)[:16]+`"`)
	h.Set("Cache-Control", "max-age=600, public")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func zipped(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

func (x *index) body(path string) []byte {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == "index":
		if page := x.pages[parts[1]]; page != nil {
			body, _ := json.Marshal(page)
			return body
		}
	case len(parts) == 3 && parts[0] == "pypi" && parts[2] == "json":
		if page := x.pages[parts[1]]; page != nil {
			return projectJSON(page)
		}
	case len(parts) == 2 && parts[0] == "files":
		if wheel, ok := x.wheels[parts[1]]; ok {
			return wheel
		}
		if name, ok := strings.CutSuffix(parts[1], ".whl.metadata"); ok {
			return metadata(name)
		}
	}
	return nil
}

// metadata is that of a wheel that needs nothing but for its extras.
func metadata(wheel string) []byte {
	parts := strings.Split(wheel, "-")
	return fmt.Appendf(nil, "Metadata-Version: 2.1\nName: %s\nVersion: %s\nProvides-Extra: test\nProvides-Extra: docs\n"+
		"Requires-Dist: pytest>=7; extra == 'test'\nRequires-Dist: coverage[toml]>=6.5; extra == 'test'\nRequires-Dist: sphinx<8,>=5; extra == 'docs'\n\n",
		parts[0], parts[1])
}

// projectJSON is the page as PyPI's JSON API of whole projects has it.
func projectJSON(page *indexPage) []byte {
	releases := map[string][]map[string]any{}
	for _, f := range page.Files {
		name, err := packaging.ParseFilename(page.Name, f.Filename)
		if err != nil {
			continue
		}
		v := name.Version.String()
		for _, written := range page.Versions {
			if w, err := packaging.ParseVersion(written); err == nil && w.Compare(name.Version) == 0 {
				v = written
			}
		}
		releases[v] = append(releases[v], map[string]any{
			"filename": f.Filename, "digests": f.Hashes, "size": f.Size, "upload_time_iso_8601": f.Uploaded,
			"url": "https://files.example.org/packages/" + f.Filename, "yanked": f.Yanked != false, "requires_python": f.RequiresPython,
			"packagetype": "bdist_wheel", "python_version": "py3", "md5_digest": digitsOf(f.Filename)[:32], "comment_text": "",
		})
	}
	body, _ := json.Marshal(map[string]any{"info": map[string]any{"name": page.Name, "version": "0"}, "releases": releases, "urls": []any{}})
	return body
}
