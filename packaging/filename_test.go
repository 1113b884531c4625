package packaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFilenames holds which names pip takes for files of a project, and what it reads in each.
func TestFilenames(t *testing.T) {
	for _, row := range recorded(t, "filenames.json") {
		project, name := as[string](t, row[0]), as[string](t, row[1])
		f, err := ParseFilename(project, name)
		if len(row) == 2 {
			if err == nil && f.Kind != Other {
				t.Errorf("ParseFilename(%q, %q) = %v %q, and pip passes it over", project, name, f.Kind, f.Version)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseFilename(%q, %q): %v", project, name, err)
			continue
		}
		if !Installable(name) {
			t.Errorf("Installable(%q) = false", name)
		}
		for i, got := range []string{f.Kind.String(), f.Version.String(), f.Build} {
			if want := as[string](t, row[2+i]); got != want {
				t.Errorf("ParseFilename(%q, %q) has %q for %q", project, name, got, want)
			}
		}
		for i, tags := range [][]string{f.Python, f.ABI, f.Platform} {
			slices.Sort(tags)
			if want := as[[]string](t, row[5+i]); !slices.Equal(slices.Compact(tags), want) {
				t.Errorf("ParseFilename(%q, %q) has the tags %q for %q", project, name, tags, want)
			}
		}
		if want := as[string](t, row[8]); f.PythonVersion != want {
			t.Errorf("ParseFilename(%q, %q).PythonVersion = %q, want %q", project, name, f.PythonVersion, want)
		}
	}
}

// TestOthers holds what is guessed of the names that pip passes over.
func TestOthers(t *testing.T) {
	for _, test := range []struct{ project, name, version string }{
		{"foo", "foo-1.0.egg", "1.0"},
		{"foo", "foo-1.0-py2.7.egg", "1.0"},
		{"foo", "Foo-1.0_1-py2.7-linux-x86_64.egg", ""},
		{"foo", "foo-1.0rc1-py2.7-macosx-10.9-x86_64.egg", "1.0rc1"},
		{"foo", "foo-1.0.win32-py2.7.exe", "1.0"},
		{"foo", "foo-1.0.win-amd64-py2.7.msi", "1.0"},
		{"foo", "foo-1.0-1.noarch.rpm", "1.0"},
		{"foo", "foo-1.0.post2-1.src.rpm", "1.0.post2"},
		{"foo", "foo-1.0.linux-x86_64.tar.gz", "1.0"},
		{"foo", "foo-1.0.dev3.macosx-10.9-x86_64.tar.gz", "1.0.dev3"},
		{"foo", "foo-1.0.macosx10.9.zip", "1.0"},
		{"foo", "foo-1.0-custom.exe", "1.0"},
		{"foo", "foo-setup.exe", ""},
	} {
		f, err := ParseFilename(test.project, test.name)
		if err != nil || f.Kind != Other || f.Version.String() != test.version {
			t.Errorf("ParseFilename(%q, %q) = %v %q, %v, want other %q", test.project, test.name, f.Kind, f.Version, err, test.version)
		}
	}
}

// TestCorpusFilenames holds every name of the corpus' index against the releases that the index lists: the version in the name is one of them.
func TestCorpusFilenames(t *testing.T) {
	pages, _ := filepath.Glob("../../shared/index/simple/*/index.json")
	if len(pages) == 0 {
		t.Skip("the corpus is not here")
	}
	files := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var index struct {
			Name     string
			Versions []string
			Files    []struct {
				Filename string
				Release  string `json:"_release"`
			}
		}
		if err := json.Unmarshal(text, &index); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		releases := map[string]bool{}
		for _, version := range index.Versions {
			releases[mustVersion(t, version).Key()] = true
		}
		for _, file := range index.Files {
			files++
			f, err := ParseFilename(index.Name, file.Filename)
			switch {
			case err != nil:
				t.Errorf("%s: %v", page, err)
			case !releases[f.Version.Key()] && file.Release == "":
				t.Errorf("%s: ParseFilename(%q, %q) has the version %q, which is none of %q", page, index.Name, file.Filename, f.Version, index.Versions)
			case f.Kind != Other && !Installable(file.Filename):
				t.Errorf("%s: %q is %v, and not installable", page, file.Filename, f.Kind)
			}
		}
	}
	t.Logf("%d names in %d pages", files, len(pages))
}
