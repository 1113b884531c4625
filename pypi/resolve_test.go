package pypi

import (
	"net/url"
	"testing"
)

// The quick way to resolve a link gives what net/url gives, or nothing.
func TestBelow(t *testing.T) {
	quick := 0
	for _, base := range []string{
		"http://127.0.0.1:8080/0/index/numpy/", "https://host/simple/numpy/", "https://host/simple/numpy", "https://host/", "https://host",
		"https://host/a%20b/simple/x/", "https://user:word@host/simple/x/?a=b#c", "https://host/a//b/", "https://host/a/../b/",
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		p := packed{base: u}
		for _, link := range []string{
			"../../files/a-1.0.tar.gz", "a-1.0.tar.gz", "../a", "../../../../../a", "./a", "a/./b", "a/../b", "..", "../", "/files/a", "//other/a",
			"../..a", "a//b", ".a", "a/.b", "a:b", "a?b", "a#b", "../%2e", "http:a",
		} {
			got := below(p.folder(), link)
			if got == "" {
				continue
			}
			quick++
			if want := p.resolveIn("", link); got != want {
				t.Errorf("%q against %q: got %q, want %q", link, base, got, want)
			}
		}
	}
	if quick < 10 {
		t.Errorf("only %d links were resolved quickly", quick)
	}
}
