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
const recordFormat = 3

// all returns the files. A record that readRecord took can be unpacked.
func (r *record) all() []File {
	if r.brief.Count == 0 {
		return nil
	}
	r.once.Do(func() { r.unpacked = unpackFiles(r.files, &r.brief, r.index, r.login) })
	return r.unpacked
}

const (
	fileYanked = 1 << iota
	fileMetadata
	fileUploaded
	fileNameEndsLink // the link ends in "/" and the name
	fileHexLink      // before that, the link ends in aa/bb/60 hex digits
)

// packFiles packs the files of a release. What many of them have stands in front,
// once: the number of these texts, their lengths, and all of them. Then comes a row
// of a fixed size for each file, and what has no fixed size: for each its name, 32
// bytes of the link if the flags say so, the digests that are not SHA-256, and the
// metadata's digest. nil is returned where there is too much for the rows.
func packFiles(files []File, brief *Brief) []byte {
	var texts []string
	var rows, rest []byte
	numbers := map[string]int{}
	number := func(text string) uint16 {
		n, ok := numbers[text]
		if !ok {
			n = len(texts)
			numbers[text] = n
			texts = append(texts, text)
		}
		return uint16(n)
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
		set(fileUploaded, !f.Uploaded.IsZero() && time.Unix(0, nano).Equal(f.Uploaded))
		link, ends := strings.CutSuffix(string(withoutSecrets([]byte(f.URL))), "/"+f.Name)
		set(fileNameEndsLink, ends)
		var hash [32]byte
		hex := ends && len(link) >= 66 && packHash(&hash, []byte(link[len(link)-66:]))
		if hex {
			link = link[:len(link)-66]
		}
		set(fileHexLink, hex)
		sum := 0
		others := slices.Clone(f.Digests)
		if d, ok := f.Digest(packaging.SHA256); ok {
			sum = brief.place(&d) + 1
			others = slices.DeleteFunc(others, func(e packaging.Digest) bool { return e == d })
		}
		digests, metadata := packDigests(others), packDigests([]packaging.Digest{f.MetadataDigest})

		rows = append(rows, flags, byte(f.Kind))
		for _, n := range [...]uint16{number(f.Version.String()), number(f.RequiresPython), number(f.YankedReason), number(link), uint16(sum), uint16(len(digests)), uint16(len(metadata))} {
			rows = binary.LittleEndian.AppendUint16(rows, n)
		}
		rows = binary.LittleEndian.AppendUint32(rows, uint32(len(f.Name)))
		rows = binary.LittleEndian.AppendUint64(rows, uint64(f.Size))
		rows = binary.LittleEndian.AppendUint64(rows, uint64(nano))
		rest = append(rest, f.Name...)
		if hex {
			rest = append(rest, hash[:]...)
		}
		rest = append(append(rest, digests...), metadata...)
	}
	if len(texts) > mostBriefed {
		return nil
	}
	packed := appendTexts(binary.AppendUvarint(nil, uint64(len(texts))), texts)
	return append(append(packed, rows...), rest...)
}

func packDigests(digests []packaging.Digest) []byte {
	var packed []byte
	for _, d := range digests {
		packed = appendDigest(packed, d.Algorithm(), []byte(d.Hex()))
	}
	return packed
}

// row is what packFiles has of a file in the row.
type row struct {
	flags, kind                      byte
	version, requires, reason, start int // among the texts
	sum                              int // among those of the Brief, from 1; 0 for none
	digests, metadata, name          int // lengths in bytes
	size, uploaded                   int64
}

const rowSize = 2 + 7*2 + 4 + 2*8

func rowOf(b []byte) row {
	b = b[:rowSize]
	short := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	return row{
		flags: b[0], kind: b[1], version: short(2), requires: short(4), reason: short(6), start: short(8), sum: short(10),
		digests: short(12), metadata: short(14), name: int(binary.LittleEndian.Uint32(b[16:])),
		size: int64(binary.LittleEndian.Uint64(b[20:])), uploaded: int64(binary.LittleEndian.Uint64(b[28:])),
	}
}

// rest is how many bytes the file has behind the rows.
func (r *row) rest() int {
	n := r.name + r.digests + r.metadata
	if r.flags&fileHexLink != 0 {
		n += 32
	}
	return n
}

// checkFiles tells whether unpackFiles can unpack them.
func checkFiles(packed []byte, brief *Brief) bool {
	r := reader{b: packed}
	texts := r.skipTexts()
	rows := r.bytes(rowSize * brief.Count)
	if r.bad {
		return false
	}
	rest, sums := 0, len(brief.sums)/32
	for ; len(rows) > 0; rows = rows[rowSize:] {
		f := rowOf(rows)
		if max(f.version, f.requires, f.reason, f.start) >= texts || f.sum > sums {
			return false
		}
		rest += f.rest()
	}
	return rest == len(r.b)
}

