// Package requirements reads the requirements files of pip as pip 26.3 reads
// them, and edits their hashes without touching another byte.
//
// What it reads is what pip's own reader makes of the same bytes: encodings
// (byte order marks, PEP 263 cookies, UTF-8), eleven line terminators, lines
// joined at a backslash, comments, ${VAR}, POSIX shell words, abbreviated
// options, requirements, URLs, paths, and files that include files. Every rule
// names pip's file and function it comes from; paths are below
// src/pip/_internal/ of pip 26.3. pip is read as on POSIX, whatever the
// machine.
//
// Promises, each held by a test of the same words:
//   - Read never panics, whatever the bytes, and never writes into them.
//   - No edits, same bytes. Bytes outside the edits are never changed.
//   - After the edits of SetHashes, a new reading gives the digests asked for
//     and nothing else has changed; asked once more, nothing is left to edit.
//   - Time and memory grow with the size of the input and no faster.
//
// Limits: a file is at most 256 MiB (1 << 28 bytes), a line after expansion
// of variables at most 16 MiB longer than before (and searched through for at
// most 512 MiB), includes are nested at most
// 500 deep (pip itself gives up near 1,000), a run reaches at most 200,000
// files. Reaching one is an error, never a shorter answer.
package requirements

import (
	"sync"
	"sync/atomic"

	"github.com/reqhash/reqhash/packaging"
)

const (
	maxFileSize      = 256 << 20 // 256 MiB
	maxExpansion     = 16 << 20  // 16 MiB that variables may add to one line
	maxExpansionWork = 512 << 20 // 512 MiB searched for the variables of one line
	maxNesting       = 500       // includes inside includes
	maxFilesOfLoad   = 200_000   // files that one Load reads
)

// Span is a range of bytes of [File.Src], offsets from 0, End not included.
type Span struct{ Start, End int }

// Kind is what a logical line is to pip.
type Kind uint8

// The kinds, in the order in which pip decides (req_file.py, ParsedLine and
// _parse_and_recurse).
const (
	Requirement Kind = iota
	Editable
	Include
	Constraint
	Option
)

// String returns the name that the JSON output uses: "requirement",
// "editable", "include", "constraint" or "option".
func (k Kind) String() string {
	switch k {
	case Requirement:
		return "requirement"
	case Editable:
		return "editable"
	case Include:
		return "include"
	case Constraint:
		return "constraint"
	default:
		return "option"
	}
}

// Hash is one --hash that pip reads. What it says, and where, is asked of the
// line: [Content.Digest], [Content.HashText], [Line.HashSpan]. It has no pointer,
// so that the collector passes over a million of them.
type Hash struct {
	sum   [32]byte // of a SHA-256 digest
	at, n int32    // of the value: bytes behind the line's Start, and how many
	aside int32    // 1 + index into Content.aside of what else there is to say
}

// aside is a hash that is no plain SHA-256 digest in lower case.
type aside struct {
	digest packaging.Digest // zero where the text is none
	text   string           // as pip reads it
}

// Setting is an option that takes effect, by pip's long name without dashes.
// Value is empty for a flag. Value is what pip reads; where a variable is part
// of it and ReadOptions.AllowEnv is not set, it is the text as written, with
// ${VAR}. Shown is the text for people: ${VAR} is never expanded in it.
type Setting struct {
	Name      string
	Value     string
	Shown     string
	Flag      bool // takes no value
	Variables bool // a variable was expanded in it
	Span           // of the words that give it
}

// Line is a logical line that pip sees, neither blank nor a comment: what it
// says, and where it stands.
type Line struct {
	// Content is shared by lines of the same bytes, in any file of a Set.
	// Nobody changes it.
	*Content

	// Span runs from the line's first byte that is no blank to its last,
	// without comments behind it and without its line end.
	Span
	// First and Last are its physical lines, from 1, as pip counts them.
	First, Last int

	Constrain bool // a constraint in some run of the Set it was loaded in
}

// Content is what a logical line says, wherever it stands.
type Content struct {
	Kind      Kind
	Variables bool // its text holds ${VAR}, expanded or not set
	Path      bool // a local directory or archive, or a file: URL
	VCS       bool // a version control URL
	Direct    bool // a URL, archive or path: pip asks no index for it
	Missing   bool // a local path that pip, run from ReadOptions.Dir, refuses: not there, or no project

	// Text is the requirement as pip hands it on, or the value of -e; empty
	// for other kinds.
	Text string
	// Shown is Text for people, with ${VAR} unexpanded, where a variable was
	// part of a URL; "" elsewhere. It is then shown instead of Text and URL.
	// Unless ReadOptions.AllowEnv is set, they hold no value of a variable
	// either.
	Shown string

	// Name, Extras, Specifier, Marker and URL are as written; of an archive,
	// Name and Specifier are what pip takes from its file name or #egg=. Name
	// is empty where pip knows none before it opens the project. URL is the
	// text of a direct reference, a path included.
	Name       string
	Extras     []string
	Specifier  string
	Specifiers packaging.Specifiers
	Marker     string
	URL        string

	// Hashes are those that pip reads for the requirement, in file order.
	Hashes []Hash

	// Target is the file of an include or constraint as written; Reached is
	// the path (absolute unless the includer's is relative to nothing) or URL
	// that pip opens for it.
	Target  string
	Reached string

	// Settings are what an option line sets; of a requirement its
	// config-settings.
	Settings []Setting

	// Err is why pip refuses the line; nil when it does not. What the other
	// fields hold of a refused line is as far as reading came.
	Err error

	raw       []byte // the bytes from Start on, line feed included, where they are shared
	commented bool   // a comment follows in raw
	number    int32  // see Number

	opens   string  // the target of an include, variables expanded
	argsEnd int32   // offset in the joined line where the requirement's text ends
	aside   []aside // see Hash
}

