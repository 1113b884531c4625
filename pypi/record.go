package pypi

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// record is what an index said of a release at some time. Reading one makes
// nothing of its files; what is made of them is cut from the record's own text:
// a run over a thousand services reads five thousand of them.
type record struct {
	version       string // the key of the version, "" for none
	api           byte   // which API said it
	at            time.Time
	etag          string
	index         string // the address of the index as it may be shown
	status        string // PEP 792
	reason        string // of the status
	requires      []string
	requiresKnown bool
	files         packedFiles

	kept *kept // what this run takes from it, nil if it was not asked for
}

const (
	bySimple  = 's' // the Simple API: all files of the release
	byRelease = 'r' // the JSON API: those of one spelling of the version
	byHash    = 'h' // digests of a file that was downloaded: one entry
	byWheel   = 'w' // Requires-Dist of a wheel
)

// recordFormat changes with the form of records, and also where the kind or the
// version of a file is read from its name in another way: records have them.
const recordFormat = 2

// packedFiles are the files of a release as a record has them: the texts that
// many have (each a uvarint of its length and bytes), and for each file flags and
// kind (a byte each), link, name unless the link ends in it, the numbers of its
// version, Requires-Python and reason for yanking among the texts, then what the
// flags say that there is: size (a uvarint), upload time (8 bytes, nanoseconds),
// digests, the metadata's digest. No two files have one name.
type packedFiles struct {
	count, texts, digests int
	packed                string
}

const (
	fileYanked = 1 << iota
	fileMetadata
	fileMetadataDigest
	fileSize
	fileUploaded
	fileNameEndsLink
	fileSHA256 // is the one digest: 32 bytes; else a text of algorithms and bytes
)

func packFiles(files []File) packedFiles {
	var texts, entries []byte
	p := packedFiles{count: len(files)}
	numbers := map[string]uint64{}
	number := func(text string) uint64 {
		n, ok := numbers[text]
		if !ok {
			n = uint64(len(numbers))
			numbers[text] = n
			texts = appendString(texts, text)
		}
		return n
	}
	for i := range files {
		f := &files[i]
		var flags byte
		set := func(flag byte, when bool) {
			if when {
				flags |= flag
			}
		}
		link := string(withoutSecrets([]byte(f.URL)))
		nano := f.Uploaded.UnixNano()
		set(fileYanked, f.Yanked)
		set(fileMetadata, f.Metadata)
		set(fileMetadataDigest, !f.MetadataDigest.IsZero())
		set(fileSize, f.Size >= 0)
		set(fileUploaded, !f.Uploaded.IsZero() && time.Unix(0, nano).Equal(f.Uploaded))
		set(fileNameEndsLink, strings.HasSuffix(link, f.Name))
		set(fileSHA256, len(f.Digests) == 1 && f.Digests[0].Algorithm() == packaging.SHA256)

		entries = append(entries, flags, byte(f.Kind))
		entries = appendString(entries, link)
		if flags&fileNameEndsLink != 0 {
			entries = binary.AppendUvarint(entries, uint64(len(f.Name)))
		} else {
			entries = appendString(entries, f.Name)
		}
		entries = binary.AppendUvarint(entries, number(f.Version.String()))
		entries = binary.AppendUvarint(entries, number(f.RequiresPython))
		entries = binary.AppendUvarint(entries, number(f.YankedReason))
		if flags&fileSize != 0 {
			entries = binary.AppendUvarint(entries, uint64(f.Size))
		}
		if flags&fileUploaded != 0 {
			entries = binary.LittleEndian.AppendUint64(entries, uint64(nano))
		}
		digests := packDigests(f.Digests)
		if flags&fileSHA256 != 0 {
			entries = append(entries, digests[1:]...)
		} else {
			entries = appendText(entries, digests)
		}
		if flags&fileMetadataDigest != 0 {
			entries = appendText(entries, packDigests([]packaging.Digest{f.MetadataDigest}))
		}
		p.digests += len(f.Digests)
	}
	p.texts, p.packed = len(numbers), string(texts)+string(entries)
	return p
}

func packDigests(digests []packaging.Digest) []byte {
	var packed []byte
	for _, d := range digests {
		packed = appendDigest(packed, d.Algorithm(), []byte(d.Hex()))
	}
	return packed
}

