package requirements

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reqhash/reqhash/packaging"
)

// option is an option that pip takes in requirements files (req_file.py,
// SUPPORTED_OPTIONS and SUPPORTED_OPTIONS_REQ).
type option struct {
	long  string
	short byte
	flag  bool
	name  string // pip's long name where long is another spelling
}

var options = []option{
	{long: "--index-url", short: 'i'}, {long: "--pypi-url", name: "index-url"},
	{long: "--extra-index-url"}, {long: "--no-index", flag: true},
	{long: "--constraint", short: 'c'}, {long: "--requirement", short: 'r'},
	{long: "--editable", short: 'e'}, {long: "--find-links", short: 'f'},
	{long: "--no-binary"}, {long: "--only-binary"}, {long: "--prefer-binary", flag: true},
	{long: "--require-hashes", flag: true}, {long: "--no-require-hashes", flag: true},
	{long: "--pre", flag: true}, {long: "--all-releases"}, {long: "--only-final"},
	{long: "--trusted-host"}, {long: "--use-feature"}, {long: "--hash"},
	{long: "--config-settings", short: 'C'},
}

// features are what --use-feature may name (cli/cmdoptions.py,
// use_new_feature).
var features = []string{"fast-deps", "inprocess-build-deps", "venv-isolation", "truststore", "no-binary-enable-wheel-cache", "build-constraint"}

// longOption finds the option that name is, or is the only one to start with
// (optparse, _match_abbrev).
func longOption(name string) (*option, error) {
	var found *option
	var all []string
	for i := range options {
		o := &options[i]
		if o.long == name {
			return o, nil
		}
		if strings.HasPrefix(o.long, name) {
			found = o
			all = append(all, o.long)
		}
	}
	switch len(all) {
	case 0:
		return nil, fmt.Errorf("no such option: %s", name)
	case 1:
		return found, nil
	}
	slices.Sort(all)
	return nil, fmt.Errorf("ambiguous option: %s (%s?)", name, strings.Join(all, ", "))
}

func shortOption(c byte) *option {
	for i := range options {
		if options[i].short == c && c != 0 {
			return &options[i]
		}
	}
	return nil
}

func (o *option) pipName() string {
	if o.name != "" {
		return o.name
	}
	return o.long[2:]
}

// given is an option as it stands on a line: the words from a to b, and the
// value's own bytes from va to vb.
type given struct {
	name   string
	flag   bool
	value  string
	a, b   int
	va, vb int
}

// parsed is what optparse makes of the option text of one line.
type parsed struct {
	given   []given // all but hashes, in order
	dropped []word  // words that are no option: pip forgets them
	dashes  int     // offset behind the word -- that ended the options, or 0
	hashes  int     // how many hashes stand there
	badHash []given // hashes whose text is no digest
	twice   []twice // repeated digests
	upper   []int   // indices of hashes with upper-case digits
}

// reset empties p and keeps its memory.
func (p *parsed) reset() {
	*p = parsed{given: p.given[:0], dropped: p.dropped[:0], badHash: p.badHash[:0], twice: p.twice[:0], upper: p.upper[:0]}
}

type twice struct{ first, again int } // indices into the line's hashes

// parseOptions reads the option text of the line, from offset p of b on.
// Hashes go to the arena; Line.Hashes is cut from it by the caller. The error
// is why pip refuses the line; words behind it are still split, since a quote
// left open is found before any option is read.
func (r *reader) parseOptions(out *parsed, p int) error {
	w := &r.words
	w.b, w.pos, w.buf = r.b, p, w.buf[:0]
	r.seen.reset()
	var refused error
	for {
		for refused == nil && out.dashes == 0 && r.plainHash(out) {
		}
		wd, ok, err := w.next()
		if err != nil {
			return fmt.Errorf("could not split options %q: %w", shorten(string(r.b[p:])), err)
		}
		if !ok {
			return refused
		}
		if refused != nil {
			continue
		}
		refused = r.parseWord(out, wd)
		var split *splitError
		if errors.As(refused, &split) {
			return fmt.Errorf("could not split options %q: %w", shorten(string(r.b[p:])), split.err)
		}
	}
}

// splitError is a word that shlex cannot end.
type splitError struct{ err error }

func (e *splitError) Error() string { return e.err.Error() }

// parseWord handles one word and the value that follows it (optparse,
// _process_args).
func (r *reader) parseWord(out *parsed, wd word) error {
	v := wd.value
	switch {
	case out.dashes > 0:
		out.drop(wd)
	case string(v) == "--":
		out.dashes = wd.b
	case bytes.HasPrefix(v, []byte("--")):
		return r.parseLong(out, wd)
	case len(v) > 1 && v[0] == '-':
		return r.parseShort(out, wd)
	default:
		out.drop(wd)
	}
	return nil
}

