package pypi

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// Options are all that a Client gets from outside.
type Options struct {
	// Transport reaches hosts, see NewTransport. With nil no host is asked:
	// only folders are indexes.
	Transport http.RoundTripper
	// Insecure reaches hosts without verifying certificates: those of
	// Trusted, and with AllowInsecure also those of the Sources.
	Insecure http.RoundTripper
	// Trusted are hosts ("host" or "host:port") of which the user's own
	// configuration says that they may be insecure: see Config.TrustedHosts.
	// The --trusted-host of a checked file is not such.
	Trusted []string
	// AllowInsecure lets every answer over plain http from another host
	// count, and those of the Sources' trusted hosts without a verified
	// certificate. Where neither this nor Trusted allows it, such an index
	// is not asked, and is an error of kind Insecure.
	AllowInsecure bool
	// Credentials are looked at for URLs that have none, see Netrc.
	Credentials Credentials
	// Own are the addresses that the user's own configuration names, by flag,
	// PIP_* or pip.conf: their userinfo counts for every URL of the same
	// origin that has none. That of another address is for itself alone.
	Own []string
	// PyPI is the address of the index that has PyPI's JSON API besides the
	// Simple API; "" means the constant. No other index is asked by that API:
	// where a mirror passes it on, it need not be about the mirror's files.
	PyPI string
	// Version is ours, for the User-Agent.
	Version string

	// Timeout bounds one request, from waiting for the host to the last
	// byte; 0 means 60 seconds.
	Timeout time.Duration
	// RunTimeout bounds all requests together, from New on; 0 means no bound.
	RunTimeout time.Duration
	// InFlight bounds the requests to one host at a time; 0 means 32.
	InFlight int
	// Pause says how long to wait after a failed try, counted from 0; asked
	// is what the host asked for, at most 30 seconds, or 0. nil means: what
	// was asked for, else half a second doubled each time, with jitter.
	Pause func(try int, asked time.Duration) time.Duration
	// PageLimit bounds the bytes of one page, after decompression; 0 means
	// 96 MiB.
	PageLimit int64
	// KeepLimit bounds the bytes of all pages that a run keeps; 0 means 1 GiB.
	KeepLimit int64
	// DownloadLimit bounds the bytes of one downloaded file; 0 means 4 GiB.
	DownloadLimit int64

	// CacheDir is where answers are kept between runs, "" for nowhere; see
	// CacheDir. Offline asks no host: what is not in the cache is an error
	// of kind Offline. Refresh asks hosts though the cache has answers.
	CacheDir         string
	Offline, Refresh bool
	// MaxAge is how old an answer of the cache may be; 0 means a day.
	MaxAge time.Duration

	// Show gives the form in which the path of a folder is shown; nil: as it
	// is.
	Show func(path string) string
	// Folder opens a folder that is an index; nil means os.DirFS.
	Folder func(path string) fs.FS
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Client asks indexes. It may be used by many callers at once. What it has
// learnt it keeps until it is dropped: make one for each run.
type Client struct {
	options Options
	fetch   *fetcher
	secrets *keyring

	kept    atomic.Int64            // bytes of pages
	last    atomic.Pointer[sources] // what was asked last: nearly always the same
	mu      sync.Mutex
	sources map[string]source
	// downloads are by URL.
	downloads map[string]*download
	wheels    map[string]*wheelNeeds // by index and URL

	cache        *cache
	cacheProblem error // why it is not used
	cacheError   error // the first that writing it had
}

// source is one index, or one place of find-links.
type source interface {
	// ask answers for one project and a release of it. It keeps what it
	// learns, and is called by many at once.
	ask(ctx context.Context, project string, want pin) result
}

// result is what one source says.
type result struct {
	files          []File
	record         *record // which has the files, nil where files are all
	gone           []File
	changed        []Change
	status, reason string
	requires       []string
	requiresKnown  bool
	answer         IndexAnswer
}

// New returns a Client.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultWithin
	}
	if o.MaxAge <= 0 {
		o.MaxAge = 24 * time.Hour
	}
	if o.PyPI == "" {
		o.PyPI = PyPI
	}
	if o.Offline {
		o.Transport = nil
	}
	if o.PageLimit <= 0 {
		o.PageLimit = maxPageSize
	}
	if o.DownloadLimit <= 0 {
		o.DownloadLimit = defaultDownload
	}
	if o.KeepLimit <= 0 {
		o.KeepLimit = maxKept
	}
	if o.InFlight <= 0 {
		o.InFlight = maxInFlight
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	if o.Show == nil {
		o.Show = func(path string) string { return path }
	}
	if o.Folder == nil {
		o.Folder = os.DirFS
	}
	c := &Client{options: o, sources: map[string]source{}, downloads: map[string]*download{}, wheels: map[string]*wheelNeeds{}, secrets: newKeyring(o.Own, o.Credentials)}
	c.fetch = newFetcher(o)
	c.fetch.guard.credentials = c.secrets.loginFor
	if o.CacheDir != "" {
		c.cache, c.cacheProblem = openCache(o.CacheDir, o.Now(), o.MaxAge, o.Refresh)
	}
	return c
}

