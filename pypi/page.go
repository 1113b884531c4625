package pypi

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// Limits of one page. Today's largest is PyPI's of a project with some ten
// thousand files; a page past these is an error.
const (
	maxFiles    = 200_000
	maxText     = 64 << 10 // 64 KiB: one string of a page
	maxPageSize = 96 << 20 // 96 MiB, after decompression
)

// page is what one index says of one project, or of one release of it.
type page struct {
	files          []File
	status, reason string
	requires       []string
	requiresKnown  bool
}

// release returns the files that a pin to the version admits; all of them for
// the empty one.
func (p *page) release(want pin) []File {
	if want.all {
		return p.files
	}
	var files []File
	for _, f := range p.files {
		if want.admits(f.Version) {
			files = append(files, f)
		}
	}
	return files
}

// pin is a version as asked.
type pin struct {
	text    string
	version packaging.Version
	all     bool // no version: the whole project
	invalid bool // no PEP 440 version: nothing that an index lists is it
}

func parsePin(version string) pin {
	if version == "" {
		return pin{all: true}
	}
	v, err := packaging.ParseVersion(version)
	if err != nil {
		return pin{text: version, invalid: true}
	}
	return pin{text: version, version: v}
}

func (p pin) admits(v packaging.Version) bool {
	return p.all || !p.invalid && !v.IsZero() && Admits(p.version, v)
}

// builder collects the files of one page and holds what it is measured by.
type builder struct {
	project string
	index   string   // as shown
	base    *url.URL // what links are relative to
	page    page
	names   map[string]int
	seen    int // entries of the page, also those that are no file of the project
	// raw takes the entries as they are, of every project: see links.
	raw     bool
	entries []entry
}

func newBuilder(project, index string, base *url.URL) *builder {
	return &builder{project: project, index: index, base: base, names: map[string]int{}}
}

// entry is one file as a page lists it, not yet judged.
type entry struct {
	name, link     string
	digests        []packaging.Digest
	size           int64
	uploaded       time.Time
	requiresPython string
	yanked         bool
	yankedReason   string
	metadata       bool
	metadataDigest packaging.Digest
}

// add takes an entry into the page if it is a file of the project; anything
// else on a page is none of pip's concern, nor ours. An error is returned
// where the page contradicts itself.
func (b *builder) add(e entry) error {
	b.seen++
	if b.seen > maxFiles {
		return failf(TooLarge, "the page lists more than %d files", maxFiles)
	}
	if b.raw {
		e.link = b.resolve(e.link)
		b.entries = append(b.entries, e)
		return nil
	}
	name, err := packaging.ParseFilename(b.project, e.name)
	if err != nil {
		return nil
	}
	f := File{
		Name: e.name, Digests: e.digests, Size: e.size, Uploaded: e.uploaded,
		RequiresPython: e.requiresPython, Yanked: e.yanked, YankedReason: e.yankedReason,
		Kind: name.Kind, Version: name.Version, Index: b.index,
		Metadata: e.metadata, MetadataDigest: e.metadataDigest,
	}
	f.URL = b.resolve(e.link)
	if i, twice := b.names[f.Name]; twice {
		return b.again(i, f)
	}
	b.names[f.Name] = len(b.page.files)
	b.page.files = append(b.page.files, f)
	return nil
}

// again takes a file that the page listed before. Links to one file may be
// many, but not to two contents.
func (b *builder) again(i int, f File) error {
	have := &b.page.files[i]
	for _, d := range f.Digests {
		old, ok := have.Digest(d.Algorithm())
		if ok && old != d {
			return failf(Malformed, "the page lists %q twice, with different digests", f.Name)
		}
		if !ok {
			have.Digests = addDigest(have.Digests, d)
		}
	}
	return nil
}

// resolve returns the absolute URL of a link without fragment and userinfo, or
// "" if it is none that can be fetched.
func (b *builder) resolve(link string) string {
	if link == "" {
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return ""
	}
	if b.base != nil {
		u = b.base.ResolveReference(u)
	}
	switch u.Scheme {
	case "http", "https":
	case "file":
		if b.base != nil && b.base.Scheme != "file" {
			return "" // no page of another machine names files of this one
		}
	default:
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String()
}

// addDigest puts a digest in its place, in the order of the algorithms.
func addDigest(digests []packaging.Digest, d packaging.Digest) []packaging.Digest {
	i := len(digests)
	for i > 0 && digests[i-1].Algorithm() > d.Algorithm() {
		i--
	}
	digests = append(digests, packaging.Digest{})
	copy(digests[i+1:], digests[i:])
	digests[i] = d
	return digests
}

// linkName returns the file name that a link leads to, percent-decoded.
func linkName(u *url.URL) string {
	return path.Base(strings.TrimSuffix(u.Path, "/"))
}

// checkAPIVersion returns an error for a major version that is not ours
// (PEP 629, PEP 691); a page without one is of version 1.0.
func checkAPIVersion(version string) error {
	if version == "" {
		return nil
	}
	major, minor, ok := strings.Cut(version, ".")
	if !ok || !digits(major) || !digits(minor) {
		return failf(Malformed, "the page gives the API version as %s", quoted(version))
	}
	if strings.TrimLeft(major, "0") != "1" {
		return failf(Malformed, "the page is of API version %s, which this version of reqhash cannot read", quoted(version))
	}
	return nil
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// quoted quotes text of others for an error, cut where it goes on and on.
func quoted(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q…", s[:80])
	}
	return fmt.Sprintf("%q", s)
}

// status takes a PEP 792 status as it is written; unknown words are kept.
func (b *builder) status(status, reason string) {
	b.page.status, b.page.reason = status, reason
}
