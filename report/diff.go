package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

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

// ShowPatch writes a patch for people: with colours if wanted, and nothing in it
// that a terminal would act on.
func ShowPatch(w io.Writer, patch []byte, color bool) error {
	b := bufio.NewWriter(w)
	s := stylesFor(w, color)
	for line := range strings.Lines(string(patch)) {
		text := Printable(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
			text = s.place.Render(text)
		case strings.HasPrefix(line, "@@"):
			text = s.help.Render(text)
		case strings.HasPrefix(line, "+"):
			text = s.good.Render(text)
		case strings.HasPrefix(line, "-"):
			text = s.level[Error].Render(text)
		}
		fmt.Fprintln(b, text)
	}
	return b.Flush()
}
