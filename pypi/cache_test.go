package pypi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// cached is an index with a clock and a cache, asked by one run after another.
type cached struct {
	*hostile
	t   *testing.T
	dir string
	now time.Time
}

func newCached(t *testing.T, handler func(http.ResponseWriter, *http.Request, int)) *cached {
	return &cached{newHostile(t, false, handler), t, filepath.Join(t.TempDir(), "cache"), time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
}

// run asks for a==1.0 in a run of its own. It returns what may be said, and
// how many requests that took.
func (c *cached) run(set func(*Options)) (string, int) {
	c.t.Helper()
	before := c.requests()
	client := c.client(c.t, func(o *Options) {
		o.CacheDir, o.Now = c.dir, func() time.Time { return c.now }
		if set != nil {
			set(o)
		}
	})
	got := judge(client, Sources{Indexes: []string{c.URL + "/index"}}, "a", "1.0")
	if err := client.Close(); err != nil {
		c.t.Errorf("closing: %v", err)
	}
	return got, c.requests() - before
}

func (c *cached) want(what string, set func(*Options), verdict string, requests int) {
	c.t.Helper()
	if got, n := c.run(set); got != verdict || n != requests {
		c.t.Errorf("%s: got %q after %d requests, want %q after %d", what, got, n, verdict, requests)
	}
}

// An answer that verified something is used without asking for a day.
func TestCacheAge(t *testing.T) {
	c := newCached(t, files(fine))
	c.want("cold", nil, "verified", 1)
	c.want("warm", nil, "verified", 0)
	c.now = c.now.Add(23 * time.Hour)
	c.want("a day, nearly", nil, "verified", 0)
	c.now = c.now.Add(2 * time.Hour)
	c.want("older than a day", nil, "verified", 1)
	c.want("asked for anew", nil, "verified", 0)
	c.want("--refresh", func(o *Options) { o.Refresh = true }, "verified", 1)
	c.want("a shorter age", func(o *Options) { o.MaxAge = time.Hour }, "verified", 0)
	c.now = c.now.Add(2 * time.Hour)
	c.want("a shorter age", func(o *Options) { o.MaxAge = time.Hour }, "verified", 1)
	c.now = c.now.Add(-48 * time.Hour)
	c.want("a clock that goes back", nil, "verified", 1)
}

// What did not verify is never taken from the cache alone.
func TestCacheNeverCondemns(t *testing.T) {
	c := newCached(t, then(1, files(simpleFile("a-1.0.tar.gz", wrong)), files(simpleFile("a-1.0.tar.gz", wrong), simpleFile("a-1.0.zip", right))))
	c.want("cold", nil, "mismatched", 1)
	c.want("the right file came later", nil, "verified", 1)
	c.want("warm", nil, "verified", 0)
}

func TestOffline(t *testing.T) {
	c := newCached(t, files(fine))
	offline := func(o *Options) { o.Offline = true }
	c.want("nothing there", offline, "unverified: offline", 0)
	c.want("cold", nil, "verified", 1)
	c.want("warm", offline, "verified", 0)
	c.now = c.now.Add(25 * time.Hour)
	c.want("too old", offline, "unverified: offline", 0)
}

// A failed revalidation verifies nothing.
func TestCacheOldAndDown(t *testing.T) {
	c := newCached(t, then(1, files(fine), status(500)))
	c.want("cold", nil, "verified", 1)
	c.now = c.now.Add(25 * time.Hour)
	c.want("old, and the index is down", nil, "unverified: status", 4)
}

func TestETag(t *testing.T) {
	var conditional int
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") == `"one"` {
			conditional++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		simplePage(w, fine, simpleFile("a-2.0.tar.gz", right))
	})
	c.want("cold", nil, "verified", 1)
	c.now = c.now.Add(25 * time.Hour)
	c.want("revalidated", nil, "verified", 1)
	c.want("warm again", nil, "verified", 0)
	if conditional != 1 {
		t.Errorf("%d conditional requests, want 1", conditional)
	}
	// Two releases of one page are revalidated by one request.
	both := func() int {
		before := c.requests()
		client := c.client(t, func(o *Options) { o.CacheDir, o.Now = c.dir, func() time.Time { return c.now } })
		for _, version := range []string{"1.0", "2.0"} {
			if got := judge(client, Sources{Indexes: []string{c.URL + "/index"}}, "a", version); got != "verified" {
				t.Errorf("%s: got %q", version, got)
			}
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		return c.requests() - before
	}
	if n := both(); n != 1 {
		t.Errorf("%d requests for a new release, want 1", n)
	}
	c.now = c.now.Add(25 * time.Hour)
	if n := both(); n != 1 {
		t.Errorf("%d requests to revalidate two releases, want 1", n)
	}
	if n := both(); n != 0 {
		t.Errorf("%d requests when warm, want 0", n)
	}
}

