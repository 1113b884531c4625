package pypi

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"io"

	"golang.org/x/crypto/blake2b"

	"github.com/reqhash/reqhash/packaging"
)

// hashes makes all digests of what is written to it.
type hashes struct {
	list []hash.Hash
	io.Writer
}

var algorithms = [...]packaging.Algorithm{packaging.MD5, packaging.SHA1, packaging.SHA224, packaging.SHA256,
	packaging.SHA384, packaging.SHA512, packaging.BLAKE2b}

func newHashes() *hashes {
	blake, err := blake2b.New256(nil)
	if err != nil {
		panic(err) // only a key can be wrong, and there is none
	}
	h := &hashes{list: []hash.Hash{md5.New(), sha1.New(), sha256.New224(), sha256.New(), sha512.New384(), sha512.New(), blake}}
	writers := make([]io.Writer, len(h.list))
	for i, one := range h.list {
		writers[i] = one
	}
	h.Writer = io.MultiWriter(writers...)
	return h
}

func (h *hashes) digests() []packaging.Digest {
	var digests []packaging.Digest
	for i, one := range h.list {
		if d, err := packaging.DigestOf(algorithms[i], one.Sum(nil)); err == nil {
			digests = addDigest(digests, d)
		}
	}
	return digests
}
