package requirements

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// isAbs: paths are read as on POSIX, but a machine with drive letters keeps
// its own absolute paths.
func isAbs(p string) bool {
	return strings.HasPrefix(p, "/") || runtime.GOOS == "windows" && filepath.IsAbs(filepath.FromSlash(p))
}

// dirname is os.path.dirname on POSIX.
func dirname(p string) string {
	i := strings.LastIndexByte(p, '/') + 1
	head := p[:i]
	if trimmed := strings.TrimRight(head, "/"); trimmed != "" {
		return trimmed
	}
	return head
}

// Shown returns an absolute path as it is shown: relative to dir when below
// it.
func Shown(path, dir string) string {
	if rest, ok := strings.CutPrefix(path, strings.TrimRight(dir, "/")+"/"); ok && rest != "" {
		return rest
	}
	return path
}

// Exists tells what stands at a path of this machine; it is what
// ReadOptions.Exists is outside of tests.
func Exists(path string) PathKind {
	path = filepath.FromSlash(path)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Nothing
	case info.Mode().IsRegular():
		return Regular
	case !info.IsDir():
		return Nothing
	}
	for _, name := range []string{"pyproject.toml", "setup.py"} {
		if info, err := os.Stat(filepath.Join(path, name)); err == nil && info.Mode().IsRegular() {
			return Project
		}
	}
	return Directory
}
