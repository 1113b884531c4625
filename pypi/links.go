package pypi

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

// links is a page of --find-links: links to files of any project. It is
// fetched once, whatever is asked.
type links struct {
	client *Client
	shown  string
	login  login
	read   func(ctx context.Context) (*linksPage, *Error)
	lock   chan struct{}
	page   *linksPage
	err    *Error
}

type linksPage struct {
	packed
	at       time.Time
	insecure bool
}

// newLinks returns the source for one address of --find-links, which may be a
// folder of files, a page, or a single file (pip's index/sources.py).
func (c *Client) newLinks(address string) source {
	shown := c.options.Show(Shown(address))
	u, path, err := place(address)
	switch {
	case err != nil:
		return &broken{err.of(shown, "")}
	case u == nil:
		return c.localLinks(shown, path)
	}
	l := &links{client: c, shown: shown, lock: make(chan struct{}, 1)}
	l.login = c.secrets.find(u)
	u.User = nil
	switch {
	case distribution(linkName(u)):
		l.read = func(context.Context) (*linksPage, *Error) { return single(u, address), nil }
	default:
		l.read = func(ctx context.Context) (*linksPage, *Error) { return l.fetch(ctx, u) }
	}
	return l
}

func (c *Client) localLinks(shown, path string) source {
	dir, name := filepath.Split(path)
	parent := c.options.Folder(filepath.Clean(dir))
	if info, err := fs.Stat(parent, name); name == "" || err != nil || info.IsDir() {
		return &folder{shown: shown, path: path, files: c.options.Folder(path), flat: true, limit: c.options.DownloadLimit}
	}
	if distribution(name) {
		return &folder{shown: shown, path: filepath.Clean(dir), files: onlyFile{parent, name}, flat: true, limit: c.options.DownloadLimit}
	}
	l := &links{client: c, shown: shown, lock: make(chan struct{}, 1)}
	l.read = func(context.Context) (*linksPage, *Error) {
		file, err := openRegular(parent, name)
		if err != nil {
			return nil, failf(Unusable, "opening the page: %w", plainErr(err))
		}
		defer file.Close()
		b := newBuilder("", fileURL(path))
		if err := readSimpleHTML(&limited{r: file, left: maxPageSize, limit: maxPageSize}, b); err != nil {
			return nil, asError(err)
		}
		return &linksPage{packed: b.done().packed}, nil
	}
	return l
}

// single is a page with one link: to the file that the address names.
func single(u *url.URL, address string) *linksPage {
	var p packer
	p.add(&entry{name: []byte(linkName(u)), link: []byte(u.String()), size: -1, digests: fragmentDigest(nil, address)})
	return &linksPage{packed: p.packed}
}

func (l *links) fetch(ctx context.Context, u *url.URL) (*linksPage, *Error) {
	var b *builder
	res, err := l.client.fetch.get(ctx, request{url: u, header: http.Header{"Accept": {"text/html"}}, login: &l.login}, func(res *response) error {
		if res.content != "text/html" && res.content != "application/vnd.pypi.simple.v1+html" {
			return failf(Malformed, "the answer is of type %s, which is no page of links", quoted(res.content))
		}
		b = newBuilder("", res.final)
		return readSimpleHTML(res.body, b)
	})
	if err != nil {
		return nil, asError(err)
	}
	if res.status != http.StatusOK {
		return nil, &Error{Kind: Status, Code: res.status, Err: errors.New("there is no such page")}
	}
	p := &linksPage{packed: b.done().packed}
	p.at = l.client.options.Now()
	p.insecure = !l.client.fetch.guard.proven(ctx, u) || !l.client.fetch.guard.proven(ctx, res.final)
	return p, nil
}

func (l *links) ask(ctx context.Context, name string, want pin) result {
	r := result{answer: IndexAnswer{Index: l.shown}}
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		r.answer.Err = asError(ctx.Err()).of(l.shown, name)
		return r
	}
	if l.page == nil && l.err == nil {
		page, err := l.read(ctx)
		if err != nil && err.Kind == Canceled {
			<-l.lock
			r.answer.Err = err.of(l.shown, name)
			return r
		}
		l.page, l.err = page, err
	}
	page, failed := l.page, l.err
	<-l.lock
	if failed != nil {
		r.answer.Err = failed.of(l.shown, name)
		return r
	}
	all, err := page.release(name, l.shown, pin{all: true})
	if err != nil {
		r.answer.Err = err.of(l.shown, name)
		return r
	}
	for _, f := range all {
		if want.admits(f.Version) {
			f.login = &l.login
			r.files = append(r.files, f)
		}
	}
	r.answer.Known, r.answer.At, r.answer.Insecure = len(all) > 0, page.at, page.insecure
	return r
}

// onlyFile is a folder in which one file is seen.
type onlyFile struct {
	fs.FS
	name string
}

func (o onlyFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
