package pypi

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientTLS trusts the hostile index's certificate.
func clientTLS(h *hostile) *tls.Config {
	if h.Certificate() == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(h.Certificate())
	return &tls.Config{RootCAs: pool}
}

func gzipped(body io.Reader) func(http.ResponseWriter, *http.Request, int) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.Copy(z, body); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// connectionScenarios are what goes wrong below HTTP and around a body.
func connectionScenarios() []scenario {
	whole := `{"meta": {"api-version": "1.0"}, "files": [` + fine + `]}`
	hang := func(w http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
	drip := func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		fmt.Fprint(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	long := func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)+10))
		fmt.Fprint(w, whole)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	short := func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)-10))
		io.WriteString(w, whole[:len(whole)-10])
	}
	cut := func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Type", typeJSON)
		io.WriteString(w, whole[:len(whole)-3])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	hurry := func(o *Options) { o.Timeout = 100 * time.Millisecond }
	encoded := func(encoding string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("Content-Encoding", encoding)
			raw(typeJSON, whole)(w, r, n)
		}
	}
	return []scenario{
		{name: "reset", handler: reset, want: "unverified: unreachable", requests: 4},
		{name: "reset, then fine", handler: then(2, reset, files(fine)), want: "verified", requests: 3},
		{name: "no answer", handler: hang, options: hurry, want: "unverified: timeout", requests: 1},
		{name: "a byte, and no more", handler: drip, options: hurry, want: "unverified: timeout", requests: 1},
		{name: "Content-Length too long", handler: long, want: "unverified: unreachable", requests: 2},
		{name: "Content-Length too short", handler: short, want: "unverified: malformed", requests: 1},
		{name: "cut in the middle", handler: cut, want: "unverified: unreachable", requests: 2},
		{name: "cut in the middle, then fine", handler: then(1, cut, files(fine)), want: "verified", requests: 2},
		{name: "gzip", handler: gzipped(strings.NewReader(whole)), want: "verified", requests: 1},
		{name: "gzip bomb", handler: gzipped(io.LimitReader(zeros{}, 5<<20)), options: func(o *Options) { o.PageLimit = 4 << 20 }, want: "unverified: too-large", requests: 1},
		{name: "gzip that is none", handler: encoded("gzip"), want: "unverified: unreachable", requests: 2},
		{name: "an encoding nobody asked for", handler: encoded("br"), want: "unverified: malformed", requests: 1},
		{name: "no HTTP", want: "unverified: unreachable", requests: 4, handler: func(w http.ResponseWriter, r *http.Request, _ int) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprint(conn, "HTTP/1.1 302 Found\r\nLocation: http://me:hunter2@[bad\x1b[31m/\r\n\r\n")
				conn.Close()
			}
		}},
		{name: "headers of a megabyte", handler: status(200, "X-Big", strings.Repeat("x", 1<<20)), want: "unverified: unreachable", requests: 4},
	}
}

