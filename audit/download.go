package audit

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/requirements"
)

// download hashes the files for which no digest is published that could be
// compared with what is listed, and those that requirements name by URL.
func (a *audit) download(ctx context.Context) {
	if a.options.Download == nil {
		return
	}
	var g errgroup.Group
	g.SetLimit(a.releases.jobs)
	wanted := map[*release]map[int]bool{} // files to hash
	for _, s := range a.subjects {
		for i := range s.file.Lines {
			l := &s.file.Lines[i]
			if !l.Direct || l.Err != nil || !l.Hashable() || l.Variables && !a.options.Read.AllowEnv || a.direct[s.file.Address(l)] != nil {
				continue
			}
			d := &directFile{file: distribution{File: &pypi.File{Name: l.FileName()}}}
			a.direct[s.file.Address(l)] = d
			g.Go(func() error {
				d.file.computed, d.err = a.options.Download(ctx, s.file.Address(l))
				return nil
			})
		}
		for _, j := range s.judgements {
			if j.release == nil || j.release.answer.Err() != nil {
				continue
			}
			for f := range j.release.incomparable(&s.file.Lines[j.line]) {
				if wanted[j.release] == nil {
					wanted[j.release] = map[int]bool{}
				}
				wanted[j.release][f] = true
			}
		}
	}
	for r, files := range wanted {
		for f := range files {
			g.Go(func() error {
				if digests, err := a.options.Download(ctx, r.files[f].URL); err == nil { // else its digest stays unknown, and with it the verdict
					r.files[f].computed = unlessContradicted(r.files[f].Digests, digests)
				}
				return nil
			})
		}
	}
	_ = g.Wait()
	for r := range wanted {
		r.setDigests()
	}
	for _, s := range a.subjects {
		for i := range s.judgements {
			j := &s.judgements[i]
			l := &s.file.Lines[j.line]
			d := a.direct[s.file.Address(l)]
			switch {
			case !l.Direct || d == nil:
			case d.err != nil:
				j.reason = d.err.Error()
			default:
				j.release = &release{project: packaging.NormalizeName(l.Name), direct: true, files: []distribution{d.file}}
				j.release.setDigests()
			}
		}
	}
}

// directFile is a file that a line names by URL or path: its digests, or why it
// could not be had.
type directFile struct {
	file distribution
	err  error
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
	for _, h := range l.Hashes {
		if !h.Digest.IsZero() && !r.has(h.Digest) {
			algorithms = append(algorithms, h.Digest.Algorithm())
		}
	}
	if len(l.Hashes) == 0 {
		algorithms = append(algorithms, packaging.SHA256)
	}
	files := map[int]bool{}
	for i, f := range r.files {
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
// another digest: then the file that lies there is not the one that the index
// vouches for, and says nothing.
func unlessContradicted(published, computed []packaging.Digest) []packaging.Digest {
	for _, d := range published {
		if have, ok := (pypi.File{Digests: computed}).Digest(d.Algorithm()); ok && have != d {
			return nil
		}
	}
	return computed
}
