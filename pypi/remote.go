package pypi

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
)

// acceptSimple is pip's, so that an index answers us as it answers pip.
const acceptSimple = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"

// maxReleases is how many releases of one project are asked for one by one;
// for the next, the project's page is fetched, which has them all.
const maxReleases = 2

// remote is an index behind a URL.
type remote struct {
	client *Client
	shown  string
	base   *url.URL // of the Simple API, without a slash at the end
	api    *url.URL // of the JSON API, nil where there is none

	mu       sync.Mutex
	projects map[string]*project

	release knowledge // of the JSON API, per release
	simple  knowledge // of the Simple API
}

// project is what a run has learnt about one project at one index. It is
// locked while the index is asked, so that nothing is asked twice.
type project struct {
	lock     chan struct{}
	page     *kept // all of it, by the Simple API
	err      *Error
	releases map[string]*kept // by the key of the version
}

// kept is a page, or the part of one release, with how it came.
type kept struct {
	page
	known    bool
	at       time.Time
	cached   bool
	insecure bool
	gone     []File
	changed  []Change
}

func newRemote(c *Client, u *url.URL) *remote {
	base := *u
	base.RawQuery, base.ForceQuery = "", false
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), ""
	r := &remote{client: c, shown: Shown(u.String()), base: &base, projects: map[string]*project{}}
	if path.Base(base.Path) == "simple" {
		api := base
		api.Path = path.Dir(base.Path)
		r.api = api.JoinPath("pypi")
	}
	return r
}

func (r *remote) project(name string) *project {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.projects[name]
	if p == nil {
		p = &project{lock: make(chan struct{}, 1), releases: map[string]*kept{}}
		r.projects[name] = p
	}
	return p
}

func (r *remote) ask(ctx context.Context, name string, want pin) result {
	p := r.project(name)
	select {
	case p.lock <- struct{}{}:
		defer func() { <-p.lock }()
	case <-ctx.Done():
		return r.fail(asError(ctx.Err()), name)
	}
	var doubt bool
	if p.page == nil && p.err == nil && !want.all && !want.invalid {
		var one *kept
		if one, doubt = r.one(ctx, p, name, want); one != nil {
			return r.result(one, name, want)
		}
	}
	if p.page == nil && p.err == nil {
		page, err := r.whole(ctx, name, len(p.releases) > 0)
		switch {
		case err == nil:
			p.page = page
		case err.Kind == Canceled:
			return r.fail(err, name)
		default:
			p.err = err
		}
		if doubt {
			r.release.judge(err == nil && r.lists(page, name, want))
		}
	}
	if p.err != nil {
		return r.fail(p.err, name)
	}
	return r.result(p.page, name, want)
}

// lists tells whether a page has a file of the release.
func (r *remote) lists(k *kept, name string, want pin) bool {
	files, err := k.release(name, r.shown, want)
	return err == nil && len(files) > 0
}

// one returns the release as the JSON API has it, or nil where that is not to
// be asked or has nothing to say: the Simple API goes on then. doubt tells that
// what the Simple API says will judge the JSON API.
func (r *remote) one(ctx context.Context, p *project, name string, want pin) (one *kept, doubt bool) {
	key := want.version.Key()
	if have := p.releases[key]; have != nil {
		return have, false
	}
	if r.api == nil || len(p.releases) >= maxReleases || !r.release.try() {
		return nil, false
	}
	one, err := r.fetchRelease(ctx, name, want)
	switch {
	case err != nil:
		return nil, r.release.failed()
	case one == nil:
		return nil, r.release.absent()
	}
	r.release.works()
	p.releases[key] = one
	return one, false
}

// fetchRelease asks the JSON API; both results are nil for a 404.
func (r *remote) fetchRelease(ctx context.Context, name string, want pin) (*kept, *Error) {
	return r.get(ctx, r.api.JoinPath(name, want.version.String(), "json"), "application/json", name,
		func(res *response, b *builder) error { return r.readAPI(res, b, want) })
}

func (r *remote) readAPI(res *response, b *builder, want pin) error {
	if strings.HasSuffix(res.content, "html") {
		return failf(Malformed, "the JSON API answers with a page of type %s", quoted(res.content))
	}
	return readReleaseJSON(res.body, b, want)
}

// whole returns everything that the index has of a project. listed says that
// the JSON API lists the project; where the Simple API then does not, the
// mirror lacks it, and the JSON API has the last word.
func (r *remote) whole(ctx context.Context, name string, listed bool) (*kept, *Error) {
	if !r.simple.lacking() {
		page, err := r.get(ctx, r.base.JoinPath(name, "/"), acceptSimple, name, readSimple)
		switch {
		case page != nil:
			r.simple.works()
			return page, nil
		case err != nil:
			return nil, err
		case r.api == nil, r.simple.working(), r.release.lacking():
			return &kept{at: r.client.options.Now()}, nil
		}
	}
	page, err := r.get(ctx, r.api.JoinPath(name, "json"), "application/json", name,
		func(res *response, b *builder) error { return r.readAPI(res, b, pin{all: true}) })
	switch {
	case page != nil:
		r.simple.lacks()
		return page, nil
	case listed && err == nil:
		return nil, failf(Malformed, "one of its APIs lists the project, and the others do not")
	case r.simple.lacking() && err != nil:
		return nil, err
	}
	return &kept{at: r.client.options.Now()}, nil
}

// readSimple reads a page by its type, as pip does: others are none.
func readSimple(res *response, b *builder) error {
	switch res.content {
	case "application/vnd.pypi.simple.v1+json":
		return readSimpleJSON(res.body, b)
	case "application/vnd.pypi.simple.v1+html", "text/html":
		return readSimpleHTML(res.body, b)
	}
	return failf(Malformed, "the answer is of type %s, which is no page of the Simple API", quoted(res.content))
}

// get fetches one page; both results are nil for a 404.
func (r *remote) get(ctx context.Context, u *url.URL, accept, name string, read func(*response, *builder) error) (*kept, *Error) {
	var b *builder
	res, err := r.client.fetch.get(ctx, request{url: u, header: http.Header{"Accept": {accept}}}, func(res *response) error {
		b = newBuilder(name, res.final)
		return read(res, b)
	})
	if err != nil {
		return nil, asError(err)
	}
	if res.status != http.StatusOK {
		return nil, nil
	}
	return &kept{
		page: b.done(), known: true, at: r.client.options.Now(),
		insecure: !r.client.fetch.guard.proven(ctx, u) || !r.client.fetch.guard.proven(ctx, res.final),
	}, nil
}

func (r *remote) fail(err *Error, name string) result {
	return result{answer: IndexAnswer{Index: r.shown, Err: err.of(r.shown, name)}}
}

func (r *remote) result(k *kept, name string, want pin) result {
	files, err := k.release(name, r.shown, want)
	if err != nil {
		return r.fail(err, name)
	}
	return result{
		files: files, gone: k.gone, changed: k.changed, status: k.status, reason: k.reason,
		requires: k.requires, requiresKnown: k.requiresKnown,
		answer: IndexAnswer{Index: r.shown, Known: k.known, At: k.at, Cached: k.cached, Insecure: k.insecure},
	}
}
