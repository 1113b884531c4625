package report

import (
	"io"

	"github.com/aymanbagabas/go-udiff"
)

// Diff writes the change of a file as a unified diff. Carriage returns are part
// of their lines, and a last line without an end is marked. path is
// slash-separated; it is written with "./" before it, so that "git apply" (which
// strips one folder), "patch -p0" and "patch -p1" all find the file.
func Diff(w io.Writer, path string, old, new []byte) error {
	before, after := string(old), string(new)
	text, err := udiff.ToUnified("./"+path, "./"+path, before, udiff.Lines(before, after), 3)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
