package packaging

import (
	"fmt"
	"strings"
	"unicode"
)

// Kind is what a distribution file is.
type Kind uint8

const (
	Other Kind = iota // pip never installs it from an index: an egg, an installer, a package of a system, a dumb archive
	Wheel             // .whl
	Sdist             // an archive of the source, for pip any archive whose name gives project and version
)

// String returns "wheel", "sdist" or "other".
func (k Kind) String() string {
	switch k {
	case Wheel:
		return "wheel"
	case Sdist:
		return "sdist"
	}
	return "other"
}

// Filename is what the name of a distribution file says.
type Filename struct {
	Kind     Kind
	Version  Version  // zero if the name of an Other does not give one
	Build    string   // a wheel's build tag, as written: "1", "2local"; "" none
	Python   []string // a wheel's tags in lower case, split at each ".": cp311, py3
	ABI      []string
	Platform []string
	// PythonVersion is set for an sdist that is named for one Python, foo-1.0-py2.7.tar.gz, which pip takes on no other: "2.7".
	PythonVersion string
}

// sdistEndings are those that pip takes (utils/filetypes.py), in this case only.
var sdistEndings = [...]string{".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar", ".tbz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"}

// Installable tells whether pip looks at a file of this name at all: .whl, or the ending of an archive.
func Installable(filename string) bool {
	_, ending := splitEnding(filename)
	if ending == ".whl" {
		return true
	}
	for _, e := range sdistEndings {
		if ending == e {
			return true
		}
	}
	return false
}

// splitEnding cuts a name before its last ".", and before the ".tar" in front of that (pip's utils/misc.py, splitext). Dots that a name begins
// with do not count.
func splitEnding(name string) (stem, ending string) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || strings.Trim(name[:dot], ".") == "" {
		return name, ""
	}
	if tar := dot - len(".tar"); tar >= 0 && strings.EqualFold(name[tar:dot], ".tar") {
		dot = tar
	}
	return name[:dot], name[dot:]
}

// ParseFilename reads the name of a distribution file, without a path and not percent-encoded, of the project, which is normalized. Wheels are
// read as packaging.utils.parse_wheel_filename does, archives as pip's package finder does; what pip would not take is an Other, or an
// error if the name is not one of the project's or gives no version where it must. An Other's version is a guess.
func ParseFilename(project, filename string) (Filename, error) {
	stem, ending := splitEnding(filename)
	if ending == ".whl" {
		return parseWheel(project, filename, stem)
	}
	rest, ok := cutProject(project, stem)
	if !ok {
		return Filename{}, fmt.Errorf("the file %q is not named for the project %q", filename, project)
	}
	if dash := strings.LastIndexByte(rest, '-'); ending == ".rpm" && dash >= 0 {
		rest = rest[:dash] // in foo-1.0-1.noarch.rpm "-1" counts the builds
	}
	if !Installable(filename) || ending == ".zip" && strings.Contains(filename, "macosx10") {
		return parseOther(rest), nil
	}
	written, python := cutPython(rest)
	v, err := ParseVersion(written)
	if err == nil {
		return Filename{Kind: Sdist, Version: v, PythonVersion: python}, nil
	}
	if f := parseOther(rest); !f.Version.IsZero() {
		return f, nil
	}
	return Filename{}, fmt.Errorf("the file %q: %w", filename, err)
}

// cutProject returns what follows the project and a "-": the "-" is the first one before which the name, normalized, is the project.
func cutProject(project, stem string) (rest string, ok bool) {
	for i := 0; i < len(stem); i++ {
		if stem[i] == '-' && isNamed(stem[:i], project) {
			return stem[i+1:], true
		}
	}
	return "", false
}

// isNamed tells whether NormalizeName(name) is normal, without making it.
func isNamed(name, normal string) bool {
	j := 0
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 0x80 {
			return NormalizeName(name) == normal
		}
		if isSeparator(c) {
			if i > 0 && isSeparator(name[i-1]) {
				continue
			}
			c = '-'
		} else if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if j == len(normal) || normal[j] != c {
			return false
		}
		j++
	}
	return j == len(normal)
}

