package audit

import (
	"strings"
	"testing"
)

// TestExcerpt: the line, or of a long one what is around the offset.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("x", 1000) + "HERE" + strings.Repeat("y", 1000)
	for _, c := range []struct{ src, at, want string }{
		{"a==1\r\nb==2 # c\r\nd==3\n", "2 #", "b==2 # c"},
		{"a==1", "a", "a==1"},
		{"a==1", "", "a==1"},
		{"a\n" + long + "\nb", "HERE", strings.Repeat("x", 200) + "HERE" + strings.Repeat("y", 196)},
		{"a\n" + long + "\nb", "x", strings.Repeat("x", 400)},
	} {
		if got := excerpt([]byte(c.src), strings.Index(c.src, c.at)); got != c.want {
			t.Errorf("%.20q at %q: %q", c.src, c.at, got)
		}
	}
}
