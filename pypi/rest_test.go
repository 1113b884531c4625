package pypi

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// zipped packs what a handler answers.
func zipped(handler func(http.ResponseWriter, *http.Request, int)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		plain := httptest.NewRecorder()
		handler(plain, r, n)
		maps.Copy(w.Header(), plain.Header())
		body := plain.Body.Bytes()
		if plain.Code == http.StatusOK && w.Header().Get("Content-Encoding") == "" {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
			body = gzipOf(body)
		}
		w.WriteHeader(plain.Code)
		w.Write(body)
	}
}

// gzipOf packs a body.
func gzipOf(body []byte) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(body)
	z.Close()
	return packed.Bytes()
}

// A page that comes packed, of which only what is asked about is looked at, is
// judged as a plain one is.
func TestHostileZipped(t *testing.T) {
	for _, list := range [][]scenario{goodScenarios(), pageScenarios()} {
		for _, s := range list {
			if s.name == "30 MB" {
				continue // packing it takes the server of the test too long
			}
			s.handler = zipped(s.handler)
			t.Run(s.name, s.run)
		}
	}
}

// Whatever is asked about in whatever order, the answers are those of a page that
// was packed whole, and the page is fetched once.
func TestRest(t *testing.T) {
	var links strings.Builder
	for i := range 200 {
		fmt.Fprintf(&links, "<a href=\"big-%d.%d.tar.gz#sha256=%064x\" data-yanked=\"x\">big-%[1]d.%[2]d.tar.gz</a>\n", i/10, i%10, i)
	}
	for _, page := range []struct {
		name    string
		handler func(http.ResponseWriter, *http.Request, int)
	}{{"json", raw(typeJSON, string(bigPage(900)))}, {"html", raw(typeHTML, links.String())}} {
		handler := page.handler
		h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) { handler(w, r, n) })
		src := Sources{Indexes: []string{h.URL + "/index"}}
		for _, test := range []struct{ expect, ask string }{
			{"", "1.2"}, {"", "1.2 1.2.0 1.3"}, {"", "1.2 *"}, {"", "* 1.2"}, {"", "1.2 * 1.3 *"}, {"", "nonsense 1.2 *"}, {"", "7.7 1.2"}, {"", "1.2.3 1.2 1.0"},
			{"1.2 1.3", "1.3 1.2 1.4 *"}, {"1.3", "1.2 1.3"}, {"1 2 3 4 5 6", "1.2 3 7 *"}, {"nonsense *", "1.2 nonsense"},
		} {
			var answers [2][]Answer
			for i, serve := range []func(http.ResponseWriter, *http.Request, int){page.handler, zipped(page.handler)} {
				handler = serve
				before := h.requests()
				c := h.client(t, func(o *Options) {
					o.PyPI = ""
					o.Now = func() time.Time { return time.Unix(1700000000, 0) }
				})
				word := func(version string) string { return strings.TrimSuffix(version, "*") }
				for _, version := range strings.Fields(test.expect) {
					c.Expect(src, "Big", word(version))
				}
				for _, version := range strings.Fields(test.ask) {
					a := c.Ask(context.Background(), src, "big", word(version))
					if err := a.Err(); err != nil {
						t.Fatal(err)
					}
					for k := range a.files {
						a.files[k].login = nil // each client has its own
					}
					answers[i] = append(answers[i], a)
				}
				if n := h.requests() - before; n != 1 {
					t.Errorf("%s, %q: %d requests", page.name, test, n)
				}
			}
			if !reflect.DeepEqual(answers[0], answers[1]) {
				t.Errorf("%s, %q: got %+v, want %+v", page.name, test, answers[1], answers[0])
			}
			if strings.Fields(test.ask)[0] == "1.2" && len(answers[1][0].Files()) == 0 {
				t.Errorf("%s: no files of 1.2", page.name)
			}
		}
	}
}

// A page that is not packed whole takes little, and counts for what a run may
// keep when it is.
func TestRestLimit(t *testing.T) {
	h := newHostile(t, false, zipped(raw(typeJSON, string(bigPage(4000)))))
	src := Sources{Indexes: []string{h.URL + "/index"}}
	c := h.client(t, func(o *Options) { o.KeepLimit = 700 << 10 })
	a := c.Ask(context.Background(), src, "big", "1.2")
	if a.Err() != nil || len(a.Files()) == 0 {
		t.Fatalf("got %v", a.Err())
	}
	for range 2 {
		a = c.Ask(context.Background(), src, "big", "")
		if err, ok := a.Err().(*Error); !ok || err.Kind != TooLarge {
			t.Errorf("got %v", a.Err())
		}
	}
	if h.requests() != 1 {
		t.Errorf("%d requests", h.requests())
	}
}

// The quick look at a name turns away no file of the release.
func FuzzMayTake(f *testing.F) {
	for _, name := range []string{"a-1.0-py3-none-any.whl", "a-1.0.0-2-cp310-cp310-manylinux_2_17_x86_64.whl", "a-1.0+cpu.tar.gz", "A-1!2.10.post3.zip", "a-1.0-1.tar.gz", "a-01.zip", "a-v1.0.whl", "a-1.0rc1-py2.py3-none-any.whl"} {
		for _, version := range []string{"1.0", "1", "1.0+cpu", "1!2.10.post3", "1.0rc1", "1.0.post1"} {
			f.Add(version, name)
		}
	}
	f.Fuzz(func(t *testing.T, version, name string) {
		want := parsePin(version)
		_, v, err := packaging.ParseFileVersion("a", name)
		if err == nil && !want.all && !want.invalid && want.admits(v) && !want.mayTake()([]byte(name)) {
			t.Fatalf("%q is a file of %q, and turned away", name, version)
		}
	})
}

// A packed body out of which nothing comes is not kept without end.
func TestRestEndless(t *testing.T) {
	var sent atomic.Int64
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		w.Header().Set("Content-Encoding", "gzip")
		nothing := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 10_000) // blocks of no bytes
		for more := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"); r.Context().Err() == nil && sent.Load() < 64<<20; more = nothing {
			n, err := w.Write(more)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c := h.client(t, func(o *Options) { o.PyPI, o.PageLimit = "", 1<<20 })
	a := c.Ask(context.Background(), Sources{Indexes: []string{h.URL + "/index"}}, "big", "1.2")
	if err, ok := a.Err().(*Error); !ok || err.Kind != TooLarge {
		t.Errorf("got %v", a.Err())
	}
	if n := sent.Load(); n > 32<<20 || h.requests() != 1 {
		t.Errorf("%d bytes in %d requests", n, h.requests())
	}
}
