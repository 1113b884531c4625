package pypi

import (
	"bytes"
	"crypto/sha256"

	"github.com/reqhash/reqhash/packaging"
)

// quickFile is an element of "files" as quickFile reads it. Its texts are parts
// of what was read, or of room, until the next is read.
type quickFile struct {
	entry
	time, digest, metadataDigest []byte // as they are written

	room     []byte // of strings with escapes
	binaries [2][1 + sha256.Size]byte
}

// fewBytes of the window are too few to hold most elements.
const fewBytes = 1 << 10

// read reads an element of "files" as nearly all are written: all of it in the
// window, texts of plain ASCII, values of the types that indexes give. It
// returns how many bytes the element has, or 0 where something is otherwise,
// also where it is wrong: then jsonReader.slowFile reads it from its beginning
// and has the last word. What is taken here is taken there too, with the same
// result.
func (f *quickFile) read(src []byte) int {
	f.entry, f.time, f.digest, f.metadataDigest = entry{size: -1}, nil, nil, nil
	q := quick{src: src, room: f.room[:0]}
	if q.next() != '{' {
		return 0
	}
	var seen keys
	for {
		q.at++
		key := q.key()
		var one keys
		switch string(key) {
		case "filename":
			one, f.name = keyName, q.text()
		case "url":
			one, f.link = keyLink, q.text()
		case "hashes":
			one, f.digest = keyHashes, q.sha256()
		case "requires-python":
			one, f.requiresPython = keyRequires, q.textOrNull()
		case "size":
			one, f.size = keySize, q.size()
		case "upload-time":
			one, f.time = keyTime, q.textOrNull()
		case "yanked":
			one = keyYanked
			if q.next() == '"' {
				f.yankedReason = q.text()
				f.yanked = len(f.yankedReason) > 0
			} else {
				f.yanked = q.word() == 't'
			}
		case "core-metadata":
			one = keyCore
			f.metadata, f.metadataDigest = q.metadata()
		case "dist-info-metadata":
			one = keyDistInfo
			metadata, digest := q.metadata()
			if seen&keyCore == 0 { // the right name of it (PEP 714)
				f.metadata, f.metadataDigest = metadata, digest
			}
		default:
			q.skip()
		}
		if q.bad || seen&one != 0 {
			return 0
		}
		seen |= one
		q.blanks()
		switch q.next() {
		case ',':
		case '}':
			const all = keyName | keyLink | keyHashes
			if seen&all != all || !f.quicklyNamed() || bytes.IndexByte(f.link, '&') >= 0 {
				return 0
			}
			f.room = q.room
			return q.at + 1
		default:
			return 0
		}
	}
}

// whole returns the element as an entry, with what takes time to make of it.
func (f *quickFile) whole() *entry {
	f.digests = appendDigest(f.binaries[0][:0], packaging.SHA256, f.digest)
	f.entry.metadataDigest = appendDigest(f.binaries[1][:0], packaging.SHA256, f.metadataDigest)
	if f.time != nil {
		f.uploaded = readTime(f.time)
	}
	return &f.entry
}

// quick is where a quick reading stands. bad is set where it gives up.
type quick struct {
	src  []byte
	at   int
	bad  bool
	room []byte
}

// next is the byte that comes next, 0 at the end, which nothing begins with.
func (q *quick) next() byte {
	if q.at < len(q.src) {
		return q.src[q.at]
	}
	return 0
}

func (q *quick) blanks() {
	for c := q.next(); c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t'); c = q.next() {
		q.at++
	}
}

// take reads a byte, and the blanks on both sides of it.
func (q *quick) take(c byte) {
	q.blanks()
	if q.next() != c {
		q.bad = true
		return
	}
	q.at++
	q.blanks()
}

// key reads a key and its colon.
func (q *quick) key() []byte {
	q.blanks()
	key := q.text()
	q.take(':')
	return key
}

// text reads a string.
func (q *quick) text() []byte {
	if q.next() != '"' {
		q.bad = true
		return nil
	}
	from := q.at + 1
	to := from + plain(q.src[from:])
	if to == len(q.src) || to-from > maxText {
		q.bad = true
		return nil
	}
	if q.src[to] == '"' {
		q.at = to + 1
		return q.src[from:to:to]
	}
	return q.escaped(from, to)
}

// escaped reads the rest of a string from a backslash on: some servers write
// ">=3.8" as "\u003e=3.8".
func (q *quick) escaped(from, to int) []byte {
	start := len(q.room)
	for {
		q.room = append(q.room, q.src[from:to]...)
		rest := q.src[to:]
		switch {
		case len(rest) < len(`\u0000"`) || len(q.room)-start > maxText:
			q.bad = true
			return nil
		case rest[0] == '"':
			q.at = to + 1
			return q.room[start:len(q.room):len(q.room)]
		case string(rest[:4]) == `\u00` && rest[4] >= '0' && rest[4] <= '7' && hexDigit(rest[5]) >= 0:
			q.room = append(q.room, (rest[4]-'0')<<4|byte(hexDigit(rest[5])))
			from = to + len(`\u0000`)
		default:
			q.bad = true
			return nil
		}
		to = from + plain(q.src[from:])
	}
}

// hexDigit is the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	i := indexByte("0123456789abcdefABCDEF", c)
	if i > 15 {
		i -= 6
	}
	return i
}

// word reads true, false or null, and returns its first byte.
func (q *quick) word() byte {
	rest := q.src[min(q.at, len(q.src)):]
	switch {
	case len(rest) >= 4 && (string(rest[:4]) == "null" || string(rest[:4]) == "true"):
		q.at += 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		q.at += 5
	default:
		q.bad = true
		return 0
	}
	return rest[0]
}

// textOrNull reads a string, or null, which is a nil slice.
func (q *quick) textOrNull() []byte {
	if q.next() != 'n' {
		return q.text()
	}
	q.word()
	return nil
}

// number reads a number of at most 15 digits.
func (q *quick) number() (n int64) {
	from := q.at
	for c := q.next(); c >= '0' && c <= '9'; c = q.next() {
		n = 10*n + int64(c-'0')
		q.at++
	}
	length := q.at - from
	q.bad = q.bad || length == 0 || length > 15 || length > 1 && q.src[from] == '0' || numeric(q.next())
	return n
}

// size reads a number, or null, which is -1.
func (q *quick) size() int64 {
	if q.next() != 'n' {
		return q.number()
	}
	q.word()
	return -1
}

// metadata reads whether there is a metadata file, or its digest.
func (q *quick) metadata() (bool, []byte) {
	if q.next() == '{' {
		return true, q.sha256()
	}
	return q.word() == 't', nil
}

// sha256 reads {"sha256": "hex"}.
func (q *quick) sha256() []byte {
	key, value := q.pair()
	q.bad = q.bad || string(key) != "sha256"
	return value
}

// pair reads an object with one member, a string.
func (q *quick) pair() (key, value []byte) {
	if q.next() != '{' {
		q.bad = true
		return nil, nil
	}
	q.at++
	key, value = q.key(), q.text()
	q.blanks()
	q.bad = q.bad || q.next() != '}'
	q.at++
	return key, value
}

// skip reads a simple value.
func (q *quick) skip() {
	switch c := q.next(); {
	case c == '"':
		q.text()
	case c == '{':
		q.pair()
	case c >= '0' && c <= '9':
		q.number()
	default:
		q.word()
	}
}
