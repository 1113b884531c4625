package pypi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
)

// bigPage returns a page as PyPI serves it for its largest projects: some four
// files for each of a thousand releases.
func bigPage(files int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"files": [`)
	for i := range files {
		if i > 0 {
			b.WriteString(", ")
		}
		name := fmt.Sprintf("big-%d.%d.%d-cp3%d-cp3%d-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", i/400, i/40%10, i/4%10, 8+i%4, 8+i%4)
		hash := fmt.Sprintf("%064x", i*7919)
		fmt.Fprintf(&b, `{"core-metadata": {"sha256": "%s"}, "data-dist-info-metadata": {"sha256": "%s"}, "filename": %q, "hashes": {"sha256": "%s"}, `+
			`"provenance": null, "requires-python": ">=3.8", "size": %d, "upload-time": "2024-05-%02dT08:30:1%d.%06dZ", `+
			`"url": "https://files.example.org/packages/%s/%s/%s/%s", "yanked": false}`,
			hash, hash, name, hash, 10000+i, 1+i%28, i%10, i, hash[60:62], hash[62:], hash[:60], name)
	}
	b.WriteString(`], "meta": {"_last-serial": 1, "api-version": "1.4"}, "name": "big", "project-status": {"status": "active"}, "versions": ["1.0"]}`)
	return b.Bytes()
}

func TestBigPage(t *testing.T) {
	src := bigPage(4000)
	b := newBuilder("big", nil)
	if err := readSimpleJSON(iotestReader{bytes.NewReader(src)}, b); err != nil {
		t.Fatal(err)
	}
	p := b.done()
	files, err := p.release("big", "x", pin{all: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4000 || p.status != "active" {
		t.Errorf("got %d files, status %q", len(files), p.status)
	}
	var want struct {
		Files []struct {
			Filename, URL string
			Hashes        map[string]string
		}
	}
	if err := json.Unmarshal(src, &want); err != nil {
		t.Fatal(err)
	}
	have := map[string]File{}
	for _, f := range files {
		have[f.Name] = f
	}
	for _, w := range want.Files {
		f := have[w.Filename]
		if f.URL != w.URL || f.Digests[0].Hex() != w.Hashes["sha256"] || f.Size < 10000 || f.Uploaded.IsZero() || f.MetadataDigest != f.Digests[0] {
			t.Fatalf("got %+v, want %+v", f, w)
		}
	}
}

// Memory is bounded by what is kept, not by what is sent.
func TestMemory(t *testing.T) {
	unread := `"x": ["` + strings.Repeat("unread", 5000) + `", {"y": "` + strings.Repeat("\\u00e9", 5000) + `"}]`
	src := `{"meta": {"api-version": "1.0"}, ` + strings.Repeat(`"z": {`+unread+`}, `, 500) + `"files": [` + fine + `]}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b := newBuilder("a", nil)
	if err := readSimpleJSON(strings.NewReader(src), b); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes of memory for a page of %d bytes with one file", got, len(src))
	}
}

// iotestReader gives a few bytes at a time, so that every string lies across
// the end of what was read.
type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 7)]) }

func BenchmarkDecode(b *testing.B) {
	pages := map[string][]byte{"synthetic": bigPage(4000)}
	// Whole pages as an index serves them, where somebody put them:
	// REQHASH_PAGES=folder of NAME.json.
	if dir := os.Getenv("REQHASH_PAGES"); dir != "" {
		for _, name := range []string{"numpy", "boto3", "tensorflow"} {
			if src, err := os.ReadFile(dir + "/" + name + ".json"); err == nil {
				pages[name] = src
			}
		}
	}
	for _, name := range []string{"synthetic", "numpy", "boto3", "tensorflow"} {
		src, ok := pages[name]
		if !ok {
			continue
		}
		project := strings.Replace(name, "synthetic", "big", 1)
		base, _ := url.Parse("https://index.example.org/simple/" + project + "/")
		b.Run(name+"/stream", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			var kept int
			for b.Loop() {
				one := newBuilder(project, base)
				if err := readSimpleJSON(bytes.NewReader(src), one); err != nil {
					b.Fatal(err)
				}
				kept = len(one.done().entries)
			}
			b.ReportMetric(float64(kept)/float64(len(src)), "kept/byte")
		})
		// As it comes in a cold run: what gzip takes alone, and what reading takes
		// with it, for one release and for all.
		packed := gzipOf(src)
		unpacked := func(b *testing.B, read func(r io.Reader) error) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				body := &gzipBody{r: bytes.NewReader(packed)}
				if err := read(body); err != nil {
					b.Fatal(err)
				}
				body.done()
			}
		}
		b.Run(name+"/gzip/floor", func(b *testing.B) {
			unpacked(b, func(r io.Reader) error {
				_, err := io.Copy(io.Discard, r)
				return err
			})
		})
		for _, want := range []struct {
			name   string
			wanted []pin
		}{{"one", []pin{parsePin("1.2.3")}}, {"all", nil}} {
			b.Run(name+"/gzip/"+want.name, func(b *testing.B) {
				unpacked(b, func(r io.Reader) error {
					one := newBuilder(project, base)
					one.want = some(project, want.wanted)
					err := readSimpleJSON(r, one)
					one.done()
					return err
				})
			})
		}
		b.Run(name+"/encoding-json", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				var v struct {
					Files []struct {
						Filename, URL string
						Hashes        map[string]string
						Size          int64
						UploadTime    string `json:"upload-time"`
					}
				}
				if err := json.Unmarshal(src, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/release", func(b *testing.B) {
			one := newBuilder(project, base)
			if err := readSimpleJSON(bytes.NewReader(src), one); err != nil {
				b.Fatal(err)
			}
			p := one.done()
			for b.Loop() {
				if _, err := p.release(project, "x", parsePin("1.2.3")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
