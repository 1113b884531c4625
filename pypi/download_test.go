package pypi

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// direct is a file of which only the URL is known.
func direct(address string) File { return File{URL: address, Size: -1} }

// A file is streamed once in a run, however often it is asked for. Its digests
// are recalled for a day, and confirmed by ETag where it is asked for again.
func TestDownload(t *testing.T) {
	content := bytes.Repeat([]byte("PK wheel"), 100_000)
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		sum := sha256.Sum256(content)
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:4]))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	dir, now := filepath.Join(t.TempDir(), "c"), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first, file := sha256.Sum256(content), direct(h.URL+"/a.whl#sha256=x")
	for i, test := range []struct {
		after    time.Duration
		change   bool
		recalled int
		changes  int
	}{{}, {recalled: 7}, {after: 25 * time.Hour}, {change: true, recalled: 7, changes: 1}, {changes: 1}} {
		now = now.Add(test.after)
		if test.change {
			content = append(content, "more"...)
		}
		two, five := sha256.Sum256(content), sha512.Sum512(content)
		c := h.client(t, func(o *Options) { o.CacheDir, o.Now = dir, func() time.Time { return now } })
		if got := c.Recall(file); len(got) != test.recalled {
			t.Errorf("run %d: %d digests are recalled, want %d", i, len(got), test.recalled)
		}
		file.Size = int64(len(content))
		if got := c.Recall(file); len(got) != 0 && test.change {
			t.Errorf("run %d: digests of a file of another size are recalled", i)
		}
		file.Size = -1
		for range 2 {
			d, err := c.Download(context.Background(), file)
			if err != nil {
				t.Fatal(err)
			}
			got := map[packaging.Algorithm]string{}
			for _, d := range d.Digests {
				got[d.Algorithm()] = d.Hex()
			}
			if len(got) != 7 || got[packaging.SHA256] != hex.EncodeToString(two[:]) || got[packaging.SHA512] != hex.EncodeToString(five[:]) {
				t.Errorf("run %d: got %v", i, got)
			}
			if len(d.Changed) != test.changes || test.changes > 0 && d.Changed[0].Old.Hex() != hex.EncodeToString(first[:]) {
				t.Errorf("run %d: the changes are %v, want %d", i, d.Changed, test.changes)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if n := h.requests(); n != i+1 {
			t.Errorf("run %d: %d requests so far, want %d", i, n, i+1)
		}
	}
}

// What cannot be the file, or not all of it, has no digests.
func TestDownloadLimits(t *testing.T) {
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		switch r.URL.Path {
		case "/big":
			w.Write(make([]byte, 3<<20))
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			w.Write(make([]byte, 10))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/endless.whl":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n\r\nPKabcdefgh")
			conn.Close()
		case "/login.whl":
			raw("text/html; charset=utf-8", "PK is not what this page begins with")(w, r, n)
		case "/text.whl", "/text.tar.gz":
			raw("application/octet-stream", "please log in")(w, r, n)
		case "/ok.whl", "/ok.tar":
			raw("application/octet-stream", "PK34567890")(w, r, n)
		case "/private":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			http.NotFound(w, r)
		}
	})
	c := h.client(t, func(o *Options) { o.DownloadLimit = 2 << 20 })
	sized := func(path string, size int64) File { return File{Name: path[1:], URL: h.URL + path, Size: size} }
	for f, want := range map[*File]Kind{
		{URL: h.URL + "/big"}: TooLarge, {URL: h.URL + "/cut"}: Unreachable, {URL: h.URL + "/private"}: Unauthorized, {URL: h.URL + "/none"}: Status,
		{URL: "http://169.254.169.254/x"}: Forbidden, {URL: "http://files.example.org/x"}: Insecure, {URL: "file:///does/not/exist.whl"}: Unusable, {URL: "git+https://example.org/x"}: Unusable,
		{URL: h.URL + "/endless.whl"}: Malformed, {URL: h.URL + "/login.whl"}: Malformed, {URL: h.URL + "/text.whl"}: Malformed, {URL: h.URL + "/text.tar.gz"}: Malformed,
		{URL: h.URL + "/ok.whl"}: 0, {URL: h.URL + "/ok.tar"}: 0,
	} {
		f.Size = -1
		got, err := c.Download(context.Background(), *f)
		e, _ := err.(*Error)
		if e != nil && (e.Kind != want || got.Digests != nil) || e == nil && (want != 0 || len(got.Digests) != 7) {
			t.Errorf("%s: got %v, %v, want %v", f.URL, got, err, want)
		}
	}
	for _, test := range []struct {
		path string
		size int64
		fine bool
	}{{"/endless.whl", 10, true}, {"/endless.whl", 11, false}, {"/ok.whl", 10, true}, {"/ok.whl", 9, false}} {
		if _, err := h.client(t, nil).Download(context.Background(), sized(test.path, test.size)); (err == nil) != test.fine {
			t.Errorf("%s of %d bytes: got %v", test.path, test.size, err)
		}
	}
}

func TestDownloadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b.whl")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := New(Options{}).Download(context.Background(), direct(fileURL(path).String()))
	if err != nil || len(got.Digests) != 7 {
		t.Fatalf("got %v, %v", got, err)
	}
}

