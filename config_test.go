package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A fault is told with file, line and column (both from 1) and what was expected.
func TestConfigFaults(t *testing.T) {
	for _, c := range []struct{ file, src, want string }{
		{".reqhash.toml", "require = 'hashes'\n", ""},
		{".reqhash.toml", "", ""},
		{".reqhash.toml", "require = 'hash'\n", `.reqhash.toml:1:1: require is "hash": expected "hashes" or "consistent"`},
		{".reqhash.toml", "\n\nrequire = 5\n", `.reqhash.toml:3:11: expected require to be "hashes" or "consistent"`},
		{".reqhash.toml", "[require]\na = 1\n", `.reqhash.toml:1:2: expected require to be "hashes" or "consistent"`},
		{".reqhash.toml", "index_url = 'x'\n", `.reqhash.toml:1:1: unknown key "index_url"; did you mean "index-url"?`},
		{".reqhash.toml", "colour = 'red'\n", `.reqhash.toml:1:1: unknown key "colour"`},
		{".reqhash.toml", "exclude = [1]\n", ".reqhash.toml:1:12: expected exclude to be a list of strings"},
		{".reqhash.toml", "include = ['a', '[b']\n", `.reqhash.toml:1:1: include: "[b" is no glob`},
		{".reqhash.toml", "[levels]\nyanked = 'error'\nyankd = 'error'\n", `.reqhash.toml:3:1: there is no rule "yankd"; did you mean "yanked"?`},
		{".reqhash.toml", "# inline\nlevels = {yankd = 'error'}\n", `.reqhash.toml:2:1: there is no rule "yankd"; did you mean "yanked"?`},
		{".reqhash.toml", "[levels]\nyanked = 'Error'\n", `.reqhash.toml:2:1: yanked is "Error": expected error, warning, note or off`},
		{".reqhash.toml", "[levels]\nyanked = 1\n", ".reqhash.toml:2:10: expected levels.yanked = error, warning, note or off"},
		{".reqhash.toml", "require = 'hashes'\nrequire = 'hashes'\n", ".reqhash.toml:2:1: key require is already defined"},
		{".reqhash.toml", "levels = [\n", ".reqhash.toml:1:11: array is incomplete"},
		{"pyproject.toml", "[tool.reqhash]\nrequire = 'hashes'\n[tool.black]\nline-length = 1\n", ""},
		{"pyproject.toml", "[tool.reqhash]\n[tool.black]\nrequir = 'x'\n", ""},
		{"pyproject.toml", "[project]\nname = 'x'\n[tool.reqhash]\nrequir = 'hashes'\n", `pyproject.toml:4:1: unknown key "requir"; did you mean "require"?`},
		{"pyproject.toml", "[tool.reqhash.levels]\nyankd = 'off'\n", `pyproject.toml:2:1: there is no rule "yankd"; did you mean "yanked"?`},
		{"pyproject.toml", "tool.reqhash = 3\n", "pyproject.toml:1:16: expected the table [tool.reqhash]"},
		{"pyproject.toml", "[broken\n", ""}, // and not ours
		{"pyproject.toml", "[broken\n[tool.reqhash]\nrequire = 'hashes'\n", "pyproject.toml:1:8: expected ']' to close table name"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, c.file)
		if err := os.WriteFile(path, []byte(c.src), 0o666); err != nil {
			t.Fatal(err)
		}
		configs, err := newConfigs("", dir)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, err := configs.of(dir); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", c.file, c.src, got, c.want)
		}
	}
}

// A fault of a configuration has the status of wrong usage.
func TestConfigStatus(t *testing.T) {
	folder(t, map[string]string{"requirements.txt": "", ".reqhash.toml": "requir = 1\n"})
	if got := reqhash(t, nil, "check"); got.status != 2 || got.stdout != "" {
		t.Errorf("got %+v, want status 2", got)
	}
}

// The nearest configuration above a file counts, alone, up to the root of the
// repository.
func TestConfigNearest(t *testing.T) {
	folder(t, map[string]string{
		".reqhash.toml":               "index-url = 'top'\n",
		"repo/.git/HEAD":              "",
		"repo/a/pyproject.toml":       "[tool.reqhash]\nindex-url = 'a'\n",
		"repo/a/b/pyproject.toml":     "[project]\n",
		"repo/a/both/.reqhash.toml":   "index-url = 'both'\n",
		"repo/a/both/pyproject.toml":  "[tool.reqhash]\nindex-url = 'no'\n",
		"repo/a/empty/.reqhash.toml":  "",
		"other/deep/deeper/notes.txt": "",
	})
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	configs, err := newConfigs("", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, want string }{
		{"repo", ""},
		{"repo/a", "a"},
		{"repo/a/b", "a"},
		{"repo/a/both", "both"},
		{"repo/a/empty", ""},
		{"other/deep/deeper", "top"},
	} {
		got, err := configs.of(filepath.Join(dir, filepath.FromSlash(c.dir)))
		if err != nil {
			t.Errorf("%s: %v", c.dir, err)
			continue
		}
		if got.IndexURL != c.want {
			t.Errorf("%s: index-url %q, want %q", c.dir, got.IndexURL, c.want)
		}
	}
}

// A folder that a configuration names lies beside it; an address stays.
func TestBeside(t *testing.T) {
	dir := string(filepath.Separator) + filepath.Join("srv", "repo")
	for _, c := range []struct{ address, want string }{
		{"index", filepath.Join(dir, "index")},
		{"../index", filepath.Join(filepath.Dir(dir), "index")},
		{"https://example.com/simple", "https://example.com/simple"},
		{"file:///srv/index", "file:///srv/index"},
		{dir, dir},
	} {
		if got := beside(dir, c.address); got != c.want {
			t.Errorf("beside(%q, %q) = %q, want %q", dir, c.address, got, c.want)
		}
	}
}
