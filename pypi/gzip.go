package pypi

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// gzipBody unpacks a body. Unpacking is a third of what a cold run does; the
// library takes half the time that compress/gzip takes, behind net/http, for the
// same bytes.
type gzipBody struct {
	r   io.Reader
	z   *gzip.Reader
	err error // nothing can be read any more
}

// gzipReaders are of use again: each has a window of its own.
var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

func (b *gzipBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.z == nil {
		b.z = gzipReaders.Get().(*gzip.Reader)
		if b.err = b.z.Reset(b.r); b.err != nil {
			if b.err == io.EOF { // not even a header: no answer either
				b.err = io.ErrUnexpectedEOF
			}
			return 0, b.err
		}
	}
	n, err := b.z.Read(p)
	b.err = err
	return n, err
}

// done gives back what the body was read with.
func (b *gzipBody) done() {
	if b.z != nil {
		gzipReaders.Put(b.z)
		b.z, b.err = nil, io.ErrClosedPipe
	}
}
