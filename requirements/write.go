package requirements

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
func Write(path string, old, new []byte) error {
	b, err := WriteBeside(path, len(old), new)
	if err != nil {
		return err
	}
	if err := b.Sync(); err != nil {
		return err
	}
	if err := b.Rename(old); err != nil {
		return err
	}
	return b.SyncFolder()
}

// Beside is a file that is written beside the one whose place it is to take. Many
// that are written, then all synced, then all renamed, wait for their disk a few
// times instead of once each.
type Beside struct {
	path   string // as given
	target string // where that leads
	file   *os.File
	name   string // of file
}

// WriteBeside is the first part of Write; old is how many bytes the file must
// have. What it returns is to be synced and then renamed, or removed. One
// goroutine at a time may use it.
func WriteBeside(path string, old int, new []byte) (_ *Beside, err error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("writing %s: %w", path, ErrNotRegular)
	}
	if info.Size() != int64(old) { // its bytes are compared when all is ready
		return nil, fmt.Errorf("writing %s: %w", path, ErrChanged)
	}
	// A file that its owner has protected stays so, although a rename could
	// replace it.
	if probe, err := os.OpenFile(target, os.O_WRONLY, 0); err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	} else if err := probe.Close(); err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	b := &Beside{path, target, file, file.Name()}
	defer b.removeAfter(&err)
	if _, err := file.Write(new); err != nil {
		return nil, err
	}
	if err := file.Chmod(info.Mode()); err != nil {
		return nil, err
	}
	if err := keepOwner(file, info); err != nil {
		return nil, err
	}
	return b, nil
}

// Sync makes the bytes last, whatever happens to the machine.
func (b *Beside) Sync() (err error) {
	defer b.removeAfter(&err)
	if err := b.file.Sync(); err != nil {
		return err
	}
	return b.file.Close()
}

// Rename puts the file, which is synced, in the place of the one that holds old.
// SyncFolder then makes that last too.
func (b *Beside) Rename(old []byte) (err error) {
	defer b.removeAfter(&err)
	if err := unchanged(b.target, old); err != nil {
		return err
	}
	return os.Rename(b.name, b.target)
}

// Remove takes the file away.
func (b *Beside) Remove() {
	b.file.Close() // once more is no harm
	os.Remove(b.name)
}

// Target is the file that is replaced: where the path leads.
func (b *Beside) Target() string { return b.target }

// Folder is where the file lies.
func (b *Beside) Folder() string { return filepath.Dir(b.target) }

// removeAfter takes the file away after an error, and says which file that is of.
func (b *Beside) removeAfter(err *error) {
	if *err != nil {
		b.Remove()
		*err = fmt.Errorf("writing %s: %w", b.path, *err)
	}
}

// SyncFolder makes all renames in the file's folder last.
func (b *Beside) SyncFolder() error {
	if err := syncDir(b.Folder()); err != nil {
		return fmt.Errorf("writing %s: %w", b.path, err)
	}
	return nil
}

// unchanged compares the file with old without reading more than that.
func unchanged(path string, old []byte) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	*room = slices.Grow((*room)[:0], len(old)+1)
	n, err := io.ReadFull(f, (*room)[:len(old)+1])
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return err
	}
	if !bytes.Equal((*room)[:n], old) {
		return ErrChanged
	}
	return nil
}
