package pypi

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

const (
	maxMetadata = 8 << 20  // 8 MiB
	tailSize    = 64 << 10 // 64 KiB: of a wheel, fetched at once; most directories lie in it
	maxWhole    = 64 << 20 // 64 MiB: a wheel that a server only gives whole
)

// Dependencies returns what a release needs (its Requires-Dist, PEP 508), as
// one of its wheels says: from the answer where that has it, else from the
// metadata file beside a wheel (PEP 658), else from within a wheel, of which
// only the end is fetched where the server can do that.
//
// known is false where nothing says so without building: a release of sdists.
// The answer must be one for a release.
func (c *Client) Dependencies(ctx context.Context, a Answer) (requires []string, known bool, err error) {
	if a.RequiresDistKnown {
		return a.RequiresDist, true, nil
	}
	if a.record != nil && a.record.needs != (cacheKey{}) {
		if requires, ok := c.keptRequires(a.record.needs); ok {
			return requires, true, nil
		}
	}
	var failed error
	tries := 0
	files := a.Files()
	for _, beside := range []bool{true, false} {
		for i := range files {
			f := &files[i]
			if !f.wheel() || beside != f.Metadata || tries >= 2 {
				continue
			}
			tries++
			requires, err := c.wheelRequires(ctx, f)
			if err != nil {
				failed = err.of(f.Index, a.Project)
				continue
			}
			return requires, true, nil
		}
	}
	return nil, false, failed
}

// wheel tells whether the file is a wheel that can be fetched.
func (f *File) wheel() bool { return f.Kind == packaging.Wheel && f.URL != "" }

// firstWheel is the one whose dependencies are asked for first, nil for none.
func firstWheel(files []File) *File {
	var first *File
	for i := range files {
		f := &files[i]
		if f.wheel() && (first == nil || f.Metadata && !first.Metadata) {
			first = f
		}
	}
	return first
}

// requiresPlace is where the Requires-Dist of a wheel are kept. ok is false where
// no digest tells it from another.
func requiresPlace(f *File) (place cachePlace, ok bool) {
	d, ok := f.Digest(packaging.SHA256)
	return cachePlace{index: "requires " + f.Index + " " + string(withoutSecrets([]byte(f.URL))), credential: d.Hex()}, ok
}

// keptRequires returns the Requires-Dist of a wheel as an earlier run read them.
func (c *Client) keptRequires(key cacheKey) (requires []string, ok bool) {
	bodies := c.cache.journal.bodies(key)
	if len(bodies) == 0 {
		return nil, false
	}
	var last record
	ok = readRecord(&last, bodies[len(bodies)-1])
	return last.requires, ok && last.api == byWheel && last.requiresKnown
}

// wheelRequires returns the Requires-Dist of a wheel. They are kept for its
// digest, and never change.
func (c *Client) wheelRequires(ctx context.Context, f *File) ([]string, *Error) {
	place, ok := requiresPlace(f)
	if !ok {
		place = cachePlace{}
	} else if c.cache != nil {
		if requires, ok := c.keptRequires(c.cache.key(place, "")); ok {
			return requires, nil
		}
	}
	c.mu.Lock()
	one := c.wheels[f.Index+" "+f.URL]
	if one == nil {
		one = &wheelNeeds{lock: make(chan struct{}, 1)}
		c.wheels[f.Index+" "+f.URL] = one
	}
	c.mu.Unlock()
	select {
	case one.lock <- struct{}{}:
		defer func() { <-one.lock }()
	case <-ctx.Done():
		return nil, asError(ctx.Err())
	}
	if !one.done {
		requires, err := c.readRequires(ctx, *f, place)
		if err != nil && err.Kind == Canceled {
			return nil, err
		}
		one.requires, one.err, one.done = requires, err, true
	}
	return one.requires, one.err
}

// wheelNeeds is what a run has read of one wheel. It is locked while that is read.
type wheelNeeds struct {
	lock     chan struct{}
	done     bool
	requires []string
	err      *Error
}

