package pypi

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// skipAll reads one value from the stream, as a page is read of which nothing
// is wanted.
func skipAll(r io.Reader) error {
	s := newScanner(r)
	if err := s.skip(); err != nil {
		return err
	}
	return s.close()
}

var jsonSeeds = []string{
	`{}`, `[]`, `""`, `0`, `-0.5e+10`, `true`, `false`, `null`, ` { "a" : [ 1 , 2.5 , "x\n\u00e9\ud83d\ude00" ] , "b" : { } } `,
	`{"a":1,}`, `[1,]`, `[1 2]`, `{"a" 1}`, `{1:2}`, `01`, `1.`, `.5`, `-`, `+1`, `1e`, `tru`, `nul`, `"\x"`, `"\u12"`, `"a`, `"` + "\x01" + `"`,
	`{"a":"` + strings.Repeat("é", 100) + `"}`, `[[[[[[]]]]]]`, "\ufeff{}", `{} {}`, ``, ` `, `"\ud800"`, `"\/\b\f\r\t\\\""`, "\"\x7f\"",
}

// Whatever is skipped is JSON, exactly where encoding/json has it, however it
// comes in.
func FuzzSkip(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		whole := skipAll(bytes.NewReader(src))
		if parts := skipAll(iotest.OneByteReader(bytes.NewReader(src))); (parts == nil) != (whole == nil) {
			t.Fatalf("%q: %v in one piece, %v byte by byte", src, whole, parts)
		}
		if valid := json.Valid(src); valid != (whole == nil) {
			if e, ok := whole.(*Error); ok && e.Kind == TooLarge {
				return // nested too deep, or too long a number
			}
			t.Fatalf("%q: valid %v, but %v", src, valid, whole)
		}
	})
}

// A string that is read is the one that encoding/json reads; what that repairs
// is an error.
func FuzzText(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s := newScanner(iotest.HalfReader(bytes.NewReader(src)))
		text, err := s.text()
		got := string(text)
		if err == nil {
			err = s.close()
		}
		var want string
		if !bytes.HasPrefix(bytes.TrimLeft(src, " \t\r\n"), []byte(`"`)) {
			if err == nil {
				t.Fatalf("%q is a string", src)
			}
			return
		}
		failed := json.Unmarshal(src, &want)
		switch {
		case err == nil && failed != nil:
			t.Fatalf("%q: read as %q, but %v", src, got, failed)
		case err == nil && got != want:
			t.Fatalf("%q: got %q, want %q", src, got, want)
		case err != nil && failed == nil && !strings.Contains(want, "\ufffd"):
			t.Fatalf("%q: %v, want %q", src, err, want)
		}
	})
}

// Whatever a page says, reading it ends, and what is kept can be read again.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"meta": {"api-version": "1.1"}, "name": "a", "files": [` + fine + `]}`))
	f.Add([]byte(`<a href="a-1.0.tar.gz#sha256=` + right + `" data-yanked="x">a</a>`))
	f.Add([]byte(releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", right))))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, read := range []func(io.Reader, *builder) error{
			readSimpleJSON, readSimpleHTML,
			func(r io.Reader, b *builder) error { return readReleaseJSON(r, b, parsePin("1.0")) },
		} {
			b := newBuilder("a", nil)
			if err := read(bytes.NewReader(src), b); err != nil {
				continue
			}
			page := b.done()
			for _, want := range []pin{parsePin(""), parsePin("1.0")} {
				files, err := page.release("a", "i", want)
				if err != nil {
					continue
				}
				var r record
				ok := readRecord(&r, writeRecord(&record{version: "1", index: "i"}, files))
				for i := range files {
					files[i].URL = string(withoutSecrets([]byte(files[i].URL)))
				}
				r.index = "i"
				if again := r.all(); !ok || !reflect.DeepEqual(files, again) {
					t.Fatalf("%q: %+v before, %+v after", src, files, again)
				}
				for i := range files {
					for _, d := range files[i].Digests {
						first := slices.IndexFunc(files, func(f File) bool { return slices.Contains(f.Digests, d) })
						if got, found := r.brief.Find(&d); found != (d.Algorithm() == packaging.SHA256) || found && got != first {
							t.Fatalf("%q: %s is of file %d (%v), want %d", src, d, got, found, first)
						}
					}
				}
			}
		}
	})
}

// A damaged record is none, or one, and never a panic.
func FuzzRecord(f *testing.F) {
	one := file("a-1.0.tar.gz", right)
	one.URL, one.Size, one.Uploaded = "https://files.example.org/ab/cd/"+right[:60]+"/a-1.0.tar.gz", 3, time.Unix(1700000000, 0)
	f.Add(writeRecord(&record{version: "1", etag: "x"}, []File{one, file("a-1.0-py3-none-any.whl", wrong)}))
	f.Add(writeRecord(&record{api: byWheel, requires: []string{"b>1", "c"}, requiresKnown: true}, nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		var r record
		if readRecord(&r, src) && (len(r.all()) != r.brief.Count || r.brief.Count > len(src)) {
			t.Fatalf("%d files of %d", len(r.all()), r.brief.Count)
		}
	})
}
