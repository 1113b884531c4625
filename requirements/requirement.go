package requirements

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reqhash/reqhash/packaging"
)

func isBlankRune(r rune) bool {
	return r == ' ' || r >= '\t' && r <= '\r' || r >= 0x1c && r <= 0x1f || r > unicode.MaxASCII && isWideBlank(r)
}

// brief is an error whose words are cut off where they become long: it may
// quote a line of any length.
type brief struct{ error }

func (b brief) Error() string { return shorten(b.error.Error()) }
func (b brief) Unwrap() error { return b.error }

// strip is Python's str.strip.
func strip(s string) string {
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	if s == "" || s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf {
		return s
	}
	return strings.TrimFunc(s, isBlankRune)
}

// shorten keeps a message readable whatever the line holds.
func shorten(s string) string {
	const most = 240 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func quote(s string) string { return strconv.Quote(shorten(s)) }

// requirement reads the text of a requirement into l: req/constructors.py,
// parse_req_from_line, and what of req/req_install.py, InstallRequirement, can
// refuse it.
func (r *reader) requirement(l *Line, text string) error {
	if pin, marker, ok := cutPin(text); ok {
		if l.Marker = strip(marker); l.Marker != "" {
			if err := r.marker(l.Marker); err != nil {
				return fmt.Errorf("invalid requirement %s: marker %s: %w", quote(pin), quote(l.Marker), brief{err})
			}
		}
		r.pin(l, pin)
		return nil
	}
	url, err := isURL(text)
	if err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(text), err)
	}
	separator := ";"
	if url {
		separator = "; "
	}
	name, marker, cut := strings.Cut(text, separator)
	if l.Marker = strip(marker); l.Marker != "" {
		if err := r.marker(l.Marker); err != nil {
			return fmt.Errorf("invalid requirement %s: marker %s: %w", quote(strip(name)), quote(l.Marker), brief{err})
		}
	}
	name = strip(name)
	if !cut {
		// What follows the name decides no more than before.
	} else if url, err = isURL(name); err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(name), err)
	}
	if url {
		return r.urlRequirement(l, name)
	}
	return r.namedOrPath(l, name)
}

func (r *reader) marker(text string) error {
	err, known := r.marks[text]
	if !known {
		_, err = packaging.ParseMarker(text)
		if r.marks == nil {
			r.marks = map[string]error{}
		}
		if len(r.marks) < 1024 && len(text) < 1024 { // they are kept for other files
			r.marks[strings.Clone(text)] = err
		}
	}
	return err
}

func (r *reader) urlRequirement(l *Line, name string) error {
	k, err := newLink(name)
	if err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(name), err)
	}
	l.URL, l.Direct = name, true
	return r.linked(l, k)
}

// linked takes name and version from an archive's name or the egg fragment.
func (r *reader) linked(l *Line, k link) error {
	if k.scheme == "file" && strings.Contains(k.url, "../") { // pip takes it for a relative path
		var err error
		if k, err = newLink(pathURL(unquote(k.path), r.f.opts.Dir)); err != nil {
			return fmt.Errorf("invalid requirement %s: %w", quote(l.URL), err)
		}
	}
	l.VCS, l.Path = vcsSchemes[k.scheme], k.scheme == "file"
	if k.isWheel() {
		name, version, err := wheelName(k.filename())
		if err != nil {
			return fmt.Errorf("invalid requirement %s: %w", quote(l.URL), err)
		}
		l.Name, l.Specifier = name, "=="+version
		l.Specifiers = packaging.Specifiers{{Op: "==", Version: version}}
	} else if egg, ok := k.egg(); ok {
		l.Name = egg
	}
	if err := k.checkFile(); err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(l.URL), err)
	}
	return nil
}

// wheelName is what pip takes from a wheel's file name (models/wheel.py).
func wheelName(filename string) (name, version string, err error) {
	project, _, _ := strings.Cut(filename, "-")
	name = packaging.NormalizeName(project)
	parsed, err := packaging.ParseFilename(name, filename)
	if err != nil {
		return "", "", err
	}
	if parsed.Kind != packaging.Wheel {
		return "", "", errors.New("not a wheel's file name: " + quote(filename))
	}
	if !isProjectName(name) || strings.ContainsRune(project, 'İ') { // which Python lower-cases to two characters
		return "", "", errors.New("no project name in " + quote(filename))
	}
	return name, parsed.Version.String(), nil
}

