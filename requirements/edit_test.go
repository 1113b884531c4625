package requirements

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// digest returns a digest of one repeated hexadecimal digit.
func digest(c string) packaging.Digest {
	d, ok := packaging.DigestFromHex(packaging.SHA256, []byte(strings.Repeat(c, 64)))
	if !ok {
		panic("no digit: " + c)
	}
	return d
}

// abbreviate and expand write {x} for 64 times x, to keep tables readable.
func expandDigits(s string) string {
	for _, c := range "0123456789abcdefABCDEF" {
		s = strings.ReplaceAll(s, "{"+string(c)+"}", strings.Repeat(string(c), 64))
	}
	return s
}

func TestSetHashes(t *testing.T) {
	for _, c := range []struct {
		name, before, want string // want: the wanted digests' digits
		line               int
		after              string
	}{
		{"to a bare line", "a==1\nb==2\n", "12", 0,
			"a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{2}\nb==2\n"},
		{"at the end without line feed", "a==1\r\nb==2", "1", 1,
			"a==1\r\nb==2 \\\r\n    --hash=sha256:{1}"},
		{"before a comment", "a==1  # why\n", "1", 0,
			"a==1 \\\n    --hash=sha256:{1}  # why\n"},
		{"behind a marker", "a==1 ; os_name == 'x'\n    # via b\n", "1", 0,
			"a==1 ; os_name == 'x' \\\n    --hash=sha256:{1}\n    # via b\n"},
		{"as the file does it", "b==1 --hash=sha256:{5} --hash=sha256:{6}\na==1\n", "12", 1,
			"b==1 --hash=sha256:{5} --hash=sha256:{6}\na==1 --hash=sha256:{1} --hash=sha256:{2}\n"},
		{"as the list does it", "a==1 \\\n  --hash sha256:{1} \\\n  --hash sha256:{2}\n", "123", 0,
			"a==1 \\\n  --hash sha256:{1} \\\n  --hash sha256:{2} \\\n  --hash sha256:{3}\n"},
		{"equal, in another order", "a==1 --hash=sha256:{2} --hash=sha256:{1}\n", "12", 0,
			"a==1 --hash=sha256:{2} --hash=sha256:{1}\n"},
		{"sorted lists stay sorted", "a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{3}\n", "321", 0,
			"a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{2} \\\n    --hash=sha256:{3}\n"},
		{"a new first one", "a==1 --hash=sha256:{2} \\\n    --hash=sha256:{3}\n", "123", 0,
			"a==1 --hash=sha256:{1} \\\n    --hash=sha256:{2} \\\n    --hash=sha256:{3}\n"},
		{"remove the first", "a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{2}  # c\n", "2", 0,
			"a==1 \\\n    --hash=sha256:{2}  # c\n"},
		{"remove the last", "a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{2}  # c\n", "1", 0,
			"a==1 \\\n    --hash=sha256:{1}  # c\n"},
		{"remove all", "a==1 \\\n    --hash=sha256:{1} \\\n    --hash=sha256:{2} \\\n    # via b\nb==2\n", "", 0,
			"a==1 \\\n    # via b\nb==2\n"},
		{"replace in place", "a==1 --hash=sha256:{9} --hash=sha256:{2} --hash=sha256:{8}\n", "213", 0,
			"a==1 --hash=sha256:{2} --hash=sha256:{1} --hash=sha256:{3}\n"},
		{"replace a quoted one", "a==1 '--hash=sha256:{9}'\na==1 --hash='sha256:{9}' \"--hash=sha256:{8}\"\n", "12", 1,
			"a==1 '--hash=sha256:{9}'\na==1 --hash=sha256:{1} --hash=sha256:{2}\n"},
		{"replace one over two lines", "a==1 --hash=sha256:\\\n{9} --hash=sha256:{8}\n", "18", 0,
			"a==1 --hash=sha256:{1} --hash=sha256:{8}\n"},
		{"drop repeats and what is malformed", "a==1 --hash=sha256:{1} --hash=sha256:{1} --hash=sha256:zz --hash=sha256:{2}\n", "12", 0,
			"a==1 --hash=sha256:{1} --hash=sha256:{2}\n"},
		{"other options stay", "a==1 -C x=y --hash=sha256:{1} -C z=w\n", "2", 0,
			"a==1 -C x=y --hash=sha256:{2} -C z=w\n"},
		{"wide characters", "\xff\xfea\x00=\x00=\x001\x00\n\x00", "", 0, "\xff\xfea\x00=\x00=\x001\x00\n\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := expandDigits(c.before), expandDigits(c.after)
			var want []packaging.Digest
			for _, d := range c.want {
				want = append(want, digest(string(d)))
			}
			f := Read("r.txt", []byte(before), ReadOptions{})
			edits, err := f.SetHashes(c.line, want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := editedBytes(f, edits, map[int][]packaging.Digest{c.line: want}, ReadOptions{})
			if err != nil {
				t.Fatalf("%v; edits %+q", err, fmt.Sprint(edits))
			}
			if string(got) != after {
				t.Errorf("got  %q\nwant %q\nfrom %q", got, after, before)
			}
			again := Read("r.txt", got, ReadOptions{})
			if edits, err := again.SetHashes(c.line, want); err != nil || edits != nil {
				t.Errorf("twice is once: %v, %v; from %q", edits, err, got)
			}
		})
	}
}

