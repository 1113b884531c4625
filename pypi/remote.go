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
	login  login
	place  cachePlace
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
	expected []pin // releases that will be asked about, see Client.Expect
	err      *Error
	releases map[string]*kept // by the key of the version: those that were fetched alone
	asked    int              // releases by the JSON API
	loaded   bool             // whether records are
	records  []record         // what the cache has, oldest first
	stored   map[string]bool  // versions put into the cache in this run
	etag     string           // of the page, as the index confirmed it in this run
}

// kept is a page, or the part of one release, with how it came.
type kept struct {
	page
	rest     *rest   // what of the page is not in it
	record   *record // of which it is, nil for what was fetched
	api      byte
	known    bool
	at       time.Time
	etag     string
	insecure bool
	private  bool // not to be kept beyond the run
}

func newRemote(c *Client, u *url.URL) *remote {
	base := *u
	base.User = nil
	base.RawQuery, base.ForceQuery = "", false
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), strings.TrimRight(base.RawPath, "/")
	plain := *u
	plain.User = nil
	r := &remote{client: c, shown: Shown(plain.String()), base: &base, login: c.secrets.find(u), projects: map[string]*project{}}
	r.place = placeOf(&base, r.login)
	if base.String() == strings.TrimRight(c.options.PyPI, "/") && path.Base(base.Path) == "simple" {
		api := base
		api.Path, api.RawPath = strings.TrimSuffix(base.Path, "/simple"), strings.TrimSuffix(base.RawPath, "/simple")
		r.api = under(&api, "pypi")
	}
	return r
}

// under returns the URL with a path behind its own, which is kept as written.
func under(base *url.URL, path string) *url.URL {
	u := *base
	u.Path += "/" + path
	if u.RawPath != "" {
		u.RawPath += "/" + path
	}
	return &u
}

func (r *remote) project(name string) *project {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.projects[name]
	if p == nil {
		p = &project{lock: make(chan struct{}, 1)}
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
	if !p.loaded {
		p.loaded, p.records = true, r.client.cache.releases(r.place, name)
		for i := range p.records {
			p.records[i].index, p.records[i].login = r.shown, &r.login
		}
	}
	var doubt bool
	if p.page == nil && p.err == nil && !want.all && !want.invalid {
		key := want.version.Key()
		if have := p.releases[key]; have != nil {
			return r.result(p, have, name, want)
		}
		if last := newest(p.records, key); last != nil {
			if out, ok := r.remembered(p, last, name, want); ok {
				return out
			}
		}
		var one *kept
		var err *Error
		if one, err = r.confirm(ctx, p, name, want); one == nil && err == nil {
			one, doubt = r.one(ctx, p, name, want)
		}
		switch {
		case one != nil:
			if p.releases == nil {
				p.releases = map[string]*kept{}
			}
			p.releases[want.version.Key()] = one
			return r.result(p, one, name, want)
		case err != nil && err.Kind == Canceled:
			return r.fail(err, name)
		case err != nil:
			p.err = err
		}
	}
	if p.page == nil && p.err == nil {
		page, err := r.whole(ctx, name, p.asked > 0, p.wanted(want))
		if doubt {
			r.release.judge(err == nil && r.lists(page, name, want))
		}
		switch {
		case err == nil:
			p.page = page
			r.renew(p, name)
		case err.Kind == Canceled:
			return r.fail(err, name)
		default:
			p.err = err
		}
	}
	if p.err == nil {
		p.err = r.complete(p.page, name, want)
	}
	if p.err != nil {
		return r.fail(p.err, name)
	}
	return r.result(p, p.page, name, want)
}

// remembered returns the release as the cache has it, if that is young enough, or
// confirmed in this run with another release.
func (r *remote) remembered(p *project, last *record, name string, want pin) (result, bool) {
	switch {
	case last.taken:
	case p.etag != "" && last.etag == p.etag && last.api == bySimple:
		same := last.keep()
		same.at = r.client.options.Now()
		if p.releases == nil {
			p.releases = map[string]*kept{}
		}
		p.releases[last.version] = same
		return r.result(p, same, name, want), true
	case !r.client.cache.young(last.at):
		return result{}, false
	}
	last.taken = true
	out := result{
		record: last, status: last.status, reason: last.reason, requires: last.requires, requiresKnown: last.requiresKnown,
		answer: IndexAnswer{Index: r.shown, Known: true, At: last.at, Cached: true, Whole: last.api == bySimple},
	}
	if !p.alone(last) {
		out.files = last.all()
		r.recall(p, last.api, want, &out)
	}
	return out, true
}

// keep is what the record says, as an answer.
func (r *record) keep() *kept {
	return &kept{page: page{status: r.status, reason: r.reason, requires: r.requires, requiresKnown: r.requiresKnown},
		record: r, api: r.api, known: true, etag: r.etag}
}

// files returns the files of a release, or all.
func (k *kept) files(name, index string, l *login, want pin) ([]File, *Error) {
	if k.record != nil {
		return k.record.all(), nil
	}
	files, err := k.release(name, index, want)
	for i := range files {
		files[i].login = l
	}
	return files, err
}

// newest returns the last record of a version.
func newest(records []record, version string) *record {
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].version == version {
			return &records[i]
		}
	}
	return nil
}

