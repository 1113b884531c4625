package pypi

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// record is what an index said of a release at some time. It is looked at where it
// lies in the journal's bytes; its files are unpacked when somebody asks for
// them: a run over a thousand services reads five thousand records, and most of
// their releases are judged by the Brief.
type record struct {
	version       string // the key of the version, "" for none
	api           byte   // which API said it
	at            time.Time
	etag          string
	status        string // PEP 792
	reason        string // of the status
	requires      []string
	requiresKnown bool
	needs         cacheKey // of the record that has the Requires-Dist of the wheel to ask first; zero for none
	indexText     []byte   // the address of the index as it may be shown
	brief         Brief
	files         []byte // see packFiles

	// What a run makes of it.
	taken    bool   // as an answer
	index    string // of the files
	login    *login
	once     sync.Once
	unpacked []File
}

const (
	bySimple  = 's' // the Simple API: all files of the release
	byRelease = 'r' // the JSON API: those of one spelling of the version
	byHash    = 'h' // digests of a file that was downloaded: one entry
	byWheel   = 'w' // Requires-Dist of a wheel
)

// recordFormat changes with the form of records, and also where packaging reads
// the kind or the version of a file from its name in another way, or calls other
// files installable: records have what it said.
const recordFormat = 2

// all returns the files. A record that readRecord took can be unpacked.
func (r *record) all() []File {
	r.once.Do(func() { r.unpacked = unpackFiles(r.files, &r.brief, r.index, r.login) })
	return r.unpacked
}

const (
	fileYanked = 1 << iota
	fileMetadata
	fileMetadataDigest
	fileSize
	fileUploaded
	fileNameEndsLink // the link ends in "/" and the name
	fileHexLink      // before that, the link ends in aa/bb/60 hex digits
)

// packFiles packs the files of a release. What many of them have stands in front,
// once: the number of these texts, and each as a uvarint of its length and bytes.
// A file is flags and kind (a byte each); its name; the numbers of its version, of
// its Requires-Python, of its reason for yanking, and of the beginning of its link
// among the texts; then what the flags say that there is: size (a uvarint), upload
// time (8 bytes, nanoseconds), 32 bytes of the link; where its SHA-256 digest stands
// among those of the Brief, counted from 1, 0 for none; its other digests; the
// metadata's digest. No two files have one name.
func packFiles(files []File, brief *Brief) []byte {
	var texts, entries []byte
	numbers := map[string]uint64{}
	number := func(text string) {
		n, ok := numbers[text]
		if !ok {
			n = uint64(len(numbers))
			numbers[text] = n
			texts = appendText(texts, []byte(text))
		}
		entries = binary.AppendUvarint(entries, n)
	}
	for i := range files {
		f := &files[i]
		var flags byte
		set := func(flag byte, when bool) {
			if when {
				flags |= flag
			}
		}
		nano := f.Uploaded.UnixNano()
		set(fileYanked, f.Yanked)
		set(fileMetadata, f.Metadata)
		set(fileMetadataDigest, !f.MetadataDigest.IsZero())
		set(fileSize, f.Size >= 0)
		set(fileUploaded, !f.Uploaded.IsZero() && time.Unix(0, nano).Equal(f.Uploaded))
		link, ends := strings.CutSuffix(string(withoutSecrets([]byte(f.URL))), "/"+f.Name)
		set(fileNameEndsLink, ends)
		var hash [32]byte
		hex := ends && len(link) >= 66 && packHash(&hash, []byte(link[len(link)-66:]))
		if hex {
			link = link[:len(link)-66]
		}
		set(fileHexLink, hex)

		entries = append(entries, flags, byte(f.Kind))
		entries = appendText(entries, []byte(f.Name))
		number(f.Version.String())
		number(f.RequiresPython)
		number(f.YankedReason)
		number(link)
		if flags&fileSize != 0 {
			entries = binary.AppendUvarint(entries, uint64(f.Size))
		}
		if flags&fileUploaded != 0 {
			entries = binary.LittleEndian.AppendUint64(entries, uint64(nano))
		}
		if hex {
			entries = append(entries, hash[:]...)
		}
		sum := 0
		others := slices.Clone(f.Digests)
		if d, ok := f.Digest(packaging.SHA256); ok {
			sum = brief.place(&d) + 1
			others = slices.DeleteFunc(others, func(e packaging.Digest) bool { return e == d })
		}
		entries = binary.AppendUvarint(entries, uint64(sum))
		entries = appendText(entries, packDigests(others))
		if flags&fileMetadataDigest != 0 {
			entries = appendText(entries, packDigests([]packaging.Digest{f.MetadataDigest}))
		}
	}
	return append(append(binary.AppendUvarint(nil, uint64(len(numbers))), texts...), entries...)
}

func packDigests(digests []packaging.Digest) []byte {
	var packed []byte
	for _, d := range digests {
		packed = appendDigest(packed, d.Algorithm(), []byte(d.Hex()))
	}
	return packed
}

// packedFile is one file as packFiles has it.
type packedFile struct {
	flags, kind                      byte
	name, hash, digests, metadata    []byte
	version, requires, reason, start int // among the texts
	sum                              int // among those of the Brief, from 1
	size                             uint64
	uploaded                         int64
}

