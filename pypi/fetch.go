package pypi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	maxInFlight   = 32               // requests to one host at a time
	maxRedirects  = 8                // for one request
	maxTries      = 4                // for one request
	maxPause      = 30 * time.Second // between two tries, whatever Retry-After says
	deadAfter     = 12               // failed tries in a row, of any requests, until a host counts as dead
	fewestSlow    = 3                // of which so many are enough where they were timeouts, and few are in flight
	maxDenied     = 3                // 401s for a login that was never taken, until it is used no more
	refusedPause  = 200 * time.Millisecond
	defaultWithin = 60 * time.Second // one request, with its tries each
	maxRoom       = 1 << 20          // 1 MiB: taken for a body because it says that it is as long
)

// fetcher asks hosts: a bounded number of requests at a time, again where that
// may help, and not again where a host is dead.
type fetcher struct {
	client *retryablehttp.Client
	guard  *guard
	within time.Duration
	pause  func(try int, asked time.Duration) time.Duration
	now    func() time.Time
	limit  int       // requests to one host at a time
	page   int64     // bytes of one page
	until  time.Time // when the run's time is up; zero: never

	mu    sync.Mutex
	hosts map[string]*host
}

func newFetcher(o Options) *fetcher {
	f := &fetcher{
		within: o.Timeout, pause: o.Pause, now: o.Now, limit: o.InFlight, page: o.PageLimit,
		hosts: map[string]*host{},
	}
	if o.RunTimeout > 0 {
		f.until = time.Now().Add(o.RunTimeout)
	}
	f.guard = &guard{
		secure: o.Transport, insecure: o.Insecure, allowInsecure: o.AllowInsecure, trusted: o.Trusted,
		agent: agent(o.Version),
	}
	f.client = &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: f.guard, CheckRedirect: f.redirect},
		RetryMax:     maxTries - 1,
		CheckRetry:   f.again,
		Backoff:      f.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return f
}

// agent is who we say we are, with an address for complaints.
func agent(version string) string {
	if version == "" {
		version = "dev"
	}
	return "reqhash/" + version + " (+https://github.com/reqhash/reqhash)"
}

func (f *fetcher) host(u *url.URL) *host {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[u.Host]
	if h == nil {
		h = &host{denied: map[login]int{}, slots: make(chan struct{}, f.limit), patience: min(deadAfter, max(fewestSlow, f.limit))}
		f.hosts[u.Host] = h
	}
	return h
}

// response is an answer of which the body is still to be read.
type response struct {
	status  int
	header  http.Header
	final   *url.URL // after redirects
	content string   // media type, lower case, without parameters
	ends    bool     // the end of the body can be told from a lost connection
	body    io.Reader
	// recorded is the body as it comes in, where that is packed by gzip and was
	// asked for; else nil.
	recorded *recorder
}

// read is called with each answer that has a body worth reading. It may be
// called again, with a new answer, when the body broke off.
type read func(*response) error

// request is what is asked.
type request struct {
	url    *url.URL
	header http.Header
	login  *login        // for the URL's origin; nil means what is known for it
	limit  int64         // bytes of the answer; 0 means the fetcher's
	within time.Duration // for all tries until the last byte; 0 means the fetcher's
	record bool          // whether a packed body is to be recorded
}