// A run that is ended does not go on hashing.
func TestHashingEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a-1.0.tar.gz"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "a-1.0.tar.gz"), 1<<40); err != nil {
		t.Skip(err)
	}
	src := Sources{Indexes: []string{dir}}
	if got := judge(New(Options{DownloadLimit: 1 << 20}), src, "a", "1.0"); got != "unverified: too-large" {
		t.Errorf("got %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	c := New(Options{DownloadLimit: 1 << 50})
	for range 2 {
		if e, ok := c.Ask(ctx, src, "a", "1.0").Err().(*Error); !ok || e.Kind != Canceled {
			t.Errorf("got %v", e)
		}
	}
}

const metadataText = "Metadata-Version: 2.1\r\nName: a\nVersion: 1.0\nRequires-Dist: b (>=1)\n ; extra == 'x'\nrequires-dist: c\n\nRequires-Dist: text\n"

var metadataWant = []string{"b (>=1) ; extra == 'x'", "c"}

// wheelBytes returns a wheel with so many bytes around its METADATA.
func wheelBytes(t *testing.T, before, after int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, content []byte, method uint16) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("a/vendored/b-1.dist-info/METADATA", []byte("no"), zip.Deflate)
	add("a/before.bin", make([]byte, before), zip.Store)
	add("a-1.0.dist-info/METADATA", []byte(metadataText), zip.Deflate)
	add("a/after.bin", make([]byte, after), zip.Store)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The dependencies of a release are found where its index has them, with as
// few bytes as the server allows.
func TestDependencies(t *testing.T) {
	plain := func(wheel []byte) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, r *http.Request, _ int) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wheel))
		}
	}
	small, large := wheelBytes(t, 10, 10), wheelBytes(t, 1<<20, 1<<20)
	sum := sha256.Sum256([]byte(metadataText))
	for _, test := range []struct {
		name     string
		file     string // more members of the wheel's entry
		serve    func(http.ResponseWriter, *http.Request, int)
		want     []string
		err      Kind
		requests int // besides the page
	}{
		{name: "in the tail", serve: plain(small), want: metadataWant, requests: 1},
		{name: "far from the tail", serve: plain(large), want: metadataWant, requests: 2},
		{name: "no ranges", serve: func(w http.ResponseWriter, r *http.Request, _ int) { w.Write(large) }, want: metadataWant, requests: 1},
		{name: "PEP 658", file: fmt.Sprintf(`, "core-metadata": {"sha256": "%x"}`, sum), want: metadataWant, requests: 1,
			serve: func(w http.ResponseWriter, r *http.Request, _ int) {
				if strings.HasSuffix(r.URL.Path, ".whl.metadata") {
					fmt.Fprint(w, metadataText)
				}
			}},
		{name: "PEP 658, another digest", file: `, "core-metadata": {"sha256": "` + right + `"}`, err: Malformed, requests: 1,
			serve: func(w http.ResponseWriter, r *http.Request, _ int) { fmt.Fprint(w, metadataText) }},
		{name: "PEP 658, not there", file: `, "core-metadata": true`, serve: notFound, err: Malformed, requests: 1},
		{name: "no zip", serve: func(w http.ResponseWriter, r *http.Request, _ int) { fmt.Fprint(w, "hello") }, err: Malformed, requests: 1},
		{name: "not there", serve: notFound, err: Status, requests: 1},
		{name: "a lying range", err: Malformed, requests: 1, serve: func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Range", "bytes 0-99/100000000")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(small)
		}},
		{name: "changes while it is read", err: Status, requests: 2, serve: func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 2 {
				plain(large)(w, r, n)
			} else {
				plain(small)(w, r, n)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
				if strings.HasPrefix(r.URL.Path, "/index/") {
					simplePage(w, `{"filename": "a-1.0-py3-none-any.whl", "url": "../../f/a-1.0-py3-none-any.whl", "hashes": {"sha256": "`+right+`"}`+test.file+`}`)
				} else {
					test.serve(w, r, n)
				}
			})
			dir := filepath.Join(t.TempDir(), "c")
			for run := range 2 {
				c := h.client(t, func(o *Options) { o.CacheDir = dir })
				a := c.Ask(context.Background(), Sources{Indexes: []string{h.URL + "/index"}}, "a", "1.0")
				got, known, err := c.Dependencies(context.Background(), a)
				if test.err != 0 {
					if e, ok := err.(*Error); !ok || e.Kind != test.err || known {
						t.Errorf("got %v, %v, %v, want %v", got, known, err, test.err)
					}
				} else if err != nil || !known || !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %q, %v, %v", got, known, err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
				if n := h.requests() - 1; run == 0 && n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
				if test.err != 0 {
					break
				}
			}
			if n := h.requests() - 1; test.err == 0 && n != test.requests {
				t.Errorf("%d requests after a warm run, want %d", n, test.requests)
			}
		})
	}
}