// CacheProblem tells why the cache is not used though it should be: its folder
// is another user's, or others can write to it, or it cannot be read. The run
// goes on without it.
func (c *Client) CacheProblem() error { return c.cacheProblem }

// cacheFailed notes that a record could not be written.
func (c *Client) cacheFailed(err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cacheError == nil {
		c.cacheError = err
	}
}

// Close writes what the run has learnt to the cache. An error costs the next
// run its requests, and nothing else. Nothing may be asked after it.
func (c *Client) Close() error {
	c.cacheFailed(c.cache.close())
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cacheError
}

// pause doubles from half a second, and scatters the callers over the half
// before and after it.
func pause(try int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	wait := min(500*time.Millisecond<<min(try, 6), maxPause)
	return wait/2 + rand.N(wait)
}

// Ask returns the files of a release: of every file whose version equals the
// given one as pip's == compares (1.0 and 1.0.0 are one, 1.0 takes 1.0+local).
//
// An empty version asks for all files of the project. It is the last word: the
// Simple API of every index, confirmed in this run, whatever was kept before.
// So the way to judge is: ask for the release; where a hash is not among its
// files, ask with "" and look again. The second question costs at most one
// request for each project and index in a run, however often it is asked.
//
// Ask never panics and has no error of its own: see IndexAnswer.Err. It may be
// called by many at once.
func (c *Client) Ask(ctx context.Context, src Sources, project, version string) Answer {
	project = packaging.NormalizeName(project)
	want := parsePin(version)
	list := c.list(src)
	if !validName(project) {
		// No index has it, and it must get into no address.
		list = nil
	}
	ctx = withTrusted(ctx, src.Trusted)
	if len(list) == 1 {
		return alone(project, version, list[0].ask(ctx, project, want))
	}
	results := make([]result, len(list))
	var wait sync.WaitGroup
	for i, s := range list {
		wait.Go(func() { results[i] = s.ask(ctx, project, want) })
	}
	wait.Wait()
	return combine(project, version, results)
}

// validName tells whether a normalized name is one that a project can have.
func validName(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && i > 0 && i < len(name)-1:
		default:
			return false
		}
	}
	return name != ""
}

// alone is the answer of one source.
func alone(project, version string, r result) Answer {
	a := Answer{Project: project, Version: version, Known: r.answer.Known, files: r.files, record: r.record, Gone: r.gone, Changed: r.changed,
		Status: r.status, StatusReason: r.reason, Indexes: []IndexAnswer{r.answer}}
	if r.requiresKnown {
		a.RequiresDist, a.RequiresDistKnown = r.requires, true
	}
	return a
}

