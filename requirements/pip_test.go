package requirements

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

var (
	pipInputs = flag.Int("pip.inputs", 5000, "random files that pip and Read both read")
	pipSeed   = flag.Uint64("pip.seed", 1, "of the random files")
)

// pipAnswer is what pip_reader.py says of a file.
type pipAnswer struct {
	Fatal string    `json:"fatal,omitempty"`
	Lines []pipLine `json:"lines,omitempty"`
}

type pipLine struct {
	N       int            `json:"n"`
	Err     string         `json:"err,omitempty"`
	Kind    string         `json:"kind,omitempty"`
	Text    string         `json:"text,omitempty"`
	Name    string         `json:"name,omitempty"`
	Extras  []string       `json:"extras,omitempty"`
	Spec    []string       `json:"spec,omitempty"`
	Marker  string         `json:"marker,omitempty"`
	URL     string         `json:"url,omitempty"`
	Hashes  []string       `json:"hashes,omitempty"`
	Target  string         `json:"target,omitempty"`
	Options map[string]any `json:"options,omitempty"`
}

// pipWorld is the folder in which pip reads, and its environment.
var (
	pipFiles = map[string]PathKind{"pkg": Project, "plain": Directory, "foo-1.0-py3-none-any.whl": Regular, "bar.zip": Regular, "dir.zip": Directory, "a": Directory}
	pipEnv   = map[string]string{
		"V": "3", "OPTS": " --hash=sha256:" + digestA, "A1": "1.${B1}", "B1": "2", "NL": "\nb==2", "Q": "\"x y\"",
		"HASH": " # c", "URL": "https://u:p@e.x/", "E": "é", "BS": "\\", "DASH": "-",
	}
)