// drop notes a word that pip forgets; of very many, the last stand for the
// rest of the line.
func (p *parsed) drop(wd word) {
	if n := len(p.dropped); n == maxDropped {
		p.dropped[n-1].b = wd.b
		return
	}
	p.dropped = append(p.dropped, wd)
}

const maxDropped = 4096 // words of one line told apart

func (r *reader) parseLong(out *parsed, wd word) error {
	name, value, has := bytes.Cut(wd.value, []byte{'='})
	o, err := longOption(string(name))
	if err != nil {
		return err
	}
	g := given{name: o.pipName(), flag: o.flag, a: wd.a, b: wd.b, va: wd.b, vb: wd.b}
	if o.flag {
		if has {
			return fmt.Errorf("%s option does not take a value", o.long)
		}
		out.given = append(out.given, g)
		return nil
	}
	if has {
		g.va = wd.a + r.valueOffset(wd, '=')
	} else if value, err = r.following(&g, o.long); err != nil {
		return err
	}
	return r.take(out, g, value, o.long)
}

// valueOffset is where the value starts in the bytes of a word of the form
// --name=value, which may be quoted anywhere.
func (r *reader) valueOffset(wd word, mark byte) int {
	return bytes.IndexByte(r.b[wd.a:wd.b], mark) + 1
}

func (r *reader) parseShort(out *parsed, wd word) error {
	o := shortOption(wd.value[1])
	if o == nil {
		_, n := utf8.DecodeRune(wd.value[1:])
		return fmt.Errorf("no such option: -%s", wd.value[1:1+n])
	}
	g := given{name: o.pipName(), a: wd.a, b: wd.b, va: wd.b, vb: wd.b}
	value := wd.value[2:]
	if len(value) > 0 {
		g.va = min(wd.a+2, wd.b)
	} else {
		var err error
		if value, err = r.following(&g, "-"+string(o.short)); err != nil {
			return err
		}
	}
	return r.take(out, g, value, "-"+string(o.short))
}

// following takes the next word as the value, even one that starts with -.
func (r *reader) following(g *given, name string) ([]byte, error) {
	next, ok, err := r.words.next()
	if err != nil {
		return nil, &splitError{err}
	}
	if !ok {
		return nil, fmt.Errorf("%s option requires 1 argument", name)
	}
	g.b, g.va, g.vb = next.b, next.a, next.b
	return next.value, nil
}

// take stores a value, refusing those that pip refuses: cli/cmdoptions.py,
// _handle_merge_hash, _handle_config_settings, _handle_no_binary and the like,
// and network/session.py, add_trusted_host.
func (r *reader) take(out *parsed, g given, value []byte, spelled string) error {
	switch g.name {
	case "hash":
		return r.takeHash(out, g, value, spelled)
	case "config-settings":
		if bytes.IndexByte(value, '=') < 0 {
			return fmt.Errorf("arguments to %s must be of the form KEY=VAL", spelled)
		}
	case "use-feature":
		if !slices.Contains(features, string(value)) {
			return fmt.Errorf("option %s: invalid choice: %q (choose from %s)", spelled, value, strings.Join(features, ", "))
		}
	case "no-binary", "only-binary":
		if bytes.HasPrefix(value, []byte("-")) {
			return errors.New("--no-binary / --only-binary option requires 1 argument")
		}
	case "all-releases", "only-final":
		if bytes.HasPrefix(value, []byte("-")) {
			return errors.New("--all-releases / --only-final option requires 1 argument")
		}
	}
	g.value = string(value)
	out.given = append(out.given, g)
	return nil
}

// takeHash stores a hash that plainHash did not take: pip wants one of three
// algorithms and a colon, and looks no further (_handle_merge_hash).
func (r *reader) takeHash(out *parsed, g given, value []byte, spelled string) error {
	algorithm, digits, ok := bytes.Cut(value, []byte{':'})
	if !ok {
		out.badHash = append(out.badHash, g)
		return fmt.Errorf("arguments to %s must be a hash name followed by a value, like --hash=sha256:abcde..., not %s", spelled, quote(string(value)))
	}
	switch string(algorithm) {
	case "sha256", "sha384", "sha512":
	default:
		g.value = string(value)
		out.badHash = append(out.badHash, g)
		return fmt.Errorf("allowed hash algorithms for %s are sha256, sha384, sha512, not %s", spelled, quote(string(algorithm)))
	}
	a, _ := packaging.ParseAlgorithm(string(algorithm))
	d, ok := packaging.DigestFromHex(a, digits)
	h := r.newHash(out)
	r.setAside(h, d, value)
	r.noteHash(out, h, g.va, max(g.vb, g.va), digits, ok)
	if !ok {
		g.value = string(value)
		out.badHash = append(out.badHash, g)
	}
	return nil
}