// statusScenarios are what goes wrong in HTTP.
func statusScenarios() []scenario {
	to := func(where string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Location", where)
			w.WriteHeader(http.StatusMovedPermanently)
		}
	}
	private := func(w http.ResponseWriter, r *http.Request, n int) {
		if user, password, ok := r.BasicAuth(); !ok || user != "me" || password != "hunter2" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		simplePage(w, fine)
	}
	return []scenario{
		{name: "500, then fine", handler: then(1, status(500), files(fine)), want: "verified", requests: 2},
		{name: "502, then fine", handler: then(3, status(502), files(fine)), want: "verified", requests: 4},
		{name: "503, then fine", handler: then(1, status(503), files(fine)), want: "verified", requests: 2},
		{name: "500 for ever", handler: status(500), want: "unverified: status", requests: 4},
		{name: "503 for ever, with an absurd Retry-After", handler: status(503, "Retry-After", "99999999999999999999"), want: "unverified: status", requests: 4},
		{name: "429, then fine", handler: then(1, status(429), files(fine)), want: "verified", requests: 2},
		{name: "429 with Retry-After, then fine", handler: then(1, status(429, "Retry-After", "3"), files(fine)), want: "verified", requests: 2},
		{name: "429 for ever", handler: status(429, "Retry-After", "3600"), want: "unverified: status", requests: 4},
		{name: "418", handler: status(418), want: "unverified: status", requests: 1},
		{name: "204", handler: status(204), want: "unverified: status", requests: 1},
		{name: "206 unasked", handler: then(9, func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("Content-Type", typeJSON)
			w.WriteHeader(206)
			fmt.Fprint(w, `{"meta": {"api-version": "1.0"}, "files": []}`)
		}, nil), want: "unverified: status", requests: 1},
		{name: "304 unasked", handler: status(304), want: "unverified: status", requests: 1},
		{name: "302 without a place", handler: status(302), want: "unverified: status", requests: 1},
		{name: "301 to another path", handler: then(1, to("/elsewhere/a/"), files(fine)), want: "verified", requests: 2},
		{name: "a redirect loop", handler: to("/index/a/"), want: "unverified: malformed", requests: maxRedirects},
		{name: "a redirect to file:", handler: to("file:///etc/passwd"), want: "unverified: forbidden", requests: 1},
		{name: "a redirect to ftp:", handler: to("ftp://example.org/"), want: "unverified: forbidden", requests: 1},
		{name: "a redirect to plain http elsewhere", handler: to("http://index.example.org/a/"), want: "unverified: insecure", requests: 1},
		{name: "a redirect to a link-local address", handler: to("https://169.254.169.254/latest/meta-data/"), want: "unverified: forbidden", requests: 1},
		{name: "a redirect to a link-local IPv6 address", handler: to("https://[fe80::1%25eth0]/"), want: "unverified: forbidden", requests: 1},
		{name: "a redirect to a mapped link-local address", handler: to("https://[::ffff:169.254.169.254]/"), want: "unverified: forbidden", requests: 1},
		{name: "a redirect to a link-local address behind NAT64", handler: to("https://[64:ff9b::a9fe:a9fe]/"), want: "unverified: forbidden", requests: 1},
		{name: "401 without credentials", handler: private, want: "unverified: unauthorized", requests: 1},
		{name: "401 with the right credentials", handler: private, user: "me:hunter2", want: "verified", requests: 1},
		{name: "401 with wrong credentials", handler: private, user: "you:hunter2", want: "unverified: unauthorized", requests: 1},
		{name: "403", handler: status(403), user: "me:hunter2", want: "unverified: unauthorized", requests: 1},
	}
}

func TestRefused(t *testing.T) {
	h := newHostile(t, false, files(fine))
	address := h.URL + "/index"
	h.Close()
	c := h.client(t, nil)
	for i := range 50 {
		if got := judge(c, Sources{Indexes: []string{address}}, fmt.Sprintf("a%d", i), "1.0"); got != "unverified: unreachable" {
			t.Fatalf("got %q", got)
		}
	}
	a := c.Ask(context.Background(), Sources{Indexes: []string{address}}, "a0", "1.0")
	b := c.Ask(context.Background(), Sources{Indexes: []string{address}}, "a0", "")
	last := c.Ask(context.Background(), Sources{Indexes: []string{address}}, "a49", "1.0")
	want := "asking " + address + " for a0: connection refused"
	if a.Err().Error() != want || b.Err().Error() != want || last.Err().Error() != strings.Replace(want, "a0", "a49", 1) {
		t.Errorf("got %v, %v, %v", a.Err(), b.Err(), last.Err())
	}
	if len(h.pauses) > deadAfter {
		t.Errorf("a dead host was tried again %d times", len(h.pauses))
	}
}