// get asks for a URL. Statuses other than 200, 404 and 410, and 206 and 304
// where they were asked for, are errors. It returns the answer with its body
// read and closed.
func (f *fetcher) get(ctx context.Context, r request, read read) (*response, error) {
	if f.guard.secure == nil {
		return nil, failf(Offline, "the network is not to be used, and the cache has no answer that is young enough")
	}
	if !f.until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, f.until)
		defer cancel()
	}
	h := f.host(r.url)
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, asError(ctx.Err())
	}
	if err := h.hush(ctx); err != nil {
		return nil, err
	}
	as := f.guard.loginFor(withLogin(ctx, r.login), r.url)
	at := &attempt{asked: h}
	ctx = context.WithValue(ctx, attemptKey{}, at)
	var failed *Error
	for try := 0; try < 2; try++ {
		if dead := h.verdict(); dead != nil {
			return nil, dead
		}
		if h.denies(as) {
			return nil, unauthorized(http.StatusUnauthorized)
		}
		res, err := f.once(ctx, r, read)
		if err == nil {
			h.judge(as, false)
			h.answered()
			f.host(res.final).answered()
			return res, nil
		}
		failed = asError(err)
		if ctx.Err() != nil {
			return nil, asError(ctx.Err())
		}
		if failed.Code == http.StatusUnauthorized {
			h.judge(as, true)
		}
		switch broken := errors.As(err, new(brokenBody)); {
		case failed.Kind == Timeout:
			h.failed(failed)
			return nil, failed
		case broken: // while the answer was read: once more
			h.failed(failed)
		case refused(failed):
			if try > 0 || at.target.verdict() != nil {
				at.target.kill(failed)
				return nil, failed
			}
			if err := wait(ctx, f.pause(0, refusedPause)); err != nil {
				return nil, err
			}
		case failed.Kind == Malformed, failed.Kind == TooLarge, failed.Kind == Unauthorized, failed.Kind == Status && !passing(failed.Code):
			h.answered()
			return nil, failed
		default:
			return nil, failed
		}
	}
	return nil, failed
}

// attempt is what is known of a request while it is made: the host that is
// asked, and the one that it came to.
type attempt struct{ asked, target *host }

type attemptKey struct{}

// refused tells the errors that another try a little later would have as well:
// nobody listens there, or there is no such host.
func refused(err error) bool {
	var name *net.DNSError
	if errors.As(err, &name) {
		return name.IsNotFound
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}

// redirect is asked before each redirect is followed: one to a host that is
// dead is not, and says as much about who sends there.
func (f *fetcher) redirect(next *http.Request, via []*http.Request) error {
	if err := f.guard.redirect(next, via); err != nil {
		return err
	}
	if dead := f.host(next.URL).verdict(); dead != nil {
		f.host(via[0].URL).failed(dead)
		return dead
	}
	return nil
}

// brokenBody marks an error of the connection while a body was read, which
// another try may cure.
type brokenBody struct{ error }

func (b brokenBody) Unwrap() error { return b.error }

func (f *fetcher) once(ctx context.Context, r request, read read) (*response, error) {
	if r.within == 0 {
		r.within = f.within
	}
	if r.limit == 0 {
		r.limit = f.page
	}
	ctx, cancel := context.WithTimeout(withLogin(ctx, r.login), r.within)
	defer cancel()
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, failf(Unusable, "the address cannot be asked")
	}
	req.Header.Set("Accept-Encoding", "gzip")
	for key, values := range r.header {
		req.Header[key] = values
	}
	got, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	res := &response{status: got.StatusCode, header: got.Header, final: got.Request.URL}
	res.ends = got.ContentLength >= 0 || len(got.TransferEncoding) > 0 || got.ProtoMajor >= 2
	// As pip, which looks at the beginning alone.
	res.content, _, _ = strings.Cut(got.Header.Get("Content-Type"), ";")
	res.content = strings.ToLower(strings.TrimSpace(res.content))
	switch {
	case res.status == http.StatusOK, res.status == http.StatusPartialContent && r.header["Range"] != nil:
	case res.status == http.StatusNotFound, res.status == http.StatusGone,
		res.status == http.StatusNotModified && r.header["If-None-Match"] != nil:
		// Read to its end, the connection can be used again.
		io.CopyN(io.Discard, got.Body, 64<<10)
		return res, nil
	case res.status == http.StatusUnauthorized, res.status == http.StatusForbidden:
		return nil, unauthorized(res.status)
	default:
		return nil, &Error{Kind: Status, Code: res.status, Err: fmt.Errorf("status %d", res.status)}
	}
	body := &limited{r: got.Body, left: r.limit, limit: r.limit}
	switch encoding := got.Header.Get("Content-Encoding"); {
	case encoding == "", strings.EqualFold(encoding, "identity"):
	case strings.EqualFold(encoding, "gzip") && req.Header.Get("Accept-Encoding") == "gzip":
		packed := &gzipBody{r: got.Body}
		defer packed.done()
		if r.record {
			res.recorded = &recorder{r: got.Body, limit: r.limit}
			if n := got.ContentLength; n > 0 && n <= maxRoom {
				res.recorded.kept = make([]byte, 0, n)
			}
			packed.r = res.recorded
		}
		body.r = packed
	default:
		return nil, failf(Malformed, "the answer is packed by %s, unasked", quoted(encoding))
	}
	res.body = body
	if err := read(res); err != nil {
		switch {
		case res.recorded != nil && res.recorded.over:
			err = tooLong(r.limit)
		case body.err != nil:
			err = body.err
		}
		return nil, err
	}
	if body.err != nil {
		return nil, body.err
	}
	return res, nil
}

