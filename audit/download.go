package audit

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/requirements"
)

// Downloader hashes a file, which may have nothing but a URL or a path. It is
// used from several goroutines at once.
type Downloader interface {
	// Download hashes the file as it is now.
	Download(ctx context.Context, f pypi.File) (pypi.Downloaded, error)
	// Recall returns its digests as they are remembered, nil where they are
	// not. They may verify a hash, and nothing else.
	Recall(f pypi.File) []packaging.Digest
}

// download hashes the files for which no digest is published that could be
// compared with what is listed, and those that requirements name by URL.
func (a *audit) download(ctx context.Context) {
	if a.options.Download == nil {
		return
	}
	var g errgroup.Group
	g.SetLimit(a.releases.jobs)
	wanted := map[*release]map[int]bool{} // files to hash
	recall := map[*release]bool{}         // whether what is remembered may do
	for _, s := range a.subjects {
		for i := range s.file.Lines {
			l := &s.file.Lines[i]
			if !l.Direct || l.Err != nil || !l.Hashable() || l.Variables && !a.options.Read.AllowEnv {
				continue
			}
			d := a.direct[s.file.Address(l)]
			if d == nil {
				d = &directFile{file: distribution{File: &pypi.File{Name: l.FileName(), URL: s.file.Address(l), Size: -1}}}
				d.file.computed = a.options.Download.Recall(*d.file.File)
				a.direct[s.file.Address(l)] = d
			}
			d.ask = d.ask || !d.file.satisfies(l)
		}
		for _, j := range s.judgements {
			l := &s.file.Lines[j.line]
			if j.release == nil || j.release.answer.Err() != nil {
				continue
			}
			files := j.release.incomparable(l)
			if wanted[j.release] == nil {
				wanted[j.release], recall[j.release] = map[int]bool{}, true
			}
			for f := range files {
				wanted[j.release][f] = true
			}
			recall[j.release] = recall[j.release] && (len(files) == 0 || a.recalls(j.release, files, l))
		}
	}
	for _, d := range a.direct {
		if d.ask {
			g.Go(func() error {
				d.err = d.file.download(ctx, a.options.Download, &d.changed)
				return nil
			})
		}
	}
	changed := make(map[*release][][]pypi.Change, len(wanted))
	for r, files := range wanted {
		changes := make([][]pypi.Change, r.count)
		changed[r] = changes
		for f := range files {
			g.Go(func() error {
				if recall[r] {
					r.files()[f].computed = unlessContradicted(r.files()[f].Digests, a.options.Download.Recall(*r.files()[f].File))
				} else {
					_ = r.files()[f].download(ctx, a.options.Download, &changes[f]) // its digest stays unknown, and with it the verdict
				}
				return nil
			})
		}
	}
	_ = g.Wait()
	for r, files := range wanted {
		if len(files) > 0 {
			r.answer.Changed = append(slices.Clone(r.answer.Changed), slices.Concat(changed[r]...)...)
			r.setDigests()
		}
	}
	for _, s := range a.subjects {
		for i := range s.judgements {
			j := &s.judgements[i]
			l := &s.file.Lines[j.line]
			d := a.direct[s.file.Address(l)]
			switch {
			case !l.Direct || d == nil:
			case d.err != nil:
				j.reason = d.file.downloadFailed
			default:
				j.release = &release{project: packaging.NormalizeName(l.Name), direct: true, list: []distribution{d.file}}
				j.release.answer.Changed = d.changed
				j.release.setDigests()
			}
		}
	}
}

// download hashes the file, and notes why that failed, and what changed since it
// was last done. What the index itself contradicts says nothing: the file that
// lies there is not the one that it vouches for.
func (f *distribution) download(ctx context.Context, from Downloader, changed *[]pypi.Change) error {
	got, err := from.Download(ctx, *f.File)
	if err == nil {
		*changed = got.Changed
		if f.computed = unlessContradicted(f.Digests, got.Digests); f.computed == nil {
			err = errors.New("the file at its address does not have the digest that the index publishes")
		}
	}
	if err != nil {
		f.computed, f.downloadFailed = nil, err.Error()
	}
	return err
}

// notDownloaded tells why a file's digest by the algorithm, which the index does
// not publish, could not be made; "" where it was not tried.
func (r *release) notDownloaded(a packaging.Algorithm) string {
	for _, f := range r.files() {
		if _, ok := f.Digest(a); !ok && f.downloadFailed != "" {
			return f.downloadFailed
		}
	}
	return ""
}

// satisfies tells whether every hash that a line has for a file is one of its
// computed digests.
func (f *distribution) satisfies(l *requirements.Line) bool {
	if len(l.Hashes) == 0 {
		return l.URLHash() != "" && slices.ContainsFunc(f.computed, func(d packaging.Digest) bool { return d.String() == strings.ToLower(l.URLHash()) })
	}
	return !slices.ContainsFunc(l.Digests(), func(d digest) bool { return !slices.Contains(f.computed, d) })
}

// recalls tells whether every hash of the line is known by what is remembered of
// the files.
func (a *audit) recalls(r *release, files map[int]bool, l *requirements.Line) bool {
	var known []packaging.Digest
	for f := range files {
		known = append(known, unlessContradicted(r.files()[f].Digests, a.options.Download.Recall(*r.files()[f].File))...)
	}
	return len(l.Hashes) > 0 && !slices.ContainsFunc(l.Digests(), func(d digest) bool { return !r.has(d) && !slices.Contains(known, d) })
}

// directFile is a file that a line names by URL or path: its digests, or why it
// could not be had.
type directFile struct {
	file    distribution
	ask     bool // what is remembered does not do
	changed []pypi.Change
	err     error
}

// gone tells whether there is no such file.
func (d *directFile) gone() bool {
	var failed *pypi.Error
	if errors.As(d.err, &failed) {
		return failed.Code == http.StatusNotFound || failed.Code == http.StatusGone
	}
	return errors.Is(d.err, fs.ErrNotExist)
}

// incomparable returns the files of the release whose digest by an algorithm
// that the line uses is not published, unless every hash of the line is known
// without. A line without hashes uses sha256, and its eggs are left out.
func (r *release) incomparable(l *requirements.Line) map[int]bool {
	algorithms := []packaging.Algorithm{}
	for _, d := range l.Digests() {
		if !d.IsZero() && !r.has(d) {
			algorithms = append(algorithms, d.Algorithm())
		}
	}
	if len(l.Hashes) == 0 {
		algorithms = append(algorithms, packaging.SHA256)
	}
	files := map[int]bool{}
	for i, f := range r.files() {
		if f.URL != "" && packaging.Installable(f.Name) && slices.ContainsFunc(algorithms, func(alg packaging.Algorithm) bool {
			_, ok := f.Digest(alg)
			return !ok
		}) {
			files[i] = true
		}
	}
	return files
}

// unlessContradicted returns what was computed, unless the index publishes
// another digest.
func unlessContradicted(published, computed []packaging.Digest) []packaging.Digest {
	for _, d := range published {
		if have, ok := (pypi.File{Digests: computed}).Digest(d.Algorithm()); ok && have != d {
			return nil
		}
	}
	return computed
}
