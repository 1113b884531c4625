package pypi

import (
	"slices"

	"github.com/reqhash/reqhash/packaging"
)

// Find returns the files with a digest that are in the cache, whatever index
// said it and when. It asks nobody.
func (c *Client) Find(d packaging.Digest) []File {
	if c.cache == nil {
		return nil
	}
	var files []File
	for _, body := range c.cache.journal.all() {
		r, ok := readRecord(body)
		if !ok || r.api == byHash || r.api == byWheel {
			continue
		}
		// A damaged record is one that says nothing.
		had, _ := r.files.unpack(r.index, nil)
		for _, f := range had {
			if slices.Contains(f.Digests, d) && !slices.ContainsFunc(files, func(g File) bool { return g.Name == f.Name }) {
				files = append(files, f)
			}
		}
	}
	return files
}