// cutPython cuts "-py2.7" off the end (pip's LinkEvaluator, _py_version_re).
func cutPython(s string) (rest, python string) {
	i := strings.LastIndex(s, "-py")
	if i < 0 {
		return s, ""
	}
	python = s[i+len("-py"):]
	if python == "" || python[0] < '1' || '3' < python[0] {
		return s, ""
	}
	minor := strings.TrimPrefix(python[1:], ".")
	if len(minor) > 1 || minor != "" && !isDigit(minor[0]) {
		return s, ""
	}
	return s[:i], python
}

// parseOther guesses the version of what follows the project in foo-1.0-py2.7.egg, foo-1.0.win32-py2.7.exe, foo-1.0-1.noarch.rpm,
// foo-1.0.linux-x86_64.tar.gz: the longest version that "-" or "." ends.
func parseOther(rest string) Filename {
	p, ok := scanRelease(rest, 0)
	if !ok {
		return Filename{}
	}
	release := p.end
	p.scanSuffix(rest)
	p.scanLocal(rest)
	for _, end := range [...]int{p.end, release} {
		if end == len(rest) || rest[end] == '-' || rest[end] == '.' {
			if v, err := ParseVersion(rest[:end]); err == nil {
				return Filename{Version: v}
			}
		}
	}
	return Filename{}
}

func parseWheel(project, filename, stem string) (Filename, error) {
	f, tags, err := scanWheel(project, filename, stem)
	if err != nil {
		return Filename{}, err
	}
	for i, into := range [...]*[]string{&f.Python, &f.ABI, &f.Platform} {
		*into = strings.Split(strings.ToLower(tags[i]), ".")
	}
	return f, nil
}

// scanWheel reads the name of a wheel but for its tags, which it looks over.
func scanWheel(project, filename, stem string) (f Filename, tags [3]string, err error) {
	refuse := func(why string) (Filename, [3]string, error) {
		return Filename{}, tags, fmt.Errorf("the wheel name %q %s", filename, why)
	}
	var parts [6]string
	n, rest := 0, stem
	for more := true; more && n < len(parts); n++ {
		parts[n], rest, more = strings.Cut(rest, "-")
		if n == len(parts)-1 && more {
			n++ // a seventh
		}
	}
	if n != 5 && n != 6 {
		return refuse("has not the five or six parts name-version(-build)-python-abi-platform")
	}
	if name := parts[0]; name == "" || strings.Contains(name, "__") || strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) && r != '.' }) {
		return refuse("begins with what is no project name")
	}
	if !isNamed(parts[0], project) {
		return refuse("is not that of the project " + project)
	}
	f.Kind = Wheel
	if f.Version, err = ParseVersion(parts[1]); err != nil {
		return Filename{}, tags, fmt.Errorf("the wheel name %q: %w", filename, err)
	}
	if n == 6 {
		if f.Build = parts[2]; digits(f.Build, 0) == 0 {
			return refuse("has a build tag that does not begin with a number")
		}
	}
	copy(tags[:], parts[n-3:n])
	for i := range tags {
		for tag := range strings.SplitSeq(tags[i], ".") {
			if tag == "" || i == 0 && !isIdentifier(strings.ToLower(tag)) {
				return refuse("has an empty tag, or one of an interpreter that is no identifier")
			}
		}
	}
	return f, tags, nil
}

// ParseFileVersion is ParseFilename for who wants kind and version alone, in half the time: an index lists a hundred thousand files.
func ParseFileVersion(project, filename string) (Kind, Version, error) {
	if stem, ending := splitEnding(filename); ending == ".whl" {
		f, _, err := scanWheel(project, filename, stem)
		return f.Kind, f.Version, err
	}
	f, err := ParseFilename(project, filename)
	return f.Kind, f.Version, err
}

// isIdentifier tells whether Python takes s as the name of a variable.
func isIdentifier(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (i == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)) {
			return false
		}
	}
	return s != ""
}
