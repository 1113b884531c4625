package requirements

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// TestPinned: the fast reading and the general one are the same, on the corpus
// and on random files.
func TestPinned(t *testing.T) {
	same := func(src []byte) {
		t.Helper()
		opts := pipOptions("/w")
		fast, general := read("r.txt", src, opts, false), read("r.txt", src, opts, true)
		if a, b := described(fast), described(general); a != b {
			t.Fatalf("fast:    %s\ngeneral: %s\nfrom %q", a, b, shorten(string(src)))
		}
	}
	for n := range 4000 / every {
		same(randomFile(rand.New(rand.NewPCG(7, uint64(n)))))
		same(randomList(rand.New(rand.NewPCG(8, uint64(n)))))
	}
	for _, glob := range []string{"hashed/*", "plain/*"} {
		_, files, _ := corpus(t, glob)
		for i := 0; i < len(files); i += every {
			same(files[i])
		}
	}
}

// described is all that a reading says.
func described(f *File) string {
	s := fmt.Sprintf("%v %v\n", f.Err, f.Encoding)
	for i := range f.Lines {
		l := &f.Lines[i]
		said := *l.Content
		said.raw, said.commented, said.number = nil, false, 0 // only how it is kept
		s += fmt.Sprintf("%v %d-%d %v %+v", l.Span, l.First, l.Last, l.Constrain, said)
		for k := range l.Hashes {
			s += " " + l.HashText(k)
		}
		s += "\n"
	}
	return s + fmt.Sprintf("%+v", f.Faults)
}

// randomList is a file of lists that are nearly as pinned wants them.
func randomList(r *rand.Rand) []byte {
	s, end := "", "\n"
	if r.IntN(3) == 0 {
		end = "\r\n"
	}
	odd := func(usual, other string) string {
		if r.IntN(12) == 0 {
			return other
		}
		return usual
	}
	for range 1 + r.IntN(4) {
		s += odd("", "  ") + pick(r, randomNames[:4]) + "==1" + odd("", " ; os_name=='x' ") + odd("", " -C a=b")
		for range r.IntN(4) {
			s += odd(" ", "") + odd("\\", "\\\\") + odd(end, " "+end) + odd("    ", odd(" ", "\t"))
			s += odd("--hash=sha256:", "--hash sha512:") + odd(digestA, odd(digestB, "ABC"+digestA[3:]))
		}
		s += odd("", " # c") + odd("", odd(" \\", "\r")) + odd(end, odd(end+end, "")) + odd("", odd("    # via x"+end, "# c"))
	}
	return []byte(s)
}

// TestCutPin: what cutPin takes for a pin is one to the readers that it goes
// without.
func TestCutPin(t *testing.T) {
	taken := 0
	for n := range 200_000 / every {
		r := rand.New(rand.NewPCG(11, uint64(n)))
		text := pick(r, []string{"", "a", "a==1", "b.zip==1.0"})
		for range r.IntN(6) {
			text += pick(r, []string{"a", "B2", "-", ".", "_", "=", "==", "==1", "1", ".0", ";", "; ", " ", "/", ":", "[x]", "zip", ".tar.bz2", "\t", "é"})
		}
		pin, marker, ok := cutPin(text)
		if !ok {
			continue
		}
		taken++
		name, after, _ := strings.Cut(text, ";")
		if strip(name) != pin || marker != after {
			t.Fatalf("%q is cut into %q and %q", text, pin, marker)
		}
		if url, err := isURL(text); url || err != nil || strings.Contains(pin, "/") || strings.HasPrefix(pin, ".") || isArchive(pin) {
			t.Fatalf("%q is taken for a pin", text)
		}
		l := Line{Content: new(Content)}
		new(reader).pin(&l, pin)
		req, err := packaging.ParseRequirement(pin)
		if err != nil || req.Name != l.Name || req.Specifier != l.Specifier || !slices.Equal(req.Specifiers, l.Specifiers) {
			t.Fatalf("%q is read as %q %q, want %+v, %v", pin, l.Name, l.Specifiers, req, err)
		}
	}
	if taken < 100 {
		t.Errorf("%d pins", taken)
	}
}
