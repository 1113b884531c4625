package requirements

import (
	"errors"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// link is a URL as Python's urllib.parse.urlsplit and pip's models/link.py,
// Link, take it apart.
type link struct {
	url                  string
	scheme, netloc, path string // path is still percent-encoded
	query, fragment      string
}

// vcsSchemes are the URL schemes of version control (vcs/git.py and the others
// beside it).
var vcsSchemes = map[string]bool{
	"git+http": true, "git+https": true, "git+ssh": true, "git+git": true, "git+file": true,
	"hg+file": true, "hg+http": true, "hg+https": true, "hg+ssh": true, "hg+static-http": true,
	"bzr+http": true, "bzr+https": true, "bzr+ssh": true, "bzr+sftp": true, "bzr+ftp": true, "bzr+lp": true, "bzr+file": true,
	"svn+ssh": true, "svn+http": true, "svn+https": true, "svn+svn": true, "svn+file": true,
}

// splitURL is urllib.parse.urlsplit of CPython 3.11. It fails where that
// raises ValueError, which pip does not catch.
func splitURL(text string) (link, error) {
	l := link{url: text}
	s := strings.TrimLeftFunc(text, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	if i := strings.IndexByte(s, ':'); i > 0 && isLetter(s[0]) && isScheme(s[:i]) {
		l.scheme, s = strings.ToLower(s[:i]), s[i+1:]
	}
	if strings.HasPrefix(s, "//") {
		end := strings.IndexAny(s[2:], "/?#")
		if end < 0 {
			end = len(s) - 2
		}
		l.netloc, s = s[2:2+end], s[2+end:]
		if err := checkNetloc(l.netloc); err != nil {
			return l, err
		}
	}
	s, l.fragment, _ = strings.Cut(s, "#")
	l.path, l.query, _ = strings.Cut(s, "?")
	return l, nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !isLetter(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// checkNetloc: brackets hold an IPv6 address and nothing else, and no
// character may turn into a delimiter under NFKC (urllib.parse, urlsplit and
// _checknetloc).
func checkNetloc(netloc string) error {
	open, closed := strings.IndexByte(netloc, '['), strings.IndexByte(netloc, ']')
	if (open < 0) != (closed < 0) {
		return errors.New("invalid IPv6 URL")
	}
	if open >= 0 {
		host, _, _ := strings.Cut(netloc[open+1:], "]")
		if err := checkBracketed(host); err != nil {
			return err
		}
	}
	for i := 0; i < len(netloc); i++ {
		if netloc[i] < utf8.RuneSelf {
			continue
		}
		bare := strings.NewReplacer("@", "", ":", "", "#", "", "?", "").Replace(netloc)
		if folded := norm.NFKC.String(bare); folded != bare && strings.ContainsAny(folded, "/?#@:") {
			return errors.New("the host contains characters that turn into delimiters")
		}
		break
	}
	return nil
}

func checkBracketed(host string) error {
	if strings.HasPrefix(host, "v") {
		version, rest, ok := strings.Cut(host[1:], ".")
		if !ok || version == "" || rest == "" || strings.Trim(version, "0123456789abcdefABCDEF") != "" || strings.Contains(rest, "\n") {
			return errors.New("invalid IPvFuture address")
		}
		return nil
	}
	if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
		return errors.New("brackets in a URL hold an IPv6 address")
	}
	return nil
}

// isURL is vcs/versioncontrol.py, is_url.
func isURL(text string) (bool, error) {
	if strings.IndexByte(text, ':') < 0 && strings.IndexByte(text, '/') < 0 {
		return false, nil
	}
	l, err := splitURL(text)
	if err != nil {
		return false, err
	}
	switch l.scheme {
	case "http", "https", "file", "ftp":
		return true, nil
	}
	return vcsSchemes[l.scheme], nil
}

// newLink is models/link.py, Link: the fragment's egg must be a bare name, and
// a file: URL that pip opens must be local.
func newLink(text string) (link, error) {
	if strings.HasPrefix(text, `\\`) { // a UNC share; on POSIX a path like any other
		text = pathURL(text, "/")
	}
	l, err := splitURL(text)
	if err != nil {
		return l, err
	}
	if egg, ok := l.egg(); ok && !isProjectName(egg) {
		return l, errors.New("the egg fragment of the URL is no project name: " + quote(egg))
	}
	return l, nil
}

// checkFile is utils/urls.py, url_to_path, on POSIX.
func (l link) checkFile() error {
	if l.scheme != "file" {
		return nil
	}
	if !strings.HasPrefix(l.url, "file:") {
		return errors.New("pip takes file: URLs in lower case only: " + quote(l.url))
	}
	if l.netloc != "" && l.netloc != "localhost" {
		return errors.New("file: URL of another host: " + quote(l.url))
	}
	return nil
}

// egg is the value of the first #egg= or &egg= of the whole URL.
func (l link) egg() (string, bool) {
	for i := 0; i < len(l.url); i++ {
		if (l.url[i] == '#' || l.url[i] == '&') && strings.HasPrefix(l.url[i+1:], "egg=") {
			egg, _, _ := strings.Cut(l.url[i+5:], "&")
			return egg, true
		}
	}
	return "", false
}

// isProjectName is PEP 508's name, whole.
func isProjectName(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := isLetter(c) || c >= '0' && c <= '9'
		if !alnum && (i == 0 || i == len(s)-1 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return true
}

// filename is the last component of the decoded path, else the host without
// credentials; "." and ".." are none.
func (l link) filename() string {
	name := lastComponent(strings.TrimRight(unquote(l.path), "/"))
	if name != "" && name != "." && name != ".." {
		return name
	}
	host := l.netloc
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return lastComponent(host)
}

func lastComponent(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// isWheel: the extension is .whl, in lower case.
func (l link) isWheel() bool {
	_, ext := splitExt(lastComponent(strings.TrimRight(unquote(l.path), "/")))
	return ext == ".whl"
}

// unquote decodes %xx as urllib.parse.unquote does: bytes that are no UTF-8
// become U+FFFD.
func unquote(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// splitExt is utils/misc.py, splitext: like os.path.splitext, with .tar taken
// along. Leading dots of the last component start no extension.
func splitExt(p string) (base, ext string) {
	slash := strings.LastIndexByte(p, '/')
	dot := strings.LastIndexByte(p, '.')
	base = p
	if dot > slash && strings.Trim(p[slash+1:dot], ".") != "" {
		base, ext = p[:dot], p[dot:]
	}
	if n := len(base) - 4; n >= 0 && strings.EqualFold(base[n:], ".tar") {
		ext = base[n:] + ext
		base = base[:n]
	}
	return base, ext
}

// isArchive is utils/filetypes.py, is_archive_file.
func isArchive(p string) bool {
	if p == "" || strings.IndexByte("plz2raPLZRA", p[len(p)-1]) < 0 {
		return false
	}
	_, ext := splitExt(p)
	switch strings.ToLower(ext) {
	case ".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma":
		return true
	}
	return false
}

// absolute is os.path.abspath on POSIX.
func absolute(p, dir string) string {
	if !isAbs(p) {
		p = strings.TrimRight(dir, "/") + "/" + p
	}
	two := strings.HasPrefix(p, "//") && !strings.HasPrefix(p, "///")
	p = path.Clean(p)
	if two { // POSIX leaves two slashes alone
		p = "/" + p
	}
	return p
}

// pathURL is utils/urls.py, path_to_url: absolute, percent-encoded.
func pathURL(p, dir string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	p = absolute(p, dir)
	b.WriteString("file:")
	if !strings.HasPrefix(p, "//") { // else what follows is a host to urljoin
		b.WriteString("//")
	}
	for i := 0; i < len(p); i++ {
		if c := p[i]; isWord(c) || strings.IndexByte("-.~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// joinURL is urllib.parse.urljoin for the includes of a file read by URL.
func joinURL(base, ref string) string {
	b, err1 := url.Parse(base)
	r, err2 := url.Parse(ref)
	if err1 != nil || err2 != nil {
		return ref
	}
	return b.ResolveReference(r).String()
}
