package pypi

import (
	"context"
	"sync"
	"time"
)

// host is what a run has learnt about one host.
type host struct {
	slots chan struct{}

	mu       sync.Mutex
	failures int           // tries in a row that failed
	slow     int           // of them, those that took too long
	patience int           // how many of these are too many
	dead     *Error        // why it is asked no more
	quiet    time.Time     // until when it asked for nothing (429)
	denied   map[login]int // 401s in a row from the first answer on, -1 after one that was none
}

// failed counts a failed try and tells whether the host is dead now.
func (h *host) failed(e *Error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	if e.Kind == Timeout {
		h.slow++
	}
	if (h.failures >= deadAfter || h.slow >= h.patience) && h.dead == nil {
		h.dead = e // whoever asks later gets the same answer as who asked
	}
	return h.dead != nil
}

// judge notes whether a host took a login.
func (h *host) judge(as login, denied bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !denied:
		h.denied[as] = -1
	case h.denied[as] >= 0:
		h.denied[as]++
	}
}

// denies tells whether a host takes a login never: asking on might lock an
// account.
func (h *host) denies(as login) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.denied[as] >= maxDenied
}

// kill gives a host up.
func (h *host) kill(e *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead == nil {
		h.dead = e
	}
}

func (h *host) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures, h.slow = 0, 0
}

func (h *host) verdict() *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead
}

// mute keeps further requests from a host for a time.
func (h *host) mute(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := time.Now().Add(wait); wait > 0 && until.After(h.quiet) {
		h.quiet = until
	}
}

// hush waits while a host wants no requests.
func (h *host) hush(ctx context.Context) *Error {
	h.mu.Lock()
	quiet := time.Until(h.quiet)
	h.mu.Unlock()
	return wait(ctx, quiet)
}

// wait waits, unless the run ends.
func wait(ctx context.Context, d time.Duration) *Error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return asError(ctx.Err())
	}
}
