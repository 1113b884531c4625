package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An include by URL is not fetched unless that is allowed, and then read as pip
// reads it.
func TestIncludeByURL(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/latin.txt":
			w.Header().Set("Content-Type", "text/plain")
			w.Write([]byte("# \xc5\nsix==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n"))
		case "/away":
			http.Redirect(w, r, "http://example.com/latin.txt", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	index, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	check := func(include string, flags ...string) (int, string) {
		if err := os.WriteFile("requirements.txt", []byte("-r "+server.URL+include+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		args := append([]string{"check", "--no-cache", "--index-url", index}, flags...)
		status := run(context.Background(), append(args, "requirements.txt"), world{strings.NewReader(""), &out, &out, func(string) string { return "" }, time.Now})
		return status, out.String()
	}
	if status, out := check("/latin.txt"); status != 3 || asked != 0 || !strings.Contains(out, "is not fetched") {
		t.Errorf("without being allowed: status %d, %d requests\n%s", status, asked, out)
	}
	if status, out := check("/latin.txt", "--allow-remote"); status != 0 || !strings.Contains(out, "1 verified") {
		t.Errorf("allowed: status %d\n%s", status, out)
	}
	if status, out := check("/none.txt", "--allow-remote"); status != 1 || !strings.Contains(out, "status 404") {
		t.Errorf("not there: status %d\n%s", status, out)
	}
	if status, out := check("/away", "--allow-remote"); status != 1 || !strings.Contains(out, "plain http") {
		t.Errorf("led away: status %d\n%s", status, out)
	}
}
