package requirements

import (
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// What other readers take for no line end or blank is never copied into a line
// that has none.
func TestOddGapsAreNoStyle(t *testing.T) {
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	for _, gap := range []string{" \\\u0085 ", " \\\f", " \\\v    ", " \\\r"} {
		src := "a==1" + gap + "--hash=sha256:" + one + " --hash=sha256:" + one + "\nb==2\n"
		f := Read("r.txt", []byte(src), ReadOptions{})
		line := len(f.Lines) - 1
		d, err := packaging.ParseDigest("sha256:" + two)
		if err != nil {
			t.Fatal(err)
		}
		edits, err := f.SetHashes(line, []packaging.Digest{d})
		if err != nil {
			t.Fatal(err)
		}
		after, err := Apply(f.Src(), edits)
		if err != nil {
			t.Fatal(err)
		}
		want := src[:len(src)-1] + " \\\n    --hash=sha256:" + two + "\n"
		if string(after) != want {
			t.Errorf("gap %q: got %q, want %q", gap, after, want)
		}
	}
}
