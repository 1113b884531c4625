package pypi

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// The digests that the hostile index gives, and the one that is asked for.
var (
	right = strings.Repeat("1a", 32)
	wrong = strings.Repeat("2b", 32)
)

// hostile is an index that counts what it is asked and lies as it is told.
type hostile struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string        // paths, in order
	auth   []string        // what came as Authorization, for each
	pauses []time.Duration // what was waited between tries, had anybody waited
}

// newHostile starts the index. The handler answers a request, of which it
// gets the number, from 1.
func newHostile(t *testing.T, tls bool, handler func(w http.ResponseWriter, r *http.Request, n int)) *hostile {
	t.Helper()
	h := &hostile{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r.URL.Path)
		h.auth = append(h.auth, r.Header.Get("Authorization"))
		n := len(h.asked)
		h.mu.Unlock()
		handler(w, r, n)
	}))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		h.StartTLS()
	} else {
		h.Start()
	}
	t.Cleanup(h.Close)
	return h
}

func (h *hostile) requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

func (h *hostile) client(t *testing.T, set func(*Options)) *Client {
	t.Helper()
	transport, err := NewTransport(TransportOptions{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	transport.TLSClientConfig = clientTLS(h)
	t.Cleanup(transport.CloseIdleConnections)
	o := Options{PyPI: h.URL + "/simple", Transport: transport, Pause: func(_ int, asked time.Duration) time.Duration {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.pauses = append(h.pauses, asked)
		return 0
	}}
	if set != nil {
		set(&o)
	}
	return New(o)
}

// judge asks as an audit must, and says what may be said of a requirement
// project==version with the one hash "right", and why where nothing may.
func judge(c *Client, src Sources, project, version string) string {
	ctx := context.Background()
	want, err := packaging.NewDigest(packaging.SHA256, right)
	if err != nil {
		panic(err)
	}
	among := func(files []File) bool {
		for _, f := range files {
			if d, ok := f.Digest(packaging.SHA256); ok && d == want {
				return true
			}
		}
		return false
	}
	a := c.Ask(ctx, src, project, version)
	if len(a.Changed) > 0 {
		return "changed"
	}
	if among(a.Files()) {
		return "verified"
	}
	a = c.Ask(ctx, src, project, "")
	if len(a.Changed) > 0 {
		return "changed"
	}
	var files []File
	for _, f := range a.Files() {
		if parsePin(version).admits(f.Version) {
			files = append(files, f)
		}
	}
	if among(files) {
		return "verified"
	}
	if err := a.Err(); err != nil {
		e := err.(*Error)
		for _, secret := range []string{"hunter2", "\n", "\x1b"} {
			if strings.Contains(e.Error(), secret) {
				return "leak: " + e.Error()
			}
		}
		return "unverified: " + e.Kind.String()
	}
	switch {
	case !a.Known:
		return "no project"
	case len(files) == 0:
		return "no release"
	}
	for _, f := range files {
		if _, ok := f.Digest(packaging.SHA256); !ok {
			return "unverified: no digest"
		}
	}
	return "mismatched"
}

// simplePage writes a page of the Simple API as JSON with the given elements
// of "files".
func simplePage(w http.ResponseWriter, files ...string) {
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	fmt.Fprintf(w, `{"meta": {"api-version": "1.1"}, "name": "a", "files": [%s]}`, strings.Join(files, ", "))
}

func simpleFile(name, digest string) string {
	return fmt.Sprintf(`{"filename": %q, "url": "../../files/%s", "hashes": {"sha256": "%s"}, "requires-python": null}`, name, name, digest)
}

var fine = simpleFile("a-1.0.tar.gz", right)

func raw(contentType, body string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, body)
	}
}

const typeJSON, typeHTML = "application/vnd.pypi.simple.v1+json", "text/html; charset=utf-8"

func files(list ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) { simplePage(w, list...) }
}

// releaseJSON is an answer of the JSON API.
func releaseJSON(name, version string, files ...string) string {
	return fmt.Sprintf(`{"info": {"name": %q, "version": %q, "requires_dist": ["b>=1"], "description": %q}, "last_serial": 1, "urls": [%s]}`,
		name, version, strings.Repeat("text ", 1000), strings.Join(files, ", "))
}

func releaseFile(name, digest string) string {
	return fmt.Sprintf(`{"filename": %q, "url": "https://files.example.org/%s", "digests": {"sha256": "%s", "md5": "x", "blake2b_256": "%s"}, "size": 10, `+
		`"yanked": false, "yanked_reason": null, "upload_time_iso_8601": "2024-01-01T00:00:00Z"}`, name, name, digest, digest)
}

// both serves the two APIs.
func both(release, simple func(http.ResponseWriter, *http.Request, int)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if strings.HasPrefix(r.URL.Path, "/pypi/") {
			release(w, r, n)
		} else {
			simple(w, r, n)
		}
	}
}

func notFound(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) }

// then answers the first requests in one way and the others in another.
func then(times int, first, rest func(http.ResponseWriter, *http.Request, int)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if n <= times {
			first(w, r, n)
		} else {
			rest(w, r, n)
		}
	}
}

func status(code int, header ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// reset cuts the connection.
func reset(w http.ResponseWriter, r *http.Request, n int) { panic(http.ErrAbortHandler) }

// scenario is one way in which an index is bad, or good.
type scenario struct {
	name    string
	handler func(w http.ResponseWriter, r *http.Request, n int)
	// want is what judge must say of a==1.0, requests how many requests that
	// may take.
	want     string
	requests int

	path    string // of the index; "" means /index, "/simple" plays PyPI
	user    string // credentials in the index's URL
	project string // "" means a
	version string // "" means 1.0
	options func(*Options)
}

func (s scenario) run(t *testing.T) {
	h := newHostile(t, false, s.handler)
	path, project, version := s.path, s.project, s.version
	if path == "" {
		path = "/index"
	}
	if project == "" {
		project = "a"
	}
	if version == "" {
		version = "1.0"
	}
	address := h.URL + path
	if s.user != "" {
		address = strings.Replace(address, "http://", "http://"+s.user+"@", 1)
	}
	began := time.Now()
	c := h.client(t, s.options)
	got := judge(c, Sources{Indexes: []string{address}}, project, version)
	if got != s.want {
		t.Errorf("got %q, want %q", got, s.want)
	}
	if n := h.requests(); n != s.requests {
		t.Errorf("%d requests, want %d: %q", n, s.requests, h.asked)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Whatever an index does, a hash is called verified only where an answer that
// is whole and about the release has it.
func TestHostile(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]scenario{goodScenarios(), pageScenarios(), connectionScenarios(), statusScenarios()} {
		for _, s := range list {
			if seen[s.name] {
				t.Fatalf("two scenarios are called %q", s.name)
			}
			seen[s.name] = true
			t.Run(s.name, s.run)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d scenarios", len(seen))
	}
}
