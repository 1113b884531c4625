package requirements

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// written makes a file and returns its path.
func written(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "r.txt")
	if err := os.WriteFile(p, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(p, mode); err != nil {
		t.Fatal(err)
	}
	return p
}

// holds checks what a file holds, and that nothing lies beside it.
func holds(t *testing.T, p, want string) {
	t.Helper()
	got, err := os.ReadFile(p)
	if err != nil || string(got) != want {
		t.Errorf("%s: %q, %v, want %q", p, got, err, want)
	}
	beside, err := os.ReadDir(filepath.Dir(p))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range beside {
		if strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s lies beside it", e.Name())
		}
	}
}

func TestWrite(t *testing.T) {
	p := written(t, "old", 0o640)
	if err := Write(p, []byte("old"), []byte("new and longer")); err != nil {
		t.Fatal(err)
	}
	holds(t, p, "new and longer")
	if info, err := os.Stat(p); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v, want 0640", info.Mode(), err)
	}
}

func TestWriteChanged(t *testing.T) {
	for _, now := range []string{"", "ol", "older", "new"} {
		p := written(t, now, 0o644)
		if err := Write(p, []byte("old"), []byte("new")); !errors.Is(err, ErrChanged) {
			t.Errorf("%q: %v, want ErrChanged", now, err)
		}
		holds(t, p, now)
	}
}

// TestWriteLink: a link stays a link, and what it leads to is written.
func TestWriteLink(t *testing.T) {
	p := written(t, "old", 0o600)
	link := filepath.Join(t.TempDir(), "link.txt")
	if err := os.Symlink(p, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if err := Write(link, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, p, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

func TestWriteNotRegular(t *testing.T) {
	if err := Write(t.TempDir(), nil, []byte("new")); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: %v, want ErrNotRegular", err)
	}
	if err := Write(filepath.Join(t.TempDir(), "none"), nil, []byte("new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v, want ErrNotExist", err)
	}
}

// TestWriteProtected: what its owner may not write, or whose folder takes no
// file, stays as it is.
func TestWriteProtected(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("nothing is protected from root")
	}
	p := written(t, "old", 0o444)
	if err := Write(p, []byte("old"), []byte("new")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a read-only file: %v, want ErrPermission", err)
	}
	holds(t, p, "old")
	p = written(t, "old", 0o644)
	if err := os.Chmod(filepath.Dir(p), 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Dir(p), 0o755)
	if err := Write(p, []byte("old"), []byte("new")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a read-only folder: %v, want ErrPermission", err)
	}
	holds(t, p, "old")
}