func (r *reader) file(f *packedFile, texts, sums int) {
	f.flags, f.kind = r.byte(), r.byte()
	f.name = r.text()
	for _, n := range [...]*int{&f.version, &f.requires, &f.reason, &f.start} {
		v := r.uvarint()
		if v >= uint64(texts) {
			r.bad = true
		}
		*n = int(v)
	}
	if f.flags&fileSize != 0 {
		f.size = r.uvarint()
	}
	if f.flags&fileUploaded != 0 {
		if b := r.bytes(8); b != nil {
			f.uploaded = int64(binary.LittleEndian.Uint64(b))
		}
	}
	if f.flags&fileHexLink != 0 {
		f.hash = r.bytes(32)
	}
	sum := r.uvarint()
	if sum > uint64(sums) {
		r.bad = true
	}
	f.sum = int(sum)
	f.digests = r.text()
	if f.flags&fileMetadataDigest != 0 {
		f.metadata = r.text()
	}
}

// checkFiles tells whether unpackFiles can unpack them.
func checkFiles(packed []byte, brief *Brief) bool {
	r := reader{b: packed}
	n := r.uvarint()
	if n > uint64(len(packed)) {
		return false
	}
	var room [8][]byte
	texts := room[:0]
	for range n {
		texts = append(texts, r.text())
	}
	var f packedFile
	last := -1
	sums := len(brief.sums) / 32
	for range brief.Count {
		if r.file(&f, len(texts), sums); r.bad {
			return false
		}
		if f.version != last {
			last = f.version
			if _, err := packaging.ParseVersion(string(texts[last])); err != nil && len(texts[last]) > 0 {
				return false
			}
		}
	}
	return len(r.b) == 0 && !r.bad
}

// unpackFiles returns files that checkFiles has seen, of an index as it may be shown
// and its login.
func unpackFiles(packed []byte, brief *Brief, index string, l *login) []File {
	r := reader{b: packed}
	texts := make([]string, r.uvarint())
	for i := range texts {
		texts[i] = string(r.text())
	}
	files := make([]File, brief.Count)
	var e packedFile
	var link []byte
	var version packaging.Version // as the last text has it
	last := -1
	for i := range files {
		r.file(&e, len(texts), len(brief.sums)/32)
		if e.version != last {
			last, version = e.version, packaging.Version{}
			if v, err := packaging.ParseVersion(texts[last]); err == nil {
				version = v // else the text is none
			}
		}
		f := &files[i]
		*f = File{
			Name: string(e.name), Digests: unpackDigests(e.digests), Size: -1, RequiresPython: texts[e.requires],
			Yanked: e.flags&fileYanked != 0, YankedReason: texts[e.reason], Kind: packaging.Kind(e.kind), Version: version,
			Index: index, Metadata: e.flags&fileMetadata != 0, login: l,
		}
		if e.sum > 0 {
			f.Digests = addDigest(f.Digests, packaging.SHA256Digest((*[32]byte)(brief.sums[32*(e.sum-1):])))
		}
		if e.flags&fileSize != 0 {
			f.Size = int64(e.size)
		}
		if e.flags&fileUploaded != 0 {
			f.Uploaded = time.Unix(0, e.uploaded).UTC()
		}
		if e.flags&fileMetadataDigest != 0 {
			if d := unpackDigests(e.metadata); len(d) > 0 {
				f.MetadataDigest = d[0]
			}
		}
		link = append(link[:0], texts[e.start]...)
		if e.flags&fileHexLink != 0 {
			link = unpackHash(link, e.hash)
		}
		if e.flags&fileNameEndsLink != 0 {
			link = append(append(link, '/'), f.Name...)
		}
		f.URL = string(link)
	}
	return files
}

// writeRecord returns the record with these files, at most mostBriefed.
func writeRecord(r *record, files []File) []byte {
	b := []byte{recordFormat, r.api}
	b = binary.AppendVarint(b, r.at.Unix())
	for _, text := range []string{r.version, r.etag, r.status, r.reason} {
		b = appendText(b, []byte(text))
	}
	if r.requiresKnown {
		b = binary.AppendUvarint(b, uint64(len(r.requires))+1)
		for _, text := range r.requires {
			b = appendText(b, []byte(text))
		}
	} else {
		b = append(b, 0)
	}
	b = append(b, r.needs[:]...)
	b = appendText(b, []byte(r.index))
	brief := appendBrief(nil, files)
	in := reader{b: brief}
	of := in.brief()
	return append(append(b, brief...), packFiles(files, &of)...)
}

// readRecord takes a record if all of it can be read. The body must stay as it is.
func readRecord(r *record, body []byte) bool {
	in := reader{b: body}
	if in.byte() != recordFormat {
		return false
	}
	r.api = in.byte()
	r.at = time.Unix(in.varint(), 0).UTC()
	r.version, r.etag, r.status, r.reason = string(in.text()), string(in.text()), string(in.text()), string(in.text())
	if n := in.uvarint(); n > 0 {
		if n > uint64(len(in.b)) {
			return false
		}
		r.requires, r.requiresKnown = make([]string, n-1), true
		for i := range r.requires {
			r.requires[i] = string(in.text())
		}
	}
	copy(r.needs[:], in.bytes(len(r.needs)))
	r.indexText = in.text()
	r.brief = in.brief()
	r.files = in.b
	return !in.bad && checkFiles(r.files, &r.brief)
}