const (
	digestA = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	digestB = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

// pipOptions reads as pip does in dir.
func pipOptions(dir string) ReadOptions {
	return ReadOptions{
		Dir: dir, AllowEnv: true,
		Getenv: func(name string) string { return pipEnv[name] },
		Exists: func(p string) PathKind {
			if p == dir {
				return Directory
			}
			if dir != "/" && strings.HasPrefix(dir, p+"/") || p == "/" {
				return Directory
			}
			kind := pipFiles[Shown(strings.TrimRight(p, "/"), dir)]
			if kind == Regular && strings.HasSuffix(p, "/") {
				return Nothing
			}
			return kind
		},
	}
}

// pipReader runs pip's reader in one process for all files.
type pipReader struct {
	in  io.Writer
	out *bufio.Reader
	dir string
}

func (p *pipReader) read(t *testing.T, src []byte) (answer pipAnswer) {
	t.Helper()
	request, err := json.Marshal(map[string]any{"b64": base64.StdEncoding.EncodeToString(src)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.in.Write(append(request, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("pip's reader ended on %q: %v", src, err)
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// newPipReader installs pip 26.3 beside the system's own and starts its
// reader. Without Python or index the test is skipped, under REQHASH_E2E=1 it
// fails.
func newPipReader(t *testing.T) *pipReader {
	t.Helper()
	give := t.Skipf
	if os.Getenv("REQHASH_E2E") == "1" {
		give = t.Fatalf
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		give("no python3: pip cannot be asked: %v", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	pip := filepath.Join(cache, "reqhash-test", "pip-26.3")
	if _, err := os.Stat(filepath.Join(pip, "pip")); err != nil {
		if err := os.MkdirAll(filepath.Dir(pip), 0o755); err != nil {
			give("no folder for pip: %v", err)
		}
		fresh, err := os.MkdirTemp(filepath.Dir(pip), "new")
		if err != nil {
			give("no folder for pip: %v", err)
		}
		defer os.RemoveAll(fresh)
		if out, err := exec.Command(python, "-m", "pip", "install", "-q", "--no-deps", "--target", fresh, "pip==26.3").CombinedOutput(); err != nil {
			give("pip 26.3 cannot be installed: %v\n%s", err, out)
		}
		if err := os.Rename(fresh, pip); err != nil && !os.IsExist(err) {
			if _, err := os.Stat(filepath.Join(pip, "pip")); err != nil {
				give("pip 26.3 cannot be kept: %v", err)
			}
		}
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range pipFiles {
		p := filepath.Join(dir, name)
		if kind == Regular {
			err = os.WriteFile(p, nil, 0o644)
		} else if err = os.Mkdir(p, 0o755); err == nil && kind == Project {
			err = os.WriteFile(filepath.Join(p, "setup.py"), nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("testdata/pip_reader.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, script, pip, dir)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "HOME=/nonexistent"}
	for name, value := range pipEnv {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		give("python3 does not start: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("pip's reader: %v", err)
		}
	})
	return &pipReader{in: in, out: bufio.NewReaderSize(out, 1<<20), dir: dir}
}

// TestAgainstPip: pip 26.3 and Read make the same of random files put together
// from the dangerous pieces of the grammar.
func TestAgainstPip(t *testing.T) {
	if testing.Short() {
		t.Skip("runs pip")
	}
	pip := newPipReader(t)
	opts := pipOptions(pip.dir)
	bad := 0
	for n := range *pipInputs / every {
		src := randomFile(rand.New(rand.NewPCG(*pipSeed, uint64(n))))
		want := pip.read(t, src)
		f := Read("r.txt", src, opts)
		if diff := differs(f, want); diff != "" {
			t.Errorf("input %d, %q:\n%s", n, src, diff)
			if bad++; bad > 20 {
				t.Fatal("too many differences")
			}
		}
	}
	t.Logf("%d files read as pip reads them", *pipInputs/every-bad)
}

// differs compares a reading with pip's; "" when they agree. Local paths that
// do not exist are refused by pip and marked by Read.
func differs(f *File, want pipAnswer) string {
	if (f.Err != nil) != (want.Fatal != "") {
		return fmt.Sprintf("fatal: pip %q, Read %v", want.Fatal, f.Err)
	}
	if len(f.Lines) != len(want.Lines) {
		return fmt.Sprintf("%d lines for pip, %d for Read", len(want.Lines), len(f.Lines))
	}
	for i := range f.Lines {
		if diff := lineDiffers(f, &f.Lines[i], &want.Lines[i]); diff != "" {
			return fmt.Sprintf("line %d: %s", want.Lines[i].N, diff)
		}
	}
	return ""
}

func lineDiffers(f *File, l *Line, w *pipLine) string {
	if l.First != w.N {
		return fmt.Sprintf("number %d", l.First)
	}
	refused := l.Err != nil || l.Missing
	if refused != (w.Err != "") {
		return fmt.Sprintf("refused: pip %q, Read %v (missing %v)", w.Err, l.Err, l.Missing)
	}
	if refused {
		return ""
	}
	var hashes []string
	for i := range l.Hashes {
		hashes = append(hashes, l.HashText(i))
	}
	slices.SortStableFunc(hashes, func(a, b string) int {
		return strings.Compare(a[:strings.IndexByte(a, ':')], b[:strings.IndexByte(b, ':')])
	})
	extras := slices.Clone(l.Extras)
	slices.Sort(extras)
	extras = slices.Compact(extras)
	var spec []string
	for _, s := range l.Specifiers {
		spec = append(spec, s.String())
	}
	slices.Sort(spec)
	spec = slices.Compact(spec)
	marker := l.Marker
	if m, err := packaging.ParseMarker(marker); marker != "" && err == nil {
		marker = strings.ReplaceAll(m.String(), `\\`, `\`) // pip writes a string as it is
	}
	url := l.URL
	if l.Path || l.Kind == Editable {
		url = w.URL // pip has the absolute path
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"kind", l.Kind.String(), w.Kind}, {"text", l.Text, w.Text}, {"name", l.Name, w.Name}, {"extras", extras, w.Extras},
		{"specifier", spec, w.Spec}, {"marker", marker, w.Marker}, {"url", url, w.URL}, {"hashes", hashes, w.Hashes}, {"target", l.opens, w.Target},
		{"options", settingsOf(l), optionsOf(w)},
	} {
		if fmt.Sprintf("%q", c.got) != fmt.Sprintf("%q", c.want) {
			return fmt.Sprintf("%s: pip %q, Read %q", c.what, c.want, c.got)
		}
	}
	return ""
}

// settingsOf and optionsOf write what an option line sets in one way.
func settingsOf(l *Line) string {
	if l.Kind != Option {
		return ""
	}
	var all []string
	for _, s := range l.Settings {
		switch s.Name {
		case "no-binary", "only-binary", "all-releases", "only-final", "config-settings":
			continue
		case "use-feature": // pip keeps those of earlier lines, by an accident that has no effect
			continue
		}
		all = append(all, s.Name+"="+s.Value)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\n")
}

var pipDests = map[string]string{
	"index_url": "index-url", "extra_index_urls": "extra-index-url", "no_index": "no-index", "prefer_binary": "prefer-binary",
	"require_hashes": "require-hashes", "no_require_hashes": "no-require-hashes", "pre": "pre", "trusted_hosts": "trusted-host",
	"find_links": "find-links",
}

func optionsOf(w *pipLine) string {
	var all []string
	for _, dest := range slices.Sorted(maps.Keys(w.Options)) {
		if pipDests[dest] == "" {
			continue
		}
		switch v := w.Options[dest].(type) {
		case bool:
			all = append(all, pipDests[dest]+"=")
		case string:
			all = append(all, pipDests[dest]+"="+v)
		case []any:
			for _, e := range v {
				all = append(all, fmt.Sprintf("%s=%v", pipDests[dest], e))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\n")
}
