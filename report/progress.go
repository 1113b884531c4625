package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// progressAfter is how long a run may take before it says what it does.
const progressAfter = 500 * time.Millisecond

// Progress is one line on a terminal that says how far a run is, redrawn in
// place, and gone without trace when it stops. Its methods may be called
// concurrently, and on nil, which shows nothing.
type Progress struct {
	w     io.Writer
	width int
	ticks <-chan time.Time // when to draw, and what time it is
	stop  chan struct{}
	idle  sync.WaitGroup

	mu          sync.Mutex
	start       time.Time // when the counting of done began
	done, total int
	what        string // what is counted
	waiting     string
}

// StartProgress begins to draw on a terminal of that width at every tick, from
// half a second after now. Stop must be called before anything else is written
// to the terminal.
func StartProgress(w io.Writer, width int, now time.Time, ticks <-chan time.Time) *Progress {
	p := &Progress{w: w, width: width, ticks: ticks, stop: make(chan struct{}), start: now}
	p.idle.Go(func() { p.draw(now.Add(progressAfter)) })
	return p
}

// Update says that done of total things are done (releases asked, files read;
// the word for them is what), and what is waited for; "" is nothing in
// particular. Another what begins another count, at now.
func (p *Progress) Update(now time.Time, what string, done, total int, waiting string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if what != p.what {
		p.start = now
	}
	p.what, p.done, p.total, p.waiting = what, done, total, waiting
}

// Stop wipes the line away. It may be called more than once.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.mu.Unlock()
	p.idle.Wait()
}

// draw draws until it is stopped. A terminal that takes no more is left alone:
// progress is no result.
func (p *Progress) draw(from time.Time) {
	drawn := false
	defer func() {
		if drawn {
			io.WriteString(p.w, "\r\x1b[K")
		}
	}()
	for {
		select {
		case <-p.stop:
			return
		case now := <-p.ticks:
			if now.Before(from) {
				continue
			}
			if line := p.line(now); line != "" {
				drawn = true
				if _, err := io.WriteString(p.w, "\r"+line+"\x1b[K"); err != nil {
					return
				}
			}
		}
	}
}

// line is what is to be seen at a time, shorter than the terminal is wide: a
// full line would scroll it.
func (p *Progress) line(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.what == "" {
		return ""
	}
	line := fmt.Sprintf("reqhash: %d %s", p.done, p.what)
	if p.total > 0 {
		line = fmt.Sprintf("reqhash: %d of %d %s", p.done, p.total, p.what)
	}
	if rest, ok := remaining(now.Sub(p.start), p.done, p.total); ok {
		line += ", about " + rest.String() + " left"
	}
	if p.waiting != "" && (p.total == 0 || p.done < p.total) {
		line += ", waiting for " + Printable(p.waiting)
	}
	return ansi.Truncate(line, max(p.width-1, narrowest), "…")
}

// remaining estimates from what is done how long the rest takes. false: too
// little is done to tell.
func remaining(took time.Duration, done, total int) (time.Duration, bool) {
	if done < 5 || done >= total || took < time.Second {
		return 0, false
	}
	rest := time.Duration(float64(took) / float64(done) * float64(total-done))
	return max(rest.Round(time.Second), time.Second), true
}
