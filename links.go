package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// links finds where paths really lead, as filepath.EvalSymlinks does, and looks at
// each folder once: a thousand files lie in a few.
// Any number of goroutines may ask.
type links struct {
	mu      sync.Mutex
	folders map[string]led
	files   map[string]string // where some files lead, by absolute path
}

// led is where a folder leads.
type led struct {
	path string
	err  error
}

// real returns the path that an absolute path leads to.
func (l *links) real(path string) (string, error) {
	if runtime.GOOS == "windows" || strings.Contains(path, "..") { // names may be written in more than one way
		return filepath.EvalSymlinks(path)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if real, ok := l.files[path]; ok {
		return real, nil
	}
	return l.step(filepath.Clean(path))
}

// walked notes that a walk of a folder, which leads to real and follows no links,
// met a file.
func (l *links) walked(folder, real, file string) {
	rest, err := filepath.Rel(folder, file)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files == nil {
		l.files = map[string]string{}
	}
	l.files[file] = filepath.Join(real, rest)
}

// step resolves the last element of a path, and those before it by folder.
func (l *links) step(path string) (string, error) {
	parent := filepath.Dir(path)
	if parent == path {
		return path, nil
	}
	dir, ok := l.folders[parent]
	if !ok {
		dir.path, dir.err = l.step(parent)
		if l.folders == nil {
			l.folders = map[string]led{}
		}
		l.folders[parent] = dir
	}
	if dir.err != nil {
		return "", dir.err
	}
	full := filepath.Join(dir.path, filepath.Base(path))
	info, err := os.Lstat(full)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return filepath.EvalSymlinks(full)
	}
	return full, nil
}
