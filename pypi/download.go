package pypi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

const (
	defaultDownload = 4 << 30 // 4 GiB
	downloadWithin  = 15 * time.Minute
)

// Downloaded is what a file's bytes are.
type Downloaded struct {
	// Digests are by every algorithm.
	Digests []packaging.Digest
	// Changed has an entry where an earlier run got other bytes.
	Changed []Change
}

// Download streams a file once in a run, keeping nothing of it, and returns its
// digests. The file is one of an Answer, or has the URL of a requirement and a
// Size of -1; a file: URL is read from disk. Options.DownloadLimit bounds its
// size, 15 minutes the time. What was kept of an earlier run is believed only
// where the server says that nothing has changed; see Recall.
//
// Bytes that cannot be the file are an error: fewer or more than the index
// says, of which nobody can tell whether they are all, a web page, or what does
// not begin as the file's kind does.
//
// The error is an *Error; credentials are those that the Client knows for the
// URL; those in it count for it alone.
func (c *Client) Download(ctx context.Context, f File) (Downloaded, error) {
	shown := c.options.Show(Shown(f.URL))
	t, failed := c.target(f)
	if failed != nil {
		return Downloaded{}, failed.of(shown, "")
	}
	if t.url == nil {
		dir, name := filepath.Split(t.path)
		digests, err := c.digestsOf(ctx, c.options.Folder(filepath.Clean(dir)), name)
		if err != nil {
			return Downloaded{}, err.of(shown, "")
		}
		return Downloaded{Digests: digests}, nil
	}
	d := c.download(t)
	select {
	case d.lock <- struct{}{}:
		defer func() { <-d.lock }()
	case <-ctx.Done():
		return Downloaded{}, asError(ctx.Err()).of(shown, "")
	}
	if d.digests == nil && d.err == nil {
		err := c.hash(ctx, t, d)
		if err != nil && err.Kind == Canceled {
			return Downloaded{}, err.of(shown, "")
		}
		d.err = err
	}
	switch {
	case d.err != nil:
		return Downloaded{}, d.err.of(shown, "")
	case f.Size >= 0 && f.Size != d.size:
		return Downloaded{}, failf(Malformed, "the file has %d bytes, and the index says %d", d.size, f.Size).of(shown, "")
	}
	got := Downloaded{Digests: slices.Clone(d.digests)}
	for _, change := range d.changed {
		change.File, change.Index = f.Name, f.Index
		if change.Index == "" {
			change.Index = shown
		}
		got.Changed = append(got.Changed, change)
	}
	return got, nil
}

// Recall returns the digests of a file as an earlier run got them, if that is
// young enough; it asks nobody. They may serve to verify a hash, and for
// nothing else: the file may have been replaced since.
func (c *Client) Recall(f File) []packaging.Digest {
	t, err := c.target(f)
	if err != nil || t.url == nil {
		return nil
	}
	records := c.cache.releases(t.place, "")
	if len(records) == 0 {
		return nil
	}
	last := &records[len(records)-1]
	digests, size := unpackDownload(last)
	if !c.cache.young(last.at) || f.Size >= 0 && f.Size != size {
		return nil
	}
	for i := range records {
		if changedDigest(&records[i], digests) != nil {
			return nil // which is told in every run
		}
	}
	return digests
}

// target is where a file lies.
type target struct {
	url   *url.URL
	path  string // where url is nil
	login *login
	name  string
	size  int64 // as the index has it, -1 where it does not say
	place cachePlace
}

func (c *Client) target(f File) (target, *Error) {
	u, path, err := place(f.URL)
	if err != nil || u == nil {
		return target{path: path}, err
	}
	t := target{url: u, login: f.login, name: f.Name, size: f.Size}
	if u.User != nil {
		t.login = nil
	}
	t.login = c.secrets.with(t.login, u)
	u.User = nil
	if t.name == "" {
		t.name = linkName(u)
	}
	t.place = placeOf(u, *t.login)
	t.place.index = "download " + t.place.index
	return t, nil
}

// download is one file of the run. It is locked while it is fetched.
type download struct {
	lock    chan struct{}
	digests []packaging.Digest
	size    int64
	changed []Change
	err     *Error
}

func (c *Client) download(t target) *download {
	key := t.url.String() + "\x00" + t.login.user + "\x00" + t.login.password
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.downloads[key]
	if d == nil {
		d = &download{lock: make(chan struct{}, 1)}
		c.downloads[key] = d
	}
	return d
}

// unpackDownload returns what was kept of a download, nil where that is damaged.
func unpackDownload(r *record) (digests []packaging.Digest, size int64) {
	files := r.all()
	if len(files) != 1 || len(files[0].Digests) != len(algorithms) {
		return nil, 0
	}
	return files[0].Digests, files[0].Size
}

