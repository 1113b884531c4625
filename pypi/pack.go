package pypi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// packed holds the files of a page in one piece of memory without a pointer,
// at about a third of the page's own size, so that the whole page can be kept
// for the whole run: whatever is asked later is answered without asking the
// index again.
//
// An entry is: flags (a byte); name; the number of its Requires-Python and of
// its reason for yanking among the texts; size; upload time; link; digests;
// the metadata's digest. Texts are a uvarint of their length and bytes.
type packed struct {
	entries []byte
	texts   []string
	files   int
	base    *url.URL // what links are relative to, nil where they are not
}

const (
	flagYanked = 1 << iota
	flagMetadata
	flagMetadataDigest
	flagSize
	flagUploaded
	flagNameEndsLink // the link ends in "/" and the name
	flagHexLink      // before that, the link ends in aa/bb/60 hex digits
)

// entry is one file as a page lists it. Its slices are used again for the next.
type entry struct {
	name, link     []byte
	requiresPython []byte
	yankedReason   []byte
	yanked         bool
	metadata       bool
	size           int64 // -1 unknown
	uploaded       time.Time
	digests        []byte // each an algorithm and its bytes
	metadataDigest []byte // the same, one or none
}

func (e *entry) reset() {
	*e = entry{name: e.name[:0], link: e.link[:0], requiresPython: e.requiresPython[:0], yankedReason: e.yankedReason[:0],
		digests: e.digests[:0], metadataDigest: e.metadataDigest[:0], size: -1}
}

// appendDigest appends a digest given in hexadecimal. One that is not whole is
// left out: nothing can be compared with it.
func appendDigest(digests []byte, a packaging.Algorithm, digits []byte) []byte {
	n := len(digests)
	if a.Size() == 0 || len(digits) != hex.EncodedLen(a.Size()) {
		return digests
	}
	digests = append(digests, byte(a))
	digests, err := hex.AppendDecode(digests, digits)
	if err != nil {
		return digests[:n]
	}
	return digests
}

// packer writes entries.
type packer struct {
	packed
	numbers map[string]uint64 // of the texts
}

func (p *packer) number(text []byte) uint64 {
	n, ok := p.numbers[string(text)]
	if !ok {
		if p.numbers == nil {
			p.numbers = map[string]uint64{}
		}
		n = uint64(len(p.texts))
		p.texts = append(p.texts, string(text))
		p.numbers[string(text)] = n
	}
	return n
}

