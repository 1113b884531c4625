package pypi

import (
	"path/filepath"
	"strings"
)

// Line is one option line of a requirements file, as pip's handle_option_line
// gets it.
type Line struct {
	// Dir is the absolute path of the folder that the file lies in.
	Dir string
	// Options are those of the line in order, under pip's long names without
	// dashes; others than those of an index are passed over.
	Options []Option
}

// Option is an option of a line; Value is "" for flags.
type Option struct{ Name, Value string }

// Sources returns what pip would ask, given the option lines of everything
// that a root reads, in reading order (pip's req/req_file.py,
// handle_option_line). An --index-url of a line discards all indexes before
// it, those of PIP_EXTRA_INDEX_URL too; --no-index is final.
func (c Config) Sources(lines []Line) Sources {
	s := Sources{FindLinks: list(c.FindLinks), Trusted: list(c.TrustedHosts)}
	none := c.NoIndex
	if !none {
		s.Indexes = append([]string{c.IndexURL}, c.ExtraIndexURLs...)
	}
	for _, line := range lines {
		var index, found string
		var extra []string
		for _, o := range line.Options {
			switch {
			case o.Name == "no-index":
				none, s.Indexes = true, nil
			case o.Value == "":
			case o.Name == "index-url":
				index = o.Value
			case o.Name == "extra-index-url":
				extra = append(extra, o.Value)
			case o.Name == "find-links":
				if found == "" {
					found = o.Value
				}
			case o.Name == "trusted-host":
				s.Trusted = append(s.Trusted, o.Value)
			}
		}
		if index != "" && !none {
			s.Indexes = []string{index}
		}
		if !none {
			s.Indexes = append(s.Indexes, extra...)
		}
		if found != "" {
			if path := filepath.Join(line.Dir, found); !remoteAddress(found) && !filepath.IsAbs(found) && c.exists(path) {
				found = path
			}
			s.FindLinks = append(s.FindLinks, found)
		}
	}
	c.absolute(s.Indexes)
	c.absolute(s.FindLinks)
	return s
}

// Only returns the Sources of the given indexes alone, for --index-url and our
// own configuration: no line, no variable and no find-links has a say then.
func (c Config) Only(indexes ...string) Sources {
	s := Sources{Indexes: list(indexes), Trusted: list(c.TrustedHosts)}
	c.absolute(s.Indexes)
	return s
}

// Own returns the addresses that the configuration names, and further ones:
// see Options.Own.
func (c Config) Own(more ...string) []string {
	own := append([]string{c.IndexURL}, c.ExtraIndexURLs...)
	return append(append(own, c.FindLinks...), more...)
}

// With returns the Sources with further indexes at the end.
func (c Config) With(s Sources, extra ...string) Sources {
	more := list(extra)
	c.absolute(more)
	s.Indexes = append(list(s.Indexes), more...)
	return s
}

func (c Config) exists(path string) bool {
	return c.env.Exists != nil && c.env.Exists(path)
}

// absolute makes paths of folders absolute, in place.
func (c Config) absolute(addresses []string) {
	for i, a := range addresses {
		if !remoteAddress(a) && !filepath.IsAbs(a) {
			addresses[i] = filepath.Join(c.env.Dir, a)
		}
	}
}

// remoteAddress tells a URL from a path.
func remoteAddress(address string) bool {
	return strings.Contains(address, "://") || strings.HasPrefix(strings.ToLower(address), "file:")
}

func list(of []string) []string { return append([]string(nil), of...) }
