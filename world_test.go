package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A result is what a run of the tool gave.
type result struct {
	status         int
	stdout, stderr string
}

// reqhash runs the tool in this process, in the working directory, with nothing
// in its environment but env ("KEY=value") and what keeps the configuration of
// pip and the files of the user out.
func reqhash(t *testing.T, env []string, args ...string) result {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	known := map[string]string{"PIP_CONFIG_FILE": os.DevNull, "XDG_CACHE_HOME": home}
	for _, e := range env {
		key, value, _ := strings.Cut(e, "=")
		known[key] = value
	}
	var stdout, stderr bytes.Buffer
	w := world{strings.NewReader(""), &stdout, &stderr, func(key string) string { return known[key] }, func() time.Time { return time.Time{} }}
	status := run(t.Context(), args, w)
	return result{status, stdout.String(), stderr.String()}
}

// folder makes a folder with these files, which becomes the working directory.
func folder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// text is what a file holds; "" if there is none.
func text(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(src)
}

// only fails if the working directory holds anything but these files: whatever
// fails leaves nothing half written behind.
func only(t *testing.T, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if g, w := strings.Join(got, " "), strings.Join(names, " "); g != w {
		t.Errorf("the folder holds %q, want %q", g, w)
	}
}
