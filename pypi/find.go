package pypi

import (
	"slices"
	"strings"

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
		base := ""
		if r.page.base != nil {
			base = Shown(r.page.base.String())
		}
		// A damaged record is one that says nothing.
		_ = r.page.each(func([]byte) bool { return true }, func(e *entry, _, _ string) error {
			if !slices.Contains(unpackDigests(e.digests), d) {
				return nil
			}
			name := string(e.name)
			version, err := versionOf(name)
			if err == nil && !slices.ContainsFunc(files, func(f File) bool { return f.Name == name }) {
				files = append(files, File{Name: name, URL: r.page.resolve(string(e.link)), Digests: unpackDigests(e.digests), Size: e.size,
					Uploaded: e.uploaded, Yanked: e.yanked, Version: version, Index: base})
			}
			return nil
		})
	}
	return files
}

// versionOf takes the version from a file's name alone: what stands behind the
// project, wherever that ends.
func versionOf(name string) (packaging.Version, error) {
	for i := range len(name) {
		if name[i] != '-' {
			continue
		}
		if f, err := packaging.ParseFilename(packaging.NormalizeName(name[:i]), name); err == nil && !f.Version.IsZero() {
			return f.Version, nil
		}
	}
	return packaging.ParseVersion(strings.TrimSuffix(name, ".tar.gz"))
}