// namedOrPath tells a path from a requirement of PEP 508
// (req/constructors.py, _get_url_from_path and _looks_like_path).
func (r *reader) namedOrPath(l *Line, name string) error {
	opts := &r.f.opts
	bare, extras := name, ""
	pathlike := strings.IndexByte(name, '/') >= 0 || strings.HasPrefix(name, ".")
	full := "" // the absolute path, where it can matter
	if pathlike || name == "" {
		full = absolute(name, opts.Dir)
		bare, extras = splitExtras(full)
		full = bare
	} else if name[len(name)-1] == ']' {
		bare, extras = splitExtras(name)
	}
	if extras != "" {
		list, err := parseExtras(extras)
		if err != nil {
			return fmt.Errorf("invalid requirement %s: %w", quote(name), err)
		}
		l.Extras = list
	}
	stands := Nothing
	if pathlike {
		stands = opts.exists(full)
		if stands == Directory { // neither setup.py nor pyproject.toml in it
			if isAbs(name) {
				return fmt.Errorf("directory %s is not installable: it has neither setup.py nor pyproject.toml", quote(name))
			}
			l.URL, l.Direct, l.Path, l.Missing = name, true, true, true
			return nil
		}
	}
	if stands == Project || isArchive(bare) && r.archive(bare, full, name) {
		l.URL, l.Direct, l.Path = name, true, true
		k, err := newLink(pathURL(bare, opts.Dir))
		if err != nil {
			return fmt.Errorf("invalid requirement %s: %w", quote(name), err)
		}
		return r.linked(l, k)
	}
	req, err := packaging.ParseRequirement(name)
	if err != nil {
		if stands == Nothing && strings.IndexByte(name, '/') >= 0 && (name[0] == '.' || name[0] == '/') && !strings.ContainsAny(name, " \t") {
			l.URL, l.Direct, l.Path, l.Missing = name, true, true, true
			return nil
		}
		return fmt.Errorf("invalid requirement %s: %w%s", quote(name), brief{err}, hint(name))
	}
	l.Name, l.Specifier, l.Specifiers = req.Name, req.Specifier, req.Specifiers
	if extras == "" {
		l.Extras = req.Extras
	}
	if req.URL != "" {
		k, err := newLink(req.URL)
		if err == nil {
			err = k.checkFile()
		}
		if err != nil {
			return fmt.Errorf("invalid requirement %s: %w", quote(name), err)
		}
		l.URL, l.Direct = req.URL, true
		l.VCS, l.Path = vcsSchemes[k.scheme], k.scheme == "file"
	}
	return nil
}

// cutPin takes a text of the form name==1.2.3, which most requirements have,
// from the marker that may follow: neither a URL, whose scheme has no =, nor an
// archive's name, and nothing that packaging.ParseRequirement would read
// otherwise.
func cutPin(text string) (pin, marker string, ok bool) {
	n := strings.IndexByte(text, '=')
	if n < 0 || len(text) < n+3 || text[n+1] != '=' || !isProjectName(text[:n]) {
		return "", "", false
	}
	i, digit := n+2, false
	for ; i < len(text); i++ {
		if c := text[i]; c-'0' > 9 && (c != '.' || !digit) {
			break
		}
		digit = text[i] != '.'
	}
	pin = text[:i]
	for i < len(text) && text[i] == ' ' {
		i++
	}
	switch {
	case !digit:
		return "", "", false
	case i == len(text):
		return pin, "", true
	}
	return pin, text[i+1:], text[i] == ';'
}

// pin fills in what a pin says.
func (r *reader) pin(l *Line, pin string) {
	if len(r.pins) == cap(r.pins) {
		r.pins = make([]packaging.Specifier, 0, r.room(128, 1))
	}
	n, i := strings.IndexByte(pin, '='), len(r.pins)
	r.pins = append(r.pins, packaging.Specifier{Op: "==", Version: pin[n+2:]})
	l.Name, l.Specifier, l.Specifiers = pin[:n], pin[n:], r.pins[i:i+1:i+1]
}

