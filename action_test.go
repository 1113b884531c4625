package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// release serves an archive with the tool in it, and its checksums.
func release(t *testing.T, bin string, checksum string) *httptest.Server {
	t.Helper()
	program, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	packed := gzip.NewWriter(&archive)
	files := tar.NewWriter(packed)
	if err := files.WriteHeader(&tar.Header{Name: "reqhash", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	const name = "reqhash_1.2.3_linux_amd64.tar.gz"
	if checksum == "" {
		checksum = fmt.Sprintf("%x", sha256.Sum256(archive.Bytes()))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1.2.3/" + name:
			w.Write(archive.Bytes())
		case "/v1.2.3/checksums.txt":
			fmt.Fprintf(w, "%064d  another.tar.gz\n%s  %s\n", 1, checksum, name)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// TestAction runs the action's script against a release on loopback: it takes
// only what was published, gives the inputs as arguments and nothing else, and
// ends as the tool does.
func TestAction(t *testing.T) {
	needs(t, "bash")
	needs(t, "curl")
	bin := built(t)
	good, bad := release(t, bin, ""), release(t, bin, strings.Repeat("0", 64))
	script, err := filepath.Abs(".github/action.sh")
	if err != nil {
		t.Fatal(err)
	}
	index, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(rightSix, "sha256:ff70335d", "sha256:00000000", 1)
	tests := []struct {
		name   string
		server *httptest.Server
		env    []string
		status int
		want   []string // in what it says
		absent string   // of what it says
	}{
		{"right", good, []string{"INPUT_PATHS=right"}, 0, nil, "::error"},
		{"wrong", good, []string{"INPUT_PATHS=wrong", "INPUT_SARIF=out.sarif"}, 1, []string{"::error file=wrong/requirements.txt,line=1,", "title=reqhash foreign-hash::"}, ""},
		{"tag of the action", good, []string{"INPUT_VERSION=", "ACTION_REF=v1.2.3", "INPUT_PATHS=right"}, 0, nil, "::error"},
		{"commit of the action", good, []string{"INPUT_VERSION=", "ACTION_REF=0123456789abcdef0123456789abcdef01234567"}, 2, []string{"name a release such as v1.2.3"}, ""},
		{"exchanged archive", bad, []string{"INPUT_PATHS=right"}, 2, []string{"::error title=reqhash::reqhash_1.2.3_linux_amd64.tar.gz is not what was published"}, "verified"},
		{"pinned archive", good, []string{"INPUT_SHA256=" + strings.Repeat("0", 64), "INPUT_PATHS=right"}, 2, []string{"is not what was published"}, "verified"},
		{"no such release", good, []string{"INPUT_VERSION=v9.9.9"}, 2, []string{"cannot fetch"}, ""},
		{"hostile version", good, []string{"INPUT_VERSION=v1.2.3/../../x;id"}, 2, []string{"version is 'v1.2.3/../../x;id'"}, "uid="},
		{"hostile command", good, []string{"INPUT_COMMAND=check; id"}, 2, []string{"expected check, lint or fix"}, "uid="},
		{"hostile paths", good, []string{"INPUT_PATHS=$(id)\n`id`\n; id\n--exit-zero\n"}, 2, []string{"$(id)"}, "uid="},
		{"arguments with blanks", good, []string{"INPUT_PATHS=two words\n\n  right  ", "INPUT_ARGS=--select\nforeign-hash"}, 1, []string{"file=two words/requirements.txt"}, "file=right"},
		{"patch", good, []string{"INPUT_COMMAND=fix", "INPUT_PATHS=wrong"}, 1, []string{"+++ ./wrong/requirements.txt"}, "\n::stop"},
		{"lint", good, []string{"INPUT_COMMAND=lint", "INPUT_PATHS=wrong"}, 0, nil, "::error"},
		{"configuration of the base branch", good, []string{"INPUT_CONFIG=base.toml", "INPUT_PATHS=wrong"}, 0, nil, "::error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"right/requirements.txt": rightSix, "wrong/requirements.txt": wrong, "two words/requirements.txt": wrong,
				"base.toml": "levels = { foreign-hash = \"off\" }\n"} {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("bash", script)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TEMP="+t.TempDir(), "GITHUB_ACTIONS=true", "CI=true", "GITHUB_STEP_SUMMARY=",
				"GITHUB_PATH="+filepath.Join(dir, "path"), "GITHUB_OUTPUT="+filepath.Join(dir, "output"), "PIP_INDEX_URL="+index, "PIP_CONFIG_FILE="+os.DevNull,
				"REQHASH_NO_CACHE=true", "INPUT_VERSION=v1.2.3", "INPUT_RELEASES="+test.server.URL+"/")
			cmd.Env = append(cmd.Env, test.env...)
			said, err := cmd.CombinedOutput()
			status := cmd.ProcessState.ExitCode()
			if status != test.status {
				t.Errorf("status %d (%v), want %d:\n%s", status, err, test.status, said)
			}
			for _, want := range test.want {
				if !bytes.Contains(said, []byte(want)) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if test.absent != "" && bytes.Contains(said, []byte(test.absent)) {
				t.Errorf("it says %q:\n%s", test.absent, said)
			}
			if test.name == "wrong" {
				if out, err := os.ReadFile(filepath.Join(dir, "output")); err != nil || string(out) != "status=1\n" {
					t.Errorf("its output is %q (%v)", out, err)
				}
				if _, err := os.Stat(filepath.Join(dir, "out.sarif")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
