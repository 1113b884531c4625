package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// pipVersion is the pip that judges: one release, because its words and its rules change with releases.
const pipVersion = "26.3"

// What pip says when it refuses a set, from its exceptions.py (HashMissing, HashMismatch).
const (
	pipHashMissing  = "Hashes are required in --require-hashes mode, but they are missing from some requirements."
	pipHashMismatch = "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
)

// acgs has the services of testdata/acgs, each with what pip says of it before fix; "" means that it takes the file as it is.
var acgs = []struct{ name, refusal string }{
	{"ac", ""},
	{"integrity", ""},
	{"fv", pipHashMissing},
	{"gs", pipHashMismatch},
	{"pgc", pipHashMissing},
}

// pip is the judge of fix: it refuses fv, gs and pgc before and takes all five services after, and what it took before is
// left byte for byte as it was. Needed are CPython 3.11 or 3.12 on Linux x86-64 and the package index; without them the test
// skips, and fails under REQHASH_E2E=1. pip's own cache is used as it is configured, so only a first run downloads much.
func TestPip(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the package index")
	}
	judge := newPipJudge(t)
	bin := filepath.Join(t.TempDir(), "reqhash")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	path := func(name string) string {
		return filepath.Join(dir, "testdata", "acgs", "services", name)
	}

	read := func(file string) []byte {
		src, err := os.ReadFile(path(file))
		if err != nil {
			t.Fatal(err)
		}
		return src
	}

	files := []string{"base.txt"}
	before := [][]byte{read("base.txt")}
	for _, s := range acgs {
		file := filepath.Join(s.name, "requirements.txt")
		files, before = append(files, file), append(before, read(file))
		t.Run("before/"+s.name, func(t *testing.T) {
			out, err := judge.install(t, judge.venv(t), path(file), "--dry-run")
			var exit *exec.ExitError
			switch {
			case s.refusal == "" && err != nil:
				t.Errorf("pip refuses what is right: %v\n%s", err, out)
			case s.refusal == "":
				t.Logf("pip %s accepts %s", pipVersion, file)
			case !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, s.refusal):
				t.Errorf("pip: %v, want exit status 1 and %q\n%s", err, s.refusal, out)
			default:
				t.Logf("pip %s refuses %s: %s", pipVersion, file, s.refusal)
			}
		})
	}

	fix := exec.Command(bin, "fix", "testdata/acgs")
	fix.Dir = dir
	fix.Env = environ(func(key string) bool {
		return !strings.HasPrefix(key, "PIP_") && !strings.HasPrefix(key, "UV_") && !strings.HasPrefix(key, "REQHASH_")
	})
	if out, err := fix.CombinedOutput(); err != nil {
		t.Fatalf("reqhash fix testdata/acgs: %v\n%s", err, out)
	}
	for i, file := range files {
		was, is := before[i], read(file)
		right := strings.HasPrefix(file, "ac") || strings.HasPrefix(file, "integrity")
		if right && !bytes.Equal(was, is) {
			t.Errorf("fix changes %s, which is right:\n%s", file, is)
		}
		if got, want := apartFromHashes(is), apartFromHashes(was); got != want {
			t.Errorf("fix changes more of %s than its hashes:\ngot  %q\nwant %q", file, got, want)
		}
	}

	for _, s := range acgs {
		file := filepath.Join(s.name, "requirements.txt")
		t.Run("after/"+s.name, func(t *testing.T) {
			if out, err := judge.install(t, judge.venv(t), path(file), "--dry-run"); err != nil {
				t.Fatalf("pip refuses what fix wrote: %v\n%s", err, out)
			}
			t.Logf("pip %s accepts %s", pipVersion, file)
		})
	}
	t.Run("installed/pgc", func(t *testing.T) {
		env := judge.venv(t)
		if out, err := judge.install(t, env, path(filepath.Join("pgc", "requirements.txt"))); err != nil {
			t.Fatalf("pip refuses what fix wrote: %v\n%s", err, out)
		}
		if out, err := judge.run(t, "--python", env, "check"); err != nil {
			t.Errorf("pip check: %v\n%s", err, out)
		}
		if out, err := runPython(t, env, "-c", "import numpy, pandas, prometheus_client, psutil"); err != nil {
			t.Errorf("what pgc needs cannot be imported: %v\n%s", err, out)
		}
	})
}

