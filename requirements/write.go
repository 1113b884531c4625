package requirements

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrChanged is returned by Write when the file is no longer what was read.
var ErrChanged = errors.New("the file has changed since it was read")

// ErrNotRegular is returned by Write for what is no regular file.
var ErrNotRegular = errors.New("not a regular file")

// Write puts new in the place of old in the file at path: whole or not at all.
// A symbolic link is followed and stays a link; the mode stays, and the owner
// where the system lets it. When the file does not hold old any more,
// nothing is written and the error is ErrChanged. The new bytes are written to
// a file beside it, synced, and renamed over it; whatever fails, or kills the
// program, on the way leaves the old file.
func Write(path string, old, new []byte) (err error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("writing %s: %w", path, ErrNotRegular)
	}
	if info.Size() != int64(len(old)) { // its bytes are compared when all is ready
		return fmt.Errorf("writing %s: %w", path, ErrChanged)
	}
	// A file that its owner has protected stays so, although a rename could
	// replace it.
	if probe, err := os.OpenFile(target, os.O_WRONLY, 0); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	} else if err := probe.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	beside, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			beside.Close()
			os.Remove(beside.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if _, err := beside.Write(new); err != nil {
		return err
	}
	if err := beside.Chmod(info.Mode()); err != nil {
		return err
	}
	if err := keepOwner(beside, info); err != nil {
		return err
	}
	if err := beside.Sync(); err != nil {
		return err
	}
	if err := beside.Close(); err != nil {
		return err
	}
	if err := unchanged(target, old); err != nil {
		return err
	}
	if err := os.Rename(beside.Name(), target); err != nil {
		return err
	}
	return syncDir(filepath.Dir(target))
}

// unchanged compares the file with old without reading more than that.
func unchanged(path string, old []byte) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	now, err := io.ReadAll(io.LimitReader(f, int64(len(old))+1))
	if err != nil {
		return err
	}
	if !bytes.Equal(now, old) {
		return ErrChanged
	}
	return nil
}
