package requirements

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of 64 KiB that holds one file, and skips where that
// is not allowed.
func smallDisk(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small disk can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	file = filepath.Join(dir, "r.txt")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

// TestWriteFull: a full disk leaves the old file.
func TestWriteFull(t *testing.T) {
	_, p := smallDisk(t)
	if err := Write(p, []byte("old"), bytes.Repeat([]byte("x"), 1<<20)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want ENOSPC", err)
	}
	holds(t, p, "old")
}

// TestWriteReadOnlyDisk: a disk that takes nothing leaves the old file.
func TestWriteReadOnlyDisk(t *testing.T) {
	dir, p := smallDisk(t)
	if err := syscall.Mount("", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be made read-only: %v", err)
	}
	if err := Write(p, []byte("old"), []byte("new")); !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v, want EROFS", err)
	}
	holds(t, p, "old")
}
