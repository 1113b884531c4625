package pypi

import (
	"bytes"
	"net/url"
	"slices"

	"github.com/reqhash/reqhash/packaging"
)

// rest is what of a page was not packed when it was read, because nobody had
// asked about it: the page as it came. Packing whole pages, of which a run
// mostly wants one release, would take a quarter of the time of reading them and
// twice the memory. What is asked later is answered from here, not by the index.
type rest struct {
	body     []byte // by gzip, read once to its end without an error
	content  string
	final    *url.URL
	versions []string // keys of those that are packed
}

// mostReleases is how many releases a page is looked through for as it comes in;
// where more are wanted, all of it is packed.
const mostReleases = 4

// some returns what tells the files of a project that belong to one of some
// releases, nil for all files.
func some(project string, wanted []pin) func(name []byte) bool {
	if len(wanted) == 0 || len(wanted) > mostReleases {
		return nil
	}
	var may []func(name []byte) bool
	for _, want := range wanted {
		may = append(may, want.mayTake())
	}
	return func(name []byte) bool {
		for i := range may {
			if !may[i](name) {
				continue
			}
			if _, version, err := packaging.ParseFileVersion(project, string(name)); err == nil && wanted[i].admits(version) {
				return true
			}
		}
		return false
	}
}

// expect notes that a release will be asked about, unless the project is being
// asked about already.
func (r *remote) expect(name string, want pin) {
	p := r.project(name)
	select {
	case p.lock <- struct{}{}:
		p.expected = append(p.expected, want)
		<-p.lock
	default:
	}
}

// wanted are the releases that a page is read for, nil for all of it: where there
// are records, it is held against them too.
func (p *project) wanted(want pin) []pin {
	if len(p.records) > 0 || want.all || want.invalid {
		return nil
	}
	wanted := []pin{want}
	for _, e := range p.expected {
		if e.version.Key() != want.version.Key() {
			wanted = append(wanted, e)
		}
	}
	return wanted
}

// restOf returns what is left of a page, nil where all of it is packed.
func restOf(res *response, b *builder, wanted []pin) *rest {
	if b.want == nil || b.packer.files == b.listed {
		return nil
	}
	out := &rest{body: slices.Clip(res.recorded.kept), content: res.content, final: res.final}
	for _, want := range wanted {
		out.versions = append(out.versions, want.version.Key())
	}
	return out
}

// bytes is how much memory it takes.
func (r *rest) bytes() int64 {
	if r == nil {
		return 0
	}
	return int64(cap(r.body))
}

// complete packs all of a page where it lacks what is wanted.
func (r *remote) complete(k *kept, name string, want pin) *Error {
	rest := k.rest
	if rest == nil || !want.all && slices.Contains(rest.versions, want.version.Key()) {
		return nil
	}
	b := newBuilder(name, rest.final)
	body := &gzipBody{r: bytes.NewReader(rest.body)}
	defer body.done()
	if err := readSimple(&response{content: rest.content, final: rest.final, body: body}, b); err != nil {
		return asError(err)
	}
	before := k.page.bytes() + rest.bytes()
	k.page, k.rest = b.done(), nil
	return r.client.keep(k.page.bytes() - before)
}

// keep notes that so many more bytes of pages are kept.
func (c *Client) keep(more int64) *Error {
	if c.kept.Add(more) > c.options.KeepLimit {
		return failf(TooLarge, "the pages of this run are more than %d MiB together", c.options.KeepLimit>>20)
	}
	return nil
}
