package requirements

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// TestSeen: a file is read the same whatever was read before it, and its bytes
// can be made again once they are let go.
func TestSeen(t *testing.T) {
	opts := pipOptions("/w")
	var shared ReadOptions
	shrunk := 0
	fresh := func() { shared = opts; shared.Seen = NewContents() }
	same := func(src []byte) {
		t.Helper()
		for range 2 { // the second time all of it was seen
			f, alone := Read("r.txt", src, shared), Read("r.txt", src, opts)
			if a, b := described(f), described(alone); a != b {
				t.Fatalf("seen: %s\nnew:  %s\nfrom %q", a, b, shorten(string(src)))
			}
			mark := "sha256:0" // stands in no comment of these
			may := bytes.Contains(src, []byte("# "+mark))
			if f.shrink() {
				shrunk++
			}
			if !bytes.Equal(f.Src(), src) {
				t.Fatalf("made again: %q\nwas:        %q", f.Src(), src)
			}
			if may && !f.CommentsMayHold(mark) {
				t.Fatalf("a comment is lost: %q", src)
			}
			f.Release()
			x := f.Finder()
			for i := range f.Lines {
				l := &f.Lines[i]
				for _, at := range []Span{l.Span, {l.Start, l.Start}, {(l.Start + l.End) / 2, l.End}, {l.End, l.End}} {
					line, column, endLine, endColumn := x.Positions(at)
					n, c := alone.Position(at.Start)
					endN, endC := alone.Position(at.End)
					if line != n || column != c || endLine != endN || endColumn != endC {
						t.Fatalf("%v is %d:%d to %d:%d, want %d:%d to %d:%d in %q", at, line, column, endLine, endColumn, n, c, endN, endC, src)
					}
				}
				if !bytes.Equal(f.LineBytes(i), src[l.Start:l.End]) {
					t.Fatalf("line %d is %q in %q", i, f.LineBytes(i), src)
				}
				for _, at := range []int{l.Start, (l.Start + l.End) / 2, l.End} {
					f.Release()
					line, column := f.Position(at)
					if n, c := alone.Position(at); line != n || column != c {
						t.Fatalf("offset %d is %d:%d, want %d:%d in %q", at, line, column, n, c, src)
					}
					if text, k := f.Around(at); k < len(text) && text[k] != src[at] {
						t.Fatalf("around %d is %q in %q", at, text[k:], src)
					}
				}
			}
		}
	}
	fresh()
	for n := range 600 / every {
		if n%50 == 0 {
			fresh()
		}
		r := rand.New(rand.NewPCG(9, uint64(n)))
		a, b := randomList(r), randomList(r)
		same(a)
		same(b)
		same(slices.Concat(a, b))
		same(slices.Concat([]byte("\ufeff"), b, a))
		same(bytes.ReplaceAll(slices.Concat(b, a), []byte("\n"), []byte("\r\n")))
		same(a[r.IntN(len(a)):])
		same(a[:r.IntN(len(a))])
	}
	fresh()
	_, files, _ := corpus(t, "hashed/*")
	for i := 0; i < len(files); i += 4 * every {
		same(files[i])
	}
	if shrunk == 0 {
		t.Error("no file lets go of its bytes")
	}
}

// TestSeenIsShared: the same bytes are held once, and no line stands in the way
// of more than a few others.
func TestSeenIsShared(t *testing.T) {
	opts := ReadOptions{Seen: NewContents()}
	pin := func(n int) string { return fmt.Sprintf("a==1 \\\n    --hash=sha256:%064x\n", n) }
	one, two := Read("1.txt", []byte("# one\n"+pin(1)+pin(2)), opts), Read("2.txt", []byte(pin(2)+"b==2\n"+pin(1)), opts)
	if one.Lines[0].Content != two.Lines[2].Content || one.Lines[1].Content != two.Lines[0].Content {
		t.Error("the same bytes are read twice")
	}
	if got, want := two.Lines[2].HashSpan(0).Start, bytes.Index(two.Src(), []byte("sha256:"+fmt.Sprintf("%064x", 1))); got != want {
		t.Errorf("the hash of the second file is at %d, want %d", got, want)
	}
	if l := two.Lines[2]; l.First != 4 || l.Last != 5 {
		t.Errorf("lines %d to %d, want 4 to 5", l.First, l.Last)
	}
	for n := range 10 * mostAlike {
		Read("3.txt", []byte(pin(n)), opts)
	}
	for i := range opts.Seen.shards {
		for _, k := range opts.Seen.shards[i].known {
			alike := 0
			for ; k != nil; k = k.next {
				alike++
			}
			if alike > mostAlike {
				t.Errorf("%d lines that begin alike are kept", alike)
			}
		}
	}
}

// TestRoomsHoldNothing: what Contents keep of a large file lies in no memory that
// the next file is read into, also where the edits of the large one are refused.
func TestRoomsHoldNothing(t *testing.T) {
	var src []byte
	for n := 0; len(src) <= largeFile; n++ {
		src = fmt.Appendf(src, "p%d==1 \\\n    --hash=sha256:%064x\n", n, n)
	}
	opts := ReadOptions{Seen: NewContents()}
	f := Read("r.txt", src, ReadOptions{})
	written, wanted := digest("1"), digest("2")
	edits, err := f.SetHashes(0, []packaging.Digest{written})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		room := make([]byte, 0, len(src)+1)
		rooms.Put(&room)
	}
	if _, err := Reread(f, edits, map[int][]packaging.Digest{0: {wanted}}, opts); err == nil {
		t.Fatal("a hash that nobody wants is written")
	}
	for range 8 {
		now := Read("r.txt", f.Copy(*rooms.Get().(*[]byte)), opts)
		if now.Lines[0].Digest(0) == written {
			t.Fatal("the file reads as if the refused edits were made")
		}
	}
}

// TestCopy: the bytes of a file that let go of them are put where somebody has
// room, by any number at once.
func TestCopy(t *testing.T) {
	src := fmt.Appendf(nil, "# first\na==1 \\\n    --hash=sha256:%064x\n# last", 1)
	f := Read("r.txt", bytes.Clone(src), ReadOptions{Seen: NewContents()})
	if !f.shrink() {
		t.Fatal("the file keeps its bytes")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if got := f.Copy(make([]byte, 0, 8)); !bytes.Equal(got, src) {
					t.Errorf("%q instead of %q", got, src)
				}
			}
		})
	}
	all.Wait()
	if f.whole.Load() != nil {
		t.Error("the file holds its bytes again")
	}
}
