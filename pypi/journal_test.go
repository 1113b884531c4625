package pypi

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// longRecord is a record of a kilobyte.
func longRecord(digest string) []byte {
	f := file("a-1.0.tar.gz", digest)
	f.URL = strings.Repeat("x", 1000)
	return writeRecord(&record{version: "1", api: bySimple}, []File{f})
}

// A file of which much is superseded is written anew, and nothing that is
// remembered is lost by it.
func TestTidy(t *testing.T) {
	j, err := openJournal(filepath.Join(t.TempDir(), "j"))
	if err != nil {
		t.Fatal(err)
	}
	j.tidy = tidy
	one := longRecord
	key := j.key("a")
	put := func(body []byte) {
		if err := j.put(key, body); err != nil {
			t.Fatal(err)
		}
	}
	put(one(wrong))
	for range 2000 {
		put(one(right))
	}
	if err := j.flush(); err != nil {
		t.Fatal(err)
	}
	for want := range 2 {
		if j, err = openJournal(j.path); err != nil {
			t.Fatal(err)
		}
		j.tidy = tidy
		bodies := j.bodies(key)
		if want == 1 && len(bodies) != 2 || want == 0 && len(bodies) != 2001 {
			t.Fatalf("%d records", len(bodies))
		}
		if !bytes.Equal(bodies[0], one(wrong)) || !bytes.Equal(bodies[len(bodies)-1], one(right)) {
			t.Error("other records than were put")
		}
		if err := j.flush(); err != nil {
			t.Fatal(err)
		}
	}
}

// Where one process writes the file anew and another appends to it, neither
// loses what the other wrote.
func TestTidyShared(t *testing.T) {
	body := longRecord
	for _, tidierFirst := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "j")
		open := func() *journal { return opened(t, path) }
		first := open()
		for range 2000 {
			if err := first.put(first.key("old"), body(right)); err != nil {
				t.Fatal(err)
			}
		}
		if err := first.flush(); err != nil {
			t.Fatal(err)
		}
		tidier, other := open(), open()
		tidier.tidy = tidy
		for _, err := range []error{tidier.put(tidier.key("mine"), body(right)), other.put(other.key("yours"), body(wrong))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		list := []*journal{tidier, other}
		if !tidierFirst {
			list = []*journal{other, tidier}
		}
		for _, j := range list {
			if err := j.flush(); err != nil {
				t.Fatal(err)
			}
		}
		j := open()
		for _, name := range []string{"old", "mine", "yours"} {
			if len(j.bodies(j.key(name))) == 0 {
				t.Errorf("tidier first %v: %q is lost", tidierFirst, name)
			}
		}
		if n := len(j.bodies(j.key("old"))); tidierFirst && n != 1 {
			t.Errorf("%d old records were kept", n)
		}
	}
}

// What an index says may look like a record: it is none, wherever the one around it
// is damaged.
func TestForgedRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	open := func() *journal { return opened(t, path) }
	j := open()
	mine, theirs := j.key("mine"), j.key("theirs")
	// The index knows everything but the salt.
	liar, err := openJournal(filepath.Join(t.TempDir(), "other"))
	if err != nil {
		t.Fatal(err)
	}
	forged := liar.appendRecord(nil, mine, longRecord(wrong))
	if err := j.put(theirs, append(longRecord(right), forged...)); err != nil {
		t.Fatal(err)
	}
	if err := j.flush(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := headerSize; at < headerSize+headSize+20; at++ {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0xff
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open()
		if n := len(j.bodies(mine)) + len(j.bodies(theirs)) + len(j.all()); n != 0 {
			t.Fatalf("damaged at %d: %d records", at, n)
		}
	}
	// One that says another length than it has.
	short := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(short[headerSize+len(recordMagic):], uint32(len(whole)-headerSize-headSize-len(forged)))
	if err := os.WriteFile(path, short, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := len(open().all()); n != 0 {
		t.Fatalf("%d records of a wrong length", n)
	}
}

// A Brief says of files what they say themselves.
func TestBrief(t *testing.T) {
	day := 24 * time.Hour
	at := func(f File, days int) File {
		f.Uploaded = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(days) * day)
		return f
	}
	yanked := func(f File) File {
		f.Yanked = true
		return f
	}
	sdist, wheel, egg := file("a-1.0.tar.gz", right), file("a-1.0-py3-none-any.whl", wrong), file("a-1.0-py3.7.egg", strings.Repeat("ab", 32))
	egg.Kind = packaging.Other
	twin := sdist
	twin.Name = "a-1.0.zip"
	for _, test := range []struct {
		name  string
		files []File
		want  Brief
	}{
		{"no time", []File{sdist, wheel}, Brief{Count: 2, Built: true}},
		{"times", []File{at(sdist, 3), at(wheel, 1)}, Brief{Count: 2, Built: true, Span: 2 * day}},
		{"an egg came late", []File{at(sdist, 0), at(egg, 20)}, Brief{Count: 2, Built: true}},
		{"an egg came first", []File{at(sdist, 20), at(egg, 0)}, Brief{Count: 2, Built: true, Span: 20 * day}},
		{"only an egg", []File{yanked(egg)}, Brief{Count: 1}},
		{"one is yanked", []File{yanked(sdist), wheel}, Brief{Count: 2, Built: true}},
		{"all but the egg are yanked", []File{yanked(sdist), egg}, Brief{Count: 2, Built: true, Yanked: true}},
		{"one content", []File{wheel, twin, sdist}, Brief{Count: 3, Built: true}},
	} {
		var r record
		if !readRecord(&r, writeRecord(&record{version: "1"}, test.files)) {
			t.Fatalf("%s: the record cannot be read", test.name)
		}
		got := r.brief
		for i, f := range test.files {
			first := i
			if f.Digests[0] == twin.Digests[0] && test.name == "one content" {
				first = 1
			}
			if k, ok := got.Find(&f.Digests[0]); !ok || k != first {
				t.Errorf("%s: the digest of %s is of file %d, %v", test.name, f.Name, k, ok)
			}
		}
		sha1, err := packaging.NewDigest(packaging.SHA1, right[:40])
		if err != nil {
			t.Fatal(err)
		}
		near := packaging.SHA256Digest((*[32]byte)(append(bytes.Clone(got.sums[:31]), ^got.sums[31])))
		for _, d := range []packaging.Digest{{}, sha1, near} {
			if k, ok := got.Find(&d); ok {
				t.Errorf("%s: %v is of file %d", test.name, d, k)
			}
		}
		got.sums, got.numbers = nil, nil
		if got.Count != test.want.Count || got.Built != test.want.Built || got.Yanked != test.want.Yanked || got.Span != test.want.Span {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// A record that is whole, and says what cannot be, is none: it costs a request.
func TestRecordThatCannotBe(t *testing.T) {
	c := newCached(t, files(fine))
	c.want("cold", nil, "verified", 1)
	path := filepath.Join(c.dir, "answers-2")
	begin, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	key, body := cacheKey(j.keyAt(0)), j.bodyAt(0)
	for n := range body {
		if err := os.WriteFile(path, begin[:headerSize], 0o600); err != nil {
			t.Fatal(err)
		}
		short, err := openJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := short.put(key, body[:n]); err != nil {
			t.Fatal(err)
		}
		if err := short.flush(); err != nil {
			t.Fatal(err)
		}
		c.want("a record that ends early", nil, "verified", 1)
	}
}

// opened is the journal at a path.
func opened(t *testing.T, path string) *journal {
	t.Helper()
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