func (p *packer) add(e *entry) {
	var flags byte
	set := func(flag byte, when bool) {
		if when {
			flags |= flag
		}
	}
	set(flagYanked, e.yanked)
	set(flagMetadata, e.metadata)
	set(flagMetadataDigest, len(e.metadataDigest) > 0)
	set(flagSize, e.size >= 0)
	nano := e.uploaded.UnixNano()
	set(flagUploaded, !e.uploaded.IsZero() && time.Unix(0, nano).Equal(e.uploaded))
	link, ok := bytes.CutSuffix(e.link, e.name)
	if ok = ok && bytes.HasSuffix(link, []byte("/")); ok {
		link = link[:len(link)-1]
	} else {
		link = e.link
	}
	set(flagNameEndsLink, ok)
	var digest [32]byte
	hexLink := ok && len(link) >= 66 && packHash(&digest, link[len(link)-66:])
	set(flagHexLink, hexLink)

	b := append(p.entries, flags)
	b = appendText(b, e.name)
	b = binary.AppendUvarint(b, p.number(e.requiresPython))
	b = binary.AppendUvarint(b, p.number(e.yankedReason))
	if flags&flagSize != 0 {
		b = binary.AppendUvarint(b, uint64(e.size))
	}
	if flags&flagUploaded != 0 {
		b = binary.AppendVarint(b, nano)
	}
	if hexLink {
		b = binary.AppendUvarint(b, p.number(link[:len(link)-66]))
		b = append(b, digest[:]...)
	} else {
		b = appendText(b, link)
	}
	b = appendText(b, e.digests)
	if flags&flagMetadataDigest != 0 {
		b = appendText(b, e.metadataDigest)
	}
	p.entries = b
	p.files++
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// packHash packs aa/bb/60 hex digits, in lower case.
func packHash(to *[32]byte, path []byte) bool {
	if path[2] != '/' || path[5] != '/' {
		return false
	}
	var digits [64]byte
	copy(digits[:], path[:2])
	copy(digits[2:], path[3:5])
	copy(digits[4:], path[6:])
	for _, c := range digits {
		if c >= 'A' && c <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(to[:], digits[:])
	return err == nil
}

func unpackHash(to, from []byte) []byte {
	to = append(hex.AppendEncode(to, from[:1]), '/')
	to = append(hex.AppendEncode(to, from[1:2]), '/')
	return hex.AppendEncode(to, from[2:])
}

var errPacked = errors.New("the entry is damaged")

// each unpacks the entries one after the other, those that want returns true
// for. The entries' slices point into the packed bytes; Requires-Python and the
// reason for yanking are given apart.
func (p *packed) each(want func(name []byte) bool, use func(e *entry, requiresPython, yankedReason string) error) error {
	r := reader{p.entries, false}
	var e entry
	var link []byte
	for len(r.b) > 0 && !r.bad {
		e.reset()
		flags := r.byte()
		e.name = r.text()
		requires, reason := r.uvarint(), r.uvarint()
		if flags&flagSize != 0 {
			e.size = int64(r.uvarint())
		}
		var nano int64
		if flags&flagUploaded != 0 {
			nano = r.varint()
		}
		var prefix uint64
		var rest []byte
		if flags&flagHexLink != 0 {
			prefix = r.uvarint()
			rest = r.bytes(32)
		} else {
			rest = r.text()
		}
		e.digests = r.text()
		e.metadataDigest = nil
		if flags&flagMetadataDigest != 0 {
			e.metadataDigest = r.text()
		}
		texts := uint64(len(p.texts))
		if r.bad || requires >= texts || reason >= texts || flags&flagHexLink != 0 && prefix >= texts {
			return errPacked
		}
		if !want(e.name) {
			continue
		}
		e.yanked, e.metadata = flags&flagYanked != 0, flags&flagMetadata != 0
		if flags&flagUploaded != 0 {
			e.uploaded = time.Unix(0, nano).UTC()
		}
		link = link[:0]
		if flags&flagHexLink != 0 {
			link = append(link, p.texts[prefix]...)
			link = unpackHash(link, rest)
		} else {
			link = append(link, rest...)
		}
		if flags&flagNameEndsLink != 0 {
			link = append(append(link, '/'), e.name...)
		}
		e.link = link
		if err := use(&e, p.texts[requires], p.texts[reason]); err != nil {
			return err
		}
	}
	if r.bad {
		return errPacked
	}
	return nil
}

// unpackDigests returns the digests in the order of their algorithms.
func unpackDigests(b []byte) []packaging.Digest {
	if len(b) == 0 {
		return nil
	}
	digests := make([]packaging.Digest, 0, 1)
	for len(b) > 0 {
		a := packaging.Algorithm(b[0])
		n := 1 + a.Size()
		if n == 1 || n > len(b) {
			return digests
		}
		if d, err := packaging.DigestOf(a, b[1:n]); err == nil {
			digests = addDigest(digests, d)
		}
		b = b[n:]
	}
	return digests
}

// release returns the files of the project that a pin takes, by name. A page
// that lists one of them twice, with different digests, is an error.
func (p *packed) release(project, index string, want pin) ([]File, *Error) {
	if want.invalid {
		return nil, nil
	}
	files := make([]File, 0, min(p.files, 64))
	var byName map[string]int // where files has a name, once they are too many to look through
	find := func(name string) (i int, found bool) {
		if len(files) < 16 {
			i = slices.IndexFunc(files, func(f File) bool { return f.Name == name })
			return i, i >= 0
		}
		if byName == nil {
			byName = make(map[string]int, p.files)
			for i := range files {
				byName[files[i].Name] = i
			}
		}
		i, found = byName[name]
		return i, found
	}
	folder := p.folder()
	err := p.each(want.mayTake(), func(e *entry, requiresPython, yankedReason string) error {
		text := string(e.name)
		kind, version, err := packaging.ParseFileVersion(project, text)
		if err != nil || !want.admits(version) {
			return nil // no file of the project is none of pip's concern, nor ours
		}
		f := File{
			Name: text, URL: p.resolveIn(folder, string(e.link)), Digests: unpackDigests(e.digests), Size: e.size,
			Uploaded: e.uploaded, RequiresPython: requiresPython, Yanked: e.yanked, YankedReason: yankedReason,
			Kind: kind, Version: version, Index: index, Metadata: e.metadata,
		}
		if d := unpackDigests(e.metadataDigest); len(d) > 0 {
			f.MetadataDigest = d[0]
		}
		if i, twice := find(f.Name); twice {
			return again(&files[i], f)
		}
		if byName != nil {
			byName[f.Name] = len(files)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		if errors.Is(err, errPacked) {
			return nil, failf(Malformed, "what was kept of its answer is damaged")
		}
		return nil, asError(err)
	}
	if len(files) == 0 {
		return nil, nil
	}
	return files, nil
}

// again takes a file that the page listed before. Links to one file may be
// many, but not to two contents.
func again(have *File, f File) error {
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

// bytes is about how much memory the page takes.
func (p *packed) bytes() int64 {
	n := len(p.entries)
	for _, text := range p.texts {
		n += len(text) + 16
	}
	return int64(n)
}

// resolveIn returns the absolute URL of a link without fragment and userinfo, or
// "" if it is none that can be fetched. folder is p.folder(), or "".
func (p *packed) resolveIn(folder, link string) string {
	if link == "" || absolute(link) {
		return link
	}
	if u := below(folder, link); u != "" {
		return u
	}
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return ""
	}
	if p.base != nil {
		u = p.base.ResolveReference(u)
	}
	switch u.Scheme {
	case "http", "https":
	case "file":
		if p.base != nil && p.base.Scheme != "file" {
			return "" // no page of another machine names files of this one
		}
	default:
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String()
}

// folder returns the URL of the folder that the page lies in, with a slash at the
// end, where that is of plain characters alone; else "".
func (p *packed) folder() string {
	if p.base == nil || p.base.Scheme != "http" && p.base.Scheme != "https" || p.base.Opaque != "" || p.base.RawPath != "" ||
		!strings.HasPrefix(p.base.Path, "/") || !plainPath(p.base.Path) || strings.Contains(p.base.Path, "/.") || strings.Contains(p.base.Path, "//") {
		return ""
	}
	base := url.URL{Scheme: p.base.Scheme, Host: p.base.Host, Path: p.base.Path[:strings.LastIndexByte(p.base.Path, '/')+1]}
	return base.String()
}

// below resolves a link such as ../../files/NAME of plain characters against a
// folder, "" where it is not so simple (RFC 3986, 5.2.4).
func below(folder, link string) string {
	if folder == "" || link[0] == '/' || !plainPath(link) {
		return ""
	}
	for strings.HasPrefix(link, "../") {
		link = link[len("../"):]
		up := strings.LastIndexByte(folder[:len(folder)-1], '/') + 1
		if strings.HasSuffix(folder[:up], "//") { // there is nothing above
			return ""
		}
		folder = folder[:up]
	}
	if link == "" || link[0] == '.' || strings.Contains(link, "/.") {
		return ""
	}
	return folder + link
}

// plainPath tells whether all characters stand for themselves in every part of
// a URL.
func plainPath(path string) bool {
	for i := 0; i < len(path); i++ {
		if !plainCharacter(path[i]) {
			return false
		}
	}
	return true
}

func plainCharacter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '-' || c == '.' || c == '_'
}

// absolute tells whether a link is an https URL of nothing but plain
// characters, as nearly all are: then there is nothing to resolve and nothing
// to take off.
func absolute(link string) bool {
	rest, ok := strings.CutPrefix(link, "https://")
	return ok && rest != "" && rest[0] != '/' && plainPath(rest)
}

// addDigest puts a digest in its place, in the order of the algorithms; of one
// algorithm the first counts.
func addDigest(digests []packaging.Digest, d packaging.Digest) []packaging.Digest {
	i := len(digests)
	for i > 0 && digests[i-1].Algorithm() >= d.Algorithm() {
		i--
		if digests[i].Algorithm() == d.Algorithm() {
			return digests
		}
	}
	digests = append(digests, packaging.Digest{})
	copy(digests[i+1:], digests[i:])
	digests[i] = d
	return digests
}
