package requirements

import "testing"

func TestMaskHidesUserinfo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"flask==1", "flask==1"},
		{"a @ https://me:secret@example.org/a.whl", "a @ https://***@example.org/a.whl"},
		{"https://token@example.org", "https://***@example.org"},
		{"https://a:b@c:d@example.org/x@y", "https://***@example.org/x@y"},
		{"https://example.org/x@y", "https://example.org/x@y"},
		{"https://u@a/ https://v@b/", "https://***@a/ https://***@b/"},
		{"git+ssh://git@example.org/r.git@main#egg=r", "git+ssh://***@example.org/r.git@main#egg=r"},
		{"://@", "://***@"},
	} {
		if got := Mask(c.text); got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
