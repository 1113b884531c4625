package requirements

import "testing"

func TestURLHashIsTheLeftmostOfTheWholeURL(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"https://example.org/a-1-py3-none-any.whl", ""},
		{"https://example.org/a.whl#sha256=ab", "sha256:ab"},
		{"https://example.org/a.whl#egg=a&sha256=ab&x=1", "sha256:ab"},
		{"https://example.org/a.whl?x=1&sha256=ab#md5=cd", "sha256:ab#md5=cd"},
		{"https://example.org/a.whl?sha256=ab", ""},
		{"https://example.org/a.whl#SHA256=ab", ""},
		{"https://example.org/a.whl#sha1=", "sha1:"},
	} {
		if got := (&Content{URL: c.url}).URLHash(); got != c.want {
			t.Errorf("URLHash of %q is %q, want %q", c.url, got, c.want)
		}
	}
}

func TestHashableIsWhatPipHasAFileFor(t *testing.T) {
	for _, c := range []struct {
		line Content
		want bool
	}{
		{Content{Kind: Editable, URL: "a.whl", Path: true}, false},
		{Content{URL: "git+https://example.org/a.git", VCS: true}, false},
		{Content{URL: "./a-1-py3-none-any.whl", Path: true}, true},
		{Content{URL: "file:///a.tar.gz#egg=a", Path: true}, true},
		{Content{URL: "./a", Path: true}, false},
		{Content{URL: "./a-1-py3-none-any.whl[x]", Path: true, Extras: []string{"x"}}, true},
		{Content{URL: "./a[x]", Path: true, Extras: []string{"x"}}, false},
		{Content{URL: "https://example.org/anything"}, true},
		{Content{Text: "a==1"}, true},
	} {
		if got := c.line.Hashable(); got != c.want {
			t.Errorf("Hashable of %q is %v, want %v", c.line.URL, got, c.want)
		}
	}
}
