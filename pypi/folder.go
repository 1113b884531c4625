package pypi

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/reqhash/reqhash/packaging"
)

// folder is an index on disk: it has <normalized name>/index.json (the Simple
// API's JSON) or index.html, or lies there as plain wheels and sdists, which
// are hashed.
type folder struct {
	shown string
	path  string // absolute
	files fs.FS
	// flat folders have plain files alone, as find-links has them.
	flat  bool
	limit int64 // bytes of a file that is hashed

	mu       sync.Mutex
	listed   []fs.DirEntry // of the folder itself
	projects map[string]*folderProject
	hashed   map[string]packaging.Digest
}

// folderProject is locked while the project is read, so that it is read once.
type folderProject struct {
	lock  chan struct{}
	done  bool
	known bool
	plain bool // its files are plain ones: their digests are still to be made
	page  page
	err   *Error
}

func (f *folder) ask(ctx context.Context, name string, want pin) result {
	f.mu.Lock()
	if f.projects == nil {
		f.projects, f.hashed = map[string]*folderProject{}, map[string]packaging.Digest{}
	}
	p := f.projects[name]
	if p == nil {
		p = &folderProject{lock: make(chan struct{}, 1)}
		f.projects[name] = p
	}
	f.mu.Unlock()
	select {
	case p.lock <- struct{}{}:
		defer func() { <-p.lock }()
	case <-ctx.Done():
		return result{answer: IndexAnswer{Index: f.shown, Err: asError(ctx.Err()).of(f.shown, name)}}
	}
	if !p.done {
		p.read(f, name)
		p.done = true
	}
	r := result{answer: IndexAnswer{Index: f.shown, Known: p.known, Whole: true}}
	err := p.err
	if err == nil {
		r.status, r.reason = p.page.status, p.page.reason
		r.files, err = p.page.release(name, f.shown, want)
		if p.plain && err == nil {
			r.files, err = f.hash(ctx, r.files)
		}
	}
	if err != nil {
		r.answer.Err = err.of(f.shown, name)
	}
	return r
}

// read reads the project's page, or picks its files from the plain ones.
func (p *folderProject) read(f *folder, name string) {
	if !f.flat {
		for _, one := range []struct {
			file string
			read func(io.Reader, *builder) error
		}{{"index.json", readSimpleJSON}, {"index.html", readSimpleHTML}} {
			file, err := openRegular(f.files, name+"/"+one.file)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				p.err = failf(Unusable, "opening its %s: %w", one.file, plainErr(err))
				return
			}
			defer file.Close()
			b := newBuilder(name, fileURL(filepath.Join(f.path, name, one.file)))
			body := &limited{r: file, left: maxPageSize, limit: maxPageSize}
			if err := one.read(body, b); err != nil {
				if body.err != nil {
					err = body.err
				}
				p.err = asError(err)
				return
			}
			p.page, p.known = b.done(), true
			return
		}
	}
	list, err := f.list()
	if f.flat && errors.Is(err, fs.ErrNotExist) {
		return // as pip has it: a place without files
	}
	if err != nil {
		p.err = failf(Unusable, "reading the folder: %w", plainErr(err))
		return
	}
	b := newBuilder(name, nil)
	for _, file := range list {
		if file.IsDir() || !distribution(file.Name()) {
			continue
		}
		e := &b.entry
		e.reset()
		e.name = append(e.name, file.Name()...)
		e.link = append(e.link, fileURL(filepath.Join(f.path, file.Name())).String()...)
		if err := b.add(&b.entry); err != nil {
			p.err = asError(err)
			return
		}
	}
	p.page, p.plain = b.done(), true
	files, failed := p.page.release(name, f.shown, pin{all: true})
	p.known, p.err = len(files) > 0, failed
}

// list reads the folder itself, once.
func (f *folder) list() ([]fs.DirEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listed != nil {
		return f.listed, nil
	}
	list, err := fs.ReadDir(f.files, ".")
	if err == nil {
		f.listed = append([]fs.DirEntry{}, list...)
	}
	return list, err
}

// hash returns the files with their digests and sizes.
func (f *folder) hash(ctx context.Context, files []File) ([]File, *Error) {
	hashed := make([]File, len(files))
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, asError(err)
		}
		f.mu.Lock()
		d, ok := f.hashed[file.Name]
		f.mu.Unlock()
		if !ok {
			h := sha256.New()
			if err := readAll(ctx, f.files, file.Name, f.limit, h); err != nil {
				if err.Kind == Canceled {
					return nil, err
				}
				return nil, failf(err.Kind, "hashing %q: %w", file.Name, err.Err)
			}
			var err error
			if d, err = packaging.DigestOf(packaging.SHA256, h.Sum(nil)); err != nil {
				return nil, asError(err)
			}
			f.mu.Lock()
			f.hashed[file.Name] = d
			f.mu.Unlock()
		}
		file.Digests = []packaging.Digest{d}
		hashed[i] = file
	}
	return hashed, nil
}

// openRegular opens a file that is one: a device would have no end.
func openRegular(files fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	return files.Open(name)
}

// plainErr takes the path off an error: it is said by who wraps it.
func plainErr(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// fileURL returns the URL of an absolute path.
func fileURL(path string) *url.URL {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/x
	}
	return &url.URL{Scheme: "file", Path: path}
}
