//go:build unix

package pypi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ownAlone returns an error for a file or folder that is another user's, or
// that others may write to.
func ownAlone(info fs.FileInfo) error {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others can write to it (mode %v)", info.Mode().Perm())
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user")
	}
	return nil
}

// lockFile waits for a lock: many may append at once, but only one may put
// another file in its place.
func lockFile(file *os.File, alone bool) (unlock func(), err error) {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(file.Fd()), how)
		if err == nil {
			break
		}
		if errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOTSUP) {
			return func() {}, nil // a file system without locks: records may be lost
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, err
		}
	}
	return func() {
		// Closing the file does it as well: nothing depends on this.
		_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	}, nil
}