func (c *Client) hash(ctx context.Context, t target, d *download) *Error {
	records := c.cache.releases(t.place, "")
	r := request{url: t.url, login: t.login, limit: c.options.DownloadLimit, within: downloadWithin,
		// The bytes of the file as they lie there, not as a server packs them.
		header: http.Header{"Accept-Encoding": {"identity"}}}
	var kept []packaging.Digest
	var keptSize int64
	if len(records) > 0 && !c.options.Refresh {
		last := &records[len(records)-1]
		kept, keptSize = unpackDownload(last)
		if kept != nil && last.etag != "" && (t.size < 0 || t.size == keptSize) {
			r.header["If-None-Match"] = []string{last.etag}
		}
	}
	var all *hashes
	var size int64
	res, err := c.fetch.get(ctx, r, func(res *response) error {
		if strings.HasSuffix(res.content, "html") || strings.HasSuffix(res.content, "xhtml+xml") {
			return failf(Malformed, "the answer is a page of type %s, and not the file", quoted(res.content))
		}
		if t.size < 0 && !res.ends {
			return failf(Malformed, "nothing tells whether the answer is the whole file")
		}
		all = newHashes()
		start := &beginning{}
		n, err := io.Copy(io.MultiWriter(start, all), res.body)
		size = n
		if err != nil {
			return err
		}
		if t.size >= 0 && n != t.size {
			return failf(Malformed, "the file has %d bytes, and the index says %d", n, t.size)
		}
		return start.check(t.name)
	})
	if err != nil {
		return asError(err)
	}
	switch res.status {
	case http.StatusOK:
		d.digests, d.size = all.digests(), size
	case http.StatusNotModified:
		d.digests, d.size = kept, keptSize
	default:
		return &Error{Kind: Status, Code: res.status, Err: fmt.Errorf("status %d: there is no such file", res.status)}
	}
	for i := len(records) - 1; i >= 0 && d.changed == nil; i-- {
		d.changed = changedDigest(&records[i], d.digests)
	}
	if c.fetch.guard.proven(ctx, t.url) && c.fetch.guard.proven(ctx, res.final) && !noStore(res.header) {
		c.cacheFailed(c.cache.put(t.place, "", &record{api: byHash, at: c.options.Now(), etag: res.header.Get("Etag")},
			[]File{{Digests: d.digests, Size: d.size}}))
	}
	return nil
}

// changedDigest holds new digests against those of an earlier run.
func changedDigest(r *record, now []packaging.Digest) []Change {
	before, _ := unpackDownload(r)
	for _, d := range before {
		if e, ok := (File{Digests: now}).Digest(d.Algorithm()); ok && e != d && d.Algorithm() == packaging.SHA256 {
			return []Change{{Old: d, New: e, Since: r.at}}
		}
	}
	return nil
}

// beginning keeps the first bytes of what is written to it.
type beginning struct{ bytes []byte }

func (b *beginning) Write(p []byte) (int, error) {
	if room := 8 - len(b.bytes); room > 0 {
		b.bytes = append(b.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// check returns an error for bytes that do not begin as files of such a name do.
func (b *beginning) check(name string) error {
	name = strings.ToLower(name)
	for _, kind := range []struct{ endings, start string }{
		{".whl .zip .egg", "PK"}, {".tar.gz .tgz", "\x1f\x8b"}, {".tar.bz2 .tbz", "BZh"}, {".tar.xz .txz", "\xfd7zXZ\x00"}, {".exe", "MZ"},
	} {
		for _, ending := range strings.Fields(kind.endings) {
			if strings.HasSuffix(name, ending) && !bytes.HasPrefix(b.bytes, []byte(kind.start)) {
				return failf(Malformed, "the answer does not begin as a file ending in %s does", ending)
			}
		}
	}
	return nil
}

// digestsOf hashes a file on disk.
func (c *Client) digestsOf(ctx context.Context, files fs.FS, name string) ([]packaging.Digest, *Error) {
	all := newHashes()
	err := readAll(ctx, files, name, c.options.DownloadLimit, all)
	if err != nil {
		return nil, err
	}
	return all.digests(), nil
}

// readAll writes a file on disk to a hash, to a limit, unless the run ends.
func readAll(ctx context.Context, files fs.FS, name string, limit int64, to io.Writer) *Error {
	file, err := openRegular(files, name)
	if err == nil {
		defer file.Close()
		_, err = io.Copy(to, &limited{r: readerContext{ctx, file}, left: limit, limit: limit})
	}
	var failed *Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return asError(ctx.Err())
	case errors.As(err, &failed) && failed.Kind == TooLarge:
		return failed
	}
	return failf(Unusable, "hashing the file: %w", plainErr(err))
}

// readerContext ends reading when the run ends.
type readerContext struct {
	ctx context.Context
	r   io.Reader
}

func (r readerContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
