package requirements

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// walkDir is filepath.WalkDir, and reads folders before it comes to them: that is
// most of what finding a thousand services takes. Order and errors are the same.
// skip tells by its name which folder is not worth it.
func walkDir(root string, skip func(name string) bool, fn fs.WalkDirFunc) error {
	info, err := os.Lstat(root)
	if err != nil {
		err = fn(root, nil, err)
	} else {
		err = descend(root, fs.FileInfoToDirEntry(info), ahead(root), skip, fn)
	}
	if err == fs.SkipDir || err == fs.SkipAll {
		return nil
	}
	return err
}

// foldersAhead is how many folders are read before the walk comes to them.
const foldersAhead = 32

// ahead begins to read a folder.
func ahead(dir string) func() ([]fs.DirEntry, error) {
	read := sync.OnceValues(func() ([]fs.DirEntry, error) { return os.ReadDir(dir) })
	go func() { _, _ = read() }() // who comes to it gets the error
	return read
}

func descend(path string, d fs.DirEntry, list func() ([]fs.DirEntry, error), skip func(name string) bool, fn fs.WalkDirFunc) error {
	if err := fn(path, d, nil); err != nil || !d.IsDir() {
		if err == fs.SkipDir && d.IsDir() {
			err = nil // this one alone
		}
		return err
	}
	entries, err := list()
	if err != nil {
		if err = fn(path, d, err); err != nil {
			if err == fs.SkipDir {
				err = nil
			}
			return err
		}
	}
	lists := map[int]func() ([]fs.DirEntry, error){}
	next := 0 // the first entry that was not looked at for reading ahead
	for i, e := range entries {
		for ; next < len(entries) && len(lists) < foldersAhead; next++ {
			if name := entries[next].Name(); entries[next].IsDir() && !skip(name) {
				lists[next] = ahead(filepath.Join(path, name))
			}
		}
		child := filepath.Join(path, e.Name())
		list := lists[i]
		delete(lists, i)
		if list == nil {
			list = func() ([]fs.DirEntry, error) { return os.ReadDir(child) }
		}
		if err := descend(child, e, list, skip, fn); err != nil {
			if err == fs.SkipDir {
				break
			}
			return err
		}
	}
	return nil
}
