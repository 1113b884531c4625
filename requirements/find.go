package requirements

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// FindOptions say which files a walk takes. Paths in globs are relative to
// Base and have slashes; ** crosses folders.
type FindOptions struct {
	Base    string   // absolute; "" is the working directory
	Include []string // taken besides those taken by name
	Exclude []string // never taken by a walk; a folder that matches is not entered
}

// Found is a file to read.
type Found struct {
	Path  string // as given, or the directory as given and the rest
	Named bool   // given by the user, not found by walking
	Link  bool   // a walk met it as a link to a file
}

// Skipped is a folder or file that a walk passed over.
type Skipped struct {
	Path   string
	Reason string // "ignored by git", "virtual environment", "node_modules", ...
}

// Finds is the result of Find.
type Finds struct {
	Files   []Found   // in the order of the paths given, each file once; of a directory in order of names
	Skipped []Skipped // only what holds, or is, something to take, or a folder not entered
	Locks   []string  // lock files of other tools that lie there
	Empty   []string  // directories given that hold nothing to take
	Errors  []error   // a path that does not exist, a folder that cannot be read
}

// IsLock tells whether a file name is that of a lock file that is not read.
func IsLock(name string) bool {
	switch name {
	case "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock":
		return true
	}
	return strings.HasPrefix(name, "pylock.") && strings.HasSuffix(name, ".toml")
}

// IsConstraints tells whether a walk takes a file by the name constraints*.txt:
// it is then no root.
func IsConstraints(p string) bool {
	ok, _ := path.Match("constraints*.txt", path.Base(filepath.ToSlash(p)))
	return ok
}

// skippedFolders are never entered by a walk.
var skippedFolders = map[string]bool{".git": true, ".tox": true, ".nox": true, "node_modules": true, "site-packages": true}

// Find tells which files the paths mean. A file is always taken; of a
// directory, *requirements*.txt, constraints*.txt and requirements/**/*.txt,
// but nothing in virtual environments, in .git, .tox, .nox, node_modules and
// site-packages, and nothing that git ignores and does not track. Links to
// folders are not followed. "-" stands for standard input and is taken as
// named. The only error is that of ctx.
func Find(ctx context.Context, paths []string, opts FindOptions) (Finds, error) {
	w := &walker{opts: opts, seen: map[string]bool{}}
	for _, p := range paths {
		if p == "-" {
			w.add(p, true, false)
			continue
		}
		info, err := os.Stat(p)
		switch {
		case err != nil:
			w.Errors = append(w.Errors, err)
		case !info.IsDir():
			w.add(p, true, false)
		default:
			if err := w.walk(ctx, p); err != nil {
				return w.Finds, err
			}
		}
	}
	return w.Finds, nil
}

type walker struct {
	Finds
	opts FindOptions
	seen map[string]bool // absolute paths taken
}

func (w *walker) add(p string, named, link bool) {
	key := p
	if p != "-" {
		if abs, err := filepath.Abs(p); err == nil {
			key = abs
		}
	}
	if w.seen[key] {
		if named {
			for i := range w.Files {
				if abs, err := filepath.Abs(w.Files[i].Path); err == nil && abs == key {
					w.Files[i].Named = true
				}
			}
		}
		return
	}
	w.seen[key] = true
	w.Files = append(w.Files, Found{p, named, link})
}

func (w *walker) walk(ctx context.Context, root string) error {
	abs, err := filepath.Abs(root)
	if err != nil {
		w.Errors = append(w.Errors, err)
		return nil
	}
	git := openRepository(abs)
	before := len(w.Files)
	err = walkDir(root, func(name string) bool { return skippedFolders[name] }, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.Errors = append(w.Errors, fmt.Errorf("walking %s: %w", root, err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		full := filepath.Join(abs, rel)
		if d.IsDir() {
			if p == root {
				return nil
			}
			if reason := w.folder(p, full, d.Name(), git); reason != "" {
				w.Skipped = append(w.Skipped, Skipped{p, reason})
				return fs.SkipDir
			}
			return nil
		}
		if IsLock(d.Name()) && !git.ignored(full, false) {
			w.Locks = append(w.Locks, p)
			return nil
		}
		if !w.takes(full, filepath.ToSlash(rel), filepath.Base(abs)) {
			return nil
		}
		if !d.Type().IsRegular() {
			if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
				return nil // a dangling link, a pipe
			}
		}
		if git.ignored(full, false) {
			w.Skipped = append(w.Skipped, Skipped{p, "ignored by git"})
			return nil
		}
		w.add(p, false, d.Type()&fs.ModeSymlink != 0)
		return nil
	})
	if errors.Is(err, ctx.Err()) && ctx.Err() != nil {
		return err
	}
	if err != nil {
		w.Errors = append(w.Errors, err)
	}
	if len(w.Files) == before && !slices.ContainsFunc(w.Files, func(f Found) bool { return below(f.Path, root) }) {
		w.Empty = append(w.Empty, root)
	}
	return nil
}

// below tells whether a path lies below a directory.
func below(p, dir string) bool {
	a, err1 := filepath.Abs(p)
	d, err2 := filepath.Abs(dir)
	return err1 == nil && err2 == nil && strings.HasPrefix(a, strings.TrimRight(d, string(filepath.Separator))+string(filepath.Separator))
}

// folder gives the reason why a folder is not entered, or "".
func (w *walker) folder(p, full, name string, git *repository) string {
	if skippedFolders[name] {
		return name
	}
	if _, err := os.Lstat(filepath.Join(p, "pyvenv.cfg")); err == nil {
		return "virtual environment"
	}
	if rel, ok := w.relative(full); ok && matchAny(w.opts.Exclude, rel) {
		return "excluded"
	}
	if git.ignored(full, true) && !git.tracksBelow(full) {
		return "ignored by git"
	}
	return ""
}

// takes tells whether a walk takes a file, by its path and its globs.
func (w *walker) takes(full, rel, root string) bool {
	if in, ok := w.relative(full); ok {
		if matchAny(w.opts.Exclude, in) {
			return false
		}
		if matchAny(w.opts.Include, in) {
			return true
		}
	}
	name := path.Base(rel)
	if !strings.HasSuffix(name, ".txt") {
		return false
	}
	if strings.Contains(name, "requirements") || strings.HasPrefix(name, "constraints") {
		return true
	}
	folders := strings.Split(path.Join(root, path.Dir(rel)), "/")
	return slices.Contains(folders, "requirements")
}

func (w *walker) relative(full string) (string, bool) {
	base := w.opts.Base
	if base == "" {
		var err error
		if base, err = os.Getwd(); err != nil {
			return "", false
		}
	}
	rel, err := filepath.Rel(base, full)
	return filepath.ToSlash(rel), err == nil
}

func matchAny(globs []string, rel string) bool {
	for _, g := range globs {
		if ok, err := doublestar.Match(g, rel); err == nil && ok {
			return true
		}
	}
	return false
}

// CheckGlob tells whether a pattern of the configuration is well formed.
func CheckGlob(g string) error {
	if !doublestar.ValidatePattern(g) {
		return fmt.Errorf("%q is no glob", g)
	}
	return nil
}
