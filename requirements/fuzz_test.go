package requirements

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// seeds adds the recorded inputs and some random ones; without the recorded
// ones the test fails.
func seeds(f *testing.F) {
	f.Helper()
	readings, err := recorded()
	if err != nil || len(readings) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, r := range readings {
		f.Add(r.Src)
	}
	for n := range 200 {
		f.Add(randomFile(rand.New(rand.NewPCG(3, uint64(n)))))
	}
}

// FuzzRead: Read never panics, whatever the bytes, and never writes into them;
// every span lies in the file, every line is read the same in general.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		before := bytes.Clone(src)
		opts := pipOptions("/w")
		file := Read("r.txt", src, opts)
		if !bytes.Equal(src, before) {
			t.Fatalf("Read wrote into %q: %q", before, src)
		}
		if a, b := described(file), described(read("r.txt", src, opts, true)); a != b {
			t.Fatalf("fast:    %s\ngeneral: %s\nfrom %q", a, b, src)
		}
		in := func(s Span) {
			if s.Start < 0 || s.End < s.Start || s.End > len(src) {
				t.Fatalf("span %v of %d bytes, %q", s, len(src), src)
			}
			if line, column := file.Position(s.Start); line < 1 || column < 1 {
				t.Fatalf("position %d:%d of %v in %q", line, column, s, src)
			}
		}
		last := 0
		for i := range file.Lines {
			l := &file.Lines[i]
			in(l.Span)
			if l.First <= last || l.Last < l.First {
				t.Fatalf("lines %d to %d after %d in %q", l.First, l.Last, last, src)
			}
			last = l.First
			for i := range l.Hashes {
				in(l.HashSpan(i))
			}
			for _, s := range l.Settings {
				in(s.Span)
			}
		}
		for _, x := range file.Faults {
			in(x.Span)
			if _, err := Apply(src, x.Edits); err != nil {
				t.Fatalf("%v of %+v in %q", err, x, src)
			}
		}
	})
}

// FuzzApply: no edits, same bytes; bytes outside the edits are never changed.
func FuzzApply(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if same, err := Apply(src, nil); err != nil || !bytes.Equal(same, src) {
			t.Fatalf("%q, %v, want %q", same, err, src)
		}
		file := Read("r.txt", src, ReadOptions{})
		edits := file.RepairEdits(func(*Fault) bool { return true })
		after, err := Apply(src, edits)
		if err != nil {
			t.Fatalf("%v: %v of %q", err, edits, src)
		}
		inside := make([]bool, len(src)+1)
		size := len(src)
		for _, e := range edits {
			for i := e.Start; i < e.End; i++ {
				inside[i] = true
			}
			size += len(e.New) - (e.End - e.Start)
		}
		if len(after) != size {
			t.Fatalf("%d bytes, want %d, from %q by %v", len(after), size, src, edits)
		}
		var kept []byte
		for i, c := range src {
			if !inside[i] {
				kept = append(kept, c)
			}
		}
		if !subsequence(kept, after) {
			t.Fatalf("%q lost bytes of %q by %v", after, src, edits)
		}
	})
}

