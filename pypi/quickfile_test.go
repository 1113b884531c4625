package pypi

import (
	"bytes"
	"testing"
)

var fileSeeds = []string{
	fine,
	`{"core-metadata": {"sha256": "` + right + `"}, "data-dist-info-metadata": {"sha256": "` + right + `"}, "filename": "a-1.0-py3-none-any.whl", ` +
		`"hashes": {"sha256": "` + right + `"}, "provenance": null, "requires-python": ">=3.8", "size": 12, "upload-time": "2024-05-31T08:30:10.000001Z", ` +
		`"url": "https://files.example.org/ab/cd/a-1.0-py3-none-any.whl", "yanked": "broken"}`,
	`{"filename":"a-1.0.tar.gz","hashes":{"sha256":"` + right + `"},"requires-python":"\u003e=3.8, !=3.9\u002A","size":null,"upload-time":null,"url":"../a-1.0.tar.gz","yanked":false,"core-metadata":true}`,
	`{"dist-info-metadata":true,"core-metadata":false,"url":"a","filename":"a","hashes":{"sha256":"ab"},"size":0,"yanked":""}`,
	`{"core-metadata":false,"dist-info-metadata":{"sha256":"` + right + `"},"url":"a","filename":"a","hashes":{"sha256":""},"size":999999999999999}`,
	`{"filename":"a","filename":"a","url":"a","hashes":{"sha256":""}}`,
	`{"filename":"a","url":"b","hashes":{"sha256":""}}`,
	`{"filename":"a","url":"a#sha256=` + wrong + `","hashes":{"sha256":"` + right + `"}}`,
	`{"filename":"a","url":"x&sha256=/a","hashes":{"sha256":"` + right + `"}}`,
	`{"filename":"","url":"","hashes":{"sha256":""},"size":01}`,
	`{"filename":"","url":"","hashes":{"sha256":""},"size":1e3,"x":-1}`,
	`{"filename":"\u0000","url":"\u0000","hashes":{"sha256":""},"upload-time":"2024-02-30T00:00:00Z"}`,
	"{ \"filename\" :\t\"a\" ,\r\n\"url\": \"a\", \"hashes\": { \"sha256\" : \"\" } , \"x\" : true, \"x\": 1 }",
	`{"filename":"a","url":"a","hashes":{"sha256":""},"yanked":1}`,
	`{"filename":"a","url":"a","hashes":{"sha256":""},}`,
	`{"filename":"a","url":"a","hashes":{"md5":"x"},"core-metadata":"yes"}`,
	`{"filename":"é","url":"é","hashes":{"sha256":null}}`,
	`{}`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":"`, `{"a":t`, `{"a":{"b":"c"`,
}

// What is read quickly is what is read slowly, to the byte, and ends at the same
// one.
func FuzzQuickFile(f *testing.F) {
	for _, seed := range fileSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		quick, slow := newBuilder("a", nil), newBuilder("a", nil)
		n := quick.quick.read(src)
		if n == 0 {
			return
		}
		if err := quick.addQuick(); err != nil {
			t.Fatal(err)
		}
		j := jsonReader{newScanner(bytes.NewReader(src)), slow}
		if err := j.slowFile(); err != nil {
			t.Fatalf("%q is read quickly, but %v", src, err)
		}
		if at := int(j.before) + j.pos; at != n {
			t.Fatalf("%q ends at %d, and %d quickly", src, at, n)
		}
		if got, want := quick.packer.packed, slow.packer.packed; !bytes.Equal(got.entries, want.entries) || len(got.texts) != len(want.texts) {
			t.Fatalf("%q: got %q, want %q", src, got.entries, want.entries)
		}
		for i, text := range slow.packer.texts {
			if quick.packer.texts[i] != text {
				t.Fatalf("%q: got %q, want %q", src, quick.packer.texts, slow.packer.texts)
			}
		}
	})
}

// Files as indexes write them are read quickly.
func TestQuickFile(t *testing.T) {
	for i, src := range fileSeeds {
		b := newBuilder("a", nil)
		if got, want := b.quick.read([]byte(src)), i < 5 || i == 11 || i == 12; (got == len(src)) != want || got != 0 && !want {
			t.Errorf("%s: read %d of %d bytes", src, got, len(src))
		}
	}
}
