// Package decoders measures libraries of JSON at a page of the Simple API,
// beside BenchmarkDecode of package pypi. It is a module of its own, so that
// the tool does not depend on them.
//
//	cd pypi/testdata/decoders && go test -bench .
//	cd pypi && go test -run '^$' -bench Decode
package decoders

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/valyala/fastjson"
)

// page is that of BenchmarkDecode.
func page(files int) []byte {
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

type file struct {
	Filename, URL string
	Hashes        map[string]string
	Size          int64
	UploadTime    string `json:"upload-time"`
}

func BenchmarkDecoders(b *testing.B) {
	src := page(4000)
	run := func(name string, decode func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := decode(); err != nil || n != 4000 {
					b.Fatalf("%d files, %v", n, err)
				}
			}
		})
	}
	// The whole page into structs.
	run("encoding-json", func() (int, error) {
		var v struct{ Files []file }
		err := json.Unmarshal(src, &v)
		return len(v.Files), err
	})
	// A stream of tokens, of which nothing is kept.
	run("jsontext-tokens", func() (int, error) {
		d, n := jsontext.NewDecoder(bytes.NewReader(src)), 0
		for {
			t, err := d.ReadToken()
			if err == io.EOF {
				return n, nil
			}
			if err != nil {
				return n, err
			}
			if t.Kind() == jsontext.KindString && t.String() == "filename" {
				n++
			}
		}
	})
	// The whole page into a tree, in memory; what is no JSON, and keys that
	// come twice, may pass.
	run("fastjson", func() (int, error) {
		var p fastjson.Parser
		v, err := p.ParseBytes(src)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, f := range v.GetArray("files") {
			if len(f.GetStringBytes("filename")) > 0 && len(f.GetStringBytes("hashes", "sha256")) > 0 && len(f.GetStringBytes("url")) > 0 {
				n++
			}
		}
		return n, nil
	})
}

// TestLenient shows what fastjson takes that is no JSON, or has two meanings.
func TestLenient(t *testing.T) {
	for _, src := range []string{`{"a": 1, "a": 2}`, "\"\xff\"", `01`, `"\ud800"`, "\"\x01\"", `1e`} {
		if err := fastjson.Validate(src); err == nil {
			t.Logf("Validate takes %q", src)
		}
		if v, err := fastjson.Parse(src); err == nil {
			t.Logf("Parse takes %q as %s", src, v)
		}
	}
}