func subsequence(part, whole []byte) bool {
	for _, c := range whole {
		if len(part) > 0 && part[0] == c {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// FuzzSetHashes: after SetHashes a new reading gives what was wanted and
// nothing else has changed; twice is once.
func FuzzSetHashes(f *testing.F) {
	seeds(f)
	f.Add([]byte("00 --h sha256: 0 --h sha256:" + strings.Repeat("0", 64))) // without its first hash 0 would be part of the text
	f.Fuzz(func(t *testing.T, src []byte) {
		opts := pipOptions("/w")
		file := Read("r.txt", src, opts)
		for i := range file.Lines {
			if i > 8 {
				break
			}
			for _, want := range [][]packaging.Digest{{digest("1"), digest("2")}, nil, append(file.Lines[i].Digests(), digest("3"))} {
				edits, err := file.SetHashes(i, want)
				if err != nil {
					continue // what cannot be edited is said, and left alone
				}
				after, err := editedBytes(file, edits, map[int][]packaging.Digest{i: want}, opts)
				if err != nil {
					t.Fatalf("line %d of %q to %d hashes by %v: %v", file.Lines[i].First, src, len(want), edits, err)
				}
				again := Read("r.txt", after, opts)
				if len(again.Lines) != len(file.Lines) {
					continue // an ignored line went
				}
				if edits, err := again.SetHashes(i, want); err != nil || edits != nil {
					t.Fatalf("twice is not once: %v, %v, from %q by way of %q", edits, err, src, after)
				}
			}
		}
	})
}

// FuzzRepair: repairs come to an end, and none makes pip refuse a line more.
func FuzzRepair(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		opts := pipOptions("/w")
		file := Read("r.txt", src, opts)
		for round := 0; ; round++ {
			edits := file.RepairEdits(func(*Fault) bool { return true })
			if len(edits) == 0 {
				break
			}
			if round > 20 {
				t.Fatalf("no end of repairs: %v of %q from %q", edits, file.Src(), src)
			}
			after, err := Apply(file.Src(), edits)
			if err != nil {
				t.Fatal(err)
			}
			next := Read("r.txt", after, opts)
			if next.Err != nil || refusals(next) > refusals(file) {
				t.Fatalf("%q, repaired by %v, is refused more: %q", file.Src(), edits, after)
			}
			file = next
		}
	})
}

func refusals(f *File) (n int) {
	for i := range f.Lines {
		if f.Lines[i].Err != nil {
			n++
		}
	}
	return n
}

// TestLinear: a line of 64 MiB, ten million continuations and 100,000 includes
// end, with a clear finding. What takes more than linear time would not.
func TestLinear(t *testing.T) {
	if testing.Short() || every > 1 {
		t.Skip("reads big files")
	}
	find := func(f *File, rule string) {
		t.Helper()
		for _, x := range f.Faults {
			if x.Rule == rule {
				if len(x.Message) > 2000 {
					t.Errorf("a message of %d bytes", len(x.Message))
				}
				return
			}
		}
		t.Errorf("%d faults, want one of %s: %v", len(f.Faults), rule, f.Err)
	}
	line := bytes.Repeat([]byte("a "), 32<<20)
	find(Read("r.txt", line, ReadOptions{}), invalid)
	copy(line, "a==1 --hash=sha256:1")
	find(Read("r.txt", line, ReadOptions{}), malformed)
	find(Read("r.txt", bytes.Repeat([]byte("a\\\n"), 10_000_000), ReadOptions{}), ambiguous)
	find(Read("r.txt", []byte(strings.Repeat("${X}", 1<<20)+"\n"), ReadOptions{Getenv: func(string) string { return strings.Repeat("x", 64) }}), invalid)
	for _, piece := range []string{"\\", "#", " #", "'", "\"", "-", " -e", "(", "[", "a;", "\f", "\r", "--hash=sha256: ", "a\n--hash=sha256:x\n", "a \\ \n", "a==1 \\\nb==2 \\\n", "${A}", "\xff", "é"} {
		Read("r.txt", bytes.Repeat([]byte(piece), (1<<20)/len(piece)), ReadOptions{})
	}
	if f := Read("r.txt", make([]byte, maxFileSize+1), ReadOptions{}); f.Err == nil || !strings.Contains(f.Err.Error(), "256 MiB") {
		t.Errorf("a file above the limit: %v", f.Err)
	}
}

// TestManyIncludes: 100,000 includes in one file, and 1,000 one in another.
func TestManyIncludes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many files")
	}
	read := func(path string, _ []byte) ([]byte, error) {
		name := filepath.Base(path)
		switch {
		case name == "wide.txt":
			return []byte(strings.Repeat("-r a.txt\n", 100_000)), nil
		case name == "a.txt":
			return []byte("a==1\n"), nil
		case strings.HasPrefix(name, "d"):
			return []byte("-r d" + name + "\n"), nil
		}
		return nil, fs.ErrNotExist
	}
	set, err := Load(context.Background(), []Root{{Path: "wide.txt", Named: true}}, read, LoadOptions{Jobs: 4})
	if err != nil || len(set.Files) != 2 || len(set.Runs[0].Members) != 2 {
		t.Fatalf("%v, %d files", err, len(set.Files))
	}
	set, err = Load(context.Background(), []Root{{Path: "d.txt", Named: true}}, read, LoadOptions{Jobs: 4})
	if err != nil || len(set.Files) != maxNesting+1 {
		t.Fatalf("%v, %d files", err, len(set.Files))
	}
	last := set.Files[maxNesting]
	if len(last.Faults) != 1 || !strings.Contains(last.Faults[0].Message, "500 files deep") {
		t.Errorf("%+v", last.Faults)
	}
	if _, err := Load(context.Background(), []Root{{Path: "wide.txt"}}, func(string, []byte) ([]byte, error) { return nil, os.ErrPermission }, LoadOptions{}); err != nil {
		t.Errorf("an unreadable file is an answer: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(ctx, []Root{{Path: "wide.txt"}}, read, LoadOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}
