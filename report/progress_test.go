package report

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// terminal keeps what is written, and what a reader would see of one line.
type terminal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.Write(p)
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}

// visible is what a terminal shows of the last line: a carriage return goes
// back, and \x1b[K wipes what is right of the cursor.
func visible(written string) string {
	cells, at := []rune{}, 0
	for s := written; s != ""; {
		switch {
		case strings.HasPrefix(s, "\r"):
			at, s = 0, s[1:]
		case strings.HasPrefix(s, "\x1b[K"):
			cells, s = cells[:at], s[3:]
		default:
			r := []rune(s)[0]
			cells = append(cells[:at], append([]rune{r}, cells[min(at+1, len(cells)):]...)...)
			at, s = at+1, s[len(string(r)):]
		}
	}
	return string(cells)
}

var midnight = time.Date(2026, time.November, 24, 0, 0, 0, 0, time.UTC)

// A quick run shows nothing; a slow one shows a line that leaves no trace.
func TestProgress(t *testing.T) {
	var out terminal
	ticks := make(chan time.Time)
	p := StartProgress(&out, 80, midnight, ticks)
	p.Update(midnight, "releases", 3, 400, "pypi.org")
	ticks <- midnight.Add(499 * time.Millisecond)
	ticks <- midnight.Add(499 * time.Millisecond) // the first is dealt with
	if got := out.String(); got != "" {
		t.Errorf("before half a second it writes %q", got)
	}
	ticks <- midnight.Add(500 * time.Millisecond)
	ticks <- midnight
	if got, want := visible(out.String()), "reqhash: 3 of 400 releases, waiting for pypi.org"; got != want {
		t.Errorf("after half a second it shows %q, want %q", got, want)
	}
	p.Update(midnight, "releases", 100, 400, "a\x1b[31mb")
	ticks <- midnight.Add(10 * time.Second)
	ticks <- midnight
	if got, want := visible(out.String()), `reqhash: 100 of 400 releases, about 30s left, waiting for a\x1b[31mb`; got != want {
		t.Errorf("it shows %q, want %q", got, want)
	}
	p.Stop()
	p.Stop()
	if got := visible(out.String()); got != "" {
		t.Errorf("it leaves %q behind", got)
	}
}

func TestProgressQuick(t *testing.T) {
	var out terminal
	p := StartProgress(&out, 80, midnight, nil)
	p.Update(midnight, "releases", 1, 2, "")
	p.Stop()
	if out.String() != "" {
		t.Errorf("a quick run writes %q", out.String())
	}
	var none *Progress
	none.Update(midnight, "releases", 1, 2, "")
	none.Stop()
}

// No line is as wide as the terminal, which would scroll it out of reach.
func TestProgressWidth(t *testing.T) {
	for _, width := range []int{30, 60, 80, 200} {
		p := &Progress{width: width, start: midnight}
		p.Update(midnight, "releases", 1000, 99999, strings.Repeat("日本", 100))
		p.start = midnight
		line := p.line(midnight.Add(time.Hour))
		if got := textWidth(line); got >= width {
			t.Errorf("at %d columns %q takes %d", width, line, got)
		}
	}
}
