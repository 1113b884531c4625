package pypi

import (
	"errors"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/reqhash/reqhash/packaging"
)

// readSimpleHTML reads a project page of the Simple API as HTML (PEP 503, 592,
// 629, 658), or any page of links, as it streams in: each <a href> is a link,
// relative to the first <base href>. Where no link leads to a distribution
// file, an error tells a page of the Simple API with nothing on it from a page
// of something else.
func readSimpleHTML(r io.Reader, b *builder) error {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxText * 4)
	h := htmlPage{builder: b, base: b.packer.base}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				if errors.Is(err, html.ErrBufferExceeded) {
					return failf(TooLarge, "the page has an element of more than %d bytes", maxText*4)
				}
				return err
			}
			if rest := z.Raw(); len(rest) > 0 && rest[0] == '<' {
				return failf(Malformed, "the page ends within a tag")
			}
			return h.end()
		case html.StartTagToken, html.SelfClosingTagToken:
			if err := h.tag(z); err != nil {
				return err
			}
		case html.TextToken:
			h.text(z.Text())
		}
	}
}

// htmlPage is a page being read.
type htmlPage struct {
	*builder
	base   *url.URL
	based  bool // a <base href> was seen
	simple bool // the page says that it is one of the Simple API
	links  int  // links to something that looks like a distribution file
	own    bool // one of them is a file of the project
	status string
	reason string
}

func (h *htmlPage) tag(z *html.Tokenizer) error {
	name, more := z.TagName()
	switch atom.Lookup(name) {
	case atom.A:
		return h.link(attributes(z, more))
	case atom.Base:
		if href, ok := attributes(z, more)["href"]; ok && !h.based {
			h.based = true
			if u, err := url.Parse(strings.TrimSpace(href)); err == nil && h.packer.base != nil {
				h.base = h.packer.base.ResolveReference(u)
			}
		}
	case atom.Meta:
		return h.meta(attributes(z, more))
	}
	return nil
}

// attributes returns those of the current tag, names in lower case, the first
// of a name as browsers have it.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	list := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := list[string(key)]; !twice {
			list[string(key)] = string(value)
		}
	}
	return list
}

func (h *htmlPage) meta(attr map[string]string) error {
	switch attr["name"] {
	case "pypi:repository-version":
		h.simple = true
		return checkAPIVersion(attr["content"])
	case "pypi:project-status":
		h.status = attr["content"]
	case "pypi:project-status-reason":
		h.reason = attr["content"]
	}
	return nil
}

// text looks for the heading that PEP 503's example and every server since has.
func (h *htmlPage) text(text []byte) {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(string(text))), "links for ") {
		h.simple = true
	}
}

func (h *htmlPage) link(attr map[string]string) error {
	href, ok := attr["href"]
	if !ok {
		return nil
	}
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return nil
	}
	if h.base != nil {
		u = h.base.ResolveReference(u)
	}
	name := linkName(u)
	if !distribution(name) {
		return nil
	}
	h.links++
	if !h.own && h.project != "" {
		_, err := packaging.ParseFilename(h.project, name)
		h.own = err == nil
	}
	e := &h.entry
	e.reset()
	e.name, e.link = append(e.name, name...), append(e.link, u.String()...)
	e.requiresPython = append(e.requiresPython, attr["data-requires-python"]...)
	e.digests = fragmentDigest(e.digests, href)
	if reason, ok := attr["data-yanked"]; ok {
		e.yanked, e.yankedReason = true, append(e.yankedReason, reason...)
	}
	for _, key := range []string{"data-core-metadata", "data-dist-info-metadata"} {
		if value, ok := attr[key]; ok {
			e.metadata = value != "false"
			e.metadataDigest = fragmentDigest(e.metadataDigest, "#"+value)
			break
		}
	}
	return h.add(&h.entry)
}

// end judges the page as a whole.
func (h *htmlPage) end() error {
	if h.links == 0 && !h.simple {
		return failf(Malformed, "the answer is HTML, but no page of the Simple API: it has no link to a distribution file")
	}
	if h.project != "" && !h.own && !h.simple {
		return failf(Malformed, "the answer is HTML, but no page of the Simple API: none of its links leads to a file of the project")
	}
	if h.status != "" {
		h.builder.status(h.status, h.reason)
	}
	return nil
}

// fragmentDigest appends the digest that a link carries: the leftmost
// "#sha256=hex" or "&sha256=hex", as pip's models/link.py has it. A digest
// that is not whole is none.
func fragmentDigest(digests []byte, link string) []byte {
	for i := 0; i < len(link); i++ {
		if link[i] != '#' && link[i] != '&' {
			continue
		}
		key, value, ok := strings.Cut(link[i+1:], "=")
		if !ok {
			break
		}
		switch key {
		case "sha512", "sha384", "sha256", "sha224", "sha1", "md5":
			value, _, _ = strings.Cut(value, "&")
			a, _ := packaging.ParseAlgorithm(key)
			return appendDigest(digests, a, []byte(value))
		}
	}
	return digests
}

// distribution tells whether a file name has an ending that distribution files
// have, those included that pip does not install.
func distribution(name string) bool {
	name = strings.ToLower(name)
	for _, ending := range []string{
		".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz",
		".tar.lzma", ".tar.z", ".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg",
	} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}
