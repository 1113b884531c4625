package requirements

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestJoinedRunsShareHashChecking(t *testing.T) {
	hash := " --hash=sha256:" + strings.Repeat("0", 64) + "\n"
	for _, c := range []struct {
		why        string
		a, b       string
		on, stated bool
	}{
		{"no hash anywhere", "x==1\n", "y==1\n", false, false},
		{"a hash in the second", "x==1\n", "y==1" + hash, true, false},
		{"--require-hashes in the first", "--require-hashes\nx==1\n", "y==1\n", true, true},
		{"--no-require-hashes in the other", "x==1" + hash, "--no-require-hashes\n", false, false},
	} {
		files := map[string]string{"/a.txt": c.a, "/b.txt": c.b}
		read := func(path string, _ []byte) ([]byte, error) { return []byte(files[path]), nil }
		set, err := Load(context.Background(), []Root{{Path: "/a.txt"}, {Path: "/b.txt"}}, read, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := Join(set.Runs...)
		if got.HashChecking != c.on || got.Explicit != c.stated || len(got.Members) != 2 {
			t.Errorf("%s: hash checking %v, stated %v, %d members", c.why, got.HashChecking, got.Explicit, len(got.Members))
		}
	}
}

func TestHashesRequiredAndNot(t *testing.T) {
	files := map[string]string{"/r.txt": "--require-hashes\n-r b.txt\n", "/b.txt": "--no-require-hashes\n"}
	set, err := Load(context.Background(), []Root{{Path: "/r.txt"}}, func(path string, _ []byte) ([]byte, error) { return []byte(files[path]), nil }, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range set.Files {
		for _, fault := range f.Faults {
			got = append(got, f.Path+" "+fault.Rule)
		}
	}
	if want := "b.txt invalid-requirement"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}
