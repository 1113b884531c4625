package pypi

import (
	"errors"
	"io"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/reqhash/reqhash/packaging"
)

// readSimpleJSON reads a project page of the Simple API as JSON (PEP 691, 700,
// 714, 792) as it streams in. Duplicate keys, wrong types, text that is no
// UTF-8, and anything behind the page are errors.
func readSimpleJSON(r io.Reader, b *builder) error {
	d := decoder{jsontext.NewDecoder(r)}
	var files, meta bool
	err := d.object(func(key string) error {
		switch key {
		case "files":
			files = true
			return d.array(func() error {
				e, err := d.file()
				if err != nil {
					return err
				}
				return b.add(e)
			})
		case "meta":
			meta = true
			return d.object(func(key string) error {
				if key != "api-version" {
					return d.SkipValue()
				}
				version, err := d.text()
				if err != nil {
					return err
				}
				return checkAPIVersion(version)
			})
		case "name":
			name, err := d.text()
			if err == nil && packaging.NormalizeName(name) != b.project {
				return failf(Malformed, "the page is that of %s", quoted(name))
			}
			return err
		case "project-status":
			var status, reason string
			err := d.object(func(key string) (err error) {
				switch key {
				case "status":
					status, err = d.text()
				case "reason":
					reason, err = d.textOrNull()
				default:
					err = d.SkipValue()
				}
				return err
			})
			b.status(status, reason)
			return err
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
	if !files || !meta {
		return failf(Malformed, "the answer is JSON, but no page of the Simple API")
	}
	return nil
}

// jsonError tells a page that is wrong from a connection that broke.
func jsonError(err error) error {
	var e *Error
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &e):
		return err
	case errors.As(err, &syntax):
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return failf(Malformed, "the page ends in the middle, at byte %d", syntax.ByteOffset)
		}
		return failf(Malformed, "the page is not valid JSON at byte %d: %s", syntax.ByteOffset, quoted(syntax.Err.Error()))
	}
	return err
}

// decoder reads JSON values of which the type is known.
type decoder struct{ *jsontext.Decoder }

// object reads an object, calling member after each key; member reads the value.
func (d decoder) object(member func(key string) error) error {
	if err := d.expect(jsontext.KindBeginObject, "an object"); err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		key, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := member(key.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// array reads an array, calling element before each element.
func (d decoder) array(element func() error) error {
	if err := d.expect(jsontext.KindBeginArray, "an array"); err != nil {
		return err
	}
	for {
		switch d.PeekKind() {
		case jsontext.KindEndArray, jsontext.KindInvalid:
			_, err := d.ReadToken()
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

func (d decoder) expect(kind jsontext.Kind, what string) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		return failf(Malformed, "the page has a %s where %s belongs, at byte %d", t.Kind(), what, d.InputOffset())
	}
	return nil
}

func (d decoder) text() (string, error) {
	t, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	if t.Kind() != jsontext.KindString {
		return "", failf(Malformed, "the page has a %s where a string belongs, at byte %d", t.Kind(), d.InputOffset())
	}
	s := t.String()
	if len(s) > maxText {
		return "", failf(TooLarge, "the page has a string of %d bytes", len(s))
	}
	return s, nil
}

func (d decoder) textOrNull() (string, error) {
	if d.PeekKind() == jsontext.KindNull {
		_, err := d.ReadToken()
		return "", err
	}
	return d.text()
}

// file reads one element of "files".
func (d decoder) file() (entry, error) {
	e := entry{size: -1}
	var named, linked, hashed, core bool
	err := d.object(func(key string) (err error) {
		switch key {
		case "filename":
			named = true
			e.name, err = d.text()
		case "url":
			linked = true
			e.link, err = d.text()
		case "hashes":
			hashed = true
			e.digests, err = d.hashes()
		case "requires-python":
			e.requiresPython, err = d.textOrNull()
		case "size":
			e.size, err = d.size()
		case "upload-time":
			e.uploaded, err = d.time()
		case "yanked":
			e.yanked, e.yankedReason, err = d.yanked()
		case "core-metadata":
			core = true
			e.metadata, e.metadataDigest, err = d.metadata()
		case "dist-info-metadata":
			var yes bool
			var digest packaging.Digest
			yes, digest, err = d.metadata()
			if !core {
				e.metadata, e.metadataDigest = yes, digest
			}
		default:
			err = d.SkipValue()
		}
		return err
	})
	if err == nil && (!named || !linked || !hashed) {
		err = failf(Malformed, "the page has a file without filename, url or hashes, before byte %d", d.InputOffset())
	}
	return e, err
}

// hashes reads {"sha256": "hex"}. An algorithm that is not ours, or a digest
// that is not whole, is no digest: nothing can be compared with it.
func (d decoder) hashes() (digests []packaging.Digest, err error) {
	err = d.object(func(key string) error {
		text, err := d.text()
		if err != nil {
			return err
		}
		if a, ok := packaging.ParseAlgorithm(key); ok {
			if digest, err := packaging.NewDigest(a, text); err == nil {
				digests = addDigest(digests, digest)
			}
		}
		return nil
	})
	return digests, err
}

func (d decoder) size() (int64, error) {
	t, err := d.ReadToken()
	switch {
	case err != nil:
		return 0, err
	case t.Kind() == jsontext.KindNull:
		return -1, nil
	case t.Kind() != jsontext.KindNumber:
		return 0, failf(Malformed, "the page has a %s where a size belongs, at byte %d", t.Kind(), d.InputOffset())
	}
	f, err := t.Float()
	if err != nil || f < 0 || f > 1<<53 || f != math.Trunc(f) {
		return 0, failf(Malformed, "the page gives a size of %s bytes", quoted(t.String()))
	}
	return int64(f), nil
}

func (d decoder) time() (time.Time, error) {
	text, err := d.textOrNull()
	if err != nil || text == "" {
		return time.Time{}, err
	}
	return parseTime(text), nil
}

// parseTime reads an upload time; one that is none tells nothing.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func (d decoder) yanked() (bool, string, error) {
	switch d.PeekKind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		t, err := d.ReadToken()
		return err == nil && t.Bool(), "", err
	case jsontext.KindNull:
		_, err := d.ReadToken()
		return false, "", err
	}
	reason, err := d.text()
	return reason != "", reason, err
}

func (d decoder) metadata() (bool, packaging.Digest, error) {
	var digest packaging.Digest
	switch d.PeekKind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		t, err := d.ReadToken()
		return err == nil && t.Bool(), digest, err
	case jsontext.KindNull:
		_, err := d.ReadToken()
		return false, digest, err
	}
	digests, err := d.hashes()
	if len(digests) > 0 {
		digest = digests[len(digests)-1]
		for _, one := range digests {
			if one.Algorithm() == packaging.SHA256 {
				digest = one
			}
		}
	}
	return err == nil, digest, err
}
