package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
)

// formatControl is what --only-binary, --no-binary, --prefer-binary, --pre,
// --all-releases and --only-final say (models/format_control.py and
// release_control.py).
type formatControl struct {
	onlyBinary, noBinary []string // projects, or ":all:"
	preferBinary         bool
	all, final           []string // projects whose pre-releases count, or never do
}

func (c *formatControl) set(option, value string) {
	switch option {
	case "only-binary":
		exclude(value, &c.onlyBinary, &c.noBinary)
	case "no-binary":
		exclude(value, &c.noBinary, &c.onlyBinary)
	case "prefer-binary":
		c.preferBinary = true
	case "pre":
		exclude(":all:", &c.all, &c.final)
	case "all-releases":
		exclude(value, &c.all, &c.final)
	case "only-final":
		exclude(value, &c.final, &c.all)
	}
}

// exclude adds what a value lists to one and takes it from the other
// (FormatControl.handle_mutual_excludes).
func exclude(value string, to, from *[]string) {
	words := strings.Split(value, ",")
	for i := slices.Index(words, ":all:"); i >= 0; i = slices.Index(words, ":all:") {
		*to, *from = []string{":all:"}, nil
		words = words[i+1:]
		if !slices.Contains(words, ":none:") {
			return
		}
	}
	for _, w := range words {
		if w == ":none:" {
			*to = nil
			continue
		}
		w = packaging.NormalizeName(w)
		*from = slices.DeleteFunc(*from, func(x string) bool { return x == w })
		*to = append(*to, w)
	}
}

func (c *formatControl) allows(project string, k packaging.Kind) bool {
	switch {
	case slices.Contains(c.onlyBinary, project):
		return k == packaging.Wheel
	case slices.Contains(c.noBinary, project):
		return k != packaging.Wheel
	case slices.Contains(c.onlyBinary, ":all:"):
		return k == packaging.Wheel
	case slices.Contains(c.noBinary, ":all:"):
		return k != packaging.Wheel
	}
	return true
}

// prereleases tells whether pre-releases count beside final ones.
func (c *formatControl) prereleases(project string, spec packaging.Specifiers) bool {
	switch {
	case slices.Contains(c.all, project):
		return true
	case c.onlyFinal(project):
		return false
	case slices.Contains(c.all, ":all:"):
		return true
	}
	return slices.ContainsFunc(spec, func(s packaging.Specifier) bool {
		v, err := packaging.ParseVersion(s.Version)
		return s.Op != "!=" && err == nil && v.Prerelease()
	})
}

// onlyFinal tells whether pre-releases never count.
func (c *formatControl) onlyFinal(project string) bool {
	return slices.Contains(c.final, project) || slices.Contains(c.final, ":all:") && !slices.Contains(c.all, project)
}