func appendString(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// unpack returns the files, of an index as it may be shown and its login.
func (p *packedFiles) unpack(index string, l *login) ([]File, *Error) {
	if p.count == 0 {
		return nil, nil
	}
	damaged := failf(Malformed, "what was kept of its answer is damaged")
	r := textReader{s: p.packed}
	const least = 10 // bytes of a file
	if p.count > len(r.s)/least || p.texts > len(r.s) || p.digests > len(r.s) {
		return nil, damaged
	}
	var room [8]string
	texts := room[:0]
	for range p.texts {
		texts = append(texts, r.text())
	}
	files := make([]File, p.count)
	digests := make([]packaging.Digest, 0, min(p.digests, 2+len(r.s)/16))
	var version packaging.Version // as the last text has it
	last := -1
	for i := range files {
		f := &files[i]
		flags := r.byte()
		f.Kind = packaging.Kind(r.byte())
		f.URL = r.text()
		if flags&fileNameEndsLink != 0 {
			n := r.uvarint()
			if n > uint64(len(f.URL)) {
				return nil, damaged
			}
			f.Name = f.URL[len(f.URL)-int(n):]
		} else {
			f.Name = r.text()
		}
		ofVersion, requires, reason := r.uvarint(), r.uvarint(), r.uvarint()
		if of := uint64(len(texts)); ofVersion >= of || requires >= of || reason >= of {
			return nil, damaged
		}
		if int(ofVersion) != last {
			var err error
			if version, err = packaging.ParseVersion(texts[ofVersion]); err != nil && texts[ofVersion] != "" {
				return nil, damaged
			}
			last = int(ofVersion)
		}
		f.Version, f.RequiresPython, f.YankedReason = version, texts[requires], texts[reason]
		f.Yanked, f.Metadata = flags&fileYanked != 0, flags&fileMetadata != 0
		f.Index, f.login = index, l
		f.Size = -1
		if flags&fileSize != 0 {
			f.Size = int64(r.uvarint())
		}
		if flags&fileUploaded != 0 {
			f.Uploaded = time.Unix(0, r.fixed()).UTC()
		}
		first := len(digests)
		if flags&fileSHA256 != 0 {
			var sum [32]byte
			copy(sum[:], r.bytes(32))
			digests = append(digests, packaging.SHA256Digest(&sum))
		} else {
			digests = append(digests, unpackDigests([]byte(r.text()))...)
		}
		if len(digests) > first {
			f.Digests = digests[first:len(digests):len(digests)]
		}
		if flags&fileMetadataDigest != 0 {
			if d := unpackDigests([]byte(r.text())); len(d) > 0 {
				f.MetadataDigest = d[0]
			}
		}
		if r.bad {
			return nil, damaged
		}
	}
	if r.s != "" {
		return nil, damaged
	}
	return files, nil
}

func writeRecord(r record, files []File) []byte {
	b := []byte{recordFormat, r.api}
	b = binary.AppendVarint(b, r.at.Unix())
	for _, text := range []string{r.version, r.etag, r.index, r.status, r.reason} {
		b = appendString(b, text)
	}
	if r.requiresKnown {
		b = binary.AppendUvarint(b, uint64(len(r.requires))+1)
		for _, text := range r.requires {
			b = appendString(b, text)
		}
	} else {
		b = append(b, 0)
	}
	p := packFiles(files)
	for _, n := range []int{p.count, p.texts, p.digests} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return append(b, p.packed...)
}

func readRecord(body []byte) (record, bool) {
	r := record{}
	in := textReader{s: string(body)}
	if in.byte() != recordFormat {
		return r, false
	}
	r.api = in.byte()
	r.at = time.Unix(in.varint(), 0).UTC()
	r.version, r.etag, r.index, r.status, r.reason = in.text(), in.text(), in.text(), in.text(), in.text()
	if n := in.uvarint(); n > 0 {
		if n > uint64(len(in.s)) {
			return r, false
		}
		r.requires, r.requiresKnown = make([]string, n-1), true
		for i := range r.requires {
			r.requires[i] = in.text()
		}
	}
	counts := [3]uint64{in.uvarint(), in.uvarint(), in.uvarint()}
	for _, n := range counts {
		if n > uint64(len(in.s)) {
			return r, false
		}
	}
	r.files = packedFiles{int(counts[0]), int(counts[1]), int(counts[2]), in.s}
	return r, !in.bad
}

// textReader reads what writeRecord wrote, with care; bad is set where it ends
// early. What it returns is part of the text, without a copy.
type textReader struct {
	s   string
	bad bool
}

func (r *textReader) bytes(n int) string {
	if n < 0 || n > len(r.s) {
		r.bad, r.s = true, ""
		return ""
	}
	b := r.s[:n]
	r.s = r.s[n:]
	return b
}

func (r *textReader) byte() byte {
	if b := r.bytes(1); b != "" {
		return b[0]
	}
	return 0
}

func (r *textReader) uvarint() uint64 {
	if len(r.s) > 0 && r.s[0] < 0x80 { // nearly always
		v := uint64(r.s[0])
		r.s = r.s[1:]
		return v
	}
	return r.long()
}

func (r *textReader) long() uint64 {
	var room [binary.MaxVarintLen64]byte
	v, n := binary.Uvarint(room[:copy(room[:], r.s)])
	if n <= 0 {
		r.bad, r.s = true, ""
		return 0
	}
	r.s = r.s[n:]
	return v
}

// varint reads a signed number, its sign in the lowest bit.
func (r *textReader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *textReader) fixed() int64 {
	var room [8]byte
	copy(room[:], r.bytes(8))
	return int64(binary.LittleEndian.Uint64(room[:]))
}

func (r *textReader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.s)) {
		r.bad, r.s = true, ""
		return ""
	}
	return r.bytes(int(n))
}