func TestETagThatNeverMatches(t *testing.T) {
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n))
		w.Header().Set("Cache-Control", "max-age=0")
		simplePage(w, fine)
	})
	c.want("cold", nil, "verified", 1)
	c.want("warm", nil, "verified", 0)
	c.now = c.now.Add(25 * time.Hour)
	c.want("old", nil, "verified", 1)
}

// What an index forbids to keep is not kept.
func TestNoStore(t *testing.T) {
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Cache-Control", "private, No-Store")
		simplePage(w, fine)
	})
	c.want("cold", nil, "verified", 1)
	c.want("not kept", nil, "verified", 1)
}

// Another digest for a file name than before is never overlooked: not when it
// is asked for, not in the run after that, not with --refresh, and not when
// the index goes back.
func TestDigestChanged(t *testing.T) {
	page := fine
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) { simplePage(w, page) })
	c.want("cold", nil, "verified", 1)
	page = simpleFile("a-1.0.tar.gz", wrong)
	c.want("warm: the index is not asked", nil, "verified", 0)
	c.want("--refresh", func(o *Options) { o.Refresh = true }, "changed", 1)
	c.want("the run after", nil, "changed", 0)
	c.now = c.now.Add(25 * time.Hour)
	c.want("a day later", nil, "changed", 1)
	page = fine
	c.now = c.now.Add(25 * time.Hour)
	c.want("and back", nil, "changed", 1)

	client := c.client(t, func(o *Options) { o.CacheDir, o.Now = c.dir, func() time.Time { return c.now } })
	a := client.Ask(context.Background(), Sources{Indexes: []string{c.URL + "/index"}}, "a", "1.0")
	if len(a.Changed) != 1 || a.Changed[0].File != "a-1.0.tar.gz" || a.Changed[0].Old.Hex() != wrong || a.Changed[0].New.Hex() != right {
		t.Errorf("got %+v", a.Changed)
	}
}

func TestGone(t *testing.T) {
	page := []string{fine, simpleFile("a-1.0-py3-none-any.whl", wrong)}
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) { simplePage(w, page...) })
	c.want("cold", nil, "verified", 1)
	page = page[:1]
	c.now = c.now.Add(25 * time.Hour)
	c.want("a file less", nil, "verified", 1)
	client := c.client(t, func(o *Options) { o.CacheDir, o.Now = c.dir, func() time.Time { return c.now } })
	for _, version := range []string{"1.0", ""} {
		a := client.Ask(context.Background(), Sources{Indexes: []string{c.URL + "/index"}}, "a", version)
		if len(a.Gone) != 1 || a.Gone[0].Digests[0].Hex() != wrong || len(a.Files()) != 1 {
			t.Errorf("version %q: got gone %+v", version, a.Gone)
		}
	}
}

// Answers are told apart by index and credentials.
func TestCacheKey(t *testing.T) {
	c := newCached(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if user, _, _ := r.BasicAuth(); user == "me" {
			simplePage(w, fine)
		} else {
			simplePage(w, simpleFile("a-1.0.tar.gz", wrong))
		}
	})
	for i, test := range []struct {
		user, path string
		want       string
		requests   int
	}{
		{"me:hunter2@", "/index", "verified", 1},
		{"me:hunter2@", "/index", "verified", 0},
		{"", "/index", "mismatched", 1},
		{"you:hunter2@", "/index", "mismatched", 1},
		{"me:hunter2@", "/other", "verified", 1},
	} {
		before := c.requests()
		client := c.client(t, func(o *Options) { o.CacheDir, o.Now = c.dir, func() time.Time { return c.now } })
		got := judge(client, Sources{Indexes: []string{strings.Replace(c.URL, "//", "//"+test.user, 1) + test.path}}, "a", "1.0")
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if n := c.requests() - before; got != test.want || n != test.requests {
			t.Errorf("%d: got %q after %d requests, want %q after %d", i, got, n, test.want, test.requests)
		}
	}
	content, err := os.ReadFile(filepath.Join(c.dir, "answers-2"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("hunter2")) {
		t.Error("the cache has a password")
	}
}

// A file that is cut off anywhere, or damaged anywhere, or not ours, costs a
// request, and never gives a wrong answer.
func TestDamagedCache(t *testing.T) {
	c := newCached(t, files(fine))
	c.want("cold", nil, "verified", 1)
	path := filepath.Join(c.dir, "answers-2")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, n := c.run(nil)
		if got != "verified" || n > 1 {
			t.Errorf("%s: got %q after %d requests", what, got, n)
		}
		if n == 1 {
			c.want(what+", then", nil, "verified", 0)
		}
	}
	for n := range len(whole) {
		try(fmt.Sprintf("cut at %d", n), whole[:n])
	}
	for n := range len(whole) {
		flipped := bytes.Clone(whole)
		flipped[n] ^= 0x40
		try(fmt.Sprintf("damaged at %d", n), flipped)
	}
	try("foreign", []byte(strings.Repeat("this is somebody's shopping list\n", 100)))
	try("half a record before", append(append(bytes.Clone(whole), whole[headerSize:len(whole)-5]...), whole[headerSize:]...))
}

func TestForeignCacheRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	c := newCached(t, files(fine))
	for what, set := range map[string]func() error{
		"a folder that others can write to": func() error { return os.Chmod(c.dir, 0o777) },
		"a file that others can write to": func() error {
			return errors.Join(os.Chmod(c.dir, 0o700), os.Chmod(filepath.Join(c.dir, "answers-2"), 0o666))
		},
		"a link": func() error {
			path := filepath.Join(c.dir, "answers-2")
			return errors.Join(os.Rename(path, path+"x"), os.Symlink(path+"x", path), os.Chmod(path+"x", 0o600))
		},
	} {
		os.RemoveAll(c.dir)
		c.want("cold", nil, "verified", 1)
		if err := set(); err != nil {
			t.Fatal(err)
		}
		client := c.client(t, func(o *Options) { o.CacheDir = c.dir })
		if client.CacheProblem() == nil {
			t.Errorf("%s: no problem", what)
		}
		c.want(what, nil, "verified", 1)
	}
}

// A disk that is full or a folder that cannot be written is an error of Close,
// and of nothing else.
func TestReadOnlyCache(t *testing.T) {
	c := newCached(t, files(fine))
	client := c.client(t, func(o *Options) { o.CacheDir = c.dir })
	if err := os.RemoveAll(c.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := judge(client, Sources{Indexes: []string{c.URL + "/index"}}, "a", "1.0"); got != "verified" {
		t.Errorf("got %q", got)
	}
	if err := client.Close(); err == nil {
		t.Error("no error")
	}
	if client := c.client(t, func(o *Options) { o.CacheDir = c.dir }); client.CacheProblem() == nil {
		t.Error("a file in the place of the folder is no problem")
	}
}

// Many clients write one cache at once, each with answers of its own; all are
// there afterwards.
func TestCacheShared(t *testing.T) {
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		name := strings.Trim(strings.TrimPrefix(r.URL.Path, "/index/"), "/")
		w.Header().Set("Content-Type", typeJSON)
		fmt.Fprintf(w, `{"meta": {"api-version": "1.0"}, "files": [%s]}`, simpleFile(name+"-1.0.tar.gz", right))
	})
	dir := filepath.Join(t.TempDir(), "cache")
	src := Sources{Indexes: []string{h.URL + "/index"}}
	const clients, each = 8, 20
	first := h.client(t, func(o *Options) { o.CacheDir = dir })
	judge(first, src, "first", "1.0")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() {
			c := h.client(t, func(o *Options) { o.CacheDir = dir })
			for n := range each {
				if got := judge(c, src, fmt.Sprintf("a%d-%d", i, n), "1.0"); got != "verified" {
					t.Errorf("got %q", got)
				}
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	before := h.requests()
	c := h.client(t, func(o *Options) { o.CacheDir = dir })
	for i := range clients {
		for n := range each {
			judge(c, src, fmt.Sprintf("a%d-%d", i, n), "1.0")
		}
	}
	if n := h.requests() - before; n != 0 {
		t.Errorf("%d of %d answers were lost", n, clients*each)
	}
}

// What a link has to open it is not kept.
func TestLinkSecrets(t *testing.T) {
	h := newHostile(t, false, files(`{"filename": "a-1.0.tar.gz", "url": "https://me:hunter2@files.example.org/a-1.0.tar.gz?token=hunter2#hunter2", "hashes": {"sha256": "`+right+`"}}`))
	dir := filepath.Join(t.TempDir(), "c")
	src := Sources{Indexes: []string{h.URL + "/index"}}
	for run := range 2 {
		c := h.client(t, func(o *Options) { o.CacheDir = dir })
		a := c.Ask(context.Background(), src, "a", "1.0")
		if want := []string{"https://files.example.org/a-1.0.tar.gz?token=hunter2", "https://files.example.org/a-1.0.tar.gz"}[run]; a.Err() != nil || a.Files()[0].URL != want {
			t.Errorf("run %d: got %+v, want %s", run, a.Files(), want)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "answers-2"))
		if err != nil || strings.Contains(string(text), "hunter2") {
			t.Errorf("the cache has the secret: %v", err)
		}
	}
	for link, want := range map[string]string{
		"//u:p@h/x@y": "//h/x@y", "https://h/x": "https://h/x", "a/b//c@d": "a/b//c@d", "u@x.whl": "u@x.whl", "https://u:p@h": "https://h", "x?a//b@c": "x",
	} {
		if got := string(withoutSecrets([]byte(link))); got != want {
			t.Errorf("%s: got %s, want %s", link, got, want)
		}
	}
}

// What a run keeps has a limit, over all pages.
func TestKeepLimit(t *testing.T) {
	h := newHostile(t, false, files(fine))
	c := h.client(t, func(o *Options) { o.KeepLimit = 500 })
	var got string
	for i := range 50 {
		got = judge(c, Sources{Indexes: []string{fmt.Sprint(h.URL, "/index/", i)}}, "a", "1.0")
	}
	if got != "unverified: too-large" {
		t.Errorf("got %q", got)
	}
}