// A folder of plain wheels and sdists is an index: they are hashed, and their
// metadata is read.
func TestPlainFolder(t *testing.T) {
	dir := t.TempDir()
	wheel := wheelBytes(t, 10, 10)
	for name, content := range map[string][]byte{
		"a-1.0-py3-none-any.whl": wheel, "A-1.0.tar.gz": []byte("sdist"), "a-2.0.tar.gz": []byte("other"), "b-1.0.tar.gz": []byte("b"), "README": nil,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(wheel)
	for _, src := range []Sources{{Indexes: []string{dir}}, {FindLinks: []string{dir}}, {FindLinks: []string{fileURL(dir).String()}}} {
		c := New(Options{})
		a := c.Ask(context.Background(), src, "a", "1.0")
		if a.Err() != nil || !a.Known || len(a.Files()) != 2 || a.Files()[1].Digests[0].Hex() != hex.EncodeToString(sum[:]) {
			t.Fatalf("got %+v", a)
		}
		requires, known, err := c.Dependencies(context.Background(), a)
		if err != nil || !known || !reflect.DeepEqual(requires, metadataWant) {
			t.Errorf("got %q, %v, %v", requires, known, err)
		}
		if a := c.Ask(context.Background(), src, "a", ""); len(a.Files()) != 3 {
			t.Errorf("the project has %d files, want 3", len(a.Files()))
		}
	}
	one := New(Options{}).Ask(context.Background(), Sources{FindLinks: []string{filepath.Join(dir, "a-1.0-py3-none-any.whl")}}, "a", "1.0")
	if len(one.Files()) != 1 || one.Files()[0].Digests[0].Hex() != hex.EncodeToString(sum[:]) {
		t.Errorf("a single file: got %+v", one)
	}
	none := New(Options{})
	if a := none.Ask(context.Background(), Sources{FindLinks: []string{filepath.Join(dir, "none")}}, "a", "1.0"); a.Err() != nil || a.Known {
		t.Errorf("find-links that are not there: got %+v", a)
	}
	if a := none.Ask(context.Background(), Sources{Indexes: []string{filepath.Join(dir, "none")}}, "a", "1.0"); a.Err() == nil {
		t.Error("an index that is not there is no error")
	}
}

// A folder in the form of the Simple API has metadata files beside its wheels,
// which need not be there themselves.
func TestFolderMetadata(t *testing.T) {
	dir := t.TempDir()
	sum := sha256.Sum256([]byte(metadataText))
	page := func(digest string) string {
		return `{"meta": {"api-version": "1.0"}, "files": [{"filename": "a-1.0-py3-none-any.whl", "url": "../../files/a-1.0-py3-none-any.whl", "hashes": {"sha256": "` +
			right + `"}, "core-metadata": {"sha256": "` + digest + `"}}]}`
	}
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() ([]string, bool, error) {
		c := New(Options{})
		return c.Dependencies(context.Background(), c.Ask(context.Background(), Sources{Indexes: []string{filepath.Join(dir, "simple")}}, "a", "1.0"))
	}
	write("simple/a/index.json", page(hex.EncodeToString(sum[:])))
	if _, known, err := ask(); err == nil || known {
		t.Errorf("metadata that is not there: got %v, %v", known, err)
	}
	write("files/a-1.0-py3-none-any.whl.metadata", metadataText)
	if requires, known, err := ask(); err != nil || !known || !reflect.DeepEqual(requires, metadataWant) {
		t.Errorf("got %q, %v, %v", requires, known, err)
	}
	write("simple/a/index.json", page(right))
	if _, known, err := ask(); err == nil || known {
		t.Errorf("another digest: got %v, %v", known, err)
	}
}

// A page of links serves files of any project, and is fetched once.
func TestFindLinks(t *testing.T) {
	h := newHostile(t, false, raw(typeHTML, `<a href="f/a-1.0.tar.gz#sha256=`+right+`">a</a> <a href="f/b-1.0.tar.gz#sha256=`+wrong+`">b</a> <a href="file:///etc/a-1.0.zip">x</a>`))
	c := h.client(t, nil)
	src := Sources{FindLinks: []string{h.URL + "/links.html"}}
	if got := judge(c, src, "a", "1.0"); got != "verified" {
		t.Errorf("a: got %q", got)
	}
	if got := judge(c, src, "b", "1.0"); got != "mismatched" {
		t.Errorf("b: got %q", got)
	}
	if got := judge(c, src, "c", "1.0"); got != "no project" {
		t.Errorf("c: got %q", got)
	}
	if n := h.requests(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	answer := c.Ask(context.Background(), src, "a", "1.0")
	for _, f := range answer.Files() {
		if strings.HasPrefix(f.URL, "file:") {
			t.Errorf("a page names a file of this machine: %s", f.URL)
		}
	}
	if got := judge(c, Sources{FindLinks: []string{h.URL + "/f/a-1.0.tar.gz#sha256=" + right}}, "a", "1.0"); got != "verified" {
		t.Errorf("a single link: got %q", got)
	}
	gone := newHostile(t, false, notFound)
	if got := judge(gone.client(t, nil), Sources{FindLinks: []string{gone.URL + "/links.html"}}, "a", "1.0"); got != "unverified: status" {
		t.Errorf("a page that is not there: got %q", got)
	}
}
