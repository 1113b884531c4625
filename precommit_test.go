package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// project is a Git repository made for a test.
type project struct {
	t   *testing.T
	dir string
	env []string
}

func newProject(t *testing.T, env ...string) *project {
	p := &project{t, t.TempDir(), append(os.Environ(), env...)}
	p.env = append(p.env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	p.do("git", "init", "-q", "-b", "main")
	return p
}

// run runs a command in the project, and tells whether it succeeded.
func (p *project) run(command ...string) (string, bool) {
	p.t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = p.dir, p.env
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (p *project) do(command ...string) string {
	p.t.Helper()
	out, ok := p.run(command...)
	if !ok {
		p.t.Fatalf("%q: %s", command, out)
	}
	return out
}

func (p *project) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// ourselves is a repository with the files of this one as they are, committed.
func ourselves(t *testing.T) *project {
	t.Helper()
	list, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t)
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "testdata/") {
			continue // nothing that is installed
		}
		src, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // removed, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		p.write(name, string(src))
	}
	p.do("git", "add", "-A")
	p.do("git", "commit", "-q", "-m", "all")
	return p
}

const rightSix = "six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81\n"

// TestPreCommit: hooks are installed from a clone of this repository by the real
// pre-commit; a commit with a wrong hash is blocked, also where it stands in a
// file that a service includes; fix repairs it; then the commit passes. Only the
// installation needs a network.
func TestPreCommit(t *testing.T) {
	if os.Getenv("REQHASH_E2E") == "" {
		t.Skip("REQHASH_E2E is not set: it asks the module proxy")
	}
	preCommit := needs(t, "pre-commit")
	index, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	us := ourselves(t)
	p := newProject(t, "PRE_COMMIT_HOME="+t.TempDir(), "PIP_CONFIG_FILE="+os.DevNull, "REQHASH_CACHE_DIR="+t.TempDir())
	config := fmt.Sprintf("repos:\n- repo: %s\n  rev: %s\n  hooks:\n  - id: reqhash-lint\n  - id: reqhash-check\n  - id: reqhash-fix\n    stages: [manual]\n",
		us.dir, strings.TrimSpace(us.do("git", "rev-parse", "HEAD")))
	p.write(".pre-commit-config.yaml", config)
	p.write(".reqhash.toml", fmt.Sprintf("index-url = %q\n", filepath.ToSlash(index)))
	p.write("api/requirements.txt", "--require-hashes\n-r ../base.txt\n")
	p.write("base.txt", rightSix)
	p.do("git", "add", "-A")
	p.do("git", "commit", "-q", "-m", "right")
	p.do(preCommit, "install", "--install-hooks")

	p.env = append(p.env, "HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "GOPROXY=off")
	wrong := strings.Replace(rightSix, "sha256:ff70335d", "sha256:00000000", 1)
	p.write("base.txt", wrong)
	p.do("git", "add", "-A")
	out, ok := p.run("git", "commit", "-m", "wrong")
	if ok || !strings.Contains(out, "base.txt:1:") || !strings.Contains(out, "[foreign-hash]") {
		t.Fatalf("a wrong hash is committed (%t), or not for that:\n%s", ok, out)
	}
	if !strings.Contains(out, "reqhash lint....") {
		t.Errorf("lint did not run:\n%s", out)
	}

	if out, ok := p.run(preCommit, "run", "--hook-stage", "manual", "reqhash-fix"); ok || !strings.Contains(out, "files were modified by this hook") {
		t.Errorf("fix repairs nothing (%t):\n%s", ok, out)
	}
	p.do("git", "add", "-A")
	if out, ok := p.run("git", "commit", "-m", "repaired"); !ok {
		// The file is what it was, so that there may be nothing to commit.
		if !strings.Contains(out, "nothing to commit") && !strings.Contains(out, "working tree clean") {
			t.Errorf("the repaired file is not committed:\n%s", out)
		}
	}
	p.write("base.txt", "# a comment\n"+rightSix)
	p.do("git", "add", "-A")
	if out, ok := p.run("git", "commit", "-m", "right again"); !ok {
		t.Errorf("a right file is not committed:\n%s", out)
	}
	p.write("README.md", "no requirements\n")
	p.do("git", "add", "-A")
	if out := p.do("git", "commit", "-m", "other"); !strings.Contains(out, "(no files to check)Skipped") {
		t.Errorf("a hook ran for a file that concerns none:\n%s", out)
	}
}
