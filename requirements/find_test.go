package requirements

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes files; a name that ends in / is a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(p, 0o755); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// short lists what was found relative to dir.
func short(t *testing.T, dir string, f Finds) (files, skipped, locks []string) {
	t.Helper()
	rel := func(p string) string {
		r, err := filepath.Rel(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(r)
	}
	for _, x := range f.Files {
		files = append(files, rel(x.Path))
	}
	for _, x := range f.Skipped {
		skipped = append(skipped, rel(x.Path)+": "+x.Reason)
	}
	for _, x := range f.Locks {
		locks = append(locks, rel(x))
	}
	return files, skipped, locks
}

func TestFind(t *testing.T) {
	dir := tree(t, map[string]string{
		"requirements.txt": "", "dev-requirements-3.txt": "", "constraints.txt": "", "constraints-x.txt": "", "requirements/base.txt": "",
		"requirements/sub/deep.txt": "", "requirements/readme.md": "", "req.txt": "", "other.txt": "", "uv.lock": "", "a/poetry.lock": "", "a/pylock.dev.toml": "",
		"venv/pyvenv.cfg": "", "venv/requirements.txt": "", "node_modules/requirements.txt": "", "lib/site-packages/requirements.txt": "", ".tox/requirements.txt": "",
		"requirements-folder.txt/": "", "docs/pins.in": "", "old/requirements.txt": "",
	})
	finds, err := Find(context.Background(), []string{dir}, FindOptions{Base: dir, Include: []string{"docs/*.in"}, Exclude: []string{"old"}})
	if err != nil {
		t.Fatal(err)
	}
	files, skipped, locks := short(t, dir, finds)
	for _, c := range []struct{ got, want []string }{
		{files, []string{"constraints-x.txt", "constraints.txt", "dev-requirements-3.txt", "docs/pins.in", "requirements/base.txt", "requirements/sub/deep.txt", "requirements.txt"}},
		{skipped, []string{".tox: .tox", "lib/site-packages: site-packages", "node_modules: node_modules", "old: excluded", "venv: virtual environment"}},
		{locks, []string{"a/poetry.lock", "a/pylock.dev.toml", "uv.lock"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got  %q\nwant %q", c.got, c.want)
		}
	}
}

// TestFindNamed: what is named is taken, once, and what is not there is said.
func TestFindNamed(t *testing.T) {
	dir := tree(t, map[string]string{"x.lock": "", "requirements.txt": "", "empty/a.txt": ""})
	at := func(name string) string { return filepath.Join(dir, name) }
	finds, err := Find(context.Background(), []string{at("x.lock"), at("none.txt"), "-", dir, at("requirements.txt"), at("empty")}, FindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Found{{at("x.lock"), true, false}, {"-", true, false}, {at("requirements.txt"), true, false}}
	if !slices.Equal(finds.Files, want) {
		t.Errorf("got %v, want %v", finds.Files, want)
	}
	if len(finds.Errors) != 1 || !os.IsNotExist(finds.Errors[0]) || !slices.Equal(finds.Empty, []string{at("empty")}) {
		t.Errorf("errors %v, empty %v", finds.Errors, finds.Empty)
	}
}

// TestFindIgnored: git and Find agree on what is ignored and not tracked.
func TestFindIgnored(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := tree(t, map[string]string{
		".gitignore":       "build/\n/top-requirements.txt\n*.local-requirements.txt\n!keep.local-requirements.txt\nsub/**/gen-requirements.txt\n# c\n\\#-requirements.txt\nspace-requirements.txt  \nt[ab]-requirements.txt\nd/*\n!d/in/\n{x}-requirements.txt\n",
		"sub/.gitignore":   "!a.local-requirements.txt\nmine-requirements.txt\n",
		"requirements.txt": "", "build/requirements.txt": "", "build/tracked/requirements.txt": "", "top-requirements.txt": "", "sub/top-requirements.txt": "",
		"a.local-requirements.txt": "", "keep.local-requirements.txt": "", "sub/a.local-requirements.txt": "", "sub/b.local-requirements.txt": "", "sub/x/y/gen-requirements.txt": "",
		"sub/gen-requirements.txt": "", "#-requirements.txt": "", "space-requirements.txt": "", "ta-requirements.txt": "", "tc-requirements.txt": "", "sub/mine-requirements.txt": "",
		"mine-requirements.txt": "", "d/requirements.txt": "", "d/in/requirements.txt": "", "tracked.local-requirements.txt": "", "{x}-requirements.txt": "", "x-requirements.txt": "",
	})
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "core.excludesFile=", "-c", "core.quotePath=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for _, version := range []string{"2", "4"} {
		git("init", "-q", ".")
		git("add", "-f", "tracked.local-requirements.txt", "build/tracked/requirements.txt", "requirements.txt")
		git("update-index", "--index-version", version)
		want := strings.Fields(git("ls-files", "--cached", "--others", "--exclude-standard", "*.txt"))
		slices.Sort(want)
		finds, err := Find(context.Background(), []string{dir}, FindOptions{Base: dir})
		if err != nil {
			t.Fatal(err)
		}
		files, _, _ := short(t, dir, finds)
		slices.Sort(files)
		if !slices.Equal(files, want) {
			t.Errorf("index version %s:\ngot  %q\nwant %q", version, files, want)
		}
	}
	sub, err := Find(context.Background(), []string{filepath.Join(dir, "build")}, FindOptions{Base: dir})
	if err != nil {
		t.Fatal(err)
	}
	if files, _, _ := short(t, dir, sub); !slices.Equal(files, []string{"build/tracked/requirements.txt"}) {
		t.Errorf("below an ignored folder: %q", files)
	}
}