// A host that only fails is given up once, and not once for each project.
func TestDeadHost(t *testing.T) {
	h := newHostile(t, false, status(503))
	c := h.client(t, nil)
	for i := range 100 {
		if got := judge(c, Sources{Indexes: []string{h.URL + "/index"}}, fmt.Sprintf("a%d", i), "1.0"); got != "unverified: status" {
			t.Fatalf("got %q", got)
		}
	}
	if n := h.requests(); n != deadAfter {
		t.Errorf("%d requests, want %d", n, deadAfter)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f := &fetcher{now: func() time.Time { return now }}
	for value, want := range map[string]time.Duration{
		"":                              0,
		"3":                             3 * time.Second,
		"0":                             0,
		"-5":                            0,
		"soon":                          0,
		"31":                            maxPause,
		"99999999999999999999999":       maxPause,
		"Thu, 01 Jan 2026 00:00:10 GMT": 10 * time.Second,
		"Thu, 01 Jan 1970 00:00:00 GMT": 0,
		"Thu, 01 Jan 2099 00:00:00 GMT": maxPause,
	} {
		if got := f.retryAfter(value); got != want {
			t.Errorf("Retry-After: %s: got %v, want %v", value, got, want)
		}
	}
	h := newHostile(t, false, then(1, status(429, "Retry-After", "7"), files(fine)))
	if got := judge(h.client(t, nil), Sources{Indexes: []string{h.URL + "/index"}}, "a", "1.0"); got != "verified" {
		t.Errorf("got %q", got)
	}
	if len(h.pauses) != 1 || h.pauses[0] != 7*time.Second {
		t.Errorf("the pauses were %v, want 7s", h.pauses)
	}
}

// Credentials go to the host they are for, and nowhere else.
func TestCredentialsStay(t *testing.T) {
	other := newHostile(t, false, files(fine))
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, other.URL+"/stolen/", http.StatusFound)
	})
	address := strings.Replace(h.URL, "http://", "http://me:hunter2@", 1) + "/index"
	if got := judge(h.client(t, nil), Sources{Indexes: []string{address}}, "a", "1.0"); got != "verified" {
		t.Errorf("got %q", got)
	}
	if h.auth[0] == "" {
		t.Error("the index got no credentials")
	}
	if other.auth[0] != "" {
		t.Error("another host got the credentials")
	}
}

func TestDowngrade(t *testing.T) {
	plain := newHostile(t, false, files(fine))
	h := newHostile(t, true, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, plain.URL+"/index/a/", http.StatusFound)
	})
	if got := judge(h.client(t, nil), Sources{Indexes: []string{h.URL + "/index"}}, "a", "1.0"); got != "unverified: insecure" {
		t.Errorf("got %q", got)
	}
	if n := plain.requests(); n != 0 {
		t.Errorf("the plain host was asked %d times", n)
	}
}

