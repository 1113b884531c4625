package pypi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tool returns a program to test against, where REQHASH_E2E says that such
// tests are to run: they take their time.
func tool(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("REQHASH_E2E") == "" {
		t.Skipf("%s is not started: set REQHASH_E2E=1", name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("REQHASH_E2E is set, and there is no %s: %v", name, err)
	}
	return path
}

// serve starts a server and waits until it answers.
func serve(t *testing.T, address string, command ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", command[0], &out)
		}
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(60 * time.Second)
	for {
		if res, err := http.Get(address); err == nil {
			res.Body.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", command[0], err, &out)
		case <-giveUp:
			t.Fatalf("%s does not answer", command[0])
		case <-tick.C:
		}
	}
}

// port returns one that is free.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// distributions writes a wheel and an sdist of a 1.0, and an sdist of 2.0, and
// returns the digests of the first two by name.
func distributions(t *testing.T, dir string) map[string]string {
	t.Helper()
	var sdist bytes.Buffer
	if out, err := exec.Command("tar", "-czf", "-", "-C", dir, ".").Output(); err == nil {
		sdist.Write(out)
	}
	want := map[string]string{}
	for name, content := range map[string][]byte{
		"a-1.0-py3-none-any.whl": wheelBytes(t, 10, 10), "a-1.0.tar.gz": sdist.Bytes(), "a-2.0.tar.gz": append(sdist.Bytes(), 0),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if !strings.Contains(name, "2.0") {
			want[name] = hex.EncodeToString(sum[:])
		}
	}
	return want
}

// askReal asks a real server for a==1.0 and for what it does not have, twice,
// and the second time without a request.
func askReal(t *testing.T, address string, want map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	src := Sources{Indexes: []string{address}}
	requests := 0
	for run := range 2 {
		transport, err := NewTransport(TransportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := New(Options{CacheDir: dir, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			requests++
			return transport.RoundTrip(r)
		})})
		a := c.Ask(context.Background(), src, "A", "1.0.0")
		if err := a.Err(); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, f := range a.Files() {
			if d, ok := f.Digest(4); ok {
				got[f.Name] = d.Hex()
				continue
			}
			// An index without digests: they are made.
			digests := c.Recall(f)
			if digests == nil {
				d, err := c.Download(context.Background(), f)
				if err != nil {
					t.Fatal(err)
				}
				digests = d.Digests
			}
			for _, d := range digests {
				if d.Algorithm().String() == "sha256" {
					got[f.Name] = d.Hex()
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if run == 1 && requests != 0 {
			t.Errorf("%d requests in a warm run", requests)
		}
		if requires, known, err := c.Dependencies(context.Background(), a); err != nil || !known || len(requires) != len(metadataWant) {
			t.Errorf("dependencies: got %q, %v, %v", requires, known, err)
		}
		if run == 0 {
			if a := c.Ask(context.Background(), src, "no-such-project", "1.0"); a.Err() != nil || a.Known {
				t.Errorf("a project that is not there: got %+v", a)
			}
			if a := c.Ask(context.Background(), src, "a", "3.0"); a.Err() != nil || !a.Known || len(a.Files()) != 0 {
				t.Errorf("a release that is not there: got %+v", a)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		t.Logf("run %d: %d requests", run, requests)
		requests = 0
		transport.CloseIdleConnections()
	}
}

func TestPypiserver(t *testing.T) {
	server, dir, port := tool(t, "pypi-server"), t.TempDir(), port(t)
	want := distributions(t, dir)
	serve(t, "http://127.0.0.1:"+port, server, "run", "-p", port, "-i", "127.0.0.1", "-P", ".", "-a", ".", "--disable-fallback", dir)
	askReal(t, "http://127.0.0.1:"+port+"/simple/", want)
}

func TestDevpi(t *testing.T) {
	initialize, server, client := tool(t, "devpi-init"), tool(t, "devpi-server"), tool(t, "devpi")
	dir, files, port := t.TempDir(), t.TempDir(), port(t)
	want := distributions(t, files)
	run := func(command ...string) {
		t.Helper()
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	run(initialize, "--serverdir", dir+"/server", "--no-root-pypi")
	address := "http://127.0.0.1:" + port
	serve(t, address, server, "--serverdir", dir+"/server", "--host", "127.0.0.1", "--port", port, "--offline-mode")
	at := "--clientdir=" + dir + "/client"
	run(client, "use", at, address)
	run(client, "login", at, "root", "--password=")
	run(client, "index", at, "-c", "root/test", "bases=", "volatile=True")
	run(client, "use", at, "root/test")
	run(client, "upload", at, files+"/a-1.0-py3-none-any.whl")
	askReal(t, address+"/root/test/+simple/", map[string]string{"a-1.0-py3-none-any.whl": want["a-1.0-py3-none-any.whl"]})
}

// nginx in front of pypiserver, with basic authentication, and for itself with
// a folder in the form of the Simple API.
func TestNginx(t *testing.T) {
	nginx, server := tool(t, "nginx"), tool(t, "pypi-server")
	dir, back, front := t.TempDir(), port(t), port(t)
	files := filepath.Join(dir, "files")
	if err := os.MkdirAll(filepath.Join(dir, "www/static/a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	for d := dir; strings.HasPrefix(d, os.TempDir()) && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // its workers are another user's
			t.Fatal(err)
		}
	}
	want := distributions(t, files)
	var links strings.Builder
	for name, digest := range want {
		fmt.Fprintf(&links, "<a href=\"/files/%s#sha256=%s\">x</a>\n", name, digest)
	}
	for name, content := range map[string]string{
		"www/static/a/index.html": links.String(),
		"htpasswd":                "me:{PLAIN}hunter2\n",
		"nginx.conf": `daemon off; pid ` + dir + `/pid; error_log stderr; events {}
http {
	access_log off; types { text/html html; } gzip on; gzip_types *; gzip_min_length 1;
	client_body_temp_path ` + dir + `/t1; proxy_temp_path ` + dir + `/t2; fastcgi_temp_path ` + dir + `/t3; uwsgi_temp_path ` + dir + `/t4; scgi_temp_path ` + dir + `/t5;
	server {
		listen 127.0.0.1:` + front + `; root ` + dir + `/www;
		auth_basic "x"; auth_basic_user_file ` + dir + `/htpasswd;
		location /files/ { alias ` + files + `/; }
		location /proxied/ { proxy_pass http://127.0.0.1:` + back + `/; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Host $http_host/proxied; }
		location /packages/ { proxy_pass http://127.0.0.1:` + back + `; }
		location /static/ { }
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, "http://127.0.0.1:"+back, server, "run", "-p", back, "-i", "127.0.0.1", "-P", ".", "-a", ".", "--disable-fallback", files)
	serve(t, "http://127.0.0.1:"+front, nginx, "-c", dir+"/nginx.conf", "-p", dir)
	for _, path := range []string{"/static", "/proxied/simple"} {
		t.Run(path, func(t *testing.T) {
			askReal(t, "http://me:hunter2@127.0.0.1:"+front+path, want)
			for _, user := range []string{"", "me:wrong@"} {
				c := testClient(t, Options{})
				a := c.Ask(context.Background(), Sources{Indexes: []string{"http://" + user + "127.0.0.1:" + front + path}}, "a", "1.0")
				if e, ok := a.Err().(*Error); !ok || e.Kind != Unauthorized || len(a.Files()) != 0 {
					t.Errorf("%q: got %+v", user, a)
				}
			}
		})
	}
}