// TestSetHashesWide: hashes are written in the file's own encoding.
func TestSetHashesWide(t *testing.T) {
	for _, file := range []string{"a==1\n", "é # c\r\na==1\r\n", "a==1 --hash=sha256:" + strings.Repeat("0", 64) + " \\\n"} {
		for _, enc := range []struct {
			name   string
			encode func(string) []byte
		}{
			{"utf-16-le", func(s string) []byte { return append([]byte("\xff\xfe"), wideText(s, true, 2)...) }},
			{"utf-16-be", func(s string) []byte { return append([]byte("\xfe\xff"), wideText(s, false, 2)...) }},
			{"utf-32-le", func(s string) []byte { return append([]byte("\xff\xfe\x00\x00"), wideText(s, true, 4)...) }},
			{"latin-1", func(s string) []byte {
				out := []byte("# coding: latin-1\n")
				for _, r := range s {
					out = append(out, byte(r))
				}
				return out
			}},
		} {
			f := Read("r.txt", enc.encode(file), ReadOptions{})
			want := []packaging.Digest{digest("1"), digest("2")}
			i := len(f.Lines) - 1
			edits, err := f.SetHashes(i, want)
			if err != nil {
				t.Fatalf("%s, %q: %v", enc.name, file, err)
			}
			if _, err := editedBytes(f, edits, map[int][]packaging.Digest{i: want}, ReadOptions{}); err != nil {
				t.Errorf("%s, %q: %v", enc.name, file, err)
			}
		}
	}
}

func wideText(s string, little bool, width int) (out []byte) {
	for _, r := range s {
		unit := []byte{byte(r), byte(r >> 8), 0, 0}[:width]
		if !little {
			slices.Reverse(unit)
		}
		out = append(out, unit...)
	}
	return out
}

func TestApply(t *testing.T) {
	src := []byte("0123456789")
	for _, c := range []struct {
		edits []Edit
		want  string
	}{
		{nil, "0123456789"},
		{[]Edit{{8, 9, "x"}, {0, 2, ""}}, "234567x9"},
		{[]Edit{{3, 3, "a"}, {3, 3, "b"}, {3, 4, "c"}}, "012abc456789"},
		{[]Edit{{10, 10, "!"}}, "0123456789!"},
	} {
		if got, err := Apply(src, c.edits); err != nil || string(got) != c.want {
			t.Errorf("%v: %q, %v, want %q", c.edits, got, err, c.want)
		}
	}
	for _, edits := range [][]Edit{{{0, 3, ""}, {2, 4, ""}}, {{5, 4, ""}}, {{0, 11, ""}}, {{-1, 0, ""}}} {
		if got, err := Apply(src, edits); !errors.Is(err, errOverlap) || got != nil {
			t.Errorf("%v: %q, %v, want an error", edits, got, err)
		}
	}
}

// TestProofread: an edit that changes anything but the wanted hashes is found.
func TestProofread(t *testing.T) {
	src := []byte(expandDigits("a==1 --hash=sha256:{1}\n-i https://x\n-r b.txt\nb==2\n"))
	f := Read("r.txt", src, ReadOptions{})
	for _, e := range []Edit{{0, 1, "c"}, {3, 4, "2"}, {19, 20, "2"}, {0, 0, "x\n"}, {len(src), len(src), "-i y"}, {len(src) - 5, len(src), ""}, {97, 98, "y"}, {4, 5, "#"}} {
		if _, err := editedBytes(f, []Edit{e}, nil, ReadOptions{}); !errors.Is(err, ErrProofread) {
			t.Errorf("%v: %v, want ErrProofread", e, err)
		}
	}
	if _, err := editedBytes(f, []Edit{{0, 0, "# c\n"}}, nil, ReadOptions{}); err != nil {
		t.Errorf("a comment: %v", err)
	}
}

