//go:build !unix

package pypi

import (
	"io/fs"
	"os"
)

// ownAlone says nothing where there are no modes: the user's cache folder is
// the user's there.
func ownAlone(fs.FileInfo) error { return nil }

// lockFile takes no lock: at worst, records are lost.
func lockFile(*os.File, bool) (unlock func(), err error) { return func() {}, nil }
