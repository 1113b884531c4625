package pypi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// askMany asks for so many projects as a run does, and returns how long that took.
func askMany(t *testing.T, c *Client, address string, n, jobs int, want string) time.Duration {
	t.Helper()
	began := time.Now()
	var g sync.WaitGroup
	work := make(chan int)
	for range jobs {
		g.Go(func() {
			for i := range work {
				if got := judge(c, Sources{Indexes: []string{address}}, fmt.Sprintf("a%d", i), "1.0"); got != want {
					t.Errorf("a%d: got %q, want %q", i, got, want)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	g.Wait()
	return time.Since(began)
}

// Where nobody listens, nobody is waited for: with as few requests in flight as
// may be, behind a redirect, and by both APIs.
func TestRefusedSoon(t *testing.T) {
	gone := newHostile(t, false, files(fine))
	gone.Close()
	via := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, gone.URL+r.URL.Path, http.StatusFound)
	})
	for _, address := range []string{gone.URL + "/index", gone.URL + "/simple", via.URL + "/index", "https://nowhere.invalid/simple"} {
		for _, jobs := range []int{1, 32} {
			c := gone.client(t, func(o *Options) { o.InFlight, o.Pause = jobs, nil })
			if took := askMany(t, c, address, 200, jobs, "unverified: unreachable"); took > time.Second && address != "https://nowhere.invalid/simple" {
				t.Errorf("%s with %d jobs took %v", address, jobs, took)
			}
		}
	}
	if n := via.requests(); n > 2*(32+2*deadAfter) {
		t.Errorf("%d requests to a host that only leads to another, which is dead", n)
	}
}

// A host that takes too long is given up after a few tries where few are made at
// a time, also where it begins to answer each.
func TestSlowHost(t *testing.T) {
	for name, drips := range map[string]bool{"nothing": false, "a byte": true} {
		for jobs, most := range map[int]int{1: 3, 8: 16} {
			h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
				if drips {
					w.Header().Set("Content-Type", typeJSON)
					fmt.Fprint(w, "{")
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			c := h.client(t, func(o *Options) { o.InFlight, o.Timeout = jobs, 50*time.Millisecond })
			askMany(t, c, h.URL+"/index", 60, jobs, "unverified: timeout")
			if n := h.requests(); n > most {
				t.Errorf("%s, %d jobs: %d requests, want at most %d", name, jobs, n, most)
			}
		}
	}
}

// The run has an end, whatever the hosts do.
func TestRunTimeout(t *testing.T) {
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	c := h.client(t, func(o *Options) { o.RunTimeout = 100 * time.Millisecond })
	if took := askMany(t, c, h.URL+"/index", 100, 8, "unverified: timeout"); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if e, ok := c.Ask(context.Background(), Sources{Indexes: []string{h.URL + "/other"}}, "a", "1.0").Err().(*Error); !ok || e.Kind != Timeout {
		t.Errorf("got %v", e)
	}
}

// A password that is wrong is not tried a hundred times; one that is right for
// some projects is.
func TestDenied(t *testing.T) {
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, _ int) {
		if user, _, _ := r.BasicAuth(); user != "good" || r.URL.Path == "/index/b/" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.NotFound(w, r)
	})
	c := h.client(t, nil)
	for user, most := range map[string]int{"good": 101, "bad": maxDenied} {
		before := h.requests()
		src := Sources{Indexes: []string{strings.Replace(h.URL, "://", "://"+user+":hunter2@", 1) + "/index"}}
		c.Ask(context.Background(), src, "a", "")
		for i := range 100 {
			c.Ask(context.Background(), src, fmt.Sprintf("a%d", i), "")
			e, ok := c.Ask(context.Background(), src, "b", "").Err().(*Error)
			if !ok || e.Kind != Unauthorized || e.Code != 401 {
				t.Fatalf("%s: got %v", user, e)
			}
		}
		if n := h.requests() - before; n > most+1 || n < most {
			t.Errorf("%s: %d requests, want %d", user, n, most)
		}
	}
}
