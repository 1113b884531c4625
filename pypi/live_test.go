package pypi

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestLive holds PyPI as it is against what was recorded of it: every recorded
// file of so many projects, drawn evenly, must be among those served, with the
// same digest; what else differs is printed. REQHASH_LIVE is the number of
// projects, each of which costs a request or two; unset, nothing is asked.
func TestLive(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("REQHASH_LIVE"))
	if err != nil || n < 1 {
		t.Skip("PyPI is not asked: set REQHASH_LIVE to a number of projects")
	}
	path := corpusIndex(t)
	dirs, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"fairlearn", "scikit-learn", "numpy", "pandas", "prometheus-client", "psutil"}
	names = names[:min(n, len(names))]
	for i := range n - len(names) {
		names = append(names, filepath.Base(dirs[i*len(dirs)/n].Name()))
	}
	env := Environment{Getenv: os.Getenv, ReadFile: os.ReadFile, Exists: func(string) bool { return false }, OS: "linux"}
	config, err := ReadConfig(env)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := config.Transport(false)
	if err != nil {
		t.Fatal(err)
	}
	recorded := New(Options{})
	served := New(Options{Transport: transport, Version: "test", InFlight: 4})
	began := time.Now()
	files := 0
	for _, name := range names {
		want := recorded.Ask(context.Background(), Sources{Indexes: []string{path}}, name, "")
		got := served.Ask(context.Background(), Sources{Indexes: []string{PyPI}}, name, "")
		if err := got.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		have := map[string]File{}
		for _, f := range got.Files() {
			have[f.Name] = f
		}
		for _, w := range want.Files() {
			files++
			f, ok := have[w.Name]
			switch {
			case !ok:
				t.Logf("%s: %q is not served any more", name, w.Name)
			case differ(w, f):
				t.Errorf("%s: %q has another digest than was recorded", name, w.Name)
			case f.Size != w.Size || !f.Uploaded.Equal(w.Uploaded) || f.Yanked != w.Yanked || f.RequiresPython != w.RequiresPython:
				t.Logf("%s: %q differs: got %+v, recorded %+v", name, w.Name, f, w)
			}
		}
	}
	t.Logf("%d projects, %d recorded files in %v", len(names), files, time.Since(began))
}