// File is a requirements file as read. It is never changed by this package
// after Read returned it, but by Load, which fills what only a run shows; it
// may then be read concurrently.
type File struct {
	// Path is as given to Read.
	Path string
	// Encoding is the codec that pip decodes the file with, by Python's name:
	// "utf-8", "utf-16", "latin-1" as the cookie spells it.
	Encoding string
	// Lines are the logical lines in file order.
	Lines []Line
	// Faults are what pip does not say: in order of their spans.
	Faults []Fault
	// Err is set when pip cannot read the file at all, or this package will
	// not; Lines are then empty. Unread tells that there were no bytes at all.
	Err    error
	Unread bool

	src   []byte // as read, nil when compact
	text  []byte // decoded; shares src where that is UTF-8
	off   offsets
	codec codec
	opts  ReadOptions

	others    []int32 // lines that are no requirements, by index: all that decides what a run reads
	firstHash int     // the first requirement with a hash, len(Lines) if there is none
	loaded    bool    // Load has given it to a Set

	unseen  bool // nobody has looked for what follows
	high    bool // text may hold bytes above ASCII
	cr      bool // text may hold carriage returns
	control bool // text may hold other control characters that end lines
	ends    ends

	compact bool // src is made of what the lines share and the rest
	rest    []byte
	size    int                     // bytes of the whole
	whole   atomic.Pointer[[]byte]  // for as long as it is needed
	starts  atomic.Pointer[[]int32] // offset in text at which each physical line starts

	styleOnce sync.Once
	ownStyle  style
}

// PathKind tells what stands at a path of the file system.
type PathKind uint8

// What can stand at a path, as far as pip's reading depends on it.
const (
	Nothing   PathKind = iota
	Regular            // a file
	Directory          // a directory without setup.py and pyproject.toml
	Project            // a directory with one of them
)

// ReadOptions are what pip's reading depends on besides the bytes. The zero
// value reads as if no variable were set and no file existed, in "/".
type ReadOptions struct {
	// Getenv gives the value of a variable, "" when it is not set.
	Getenv func(name string) string
	// AllowEnv lets values of variables into URLs and index options.
	AllowEnv bool
	// Dir is the absolute working directory: paths in requirements are
	// relative to it, whatever file they stand in.
	Dir string
	// Exists tells what stands at an absolute path.
	Exists func(path string) PathKind
	// Seen, when not nil, is what other files said: it saves reading the same
	// again, and changes nothing else.
	Seen *Contents
	// URL reads the bytes as pip reads those of a file: URL: UTF-8 with wrong
	// bytes replaced, no byte order mark, no cookie.
	URL bool
}

func (o *ReadOptions) exists(path string) PathKind {
	if o.Exists == nil {
		return Nothing
	}
	return o.Exists(path)
}

// Number tells the Contents of a run apart, from 1 on and without gaps; those that
// no line can share have 0.
func (c *Content) Number() int { return int(c.number) }

// Digest returns the digest of the i-th hash, zero where its value is none of its
// algorithm; HashText has the text in any case.
func (c *Content) Digest(i int) packaging.Digest {
	h := &c.Hashes[i]
	if h.aside > 0 {
		return c.aside[h.aside-1].digest
	}
	return packaging.SHA256Digest(&h.sum)
}

// Digests returns the digest of each hash.
func (c *Content) Digests() []packaging.Digest {
	list := make([]packaging.Digest, len(c.Hashes))
	for i := range list {
		list[i] = c.Digest(i)
	}
	return list
}

// HashText returns the i-th hash as pip reads it: algorithm, colon, digits.
func (c *Content) HashText(i int) string {
	if h := &c.Hashes[i]; h.aside > 0 {
		return c.aside[h.aside-1].text
	}
	return c.Digest(i).String()
}

// Lists tells whether one of the hashes is of the digest.
func (c *Content) Lists(d packaging.Digest) bool {
	for i := range c.Hashes {
		if c.Digest(i) == d {
			return true
		}
	}
	return false
}

// HashSpan covers the value of the i-th hash, "sha256:" and the digits, as it
// stands in the file, quotes and line ends inside it included.
func (l *Line) HashSpan(i int) Span {
	h := &l.Hashes[i]
	start := l.Start + int(h.at)
	return Span{start, start + int(h.n)}
}
