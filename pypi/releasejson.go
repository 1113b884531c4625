package pypi

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/reqhash/reqhash/packaging"
)

// readReleaseJSON reads PyPI's JSON API, of a release or of a project: "info"
// and "urls", and with the project's also "releases". What it says of a
// project other than the builder's, or of a release that the pin does not
// admit, is an error: such an answer is somebody else's.
func readReleaseJSON(r io.Reader, b *builder, want pin) error {
	d := decoder{jsontext.NewDecoder(r)}
	var info, urls bool
	list := func() error {
		return d.array(func() error {
			e, err := d.releaseFile()
			if err != nil {
				return err
			}
			return b.add(e)
		})
	}
	err := d.object(func(key string) error {
		switch key {
		case "info":
			info = true
			return d.info(b, want)
		case "urls":
			urls = true
			return list()
		case "releases":
			if !want.all || d.PeekKind() != jsontext.KindBeginObject {
				return d.SkipValue()
			}
			return d.object(func(string) error { return list() })
		}
		return d.SkipValue()
	})
	if err != nil {
		return jsonError(err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		if err == nil {
			return failf(Malformed, "the page goes on behind its end")
		}
		return jsonError(err)
	}
	if !info || !urls {
		return failf(Malformed, "the answer is JSON, but not of the JSON API")
	}
	return nil
}

func (d decoder) info(b *builder, want pin) error {
	return d.object(func(key string) error {
		switch key {
		case "name":
			name, err := d.text()
			if err == nil && packaging.NormalizeName(name) != b.project {
				return failf(Malformed, "the answer is about %s", quoted(name))
			}
			return err
		case "version":
			text, err := d.text()
			if err != nil || want.all {
				return err
			}
			if v, err := packaging.ParseVersion(text); err != nil || !want.admits(v) {
				return failf(Malformed, "the answer is about version %s", quoted(text))
			}
			return nil
		case "requires_dist":
			if d.PeekKind() != jsontext.KindBeginArray {
				return d.SkipValue()
			}
			b.page.requires, b.page.requiresKnown = []string{}, !want.all
			return d.array(func() error {
				text, err := d.text()
				b.page.requires = append(b.page.requires, text)
				return err
			})
		}
		return d.SkipValue()
	})
}

// releaseFile reads one element of "urls".
func (d decoder) releaseFile() (entry, error) {
	e := entry{size: -1}
	var named, hashed bool
	var reason string
	err := d.object(func(key string) (err error) {
		switch key {
		case "filename":
			named = true
			e.name, err = d.text()
		case "url":
			e.link, err = d.text()
		case "digests":
			hashed = true
			e.digests, err = d.digests()
		case "requires_python":
			e.requiresPython, err = d.textOrNull()
		case "size":
			e.size, err = d.size()
		case "upload_time_iso_8601":
			e.uploaded, err = d.time()
		case "yanked":
			e.yanked, _, err = d.yanked()
		case "yanked_reason":
			reason, err = d.textOrNull()
		default:
			err = d.SkipValue()
		}
		return err
	})
	if e.yanked {
		e.yankedReason = reason
	}
	if err == nil && (!named || !hashed) {
		err = failf(Malformed, "the answer has a file without filename or digests, before byte %d", d.InputOffset())
	}
	return e, err
}

// digests reads the JSON API's names of algorithms, which differ in one.
func (d decoder) digests() (digests []packaging.Digest, err error) {
	err = d.object(func(key string) error {
		text, err := d.textOrNull()
		if err != nil {
			return err
		}
		a, ok := packaging.ParseAlgorithm(key)
		if key == "blake2b_256" {
			a, ok = packaging.BLAKE2b, true
		}
		if ok {
			if digest, err := packaging.NewDigest(a, text); err == nil {
				digests = addDigest(digests, digest)
			}
		}
		return nil
	})
	return digests, err
}