// TestRoundTrip: every hash of the corpus stripped and set again, replaced and
// restored, in LF and CRLF: byte-identical.
func TestRoundTrip(t *testing.T) {
	paths, files, _ := corpus(t, "hashed/*")
	lists := 0
	for i, src := range files {
		if i%every != 0 {
			continue
		}
		for _, ending := range []string{"as it is", "LF", "CRLF"} {
			if ending != "as it is" {
				if bytes.HasPrefix(src, []byte("\xff\xfe")) {
					continue
				}
				src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
				if ending == "CRLF" {
					src = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
				}
			}
			lists += roundTrip(t, filepath.Base(paths[i])+" "+ending, src)
		}
	}
	t.Logf("%d lists", lists)
}

// roundTrip strips, sets, replaces and restores all lists of a file at once,
// and compares.
func roundTrip(t *testing.T, name string, src []byte) (lists int) {
	t.Helper()
	f := Read("r.txt", src, ReadOptions{})
	f.style()
	none, other, whole := map[int][]packaging.Digest{}, map[int][]packaging.Digest{}, map[int][]packaging.Digest{}
	for i := range f.Lines {
		l := &f.Lines[i]
		if len(l.Hashes) == 0 || slices.ContainsFunc(l.aside, func(a aside) bool { return a.text != a.digest.String() }) {
			continue
		}
		want := l.Digests()
		if lay, err := f.layout(i); err != nil || lay.junk || len(unique(want)) != len(want) {
			continue
		}
		whole[i], none[i] = want, nil
		for k := range want {
			other[i] = append(other[i], flipped(want[k]))
		}
		lists++
	}
	change := func(f *File, want map[int][]packaging.Digest) *File {
		var edits []Edit
		for i, w := range want {
			e, err := f.SetHashes(i, w)
			if err != nil {
				t.Fatalf("%s: line %d: %v", name, f.Lines[i].First, err)
			}
			edits = append(edits, e...)
		}
		after, err := editedBytes(f, edits, want, ReadOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return Read("r.txt", after, ReadOptions{})
	}
	if back := change(change(f, other), whole); !bytes.Equal(back.Src(), src) {
		t.Errorf("%s: replaced and restored, it differs at %s", name, difference(back.Src(), src))
	}
	// What the stripped lists looked like is known from before.
	looks := make(map[int]style)
	for i := range whole {
		lay, err := f.layout(i)
		if err != nil {
			t.Fatal(err)
		}
		looks[i] = f.styleOf(lay)
		if lay.text > lay.tokens[len(lay.tokens)-1].end {
			delete(none, i) // other options follow: where the list stood is lost
			delete(whole, i)
			continue
		}
		for k, tok := range lay.tokens {
			gap := string(f.Src()[tok.gap:tok.start])
			if k == 0 && gap != looks[i].first || k > 0 && gap != looks[i].rest || f.optionOf(tok) != string(f.Src()[tok.start:tok.value]) {
				delete(none, i) // a list without a style of its own
				delete(whole, i)
				break
			}
		}
	}
	bare := change(f, none)
	var edits []Edit
	for i, want := range whole {
		lay, err := bare.layout(i)
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, bare.insert(lay, looks[i], -1, 0, want))
	}
	back, err := editedBytes(bare, edits, whole, ReadOptions{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !bytes.Equal(back, src) {
		t.Errorf("%s: stripped and set again, it differs at %s", name, difference(back, src))
	}
	return lists
}

// flipped is another digest of the same algorithm.
func flipped(d packaging.Digest) packaging.Digest {
	hex := []byte(d.Hex())
	for i, c := range hex {
		hex[i] = "fedcba9876543210"[hexDigit(c)]
	}
	out, ok := packaging.DigestFromHex(d.Algorithm(), hex)
	if !ok {
		panic("no digest")
	}
	return out
}

func difference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s []byte) string { return string(s[max(0, min(i-60, len(s))):min(i+100, len(s))]) }
	return "…" + strings.Join([]string{quote(cut(a)), "want", quote(cut(b))}, " ")
}

// editedBytes is Reread for who wants the bytes.
func editedBytes(f *File, edits []Edit, want map[int][]packaging.Digest, opts ReadOptions) ([]byte, error) {
	now, err := Reread(f, edits, want, opts)
	if err != nil {
		return nil, err
	}
	return slices.Clone(now.Src()), nil
}

// repairedBytes is RereadRepair for who wants the bytes.
func repairedBytes(f *File, edits []Edit, repair bool, opts ReadOptions) ([]byte, error) {
	now, err := RereadRepair(f, edits, repair, opts)
	if err != nil {
		return nil, err
	}
	return slices.Clone(now.Src()), nil
}
