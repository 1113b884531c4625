package audit_test

import (
	"bufio"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// scenario is one run of pip as it was recorded, testdata/pipjudge/README.md.
type scenario struct {
	ID, Why  string
	Index    map[string][]json.RawMessage
	Target   string
	Local    []struct{ Path, Kind, File string }
	Files    map[string]string
	Root     string
	Digests  map[string]string
	Contents map[string]string
	Pip      map[string]recordedOutcome
}

type recordedOutcome struct {
	Outcome, Reason, Name, Path string
	Line                        int
	Lines                       []string
	Files                       map[string]string
}

const loopback = "http://127.0.0.1:9"

// TestPredictsWhatPipDoes holds the predictions against what real pip did.
func TestPredictsWhatPipDoes(t *testing.T) {
	file := "../testdata/pipjudge/scenarios.jsonl"
	if other := os.Getenv("REQHASH_PIPJUDGE"); other != "" {
		file = other
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	runs := 0
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20) // 16 MiB
	for lines.Scan() {
		var s scenario
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, version := range slices.Sorted(maps.Keys(s.Pip)) {
			runs++
			t.Run(s.ID+"/"+version, func(t *testing.T) { s.hold(t, version) })
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if runs == 0 {
		t.Fatal("no run is recorded")
	}
}

// notPredicted are runs of pip 26.0.1, and why nobody needs to know what it does
// there: it ends in an assertion or exception of its own, or takes a file name
// that is none.
var notPredicted = map[string]string{
	"U14d/26.0.1": "its own assertion fails", "R13f/26.0.1": "its own exception", "R13g/26.0.1": "its own exception",
	"R13h/26.0.1": "its own exception", "R26b/26.0.1": "a wheel's name with an empty tag",
}

func (s *scenario) hold(t *testing.T, version string) {
	if why := notPredicted[s.ID+"/"+version]; why != "" {
		t.Skip(why)
	}
	want := s.Pip[version]
	maps.DeleteFunc(want.Files, func(_, file string) bool { return file == "" }) // directories and repositories
	dir := t.TempDir()
	s.lay(t, dir)
	got := s.predict(t, dir, version)
	same := got.Outcome == want.Outcome && got.Reason == want.Reason
	if want.Outcome == "installs" {
		same = same && maps.Equal(got.Files, want.Files)
	} else if want.Reason != "conflict" {
		same = same && (got.Name == want.Name || want.Reason == "invalid") && (want.Line == 0 || got.Line == want.Line && got.Path == want.Path)
	} else {
		same = same && slices.Contains(want.Lines, fmt.Sprintf("%s:%d", got.Path, got.Line))
	}
	if !same {
		t.Errorf("%s\n%s\npip %s: %+v\nwe say:  %+v", s.Why, s.Files, version, want, got)
	}
}

// lay writes the files of the scenario, its index as a folder beside them.
func (s *scenario) lay(t *testing.T, dir string) {
	for project, files := range s.Index {
		for i, raw := range files {
			files[i] = []byte(strings.Replace(string(raw), `"../../files/`, `"`+loopback+`/files/`, 1))
		}
		page, err := json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "name": project, "files": files})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "index", project, "index.json"), page)
	}
	if len(s.Index) == 0 {
		if err := os.MkdirAll(filepath.Join(dir, "index"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range s.Files {
		write(t, filepath.Join(dir, "work", name), []byte(s.filled(dir, text)))
	}
	for _, l := range s.Local {
		if l.Kind == "archive" {
			write(t, filepath.Join(dir, "work", l.Path), s.content(t, l.File))
			continue
		}
		write(t, filepath.Join(dir, "work", l.Path, "pyproject.toml"), []byte("[project]\nname = \"p\"\n"))
	}
}

func (s *scenario) filled(dir, text string) string {
	pairs := []string{"{zero}", strings.Repeat("0", 64), "{base}", loopback, "{dir}", filepath.ToSlash(filepath.Join(dir, "work"))}
	for key, hex := range s.Digests {
		pairs = append(pairs, "{"+key+"}", hex)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (s *scenario) content(t *testing.T, name string) []byte {
	src, err := base64.StdEncoding.DecodeString(s.Contents[name])
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func write(t *testing.T, name string, src []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, src, 0o666); err != nil {
		t.Fatal(err)
	}
}

func (s *scenario) predict(t *testing.T, dir, version string) report.Prediction {
	work := filepath.ToSlash(filepath.Join(dir, "work"))
	name := s.Target
	if name == "" {
		name = "cp311-manylinux_2_36_x86_64"
	}
	target, err := packaging.ParseTarget(name)
	if err != nil {
		t.Fatal(err)
	}
	read := requirements.ReadOptions{Dir: work, Exists: requirements.Exists}
	set, err := requirements.Load(context.Background(), []requirements.Root{{Path: s.Root, Named: true}}, func(path string, _ []byte) ([]byte, error) { return os.ReadFile(path) }, requirements.LoadOptions{ReadOptions: read})
	if err != nil {
		t.Fatal(err)
	}
	client := pypi.New(pypi.Options{})
	defer client.Close()
	config, err := pypi.ReadConfig(pypi.Environment{Getenv: func(string) string { return "" }, Dir: work,
		ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist }, Exists: func(string) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	config.IndexURL = filepath.Join(dir, "index")
	r := audit.Check(context.Background(), set, audit.Options{
		Index:    client,
		Pip:      version,
		Read:     read,
		Sources:  func(run requirements.Run) pypi.Sources { return config.Sources(optionLines(run, work)) },
		Settings: func(string) audit.Settings { return audit.Settings{Targets: []packaging.Target{target}} },
		Show:     func(address string) string { return address },
		Download: served{s, t},
	})
	for _, f := range r.Files {
		if len(f.Pip) > 0 {
			return f.Pip[0]
		}
	}
	t.Fatal("no prediction")
	return report.Prediction{}
}

// optionLines are the options that the run reads.
func optionLines(run requirements.Run, work string) []pypi.Line {
	var lines []pypi.Line
	for e := range run.Entries() {
		if l := &e.File.Lines[e.Line]; l.Kind == requirements.Option {
			line := pypi.Line{Dir: work}
			for _, s := range l.Settings {
				line.Options = append(line.Options, pypi.Option{Name: s.Name, Value: s.Value})
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// served downloads from the scenario.
type served struct {
	*scenario
	t *testing.T
}

func (s served) Download(_ context.Context, f pypi.File) (pypi.Downloaded, error) {
	digests, err := s.download(s.t, f.URL)
	return pypi.Downloaded{Digests: digests}, err
}

func (s served) Recall(pypi.File) []packaging.Digest { return nil }

// download is the server of the scenario, and the disk.
func (s *scenario) download(t *testing.T, address string) ([]packaging.Digest, error) {
	address, _, _ = strings.Cut(address, "#")
	name, err := url.PathUnescape(path.Base(address))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "gone-") {
		return nil, &pypi.Error{Kind: pypi.Status, Code: 404}
	}
	src := []byte(name) // stands for bytes that nothing lists
	switch _, ok := s.Contents[name]; {
	case ok:
		src = s.content(t, name)
	case !strings.Contains(address, "/files/"):
		if src, err = os.ReadFile(strings.TrimPrefix(address, "file://")); err != nil {
			return nil, err
		}
	}
	var digests []packaging.Digest
	for _, alg := range []struct{ name, hex string }{
		{"md5", fmt.Sprintf("%x", md5.Sum(src))},
		{"sha256", fmt.Sprintf("%x", sha256.Sum256(src))},
		{"sha384", fmt.Sprintf("%x", sha512.Sum384(src))},
		{"sha512", fmt.Sprintf("%x", sha512.Sum512(src))},
	} {
		if recorded, ok := s.Digests[alg.name+":"+name]; ok {
			alg.hex = recorded
		} else if recorded, ok := s.Digests[strings.ToUpper(alg.name)+":"+name]; ok {
			alg.hex = recorded
		} else if published, ok := s.published(name)[alg.name]; ok {
			alg.hex = published
		}
		d, err := packaging.ParseDigest(alg.name + ":" + alg.hex)
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	return digests, nil
}

// published are the digests that the index gives for a file.
func (s *scenario) published(name string) map[string]string {
	for _, files := range s.Index {
		for _, raw := range files {
			var f struct {
				Filename string
				Hashes   map[string]string
			}
			if json.Unmarshal(raw, &f) == nil && f.Filename == name {
				return f.Hashes
			}
		}
	}
	return nil
}
