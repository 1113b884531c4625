package requirements

import (
	"net/url"
	"strings"
)

// fragmentAlgorithms are those of a hash in a URL (models/link.py,
// _SUPPORTED_HASHES), in the order in which one is looked for.
var fragmentAlgorithms = []string{"sha512", "sha384", "sha256", "sha224", "sha1", "md5"}

// URLHash returns the hash that the URL of a direct reference carries,
// "sha256:" and what follows, or "" if it has none: the leftmost in the whole
// URL, after "#" or "&", its value unchecked (models/link.py, LinkHash). It
// satisfies hash checking, and never turns it on.
func (c *Content) URLHash() string {
	for i := 0; i < len(c.URL); i++ {
		if c.URL[i] != '#' && c.URL[i] != '&' {
			continue
		}
		for _, algorithm := range fragmentAlgorithms {
			value, ok := strings.CutPrefix(c.URL[i+1:], algorithm+"=")
			if ok {
				value, _, _ = strings.Cut(value, "&")
				return algorithm + ":" + value
			}
		}
	}
	return ""
}

// Hashable tells whether there is a file that pip can hash: not for an
// editable, a repository or a directory.
func (c *Content) Hashable() bool {
	if c.Kind == Editable || c.VCS {
		return false
	}
	if !c.Path {
		return true
	}
	path, _, _ := strings.Cut(c.file(), "#")
	path, _, _ = strings.Cut(path, "?")
	return isArchive(path)
}

// file is the URL of a direct reference without the extras that may stand
// behind a path.
func (c *Content) file() string {
	if !c.Path || len(c.Extras) == 0 || !strings.HasSuffix(c.URL, "]") {
		return c.URL
	}
	return c.URL[:strings.LastIndexByte(c.URL, '[')]
}

// FileName is the name of the file that a direct reference names.
func (c *Content) FileName() string {
	name, _, _ := strings.Cut(c.file(), "#")
	name, _, _ = strings.Cut(name, "?")
	name = name[strings.LastIndexByte(name, '/')+1:]
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}

// Address returns where the file of a direct reference lies: its URL, or its
// absolute path.
func (f *File) Address(l *Line) string {
	if !l.Path || isFileURL(l.URL) {
		return l.URL
	}
	path, _, _ := strings.Cut(l.file(), "#")
	return absolute(path, f.opts.Dir)
}