// confirm asks whether the page that the cache has a release from is still the
// same. Both results are nil where there is no such page.
func (r *remote) confirm(ctx context.Context, p *project, name string, want pin) (*kept, *Error) {
	last := newest(p.records, want.version.Key())
	if last == nil || last.etag == "" || last.api != bySimple || r.client.options.Refresh || p.etag != "" {
		return nil, nil
	}
	page, err := r.get(ctx, under(r.base, name+"/"), http.Header{"Accept": {acceptSimple}, "If-None-Match": {last.etag}}, name, nil, readSimple)
	switch {
	case err != nil || page == nil:
		return nil, err
	case page.known: // another page
		p.page, page.api = page, bySimple
		return page, nil
	}
	p.etag = last.etag
	same := last.keep()
	same.at, same.insecure, same.private = page.at, page.insecure, page.private
	return same, nil
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
	if r.api == nil || p.asked >= maxReleases || p.etag != "" || !r.release.try() {
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
	p.asked++
	one.api = byRelease
	return one, false
}

// fetchRelease asks the JSON API; both results are nil for a 404.
func (r *remote) fetchRelease(ctx context.Context, name string, want pin) (*kept, *Error) {
	return r.get(ctx, under(r.api, name+"/"+want.version.String()+"/json"), http.Header{"Accept": {"application/json"}}, name, nil,
		func(res *response, b *builder) error { return r.readAPI(res, b, want) })
}

func (r *remote) readAPI(res *response, b *builder, want pin) error {
	if strings.HasSuffix(res.content, "html") {
		return failf(Malformed, "the JSON API answers with a page of type %s", quoted(res.content))
	}
	return readReleaseJSON(res.body, b, want)
}

// whole returns everything that the index has of a project, of which the wanted
// releases are at hand, see complete. listed says that
// the JSON API lists the project; where the Simple API then does not, the
// mirror lacks it, and the JSON API has the last word.
func (r *remote) whole(ctx context.Context, name string, listed bool, wanted []pin) (*kept, *Error) {
	if !r.simple.lacking() {
		page, err := r.get(ctx, under(r.base, name+"/"), http.Header{"Accept": {acceptSimple}}, name, wanted, readSimple)
		switch {
		case page != nil:
			r.simple.works()
			page.api = bySimple
			return page, nil
		case err != nil:
			return nil, err
		case r.api == nil, r.simple.working(), r.release.lacking():
			return &kept{at: r.client.options.Now()}, nil
		}
	}
	page, err := r.get(ctx, under(r.api, name+"/json"), http.Header{"Accept": {"application/json"}}, name, nil,
		func(res *response, b *builder) error { return r.readAPI(res, b, pin{all: true}) })
	switch {
	case page != nil:
		r.simple.lacks()
		page.api, page.etag = bySimple, "" // the last word, as it would be the Simple API's
		return page, nil
	case err != nil && (listed || r.simple.lacking()):
		return nil, err
	case listed:
		return nil, failf(Malformed, "one of its APIs lists the project, and the others do not")
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

// get fetches one page; both results are nil for a 404. A page that is not
// known is one that did not change (304). Where releases are wanted, a packed
// page is read by readSimple, and only they need be in the result: see rest.
func (r *remote) get(ctx context.Context, u *url.URL, header http.Header, name string, wanted []pin, read func(*response, *builder) error) (*kept, *Error) {
	var b *builder
	want := some(name, wanted)
	res, err := r.client.fetch.get(ctx, request{url: u, header: header, login: &r.login, record: want != nil}, func(res *response) error {
		b = newBuilder(name, res.final)
		if res.recorded != nil {
			b.want = want
		}
		return read(res, b)
	})
	if err != nil {
		return nil, asError(err)
	}
	k := &kept{
		at: r.client.options.Now(), etag: res.header.Get("Etag"),
		insecure: !r.client.fetch.guard.proven(ctx, u) || !r.client.fetch.guard.proven(ctx, res.final),
		private:  noStore(res.header) || origin(res.final) != r.login.origin && r.client.secrets.find(res.final).known,
	}
	switch res.status {
	case http.StatusOK:
		k.rest = restOf(res, b, wanted)
		k.page, k.known = b.done(), true
		if err := r.client.keep(k.page.bytes() + k.rest.bytes()); err != nil {
			return nil, err
		}
		return k, nil
	case http.StatusNotModified:
		return k, nil
	}
	return nil, nil
}

// noStore tells whether an index forbids to keep its answer.
func noStore(h http.Header) bool {
	for _, line := range h.Values("Cache-Control") {
		for _, word := range strings.Split(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), "no-store") {
				return true
			}
		}
	}
	return false
}

func (r *remote) fail(err *Error, name string) result {
	return result{answer: IndexAnswer{Index: r.shown, Err: err.of(r.shown, name)}}
}

func (r *remote) result(p *project, k *kept, name string, want pin) result {
	files, err := k.files(name, r.shown, &r.login, want)
	if err != nil {
		return r.fail(err, name)
	}
	out := result{
		files: files, status: k.status, reason: k.reason, requires: k.requires, requiresKnown: k.requiresKnown,
		answer: IndexAnswer{Index: r.shown, Known: k.known, At: k.at, Insecure: k.insecure, Whole: k.api == bySimple},
	}
	r.recall(p, k.api, want, &out)
	if !want.all && !want.invalid {
		r.remember(p, k, name, want, files)
	}
	return out
}

// recall holds the files against what the index said in earlier runs.
func (r *remote) recall(p *project, api byte, want pin, out *result) {
	var records []*record
	for i := range p.records {
		if one := &p.records[i]; want.all || one.version == want.version.Key() {
			records = append(records, one)
		}
	}
	if len(records) == 0 {
		return
	}
	out.gone, out.changed = compare(out.files, history(records))
	if api != bySimple {
		out.gone = nil // the JSON API tells of one spelling of a version
	}
}

// alone tells whether a record is the only one of its version.
func (p *project) alone(r *record) bool {
	for i := range p.records {
		if one := &p.records[i]; one != r && one.version == r.version {
			return false
		}
	}
	return true
}

// renew remembers what the page has of the releases that this run took from
// the cache: they are known anew.
func (r *remote) renew(p *project, name string) {
	for i := range p.records {
		if want := parsePin(p.records[i].version); p.records[i].taken {
			if files, err := p.page.release(name, r.shown, want); err == nil {
				r.remember(p, p.page, name, want, files)
			}
		}
	}
}

// remember keeps the release for later runs, once.
func (r *remote) remember(p *project, k *kept, name string, want pin, files []File) {
	key := want.version.Key()
	if r.client.cache == nil || p.stored[key] || len(files) == 0 || k.insecure || k.private {
		return
	}
	if p.stored == nil {
		p.stored = map[string]bool{}
	}
	p.stored[key] = true
	one := &record{version: key, api: k.api, at: k.at, etag: k.etag, index: r.shown, status: k.status, reason: k.reason,
		requires: k.requires, requiresKnown: k.requiresKnown}
	if f := firstWheel(files); f != nil {
		if place, ok := requiresPlace(f); ok {
			one.needs = r.client.cache.key(place, "")
		}
	}
	r.client.cacheFailed(r.client.cache.put(r.place, name, one, files))
}
