package pypi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// projectIndex is an index of projects a0, a1, ..., each with releases 1.0 to
// 1.9, with either API or both. The right digest is 1.0's.
func projectIndex(t *testing.T, simple, release bool) *hostile {
	return newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		digest := func(version string) string {
			if version == "1.0" {
				return right
			}
			return wrong
		}
		switch {
		case parts[0] == "simple" && simple:
			var list []string
			for i := range 10 {
				version := fmt.Sprintf("1.%d", i)
				list = append(list, simpleFile(parts[1]+"-"+version+".tar.gz", digest(version)))
			}
			w.Header().Set("Content-Type", typeJSON)
			fmt.Fprintf(w, `{"meta": {"api-version": "1.1"}, "name": %q, "files": [%s]}`, parts[1], strings.Join(list, ","))
		case parts[0] == "pypi" && release && len(parts) == 4:
			fmt.Fprint(w, releaseJSON(parts[1], parts[2], releaseFile(parts[1]+"-"+parts[2]+".tar.gz", digest(parts[2]))))
		case parts[0] == "pypi" && release:
			fmt.Fprintf(w, `{"info": {"name": %q, "version": "1.9"}, "urls": [], "releases": {"1.0": [%s]}}`, parts[1], releaseFile(parts[1]+"-1.0.tar.gz", right))
		default:
			http.NotFound(w, r)
		}
	})
}

// What a mirror lacks is learnt once in a run, and not once for each project.
func TestLearnt(t *testing.T) {
	const projects = 50
	for _, test := range []struct {
		name            string
		simple, release bool
		version, want   string
		requests        int
	}{
		{"both APIs, verified", true, true, "1.0", "verified", projects},
		{"both APIs, not verified", true, true, "1.1", "mismatched", 2 * projects},
		{"no JSON API", true, false, "1.0", "verified", projects + 1},
		{"no JSON API, not verified", true, false, "1.1", "mismatched", projects + 1},
		{"no Simple API", false, true, "1.0", "verified", projects},
		// 1.1 is not among the project's releases by the JSON API.
		{"no Simple API, not verified", false, true, "1.1", "no release", 2*projects + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := projectIndex(t, test.simple, test.release)
			c := h.client(t, nil)
			for i := range projects {
				if got := judge(c, Sources{Indexes: []string{h.URL + "/simple/"}}, fmt.Sprintf("a%d", i), test.version); got != test.want {
					t.Errorf("a%d: got %q, want %q", i, got, test.want)
				}
			}
			if n := h.requests(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
}

// However many callers ask at once, and for whatever releases, no URL is asked
// for twice, and no project by more than three requests: two releases by the
// JSON API, and the page.
func TestNothingTwice(t *testing.T) {
	for _, release := range []bool{true, false} {
		h := projectIndex(t, true, release)
		c := h.client(t, nil)
		var wait sync.WaitGroup
		for range 4 {
			for i := range 10 {
				for v := range 10 {
					wait.Go(func() {
						version := fmt.Sprintf("1.%d", v)
						want := "mismatched"
						if v == 0 {
							want = "verified"
						}
						if got := judge(c, Sources{Indexes: []string{h.URL + "/simple"}}, fmt.Sprintf("a%d", i), version); got != want {
							t.Errorf("a%d %s: got %q", i, version, got)
						}
					})
				}
			}
		}
		wait.Wait()
		seen := map[string]int{}
		for _, path := range h.asked {
			if seen[path]++; seen[path] > 1 {
				t.Errorf("%s was asked for %d times", path, seen[path])
			}
		}
		if n := h.requests(); n > 30 || n < 10 {
			t.Errorf("%d requests for 10 projects", n)
		}
	}
}

// No more requests are in flight than allowed.
func TestInFlight(t *testing.T) {
	var mu sync.Mutex
	var now, most int
	full := make(chan struct{})
	h := newHostile(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 3 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full
		mu.Lock()
		now--
		mu.Unlock()
		http.NotFound(w, r)
	})
	c := h.client(t, func(o *Options) { o.InFlight = 3 })
	var wait sync.WaitGroup
	for i := range 30 {
		wait.Go(func() {
			c.Ask(context.Background(), Sources{Indexes: []string{h.URL + "/index"}}, fmt.Sprintf("a%d", i), "")
		})
	}
	wait.Wait()
	if most != 3 {
		t.Errorf("%d requests in flight, want 3", most)
	}
}

// No index but PyPI is asked by PyPI's JSON API, which a mirror may pass on from
// elsewhere.
func TestJSONAPIOfOthers(t *testing.T) {
	h := newHostile(t, false, both(raw("application/json", releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", right))), files(simpleFile("a-1.0.tar.gz", wrong))))
	c := h.client(t, func(o *Options) { o.PyPI = "" })
	if got := judge(c, Sources{Indexes: []string{h.URL + "/simple"}}, "a", "1.0"); got != "mismatched" || h.requests() != 1 {
		t.Errorf("got %q after %q", got, h.asked)
	}
}

// The path of an index's address is kept, as it is written.
func TestPathKept(t *testing.T) {
	var asked []string
	c := New(Options{PyPI: "https://index.example.org/a%2Fb/simple", Pause: noPause, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		return &http.Response{StatusCode: 404, Body: http.NoBody, Request: r}, nil
	})})
	for _, address := range []string{"https://index.example.org/a%2Fb/simple/", "https://index.example.org/one//two", "https://index.example.org:8443"} {
		c.Ask(context.Background(), Sources{Indexes: []string{address}}, "Some.Project", "1.0")
	}
	want := []string{
		"https://index.example.org/a%2Fb/pypi/some-project/1.0/json", "https://index.example.org/a%2Fb/simple/some-project/",
		"https://index.example.org/a%2Fb/pypi/some-project/json", "https://index.example.org/one//two/some-project/", "https://index.example.org:8443/some-project/",
	}
	if strings.Join(asked, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q\nwant %q", asked, want)
	}
}

// Files of two indexes are told apart by their index; one that fails hides
// nothing of the other.
func TestTwoIndexes(t *testing.T) {
	one, two := newHostile(t, false, files(fine)), newHostile(t, false, files(simpleFile("a-1.0.tar.gz", wrong)))
	down := newHostile(t, false, status(500))
	c := one.client(t, nil)
	a := c.Ask(context.Background(), Sources{Indexes: []string{one.URL + "/index", two.URL + "/index", down.URL + "/index"}}, "a", "1.0")
	if len(a.Files()) != 2 || a.Files()[0].Index != one.URL+"/index" || a.Files()[0].Digests[0].Hex() != right || a.Files()[1].Digests[0].Hex() != wrong {
		t.Errorf("got %+v", a.Files())
	}
	if len(a.Indexes) != 3 || a.Indexes[0].Err != nil || a.Indexes[1].Err != nil || a.Indexes[2].Err == nil {
		t.Errorf("got %+v", a.Indexes)
	}
}
