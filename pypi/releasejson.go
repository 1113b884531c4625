package pypi

import (
	"io"

	"github.com/reqhash/reqhash/packaging"
)

// readReleaseJSON reads PyPI's JSON API, of a release or of a project: "info"
// and "urls", and with the project's also "releases". What it says of a
// project other than the builder's, or of a release that the pin does not
// admit, is an error: such an answer is somebody else's.
func readReleaseJSON(r io.Reader, b *builder, want pin) error {
	j := jsonReader{newScanner(r), b}
	defer j.giveBack()
	var seen keys
	files := func() error { return j.array(j.releaseFile) }
	err := j.object(func(key []byte) error {
		switch string(key) {
		case "info":
			return seen.one(keyMeta, key, func() error { return j.info(want) })
		case "urls":
			return seen.one(keyFiles, key, files)
		case "releases":
			return seen.one(keyLink, key, func() error {
				if !want.all || j.peek() == 'n' {
					return j.skip()
				}
				return j.object(func([]byte) error { return files() })
			})
		}
		return j.skip()
	})
	if err == nil {
		err = j.close()
	}
	if err != nil {
		return err
	}
	if seen&keyMeta == 0 || seen&keyFiles == 0 {
		return failf(Malformed, "the answer is JSON, but not of the JSON API")
	}
	return nil
}

func (j jsonReader) info(want pin) error {
	var seen keys
	err := j.object(func(key []byte) error {
		switch string(key) {
		case "name":
			return seen.one(keyName, key, j.name)
		case "version":
			return seen.one(keyVersion, key, func() error {
				text, err := j.text()
				if err != nil || want.all {
					return err
				}
				if v, err := packaging.ParseVersion(string(text)); err != nil || !want.admits(v) {
					return failf(Malformed, "the answer is about version %s", quoted(string(text)))
				}
				return nil
			})
		case "requires_dist":
			return seen.one(keyRequires, key, func() error {
				if want.all || j.peek() == 'n' {
					return j.skip()
				}
				j.page.requires, j.page.requiresKnown = []string{}, true
				return j.array(func() error {
					text, err := j.text()
					j.page.requires = append(j.page.requires, string(text))
					return err
				})
			})
		}
		return j.skip()
	})
	if err == nil && (seen&keyName == 0 || seen&keyVersion == 0) {
		err = failf(Malformed, "the answer does not say which release it is about")
	}
	return err
}

// releaseFile reads one element of "urls".
func (j jsonReader) releaseFile() error {
	e := &j.entry
	e.reset()
	var seen keys
	err := j.object(func(key []byte) error {
		switch string(key) {
		case "filename":
			return seen.one(keyName, key, func() error { return j.keep(&e.name) })
		case "url":
			return seen.one(keyLink, key, func() error { return j.keep(&e.link) })
		case "digests":
			return seen.one(keyHashes, key, func() error { return j.hashes(&e.digests) })
		case "requires_python":
			return seen.one(keyRequires, key, func() error { return j.keepOrNull(&e.requiresPython) })
		case "size":
			return seen.one(keySize, key, func() error { return j.size(&e.size) })
		case "upload_time_iso_8601":
			return seen.one(keyTime, key, func() error { return j.time(&e.uploaded) })
		case "yanked":
			return seen.one(keyYanked, key, func() error {
				yes, err := j.boolean(j.peek())
				e.yanked = yes
				return err
			})
		case "yanked_reason":
			return seen.one(keyReason, key, func() error { return j.keepOrNull(&e.yankedReason) })
		}
		return j.skip()
	})
	if err != nil {
		return err
	}
	if seen&(keyName|keyHashes) != keyName|keyHashes {
		return failf(Malformed, "the answer has a file without filename or digests, before byte %d", j.before+int64(j.pos))
	}
	if len(e.link) > 0 {
		if err := e.named(); err != nil {
			return err
		}
	}
	return j.add(&j.entry)
}