const (
	plainHash    = "--hash=sha256:"
	plainHashLen = len(plainHash) + 64
)

// plainHash takes the word that files are made of: --hash=sha256: and 64
// hexadecimal digits, up to a blank or the end. It reports false at any other
// word, and has then moved over blanks only.
func (r *reader) plainHash(out *parsed) bool {
	w := &r.words
	w.skip()
	a := w.pos
	rest := w.b[a:]
	if len(rest) < plainHashLen || string(rest[:len(plainHash)]) != plainHash ||
		len(rest) > plainHashLen && !isShellBlank(rest[plainHashLen]) {
		return false
	}
	h := r.newHash(out)
	digits := rest[len(plainHash):plainHashLen]
	ok, lower := packaging.DecodeSHA256(&h.sum, digits)
	if !ok {
		r.drop(1)
		return false
	}
	if !lower {
		r.setAside(h, packaging.SHA256Digest(&h.sum), rest[len("--hash="):plainHashLen])
	}
	w.pos += plainHashLen
	r.noteHash(out, h, a+len("--hash="), w.pos, digits, true)
	return true
}

// setAside notes what a Hash cannot hold.
func (r *reader) setAside(h *Hash, d packaging.Digest, value []byte) {
	r.aside = append(r.aside, aside{d, string(value)})
	h.aside = int32(len(r.aside))
}

func (r *reader) newHash(out *parsed) *Hash {
	n := len(r.hashes)
	if n == cap(r.hashes) {
		r.grow(out.hashes)
		n = len(r.hashes)
	}
	r.hashes = r.hashes[:n+1]
	return &r.hashes[n]
}

// drop takes back the last n hashes. What lies behind them in the arena is
// always zero.
func (r *reader) drop(n int) {
	keep := len(r.hashes) - n
	clear(r.hashes[keep:])
	r.hashes = r.hashes[:keep]
}

// noteHash fills in where a hash stands, its value from a to b, and whether its
// digits are in upper case, or of a digest that stands there before.
func (r *reader) noteHash(out *parsed, h *Hash, a, b int, digits []byte, whole bool) {
	start := r.start(a)
	h.at, h.n = int32(start-r.lineStart), 0
	if b > a {
		h.n = int32(r.end(b) - start)
	}
	if whole {
		if hasUpper(digits) {
			out.upper = append(out.upper, out.hashes)
		}
		key := binary.LittleEndian.Uint64(digits) | eachByte*0x20
		if first := r.seen.add(key, out.hashes); first >= 0 {
			of := r.hashes[len(r.hashes)-1-out.hashes:]
			if r.same(&of[first], h) {
				out.twice = append(out.twice, twice{first, out.hashes})
			}
		}
	}
	out.hashes++
}

// same tells whether two hashes of the line at hand have one digest.
func (r *reader) same(g, h *Hash) bool {
	if g.aside == 0 && h.aside == 0 {
		return g.sum == h.sum
	}
	c := Content{Hashes: []Hash{*g, *h}, aside: r.aside}
	return c.Digest(0) == c.Digest(1)
}

// hasUpper tells whether hexadecimal digits, a multiple of 32 of them, hold an
// upper-case one: 0x40 is set in letters, 0x20 in lower-case ones.
func hasUpper(digits []byte) bool {
	var upper uint64
	for ; len(digits) >= 32; digits = digits[32:] {
		v, w := binary.LittleEndian.Uint64(digits), binary.LittleEndian.Uint64(digits[8:])
		x, y := binary.LittleEndian.Uint64(digits[16:]), binary.LittleEndian.Uint64(digits[24:])
		upper |= v&^(v<<1) | w&^(w<<1) | x&^(x<<1) | y&^(y<<1)
	}
	return upper&(eachByte*0x40) != 0
}

// grow starts a new piece of the arena and moves the hashes of the line at
// hand there, so that each Line.Hashes lies in one piece. Small pieces stay in
// the cache until they are filled.
func (r *reader) grow(ofLine int) {
	next := make([]Hash, ofLine, r.room(372, 2*ofLine+8)) // 16 KiB
	copy(next, r.hashes[len(r.hashes)-ofLine:])
	r.hashes = next
}