// readRequires reads the Requires-Dist of a wheel, and keeps them, unless the
// place is none.
func (c *Client) readRequires(ctx context.Context, f File, place cachePlace) ([]string, *Error) {
	text, err := c.metadata(ctx, f)
	if err != nil {
		return nil, err
	}
	requires, err := requiresDist(text)
	if err == nil && place.index != "" {
		c.cacheFailed(c.cache.put(place, "", &record{api: byWheel, at: c.options.Now(), requires: requires, requiresKnown: true}, nil))
	}
	return requires, err
}

// metadata returns the METADATA of a wheel.
func (c *Client) metadata(ctx context.Context, f File) ([]byte, *Error) {
	u, path, failed := place(f.URL)
	if failed != nil {
		return nil, failed
	}
	if u == nil {
		return c.localMetadata(path, f)
	}
	if f.Metadata {
		return c.metadataFile(ctx, u, f)
	}
	return c.metadataWithin(ctx, u, f)
}

func (c *Client) metadataFile(ctx context.Context, u *url.URL, f File) ([]byte, *Error) {
	beside := *u
	beside.Path, beside.RawPath = u.Path+".metadata", ""
	var text []byte
	res, err := c.fetch.get(ctx, request{url: &beside, login: c.secrets.with(f.login, u), limit: maxMetadata}, func(res *response) (err error) {
		text, err = io.ReadAll(res.body)
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	if res.status != http.StatusOK {
		return nil, failf(Malformed, "the metadata of %q, which the index promises, is not there", f.Name)
	}
	return text, f.checkMetadata(text)
}

// checkMetadata holds a metadata file against the digest that the index gives.
func (f File) checkMetadata(text []byte) *Error {
	want := f.MetadataDigest
	if want.IsZero() {
		return nil
	}
	all := newHashes()
	for i, algorithm := range algorithms {
		if algorithm != want.Algorithm() {
			continue
		}
		if _, err := all.list[i].Write(text); err != nil {
			return asError(err)
		}
		if got, err := packaging.DigestOf(algorithm, all.list[i].Sum(nil)); err != nil || got != want {
			return failf(Malformed, "the metadata of %q has not the digest that the index gives", f.Name)
		}
	}
	return nil
}

func (c *Client) localMetadata(path string, f File) ([]byte, *Error) {
	dir, name := filepath.Split(path)
	folder := c.options.Folder(filepath.Clean(dir))
	if f.Metadata {
		beside, err := openRegular(folder, name+".metadata")
		if err != nil {
			return nil, failf(Unusable, "opening the metadata of %q, which the index promises: %w", f.Name, plainErr(err))
		}
		defer beside.Close()
		body := &limited{r: beside, left: maxMetadata, limit: maxMetadata}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, asError(err)
		}
		return text, f.checkMetadata(text)
	}
	file, err := openRegular(folder, name)
	if err != nil {
		return nil, failf(Unusable, "opening the wheel: %w", plainErr(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, failf(Unusable, "opening the wheel: %w", plainErr(err))
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, failf(Unusable, "the folder cannot be read in parts")
	}
	return unzipMetadata(at, info.Size())
}

// metadataWithin reads the end of a wheel, where its directory is, and what
// else it needs.
func (c *Client) metadataWithin(ctx context.Context, u *url.URL, f File) ([]byte, *Error) {
	w := &wheel{client: c, ctx: ctx, url: u, login: c.secrets.with(f.login, u)}
	if err := w.open(); err != nil {
		return nil, err
	}
	text, err := unzipMetadata(w, w.size)
	if w.err != nil {
		return nil, w.err
	}
	return text, err
}

// wheel reads a wheel behind a URL in parts.
type wheel struct {
	client *Client
	ctx    context.Context
	url    *url.URL
	login  *login
	size   int64
	tail   part   // the end
	held   part   // what was fetched last
	err    *Error // the first that happened
	asked  int
}

func (w *wheel) open() *Error {
	data, total, err := w.part("bytes=-" + strconv.Itoa(tailSize))
	if err != nil {
		return err
	}
	w.tail, w.size = part{total - int64(len(data)), data}, total
	return nil
}

// part fetches a part, or the whole where the server does not do parts.
func (w *wheel) part(of string) (data []byte, total int64, failed *Error) {
	if w.asked++; w.asked > 16 {
		return nil, 0, failf(Malformed, "the wheel is read in too many parts")
	}
	r := request{url: w.url, login: w.login, limit: maxWhole, header: http.Header{"Range": {of}, "Accept-Encoding": {"identity"}}}
	res, err := w.client.fetch.get(w.ctx, r, func(res *response) (err error) {
		data, err = io.ReadAll(res.body)
		return err
	})
	if err != nil {
		return nil, 0, asError(err)
	}
	switch res.status {
	case http.StatusOK:
		return data, int64(len(data)), nil
	case http.StatusPartialContent:
		var first, last int64
		if _, err := fmt.Sscanf(res.header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil ||
			first < 0 || last < first || total <= last || last-first+1 != int64(len(data)) {
			return nil, 0, failf(Malformed, "the server gives another part than it says")
		}
		return data, total, nil
	}
	return nil, 0, &Error{Kind: Status, Code: res.status, Err: fmt.Errorf("status %d: there is no such file", res.status)}
}

// ReadAt is for zip.NewReader, which reads one small part after the other: what
// was fetched last is kept for the next.
func (w *wheel) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= w.size {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && offset < w.size {
		if !w.held.has(offset) && !w.tail.has(offset) {
			end := min(offset+max(int64(len(p)-n), tailSize), w.size)
			data, total, err := w.part(fmt.Sprintf("bytes=%d-%d", offset, end-1))
			switch {
			case err == nil && total == int64(len(data)): // the whole of it
				w.held = part{0, data}
			case err == nil:
				w.held = part{offset, data}
			}
			if err == nil && (total != w.size || !w.held.has(end-1)) {
				err = failf(Malformed, "the wheel changed while it was read")
			}
			if err != nil {
				w.err = err
				return n, err
			}
		}
		from := w.tail
		if w.held.has(offset) {
			from = w.held
		}
		took := copy(p[n:], from.data[offset-from.at:])
		n += took
		offset += int64(took)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// part is some of a wheel's bytes; at is the offset of the first.
type part struct {
	at   int64
	data []byte
}

func (p part) has(offset int64) bool { return offset >= p.at && offset < p.at+int64(len(p.data)) }

// unzipMetadata returns the one *.dist-info/METADATA of a wheel.
func unzipMetadata(r io.ReaderAt, size int64) ([]byte, *Error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, failf(Malformed, "the wheel is no zip archive: %w", err)
	}
	for _, f := range z.File {
		dir, name, ok := strings.Cut(f.Name, "/")
		if !ok || name != "METADATA" || !strings.HasSuffix(dir, ".dist-info") {
			continue
		}
		entry, err := f.Open()
		if err != nil {
			return nil, failf(Malformed, "opening the wheel's METADATA: %w", err)
		}
		defer entry.Close()
		text, err := io.ReadAll(io.LimitReader(entry, maxMetadata+1))
		if err != nil {
			return nil, failf(Malformed, "reading the wheel's METADATA: %w", err)
		}
		if len(text) > maxMetadata {
			return nil, failf(TooLarge, "the wheel's METADATA is longer than %d MiB", maxMetadata>>20)
		}
		return text, nil
	}
	return nil, failf(Malformed, "the wheel has no METADATA")
}

// requiresDist returns the Requires-Dist of core metadata: headers up to the
// first empty line, lines that begin with a blank going on with the one before.
func requiresDist(text []byte) ([]string, *Error) {
	requires := []string{}
	version, in := false, false
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if in {
				requires[len(requires)-1] += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		in = ok && strings.EqualFold(string(name), "Requires-Dist")
		version = version || ok && strings.EqualFold(string(name), "Metadata-Version")
		if in {
			requires = append(requires, string(bytes.TrimSpace(value)))
		}
	}
	if !version {
		return nil, &Error{Kind: Malformed, Err: errors.New("the metadata is none")}
	}
	return requires, nil
}
