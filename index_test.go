package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// What pip is told about the way to its index holds for us: the address, the
// credentials in it and the authority that signs for it. No password is shown.
func TestAsPipIsConfigured(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ci" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path != "/simple/lamp/" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		fmt.Fprint(w, wheel)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are to fail
	s.StartTLS()
	defer s.Close()
	folder(t, map[string]string{"requirements.txt": hashed, "ca.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))})
	host := strings.TrimPrefix(s.URL, "https://")

	index := "PIP_INDEX_URL=https://ci:s3cret@" + host + "/simple"
	got := reqhash(t, []string{index, "PIP_CERT=ca.pem"}, "check")
	if got.status != 0 || !strings.Contains(got.stderr, "1 verified") || !strings.Contains(got.stderr, "index https://***@"+host+"/simple") {
		t.Errorf("with PIP_INDEX_URL and PIP_CERT: %+v", got)
	}

	for name, env := range map[string][]string{
		"no certificate": {index},
		"no password":    {"PIP_INDEX_URL=" + s.URL + "/simple", "PIP_CERT=ca.pem"},
	} {
		got := reqhash(t, env, "check")
		if got.status != 3 || !strings.Contains(got.stdout, "[unverifiable]") {
			t.Errorf("%s: got %+v, want status 3", name, got)
		}
		if strings.Contains(got.stdout+got.stderr, "s3cret") {
			t.Errorf("%s: the password is shown: %+v", name, got)
		}
	}
	if err := os.WriteFile("pip.conf", []byte("[global]\nindex-url = "+strings.TrimPrefix(index, "PIP_INDEX_URL=")+"\ncert = ca.pem\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := reqhash(t, []string{"PIP_CONFIG_FILE=pip.conf"}, "check"); got.status != 0 {
		t.Errorf("with pip.conf: %+v", got)
	}
}

// rememberedIndex serves the page, whatever it is at the time, to a folder with
// one requirement. It was checked once and is in the cache.
func rememberedIndex(t *testing.T, page *string) (env []string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		fmt.Fprint(w, *page)
	}))
	t.Cleanup(s.Close)
	folder(t, map[string]string{"requirements.txt": hashed})
	env = []string{"XDG_CACHE_HOME=" + t.TempDir(), "PIP_INDEX_URL=" + s.URL + "/simple"}
	if got := reqhash(t, env, "check"); got.status != 0 {
		t.Fatalf("before: %+v, want status 0", got)
	}
	return env
}

// An index that gives another digest for a file than it gave before is the worst
// that can be found. It is told, whatever the file lists, and fix never follows.
func TestDigestChanged(t *testing.T) {
	page := wheel
	env := rememberedIndex(t, &page)

	page = strings.ReplaceAll(wheel, strings.Repeat("1", 64), strings.Repeat("6", 64))
	got := reqhash(t, env, "fix", "--refresh", "--replace-unknown", "--complete")
	if got.status != 1 || !strings.Contains(got.stdout, "[digest-changed]") || !strings.Contains(got.stdout, "sha256:111111111111…") || !strings.Contains(got.stdout, "sha256:666666666666…") {
		t.Errorf("after: %+v, want status 1 and both digests", got)
	}
	if now := text(t, "requirements.txt"); now != hashed {
		t.Errorf("fix writes what was changed: %q", now)
	}
}

// A hash of a file that the index had once, and has removed, is known for what it
// is.
func TestGone(t *testing.T) {
	page := wheel
	env := rememberedIndex(t, &page)
	page = strings.NewReplacer(strings.Repeat("1", 64), strings.Repeat("6", 64), "lamp-1.0-py3-none-any.whl", "lamp-1.0.tar.gz").Replace(wheel)
	got := reqhash(t, env, "check", "--refresh")
	const want = "lamp 1.0: its only hash is the digest of lamp-1.0-py3-none-any.whl, which the index has removed [hash-mismatch]"
	if got.status != 1 || !strings.Contains(got.stdout, want) {
		t.Errorf("after: %+v, want status 1 and %q", got, want)
	}
}
