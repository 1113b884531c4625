package pypi

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/reqhash/reqhash/packaging"
)

const (
	defaultDownload = 4 << 30 // 4 GiB
	downloadWithin  = 15 * time.Minute
)

// Download streams a file once, keeping nothing of it, and returns its digests
// by every algorithm. The URL is that of a File or of a requirement; a file:
// URL is read from disk. Options.DownloadLimit bounds its size, 15 minutes the
// time. The digests of one URL are made once in a run, and found in the cache
// in later ones.
//
// The error is an *Error; credentials are those that the Client knows for the
// URL; those in it count for it alone.
func (c *Client) Download(ctx context.Context, address string) ([]packaging.Digest, error) {
	shown := c.options.Show(Shown(address))
	u, path, failed := place(address)
	if failed != nil {
		return nil, failed.of(shown, "")
	}
	if u == nil {
		dir, name := filepath.Split(path)
		digests, err := digestsOf(ctx, c.options.Folder(filepath.Clean(dir)), name)
		if err != nil {
			return nil, failf(Unusable, "hashing the file: %w", plainErr(err)).of(shown, "")
		}
		return digests, nil
	}
	l := c.secrets.find(u)
	u.User = nil
	d := c.download(u.String() + "\x00" + l.user + "\x00" + l.password)
	select {
	case d.lock <- struct{}{}:
		defer func() { <-d.lock }()
	case <-ctx.Done():
		return nil, asError(ctx.Err()).of(shown, "")
	}
	if d.digests == nil && d.err == nil {
		digests, err := c.hash(ctx, u, &l)
		if err != nil && err.Kind == Canceled {
			return nil, err.of(shown, "")
		}
		d.digests, d.err = digests, err
	}
	if d.err != nil {
		return nil, d.err.of(shown, "")
	}
	return append([]packaging.Digest(nil), d.digests...), nil
}

// download is one file of the run. It is locked while it is fetched.
type download struct {
	lock    chan struct{}
	digests []packaging.Digest
	err     *Error
}

func (c *Client) download(address string) *download {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.downloads[address]
	if d == nil {
		d = &download{lock: make(chan struct{}, 1)}
		c.downloads[address] = d
	}
	return d
}

func (c *Client) hash(ctx context.Context, u *url.URL, l *login) ([]packaging.Digest, *Error) {
	place := placeOf(u, *l)
	place.index = "download " + place.index
	var last *record
	if records := c.cache.releases(place, ""); len(records) > 0 {
		last = &records[len(records)-1]
	}
	kept := func() []packaging.Digest {
		var digests []packaging.Digest
		err := last.page.each(func([]byte) bool { return true }, func(e *entry, _, _ string) error {
			digests = unpackDigests(e.digests)
			return nil
		})
		if err != nil {
			return nil
		}
		return digests
	}
	if last != nil && c.cache.young(*last) {
		if digests := kept(); len(digests) == len(algorithms) {
			return digests, nil
		}
	}
	var all *hashes
	var size int64
	r := request{url: u, login: l, limit: c.options.DownloadLimit, within: downloadWithin,
		// The bytes of the file as they lie there, not as a server packs them.
		header: http.Header{"Accept-Encoding": {"identity"}}}
	if last != nil && last.etag != "" && !c.options.Refresh {
		r.header["If-None-Match"] = []string{last.etag}
	}
	res, err := c.fetch.get(ctx, r, func(res *response) error {
		all = newHashes()
		n, err := io.Copy(all, res.body)
		size = n
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	var digests []packaging.Digest
	switch res.status {
	case http.StatusOK:
		digests = all.digests()
	case http.StatusNotModified:
		if digests = kept(); len(digests) != len(algorithms) {
			return nil, failf(Malformed, "what was kept of the file is damaged")
		}
	default:
		return nil, &Error{Kind: Status, Code: res.status, Err: fmt.Errorf("status %d: there is no such file", res.status)}
	}
	if c.fetch.guard.proven(ctx, u) && c.fetch.guard.proven(ctx, res.final) && !noStore(res.header) {
		c.cacheFailed(c.cache.put(place, "", record{api: byHash, at: c.options.Now(), etag: res.header.Get("Etag"),
			page: digestEntry(size, digests)}))
	}
	return digests, nil
}

// hashes makes all digests of what is written to it.
type hashes struct {
	list []hash.Hash
	io.Writer
}

var algorithms = [...]packaging.Algorithm{packaging.MD5, packaging.SHA1, packaging.SHA224, packaging.SHA256,
	packaging.SHA384, packaging.SHA512, packaging.BLAKE2b}

func newHashes() *hashes {
	blake, err := blake2b.New256(nil)
	if err != nil {
		panic(err) // only a key can be wrong, and there is none
	}
	h := &hashes{list: []hash.Hash{md5.New(), sha1.New(), sha256.New224(), sha256.New(), sha512.New384(), sha512.New(), blake}}
	writers := make([]io.Writer, len(h.list))
	for i, one := range h.list {
		writers[i] = one
	}
	h.Writer = io.MultiWriter(writers...)
	return h
}

func (h *hashes) digests() []packaging.Digest {
	var digests []packaging.Digest
	for i, one := range h.list {
		if d, err := packaging.DigestOf(algorithms[i], one.Sum(nil)); err == nil {
			digests = addDigest(digests, d)
		}
	}
	return digests
}

// digestsOf hashes a file on disk.
func digestsOf(ctx context.Context, files fs.FS, name string) ([]packaging.Digest, error) {
	file, err := openRegular(files, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all := newHashes()
	if _, err := io.Copy(all, readerContext{ctx, file}); err != nil {
		return nil, err
	}
	return all.digests(), nil
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