// limited reads a body, to a limit, and remembers the error it ended with.
type limited struct {
	r     io.Reader
	left  int64
	limit int64
	err   error
}

func tooLong(limit int64) *Error {
	return failf(TooLarge, "the answer is longer than %d MiB", limit>>20)
}

func (l *limited) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	switch {
	case l.left < 0:
		l.err = tooLong(l.limit)
		return n, l.err
	case err == io.EOF:
		return n, err
	case err != nil:
		l.err = brokenBody{asError(err)}
		return n, l.err
	}
	return n, nil
}

// again decides whether a request is made once more.
func (f *fetcher) again(ctx context.Context, res *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		e := asError(err)
		at, _ := ctx.Value(attemptKey{}).(*attempt)
		if at == nil || e.Kind != Unreachable && e.Kind != Timeout {
			return false, e
		}
		at.target = at.asked
		if u := requestHost(err); u != nil {
			at.target = f.host(u)
		}
		if refused(e) || at.asked.verdict() != nil {
			return false, e
		}
		if at.target != at.asked && at.asked.failed(e) {
			return false, e
		}
		return !at.target.failed(e), e
	}
	if !passing(res.StatusCode) {
		return false, nil
	}
	dead := f.host(res.Request.URL).failed(&Error{Kind: Status, Code: res.StatusCode, Err: fmt.Errorf("status %d", res.StatusCode)})
	return !dead, nil
}

// passing tells the statuses that may be another one at the next try.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, 520, 527:
		return true
	}
	return false
}

// requestHost returns the host that an error of net/http is about.
func requestHost(err error) *url.URL {
	var u *url.Error
	if errors.As(err, &u) {
		if parsed, err := url.Parse(u.URL); err == nil {
			return parsed
		}
	}
	return nil
}

func unauthorized(status int) *Error {
	return &Error{Kind: Unauthorized, Code: status, Err: fmt.Errorf("status %d: it wants credentials, or other ones", status)}
}

// backoff is how long to wait before try+2: what the host asks for, up to a
// cap, or a random time that grows.
func (f *fetcher) backoff(_, _ time.Duration, try int, res *http.Response) time.Duration {
	var asked time.Duration
	if res != nil {
		asked = f.retryAfter(res.Header.Get("Retry-After"))
	}
	wait := f.pause(try, asked)
	if res != nil && res.StatusCode == http.StatusTooManyRequests {
		f.host(res.Request.URL).mute(wait)
	}
	return wait
}

// retryAfter reads the header (seconds or a date), capped; 0 when it says
// nothing that can be followed.
func (f *fetcher) retryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	if digits(value) {
		seconds, err := strconv.ParseInt(value, 10, 32)
		if err != nil || time.Duration(seconds)*time.Second > maxPause {
			return maxPause
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(f.now()), 0), maxPause)
}
