package report

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// Every byte is told from plain text wherever it stands.
func TestPlain(t *testing.T) {
	for n := range 20 {
		for at := range n {
			for c := range 256 {
				b := []byte(strings.Repeat("~", n))
				b[at] = byte(c)
				want := c >= 0x20 && c < 0x7f && c != '#'
				if got := plain(string(b)); got != want {
					t.Errorf("plain(%q) is %t", b, got)
				}
			}
		}
	}
}

// A style is what lipgloss does, and columns are those that it counts.
func TestStyles(t *testing.T) {
	texts := []string{"", " ", "two words ", "…", "a…b", "e\u0301", "\u0301", "漢字", "👩‍👩‍👧"}
	for _, h := range hostile {
		texts = append(texts, Printable(h))
	}
	re := lipgloss.NewRenderer(nil)
	re.SetColorProfile(termenv.ANSI)
	colored, plain := stylesFor(nil, true), stylesFor(nil, false)
	red := re.NewStyle().Foreground(lipgloss.Color("1"))
	for _, text := range texts {
		if got, want := colored.level(Error).Render(text), red.Render(text); got != want {
			t.Errorf("%q in red is %q, want %q", text, got, want)
		}
		if got := plain.level(Error).Render(text); got != text {
			t.Errorf("%q without colour is %q", text, got)
		}
		if got, want := columns(text), ansi.StringWidth(text); got != want || len(text) < got {
			t.Errorf("%q of %d bytes has %d columns, want %d", text, len(text), got, want)
		}
	}
}

// Digests are shortened as they are where each character is looked at.
func TestShortened(t *testing.T) {
	slowly := func(s string) string {
		var b strings.Builder
		for len(s) > 0 {
			n := len(s) - len(strings.TrimLeft(s, "0123456789abcdefABCDEF"))
			switch {
			case n >= 24:
				b.WriteString(s[:digits] + "…")
			default:
				n = max(n, 1)
				b.WriteString(s[:n])
			}
			s = s[n:]
		}
		return b.String()
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		b := make([]byte, random.IntN(200))
		for i := range b {
			if b[i] = "0123456789abcdefABCDEF"[random.IntN(22)]; random.IntN(40) == 0 {
				b[i] = 'x'
			}
		}
		if got, want := string(appendShortened(nil, string(b))), slowly(string(b)); got != want {
			t.Fatalf("%q becomes %q, want %q", b, got, want)
		}
	}
}

// Findings of which words have one hash are still told apart.
func TestKinds(t *testing.T) {
	one, other := &Finding{Message: "one"}, &Finding{Message: "other"}
	k := kindsOf([]*Finding{one, one}, (*Finding).saying)
	w := other.saying()
	sum := k.hash.sum(&w)
	k.list[0].sum, k.heads[sum&uint64(len(k.heads)-1)] = sum, 0 // as if it were that of the first
	if i, again := k.kindOf(other), k.kindOf(other); i != 1 || again != 1 || k.list[1].prior != 0 {
		t.Errorf("the kinds are %d and %d", i, again)
	}
}

// TestTextOfTwins: a file that is read twice, by its path and by a file: URL, has
// what is told of its path once.
func TestTextOfTwins(t *testing.T) {
	r := &Report{Files: []File{{Path: "r.txt"}, {Path: "r.txt"}}, Findings: []Finding{{Path: "r.txt", Rule: "yanked", Line: 1, Column: 1, Message: "told once"}}}
	var b bytes.Buffer
	if err := Text(&b, r, TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "told once"); n != 1 {
		t.Errorf("told %d times:\n%s", n, b.String())
	}
}
