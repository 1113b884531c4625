package pypi

import (
	"bytes"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// readSimpleJSON reads a project page of the Simple API as JSON (PEP 691, 700,
// 714, 792) as it streams in. A key that comes twice, a wrong type, text that
// is no UTF-8, and anything behind the page are errors.
func readSimpleJSON(r io.Reader, b *builder) error {
	j := jsonReader{newScanner(r), b}
	defer j.giveBack()
	var seen keys
	err := j.object(func(key []byte) error {
		switch string(key) {
		case "files":
			return seen.one(keyFiles, key, func() error { return j.array(j.file) })
		case "meta":
			return seen.one(keyMeta, key, j.meta)
		case "name":
			return seen.one(keyName, key, j.name)
		case "project-status":
			return seen.one(keyStatus, key, j.status)
		}
		return j.skip()
	})
	if err == nil {
		err = j.close()
	}
	if err != nil {
		return err
	}
	if seen&keyFiles == 0 || seen&keyMeta == 0 {
		return failf(Malformed, "the answer is JSON, but no page of the Simple API")
	}
	return nil
}

// keys are those seen of an object.
type keys uint16

const (
	keyFiles keys = 1 << iota
	keyMeta
	keyName
	keyStatus
	keyHashes
	keyLink
	keyRequires
	keySize
	keyTime
	keyYanked
	keyReason
	keyCore
	keyDistInfo
	keyVersion
)

// once notes a key, and is an error for one that comes twice: which of the two
// counts would be anybody's guess.
func (k *keys) once(one keys, key []byte) error {
	if *k&one != 0 {
		return failf(Malformed, "the page has the key %s twice in one object", quoted(string(key)))
	}
	*k |= one
	return nil
}

func (k *keys) one(one keys, key []byte, read func() error) error {
	if err := k.once(one, key); err != nil {
		return err
	}
	return read()
}

// jsonReader reads the values of a page into its builder.
type jsonReader struct {
	*scanner
	*builder
}

func (j jsonReader) meta() error {
	var seen keys
	err := j.object(func(key []byte) error {
		if string(key) != "api-version" {
			return j.skip()
		}
		return seen.one(keyVersion, key, func() error {
			version, err := j.text()
			if err != nil {
				return err
			}
			return checkAPIVersion(string(version))
		})
	})
	if err == nil && seen == 0 {
		err = failf(Malformed, "the answer is JSON, but does not say of which version of the Simple API")
	}
	return err
}

func (j jsonReader) name() error {
	name, err := j.text()
	if err == nil && packaging.NormalizeName(string(name)) != j.project {
		return failf(Malformed, "the answer is about the project %s", quoted(string(name)))
	}
	return err
}

func (j jsonReader) status() error {
	var seen keys
	var status, reason []byte
	err := j.object(func(key []byte) error {
		switch string(key) {
		case "status":
			return seen.one(keyStatus, key, func() error { return j.keep(&status) })
		case "reason":
			return seen.one(keyReason, key, func() error { return j.keepOrNull(&reason) })
		}
		return j.skip()
	})
	j.builder.status(string(status), string(reason))
	return err
}

// keep copies a string.
func (j jsonReader) keep(to *[]byte) error {
	text, err := j.text()
	*to = append((*to)[:0], text...)
	return err
}

func (j jsonReader) keepOrNull(to *[]byte) error {
	if j.peek() == 'n' {
		return j.word("null")
	}
	return j.keep(to)
}

// file reads one element of "files".
func (j jsonReader) file() error {
	if j.end-j.pos < fewBytes {
		j.fill()
	}
	if j.peek() == '{' {
		if n := j.quick.read(j.buf[j.pos:j.end]); n > 0 {
			j.pos += n
			return j.addQuick()
		}
	}
	return j.slowFile()
}

// slowFile reads one element of "files", however it is written.
func (j jsonReader) slowFile() error {
	e := &j.entry
	e.reset()
	var seen keys
	var core bool
	err := j.object(func(key []byte) error {
		var one keys
		switch string(key) {
		case "filename":
			one = keyName
		case "url":
			one = keyLink
		case "hashes":
			one = keyHashes
		case "requires-python":
			one = keyRequires
		case "size":
			one = keySize
		case "upload-time":
			one = keyTime
		case "yanked":
			one = keyYanked
		case "core-metadata":
			one = keyCore
		case "dist-info-metadata":
			one = keyDistInfo
		default:
			return j.skip()
		}
		if err := seen.once(one, key); err != nil {
			return err
		}
		switch one {
		case keyName:
			return j.keep(&e.name)
		case keyLink:
			return j.keep(&e.link)
		case keyHashes:
			return j.hashes(&e.digests)
		case keyRequires:
			return j.keepOrNull(&e.requiresPython)
		case keySize:
			return j.size(&e.size)
		case keyTime:
			return j.time(&e.uploaded)
		case keyYanked:
			return j.yanked(e)
		}
		// core-metadata is the right name, the other an older one (PEP 714).
		if core {
			return j.skip()
		}
		core = one == keyCore
		return j.metadata(e)
	})
	if err != nil {
		return err
	}
	if seen&(keyName|keyLink|keyHashes) != keyName|keyLink|keyHashes {
		return failf(Malformed, "the page has a file without filename, url or hashes, before byte %d", j.before+int64(j.pos))
	}
	if err := e.fragment(); err != nil {
		return err
	}
	if err := e.named(); err != nil {
		return err
	}
	return j.add(e)
}

// quicklyNamed tells whether a plain link ends in the name of the file.
func (e *entry) quicklyNamed() bool {
	before := len(e.link) - len(e.name)
	return bytes.HasSuffix(e.link, e.name) && (before == 0 || e.link[before-1] == '/') &&
		bytes.IndexByte(e.link, '?') < 0 && bytes.IndexByte(e.link, '#') < 0 && bytes.IndexByte(e.name, '/') < 0 && bytes.IndexByte(e.name, '%') < 0
}

// named holds the name of a file against the one in its link, which is what pip
// goes by (models/link.py): where they differ, the page has two meanings.
func (e *entry) named() error {
	if e.quicklyNamed() {
		return nil
	}
	if name := nameInLink(string(e.link)); name != string(e.name) {
		return failf(Malformed, "the page gives the name of a file as %s, and its address ends in %s", quoted(string(e.name)), quoted(name))
	}
	return nil
}

// nameInLink returns the file name that a link leads to, percent-decoded.
func nameInLink(link string) string {
	if i := strings.IndexAny(link, "?#"); i >= 0 {
		link = link[:i]
	}
	if decoded, err := url.PathUnescape(link); err == nil {
		link = decoded
	}
	link = strings.TrimRight(link, "/")
	return link[strings.LastIndexByte(link, '/')+1:]
}

// fragment looks at the digest that a link of a JSON page may carry besides
// the hashes: pip lets it have its way (models/link.py), so a page where they
// differ has two meanings.
func (e *entry) fragment() error {
	if bytes.IndexByte(e.link, '#') < 0 && bytes.IndexByte(e.link, '&') < 0 {
		return nil
	}
	for _, d := range unpackDigests(fragmentDigest(nil, string(e.link))) {
		for _, have := range unpackDigests(e.digests) {
			if have.Algorithm() == d.Algorithm() && have != d {
				return failf(Malformed, "the page gives %s two different digests", quoted(string(e.name)))
			}
		}
		e.digests = appendDigest(e.digests, d.Algorithm(), []byte(d.Hex()))
	}
	return nil
}

// hashes reads {"sha256": "hex"}. An algorithm that is not ours, or a digest
// that is not whole, is no digest: nothing can be compared with it.
func (j jsonReader) hashes(to *[]byte) error {
	var seen keys
	return j.object(func(key []byte) error {
		a := algorithm(key)
		if a == 0 {
			_, err := j.scanner.text()
			return err
		}
		if err := seen.once(1<<a, key); err != nil {
			return err
		}
		if j.peek() == 'n' {
			return j.word("null")
		}
		text, err := j.scanner.text()
		if err != nil {
			return err
		}
		*to = appendDigest(*to, a, text)
		return nil
	})
}

// algorithm reads an algorithm's name, nearly always the same.
func algorithm(key []byte) packaging.Algorithm {
	if string(key) == "sha256" {
		return packaging.SHA256
	}
	a, _ := packaging.ParseAlgorithm(string(key))
	return a
}

func (j jsonReader) size(to *int64) error {
	if j.peek() == 'n' {
		return j.word("null")
	}
	text, err := j.number()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < 0 || n > 1<<53 {
		return failf(Malformed, "the page gives a size of %s bytes", quoted(string(text)))
	}
	*to = n
	return nil
}

// time reads an upload time; one that is none tells nothing.
func (j jsonReader) time(to *time.Time) error {
	if j.peek() == 'n' {
		return j.word("null")
	}
	text, err := j.text()
	if err != nil {
		return err
	}
	*to = readTime(text)
	return nil
}

// readTime reads a time as RFC 3339 has it, the zero time where it is none.
func readTime(text []byte) (t time.Time) {
	if err := t.UnmarshalText(text); err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// yanked reads a bool, or the reason, which says yes unless it is empty.
func (j jsonReader) yanked(e *entry) (err error) {
	switch c := j.peek(); c {
	case 't', 'f':
		e.yanked, err = j.boolean(c)
	case 'n':
		err = j.word("null")
	default:
		err = j.keep(&e.yankedReason)
		e.yanked = len(e.yankedReason) > 0
	}
	return err
}

// metadata reads a bool, or the digests of the metadata file.
func (j jsonReader) metadata(e *entry) (err error) {
	e.metadataDigest = e.metadataDigest[:0]
	switch c := j.peek(); c {
	case 't', 'f':
		e.metadata, err = j.boolean(c)
	case 'n':
		e.metadata, err = false, j.word("null")
	default:
		e.metadata = true
		err = j.hashes(&e.metadataDigest)
	}
	return err
}