// Expect says that a release will be asked about, so that a project's page is
// looked through once for all that will be. It asks nothing, and whatever is asked
// has the same answer without it.
func (c *Client) Expect(src Sources, project, version string) {
	project = packaging.NormalizeName(project)
	want := parsePin(version)
	if !validName(project) || want.all || want.invalid {
		return
	}
	for _, s := range c.list(src) {
		if r, ok := s.(*remote); ok {
			r.expect(project, want)
		}
	}
}

func combine(project, version string, results []result) Answer {
	a := Answer{Project: project, Version: version}
	for i := range results {
		r := &results[i]
		if r.record != nil {
			r.files = r.record.all()
		}
		a.files = append(a.files, r.files...)
		a.Gone = append(a.Gone, r.gone...)
		a.Changed = append(a.Changed, r.changed...)
		a.Known = a.Known || r.answer.Known
		a.Indexes = append(a.Indexes, r.answer)
		if a.Status == "" || a.Status == "active" {
			if r.status != "" {
				a.Status, a.StatusReason = r.status, r.reason
			}
		}
		if !a.RequiresDistKnown && r.requiresKnown {
			a.RequiresDist, a.RequiresDistKnown = r.requires, true
		}
	}
	return a
}

// sources are the sources of some Sources.
type sources struct {
	of   Sources
	list []source
}

// list returns the sources in pip's order, find-links first.
func (c *Client) list(src Sources) []source {
	last := c.last.Load()
	if last == nil || !slices.Equal(src.Indexes, last.of.Indexes) || !slices.Equal(src.FindLinks, last.of.FindLinks) || !slices.Equal(src.Trusted, last.of.Trusted) {
		last = &sources{Sources{slices.Clone(src.Indexes), slices.Clone(src.FindLinks), slices.Clone(src.Trusted)}, c.open(src)}
		c.last.Store(last)
	}
	return last.list
}

// open returns the sources, each opened once.
func (c *Client) open(src Sources) []source {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]source, 0, len(src.FindLinks)+len(src.Indexes))
	trust := strings.Join(src.Trusted, "\n")
	seen := map[source]bool{}
	add := func(kind, address string, open func(string) source) {
		key := kind + "\x00" + strings.TrimRight(address, "/") + "\x00" + trust
		s := c.sources[key]
		if s == nil {
			s = open(address)
			c.sources[key] = s
		}
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	for _, address := range src.FindLinks {
		add("links", address, c.newLinks)
	}
	for _, address := range src.Indexes {
		add("index", address, c.newIndex)
	}
	return list
}

func (c *Client) newIndex(address string) source {
	u, path, err := place(address)
	switch {
	case err != nil:
		return &broken{err.of(Shown(address), "")}
	case u == nil:
		return &folder{shown: c.options.Show(Shown(address)), path: path, files: c.options.Folder(path), limit: c.options.DownloadLimit}
	}
	return newRemote(c, u)
}

// place returns what an address names: a URL, or the path of a folder or file.
func place(address string) (*url.URL, string, *Error) {
	scheme, _, ok := strings.Cut(address, ":")
	switch scheme = strings.ToLower(scheme); {
	case ok && (scheme == "http" || scheme == "https"):
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, "", failf(Unusable, "the address is no URL")
		}
		u.Fragment, u.RawFragment = "", ""
		return u, "", nil
	case ok && scheme == "file":
		u, err := url.Parse(address)
		if err != nil || u.Path == "" || u.Host != "" && u.Host != "localhost" {
			return nil, "", failf(Unusable, "the address is no URL of a file on this machine")
		}
		return nil, filepath.FromSlash(u.Path), nil
	case strings.Contains(address, "://"):
		return nil, "", failf(Unusable, "an index by %s: cannot be asked", quoted(scheme))
	case !filepath.IsAbs(address):
		return nil, "", failf(Unusable, "the path of the folder is not absolute")
	}
	return nil, address, nil
}

// broken is a source that nobody can ask.
type broken struct{ err *Error }

func (b *broken) ask(_ context.Context, project string, _ pin) result {
	return result{answer: IndexAnswer{Index: b.err.Index, Err: b.err.of("", project)}}
}