// A certificate that nobody vouches for is an error, unless the user's own
// configuration trusts the host; a checked file's --trusted-host has no say.
func TestCertificate(t *testing.T) {
	h := newHostile(t, true, files(fine))
	host := strings.TrimPrefix(h.URL, "https://")
	strict, err := NewTransport(TransportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lax, err := NewTransport(TransportOptions{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		options Options
		want    string
	}{
		{"a line of a file", Options{}, "unverified: insecure"},
		{"the configuration", Options{Trusted: []string{host}}, "verified"},
		{"the configuration, without the port", Options{Trusted: []string{"127.0.0.1"}}, "verified"},
		{"the configuration, another host", Options{Trusted: []string{"example.org"}}, "unverified: insecure"},
		{"all allowed", Options{AllowInsecure: true}, "verified"},
	} {
		test.options.Transport, test.options.Insecure, test.options.Pause = strict, lax, noPause
		c := New(test.options)
		src := Sources{Indexes: []string{h.URL + "/index"}, Trusted: []string{host}}
		if got := judge(c, src, "a", "1.0"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if a := c.Ask(context.Background(), src, "a", "1.0"); a.Err() == nil && !a.Indexes[0].Insecure {
			t.Errorf("%s: an answer without proof is not said to be insecure", test.name)
		}
	}
}

// An answer over plain http from another host proves nothing.
func TestPlainHTTP(t *testing.T) {
	asked := 0
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		asked++
		if r.Header.Get("Authorization") != "" {
			t.Error("credentials went over plain http")
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {typeJSON}}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"meta": {"api-version": "1.0"}, "files": [` + fine + `]}`))}, nil
	})
	src := Sources{Indexes: []string{"http://me:hunter2@index.example.org/simple/x"}}
	if got := judge(New(Options{Transport: transport}), src, "a", "1.0"); got != "unverified: insecure" || asked != 0 {
		t.Errorf("got %q after %d requests", got, asked)
	}
	if got := judge(New(Options{Transport: transport, AllowInsecure: true}), src, "a", "1.0"); got != "verified" {
		t.Errorf("allowed: got %q", got)
	}
	if got := judge(New(Options{Transport: transport, Trusted: []string{"index.example.org"}}), src, "a", "1.0"); got != "verified" {
		t.Errorf("trusted: got %q", got)
	}
	for _, address := range []string{"http://169.254.169.254/simple", "https://169.254.169.254/simple", "http://[fe80::1]/s", "https://0.0.0.0/",
		"https://[::]/simple", "ftp://index.example.org/simple", "https:///simple", "git+https://index.example.org/x", "relative/path", ""} {
		asked = 0
		got := judge(New(Options{Transport: transport, AllowInsecure: true}), Sources{Indexes: []string{address}}, "a", "1.0")
		if asked != 0 || got != "unverified: forbidden" && got != "unverified: unusable" {
			t.Errorf("%s: got %q after %d requests", address, got, asked)
		}
	}
}

// No name leads to a link-local address, whatever it resolves to.
func TestLinkLocal(t *testing.T) {
	for address, want := range map[string]bool{
		"169.254.169.254:80": true, "[fe80::1%eth0]:443": true, "[::ffff:169.254.1.1]:80": true, "0.0.0.0:80": true, "[ff02::1]:80": true,
		"[fd00:ec2::254]:80": true, "127.0.0.1:80": false, "10.0.0.1:80": false, "[::1]:80": false, "[2001:db8::1]:443": false, "[64:ff9b::a00:1]:443": false,
	} {
		if err := refuseLinkLocal("tcp", address, nil); (err != nil) != want {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Ctrl-C ends a run that waits for an index.
func TestCanceled(t *testing.T) {
	began := make(chan struct{})
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		close(began)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-began
		cancel()
	}()
	a := h.client(t, nil).Ask(ctx, Sources{Indexes: []string{h.URL + "/index"}}, "a", "1.0")
	if e, ok := a.Err().(*Error); !ok || e.Kind != Canceled {
		t.Errorf("got %v", a.Err())
	}
}

// What an address carries opens what is asked by that address, and nothing
// else: neither of two accounts at one index sees with the other's eyes, and a
// checked file's account is not the one of the user.
func TestCredentialsOfEach(t *testing.T) {
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		if strings.HasSuffix(r.URL.Path, ".gz") {
			fmt.Fprint(w, "\x1f\x8b")
			return
		}
		switch user, _, _ := r.BasicAuth(); user {
		case "alice":
			simplePage(w, fine)
		case "bob":
			simplePage(w, simpleFile("a-1.0.tar.gz", wrong))
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	as := func(user, path string) string {
		return strings.Replace(h.URL, "://", "://"+user+":hunter2@", 1) + path
	}
	dir := filepath.Join(t.TempDir(), "c")
	client := func(user string) *Client {
		return h.client(t, func(o *Options) {
			o.CacheDir = dir
			if user != "" {
				o.Credentials = func(string) (string, string, bool) { return user, "hunter2", true }
			}
		})
	}
	for _, test := range []struct {
		netrc, address, want string
	}{
		{"", as("alice", "/index"), "verified"},
		{"", h.URL + "/index", "unverified: unauthorized"},
		{"", as("bob", "/index"), "mismatched"},
		{"bob", h.URL + "/index", "mismatched"},
		{"bob", as("alice", "/index"), "verified"},
	} {
		c := client(test.netrc)
		for _, other := range []string{as("eve", "/index/a"), as("alice", "/other"), as("bob", "/index/")} {
			c.Ask(context.Background(), Sources{Indexes: []string{other}}, "z", "1.0")
		}
		src := Sources{Indexes: []string{test.address}}
		if got := judge(c, src, "a", "1.0"); got != test.want {
			t.Errorf("%s with %q in netrc: got %q, want %q", test.address, test.netrc, got, test.want)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	c := client("")
	if _, err := c.Download(context.Background(), direct(as("carol", "/f/a-1.0.tar.gz"))); err != nil {
		t.Error(err)
	}
	if _, err := c.Download(context.Background(), direct(h.URL+"/f/a-1.0.tar.gz")); err != nil {
		t.Error(err)
	}
	if n := len(h.auth); h.auth[n-2] == "" || h.auth[n-1] != "" {
		t.Errorf("the downloads carried %q", h.auth[n-2:])
	}
}