// archive tells whether pip takes a name with an archive's extension for a
// file: one that exists, or any unless it is of the form name @ URL.
func (r *reader) archive(bare, full, name string) bool {
	if full == "" {
		full = absolute(bare, r.f.opts.Dir)
	}
	if r.f.opts.exists(full) == Regular {
		return true
	}
	before, _, at := strings.Cut(name, "@")
	return !at || strings.IndexByte(before, '/') >= 0 || strings.HasPrefix(before, ".")
}

// hint is pip's own, for a requirement that does not parse.
func hint(name string) string {
	if strings.IndexByte(name, '/') < 0 && strings.IndexByte(name, '=') >= 0 && !strings.Contains(name, "==") && !strings.ContainsAny(name, "<>") && !strings.Contains(name, "~=") && !strings.Contains(name, "!=") {
		return "; = is not an operator, == is"
	}
	return ""
}

// splitExtras is utils/urls.py, strip_extras: "^(.+)(\[[^\]]+\])$".
func splitExtras(p string) (bare, extras string) {
	if !strings.HasSuffix(p, "]") {
		return p, ""
	}
	inner := p[:len(p)-1]
	// [^\]]+ may hold [ but no ], and .+ is greedy but no line feed is in it.
	from := strings.LastIndexByte(inner, ']') + 1
	open := strings.LastIndexByte(inner, '[')
	if open == len(inner)-1 && open > 0 { // nothing inside: an earlier [ may do
		open = strings.LastIndexByte(inner[:open], '[')
	}
	if open < max(from, 1) || open == len(inner)-1 || strings.IndexByte(p[:open], '\n') >= 0 {
		return p, ""
	}
	return strings.TrimRightFunc(p[:open], isBlankRune), p[open:]
}

// parseExtras reads "[x, y]" in lower case, as _convert_extras does.
func parseExtras(extras string) ([]string, error) {
	req, err := packaging.ParseRequirement("placeholder" + strings.ToLower(extras))
	if err != nil {
		return nil, brief{err}
	}
	return req.Extras, nil
}

// editable reads the value of -e into l: req/constructors.py, parse_editable.
func (r *reader) editable(l *Line, text string) error {
	dir := r.f.opts.Dir
	l.Direct = true
	name, url := "", text
	if req, err := packaging.ParseRequirement(text); err == nil && req.URL != "" {
		name, url = req.Name, req.URL
		l.Marker, l.Extras = req.Marker, req.Extras
	} else {
		bare, extras := splitExtras(text)
		var list []string
		if extras != "" {
			if list, err = parseExtras(extras); err != nil {
				return fmt.Errorf("invalid requirement %s: %w", quote(text), err)
			}
		}
		stands := Nothing
		if bare != "" {
			stands = r.f.opts.exists(absolute(bare, dir))
		}
		switch {
		case stands == Project || stands == Directory:
			l.Extras, url = list, pathURL(bare, dir)
		case strings.HasPrefix(strings.ToLower(bare), "file:"):
			l.Extras, url = list, bare
		default:
			for _, vcs := range []string{"git", "hg", "bzr", "svn"} {
				if strings.HasPrefix(strings.ToLower(text), vcs+":") {
					url = vcs + "+" + text
					break
				}
			}
		}
	}
	k, err := newLink(url)
	if err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(text), err)
	}
	if name == "" {
		name, _ = k.egg()
	}
	l.URL, l.Name, l.VCS = text, name, vcsSchemes[k.scheme]
	local := strings.HasPrefix(k.url, "file:")
	l.Path = local
	if !l.VCS && !local {
		if k.scheme == "" && name == "" && !strings.ContainsAny(text, " \t") && text != "" {
			l.Path, l.Missing = true, true
			return nil
		}
		return fmt.Errorf("%s is not a valid editable requirement: it should be a path to a local project or a version control URL", quote(text))
	}
	if name == "" && !local {
		return fmt.Errorf("could not detect the name of %s: write name @ URL", quote(text))
	}
	if err := k.checkFile(); err != nil {
		return fmt.Errorf("invalid requirement %s: %w", quote(text), err)
	}
	return nil
}
