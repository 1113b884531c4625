package report

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff writes the change of a file as a unified diff. Carriage returns are part
// of their lines, and a last line without an end is marked. path is
// slash-separated; it is written with "./" before it, so that "git apply" (which
// strips one folder), "patch -p0" and "patch -p1" all find the file.
func Diff(w io.Writer, path string, old, new []byte) error {
	before, after := string(old), string(new)
	name := patchName("./" + path)
	text, err := udiff.ToUnified(name, name, before, udiff.Lines(before, after), 3)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// patchName writes the name of a file as git does and git apply and patch read
// it: in quotes where it would end the line or the quotes, and with a tab after
// it where blanks would be taken for its end.
func patchName(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '"' || r == '\\' }) {
		if strings.Contains(path, " ") {
			return path + "\t"
		}
		return path
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		switch c := path[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
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
			text = s.level(Error).Render(text)
		}
		fmt.Fprintln(b, harmless(text))
	}
	return b.Flush()
}

// Guarded returns a patch that can be printed to the log of a GitHub workflow.
// Where a line of it would be taken for a workflow command, lines before and
// after it switch commands off and on; git apply and patch pass over them. The
// word that switches them on is a digest of the patch: none can hold its own.
func Guarded(patch []byte) []byte {
	for line := range strings.Lines(string(patch)) {
		if harmless(line) == line {
			continue
		}
		word := fmt.Sprintf("reqhash-%x", sha256.Sum256(patch))
		return slices.Concat([]byte("::stop-commands::"+word+"\n"), patch, []byte("::"+word+"::\n"))
	}
	return patch
}
