package pypi

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/reqhash/reqhash/packaging"
)

// Limits of one page. A page past these is an error. The largest of PyPI has
// some ten thousand files and a few MiB.
const (
	maxFiles    = 250_000
	maxText     = 64 << 10 // 64 KiB: one string of a page
	maxPageSize = 96 << 20 // 96 MiB, after decompression
	maxKept     = 1 << 30  // 1 GiB: what is kept of all pages of a run
)

// page is what one index says of one project, or of one release of it.
type page struct {
	packed
	status, reason string
	requires       []string
	requiresKnown  bool
}

// pin is a version as asked.
type pin struct {
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
		return pin{invalid: true}
	}
	return pin{version: v}
}

func (p pin) admits(v packaging.Version) bool {
	return p.all || !p.invalid && !v.IsZero() && Admits(p.version, v)
}

// mayTake returns what tells whether a file of some name may have the version: a
// quick look before the name is parsed. However a version is written, its numbers
// other than 0 are in it, in their order.
func (p pin) mayTake() func(name []byte) bool {
	var numbers [][]byte
	release := p.version.Public().Key()
	release = release[strings.IndexByte(release, '!')+1:]
	for _, number := range strings.FieldsFunc(release, func(r rune) bool { return r < '0' || r > '9' }) {
		if number != "0" {
			numbers = append(numbers, []byte(number))
		}
	}
	return func(name []byte) bool {
		if bytes.HasSuffix(name, []byte(".whl")) { // where the tags have numbers too
			_, name, _ = bytes.Cut(name, []byte("-"))
			name, _, _ = bytes.Cut(name, []byte("-"))
		}
		for _, number := range numbers {
			i := bytes.Index(name, number)
			if i < 0 {
				return false
			}
			name = name[i+len(number):]
		}
		return true
	}
}

// builder collects the files of one page as they are read.
type builder struct {
	project string // normalized; "" for pages of links to files of any
	packer  packer
	page    page
	entry   entry // of use to who reads
	quick   quickFile
	// want tells which files are packed; nil: all. The others are counted alone.
	want   func(name []byte) bool
	listed int
	room   *[]byte
}

func newBuilder(project string, base *url.URL) *builder {
	b := &builder{project: project}
	b.packer.base = base
	b.room = entryRoom.Get().(*[]byte)
	b.packer.entries = (*b.room)[:0]
	return b
}

// entryRoom is where entries are packed until their size is known.
var entryRoom = sync.Pool{New: func() any { return new([]byte) }}

const mostEntryRoom = 4 << 20 // 4 MiB are kept for the next page

// add takes an entry into the page. It may be used again then.
func (b *builder) add(e *entry) error {
	err := b.count()
	if err == nil && b.wants(e.name) {
		b.packer.add(e)
	}
	return err
}

// addQuick is add for the quick entry.
func (b *builder) addQuick() error {
	err := b.count()
	if err == nil && b.wants(b.quick.name) {
		b.packer.add(b.quick.whole())
	}
	return err
}

func (b *builder) count() error {
	if b.listed == maxFiles {
		return failf(TooLarge, "the page lists more than %d files", maxFiles)
	}
	b.listed++
	return nil
}

func (b *builder) wants(name []byte) bool { return b.want == nil || b.want(name) }

// done returns the page.
func (b *builder) done() page {
	b.page.packed = b.packer.packed
	b.page.entries = slices.Clone(b.packer.entries)
	if *b.room = b.packer.entries; cap(*b.room) <= mostEntryRoom {
		entryRoom.Put(b.room)
	}
	b.packer.entries = nil
	return b.page
}

// status takes a PEP 792 status as it is written; unknown words are kept.
func (b *builder) status(status, reason string) {
	b.page.status, b.page.reason = status, reason
}

// linkName returns the file name that a link leads to, percent-decoded.
func linkName(u *url.URL) string {
	return path.Base(strings.TrimSuffix(u.Path, "/"))
}

// checkAPIVersion returns an error for a major version that is not ours
// (PEP 629, PEP 691).
func checkAPIVersion(version string) error {
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