// unpackFiles returns files that checkFiles has seen, of an index as it may be shown
// and its login.
func unpackFiles(packed []byte, brief *Brief, index string, l *login) []File {
	r := reader{b: packed}
	texts := make([]string, r.uvarint())
	r.texts(texts)
	rows := r.bytes(rowSize * brief.Count)
	files := make([]File, brief.Count)
	digests := make([]packaging.Digest, 0, len(brief.sums)/32)
	names := make([]span, 2*brief.Count) // of each file the name and the link, in written
	written := make([]byte, 0, 2*len(packed))
	var version packaging.Version // as the last text has it
	last := -1
	for i := range files {
		e := rowOf(rows[rowSize*i:])
		name := r.bytes(e.name)
		var hash []byte
		if e.flags&fileHexLink != 0 {
			hash = r.bytes(32)
		}
		others, metadata := r.bytes(e.digests), r.bytes(e.metadata)
		if e.version != last {
			last, version = e.version, packaging.Version{}
			if v, err := packaging.ParseVersion(texts[last]); err == nil {
				version = v // else the text is none
			}
		}
		f := &files[i]
		f.Size, f.RequiresPython, f.YankedReason = e.size, texts[e.requires], texts[e.reason]
		f.Yanked, f.Metadata = e.flags&fileYanked != 0, e.flags&fileMetadata != 0
		f.Kind, f.Version, f.Index, f.login = packaging.Kind(e.kind), version, index, l
		first := len(digests)
		if e.sum > 0 {
			digests = append(digests, packaging.SHA256Digest((*[32]byte)(brief.sums[32*(e.sum-1):])))
		}
		if f.Digests = digests[first:len(digests):len(digests)]; len(others) > 0 || e.sum == 0 {
			f.Digests = unpackDigests(others)
			if e.sum > 0 {
				f.Digests = addDigest(f.Digests, digests[first])
			}
		}
		if e.flags&fileUploaded != 0 {
			f.Uploaded = time.Unix(0, e.uploaded).UTC()
		}
		if d := unpackDigests(metadata); len(d) > 0 {
			f.MetadataDigest = d[0]
		}
		link := span{from: len(written)}
		written = append(written, texts[e.start]...)
		if hash != nil {
			written = unpackHash(written, hash)
		}
		if e.flags&fileNameEndsLink != 0 {
			written = append(written, '/')
		} else {
			link.to = len(written)
		}
		of := span{len(written), len(written) + len(name)}
		if written = append(written, name...); e.flags&fileNameEndsLink != 0 {
			link.to = of.to
		}
		names[2*i], names[2*i+1] = of, link
	}
	text := string(written)
	for i := range files {
		name, link := names[2*i], names[2*i+1]
		files[i].Name, files[i].URL = text[name.from:name.to], text[link.from:link.to]
	}
	return files
}

type span struct{ from, to int }

// writeRecord returns the record with these files, nil where there is too much for
// one.
func writeRecord(r *record, files []File) []byte {
	b := []byte{recordFormat, r.api}
	b = binary.AppendVarint(b, r.at.Unix())
	b = appendTexts(b, []string{r.version, r.etag, r.status, r.reason})
	if r.requiresKnown {
		b = binary.AppendUvarint(b, uint64(len(r.requires))+1)
		b = appendTexts(b, r.requires)
	} else {
		b = append(b, 0)
	}
	b = append(b, r.needs[:]...)
	b = appendText(b, []byte(r.index))
	if len(files) > mostBriefed {
		return nil
	}
	brief := appendBrief(nil, files)
	in := reader{b: brief}
	of := in.brief()
	packed := packFiles(files, &of)
	if packed == nil {
		return nil
	}
	return append(append(b, brief...), packed...)
}

// readRecord takes a record if all of it can be read. The body must stay as it is.
func readRecord(r *record, body []byte) bool {
	in := reader{b: body}
	if in.byte() != recordFormat {
		return false
	}
	r.api = in.byte()
	r.at = time.Unix(in.varint(), 0).UTC()
	var head [4]string
	in.texts(head[:])
	r.version, r.etag, r.status, r.reason = head[0], head[1], head[2], head[3]
	if n := in.uvarint(); n > 0 {
		if n > uint64(len(in.b)) {
			return false
		}
		r.requires, r.requiresKnown = make([]string, n-1), true
		in.texts(r.requires)
	}
	copy(r.needs[:], in.bytes(len(r.needs)))
	r.indexText = in.text()
	r.brief = in.brief()
	r.files = in.b
	return !in.bad && checkFiles(r.files, &r.brief)
}
