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
		var r record
		if !readRecord(&r, body) || r.api == byHash || r.api == byWheel {
			continue
		}
		r.index = string(r.indexText)
		for _, f := range r.all() {
			if slices.Contains(f.Digests, d) && !slices.ContainsFunc(files, func(g File) bool { return g.Name == f.Name }) {
				files = append(files, f)
			}
		}
	}
	return files
}
