package requirements

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWalkDir: a walk that reads ahead meets what filepath.WalkDir meets, in its
// order, whatever is skipped.
func TestWalkDir(t *testing.T) {
	files := map[string]string{"z.txt": "", "node_modules/x/y.txt": ""}
	for i := range 3 * foldersAhead {
		files[fmt.Sprintf("a/%03d/b/requirements.txt", i)] = ""
		files[fmt.Sprintf("a/%03d.txt", i)] = ""
	}
	dir := tree(t, files)
	if err := os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	for _, skipped := range []string{"", "b", "042", "042.txt", "a", "requirements.txt"} {
		for _, how := range []error{fs.SkipDir, fs.SkipAll, os.ErrInvalid} {
			for _, root := range []string{dir, filepath.Join(dir, "link"), filepath.Join(dir, "none"), filepath.Join(dir, "z.txt")} {
				walk := func(with func(string, fs.WalkDirFunc) error) (met []string) {
					err := with(root, func(p string, d fs.DirEntry, err error) error {
						met = append(met, fmt.Sprint(p, d != nil && d.IsDir(), err))
						if filepath.Base(p) == skipped {
							return how
						}
						return err
					})
					return append(met, fmt.Sprint(err))
				}
				got := walk(func(root string, fn fs.WalkDirFunc) error {
					return walkDir(root, func(name string) bool { return name == "node_modules" }, fn)
				})
				if want := walk(filepath.WalkDir); !slices.Equal(got, want) {
					t.Fatalf("%s without %q: got %q, want %q", root, skipped, got, want)
				}
			}
		}
	}
}