// apartFromHashes is a file without the lines that hold only a hash, and without the backslash that leads to them.
func apartFromHashes(src []byte) string {
	var kept []string
	for line := range strings.Lines(string(src)) {
		body := strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(body), "--hash=") {
			continue
		}
		kept = append(kept, strings.TrimSuffix(body, ` \`)+line[len(body):])
	}
	return strings.Join(kept, "")
}

// A pipJudge is pip of version pipVersion, in a virtual environment of its own.
type pipJudge struct {
	base   string // the interpreter that environments are made of
	python string // the one that runs pip
}

// newPipJudge finds an interpreter and fetches pip for it, which also shows that the index answers.
func newPipJudge(t *testing.T) pipJudge {
	t.Helper()
	without := func(format string, args ...any) {
		t.Helper()
		if os.Getenv("REQHASH_E2E") == "1" {
			t.Fatalf("REQHASH_E2E=1, but "+format, args...)
		}
		t.Skipf(format, args...)
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		without("the services are deployed on Linux x86-64, and this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	const probe = "import ensurepip, sys, venv; sys.exit(sys.implementation.name != 'cpython' or sys.version_info[:2] not in ((3, 11), (3, 12)))"
	candidates := []string{"python3.11", "python3.12", "python3"}
	i := slices.IndexFunc(candidates, func(name string) bool {
		_, err := runPython(t, name, "-c", probe)
		return err == nil
	})
	if i < 0 {
		without("none of %q is CPython 3.11 or 3.12 with venv and ensurepip", candidates)
	}
	p := pipJudge{base: candidates[i]}
	dir := t.TempDir()
	if out, err := runPython(t, p.base, "-m", "venv", dir); err != nil {
		t.Fatalf("making a virtual environment: %v\n%s", err, out)
	}
	p.python = filepath.Join(dir, "bin", "python")
	out, err := p.run(t, "install", "--quiet", "--retries=1", "--timeout=20", "--force-reinstall", "pip=="+pipVersion)
	if err != nil {
		without("the index does not give pip %s: %v\n%s", pipVersion, err, out)
	}
	return p
}

// venv makes a fresh environment, without pip in it, and returns its interpreter.
func (p pipJudge) venv(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := runPython(t, p.base, "-m", "venv", "--without-pip", dir); err != nil {
		t.Fatalf("making a virtual environment: %v\n%s", err, out)
	}
	return filepath.Join(dir, "bin", "python")
}

// install asks pip to install file into the environment of the interpreter python.
func (p pipJudge) install(t *testing.T, python, file string, args ...string) (string, error) {
	t.Helper()
	return p.run(t, slices.Concat([]string{"--python", python, "install", "--require-hashes", "-r", file}, args)...)
}

func (p pipJudge) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return runPython(t, p.python, append([]string{"-m", "pip", "--no-input", "--disable-pip-version-check"}, args...)...)
}

// pipReaching are the settings of pip that say where the index is and how to get there. Others would change the verdict.
var pipReaching = []string{"CACHE_DIR", "CERT", "CLIENT_CERT", "CONFIG_FILE", "DEFAULT_TIMEOUT", "EXTRA_INDEX_URL", "FIND_LINKS",
	"INDEX_URL", "KEYRING_PROVIDER", "NO_INDEX", "PROXY", "RETRIES", "TIMEOUT", "TRUSTED_HOST"}

// runPython runs an interpreter and gives its output, both streams, ended after five minutes.
func runPython(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environ(func(key string) bool {
		setting, ok := strings.CutPrefix(key, "PIP_")
		return (!ok || slices.Contains(pipReaching, setting)) && !slices.Contains([]string{"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}, key)
	})
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environ is the environment less what keep refuses.
func environ(keep func(key string) bool) []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return !keep(key)
	})
}
