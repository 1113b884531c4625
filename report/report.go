// Package report is what a run of reqhash says: findings, the rules they come
// from, and every format they are written in.
//
// A [Report] is finished before it is written. A format decides neither what is
// found nor the exit status: both are the same in each of them. The same report
// gives the same bytes: no map order, no clock.
//
// Text from files and indexes is untrusted. It is kept as it is in the report
// and escaped by each format for its own reader.
package report

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/reqhash/reqhash/requirements"
)

// Version is the version of the JSON schema.
const Version = 1

// Verdict is what was found about one requirement. The empty verdict says that
// only an index could decide and none was to be asked.
type Verdict string

// The verdicts, in the order in which they are tried.
const (
	Ignored    Verdict = "ignored"    // a configured ignore covers it
	Unhashable Verdict = "unhashable" // version control, directory or editable
	Unpinned   Verdict = "unpinned"   // no direct URL, and not pinned to one release
	Absent     Verdict = "absent"     // no index that counts has the project or the release
	Missing    Verdict = "missing"    // pip reads no hash for it
	Verified   Verdict = "verified"   // each hash belongs to a file of the release
	Unverified Verdict = "unverified" // some hash could not be compared
	Mismatched Verdict = "mismatched" // no hash belongs to the release
	Foreign    Verdict = "foreign"    // some hashes belong to the release, some do not
)

// Requirement is one judged requirement or editable of a file.
type Requirement struct {
	Line    int `json:"line"`     // first physical line, from 1
	EndLine int `json:"end_line"` // last physical line
	*Judged
}

// Judged is what was found about a requirement. Those that say the same share it,
// in any file.
type Judged struct {
	Name     string  `json:"name"`    // as written
	Version  string  `json:"version"` // the pin, as written; "" if there is none
	Verdict  Verdict `json:"verdict"`
	Listed   int     `json:"listed"`   // hashes that pip reads, repeats counted
	Unlisted int     `json:"unlisted"` // files of the release that are not listed; 0 if the release is not known

	Files []string `json:"-"` // names of the files that its hashes belong to, for the verbose text
}

// File is one requirements file of the run.
type File struct {
	Path         string        `json:"path"`
	Roots        []string      `json:"roots"` // the roots that reach it, itself among them if it is one
	HashChecking bool          `json:"hash_checking"`
	Indexes      []string      `json:"indexes"` // the indexes that judged it, without credentials
	Changed      bool          `json:"changed"` // fix has written it, or would with --diff
	Error        string        `json:"error"`   // why it could not be read or written
	Requirements []Requirement `json:"requirements"`
	Pip          []Prediction  `json:"pip,omitempty"` // of a root, for each target
}

// root tells whether a run starts from the file.
func (f *File) root() bool { return slices.Contains(f.Roots, f.Path) }

// Prediction is what "pip install --no-deps -r ROOT" would do on a target.
type Prediction struct {
	Target  string            `json:"target"`
	Version string            `json:"version"` // of pip
	Outcome string            `json:"outcome"` // installs, refuses, unknown
	Reason  string            `json:"reason"`  // of refuses, the first that pip meets
	Name    string            `json:"name"`    // the project that it refuses, normalized
	Path    string            `json:"path"`    // the file and line that ask for it
	Line    int               `json:"line"`
	Files   map[string]string `json:"files"` // by project, of installs
}

// Wrong is one hash that belongs to no file of its release, and why.
type Wrong struct {
	Hash    string `json:"hash"` // as pip reads it: algorithm, colon, digest
	Cause   Cause  `json:"cause"`
	Project string `json:"project"` // whose digest it is, where that is known
	Version string `json:"version"`
	File    string `json:"file"`
	Meant   string `json:"meant"` // the hash that should stand there, where that is known
}

// Cause says why a hash is wrong. Design and JSON use the same words.
type Cause string

// The causes, in the order in which they are tried.
const (
	EmptyFile      Cause = "empty-file"      // the digest of zero bytes
	OtherAlgorithm Cause = "other-algorithm" // the file's digest by another algorithm
	Length         Cause = "length"          // not as long as its algorithm's digests
	OtherRelease   Cause = "other-release"   // a file of another release of the project
	OtherProject   Cause = "other-project"   // a file of another project
	Typo           Cause = "typo"            // nearly a digest of the release
	Gone           Cause = "gone"            // an index knew it once
	Unknown        Cause = "unknown"         // belongs to nothing that is known
)

// Finding is one thing that somebody should know.
type Finding struct {
	Rule      string  `json:"rule"`
	Level     Level   `json:"level"`
	Path      string  `json:"path"`
	Line      int     `json:"line"`       // physical line, from 1
	Column    int     `json:"column"`     // in bytes, from 1
	EndLine   int     `json:"end_line"`   // line of the first byte after it
	EndColumn int     `json:"end_column"` // column of the first byte after it
	Name      string  `json:"name"`
	Version   string  `json:"version"`
	Message   string  `json:"message"` // what is wrong, one line
	Help      string  `json:"help"`    // how to put it right, one line; "" if there is nothing to say
	Cause     Cause   `json:"cause"`   // the gravest of Wrong
	Wrong     []Wrong `json:"wrong"`
	Fixed     bool    `json:"fixed"` // fix has repaired it
	Fix       []Edit  `json:"fix"`   // offsets are of the file as it was

	Excerpt string `json:"-"` // the physical line it begins on, for formats that show it

	// At is what the lines and columns are made of, once all of a file's findings
	// are known: bytes of it.
	At requirements.Span `json:"-"`
}

// Suppressed is a finding that an ignore covers. It counts nowhere; formats that
// know suppressions show it as one.
type Suppressed struct {
	Finding
	Reason string // why, in the words of the ignore
	Until  string // last day on which it counts, YYYY-MM-DD; "" for ever
	Inline bool   // it stands in the file; else in the configuration
}

// Edit is a repair: the bytes from Start to before End become Text.
type Edit struct {
	Start int    `json:"start"` // byte offset from 0
	End   int    `json:"end"`   // byte offset after the last
	Text  string `json:"text"`
}

// Edits gives the edits of a file as a report has them.
func Edits(edits []requirements.Edit) []Edit {
	out := make([]Edit, 0, len(edits))
	for _, e := range edits {
		out = append(out, Edit{Start: e.Start, End: e.End, Text: e.New})
	}
	slices.SortFunc(out, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// Summary counts what the report has.
type Summary struct {
	Files        int             `json:"files"`
	Requirements int             `json:"requirements"`
	Hashes       int             `json:"hashes"`
	Releases     int             `json:"releases"` // distinct releases that were asked about
	Verdicts     map[Verdict]int `json:"verdicts"`
	Levels       map[Level]int   `json:"levels"`  // repaired findings are not counted
	Ignored      int             `json:"ignored"` // findings that an ignore covers
	Status       int             `json:"status"`  // the exit status
}

// Report is the result of check, fix or lint.
type Report struct {
	Command  string // check, fix or lint
	Tool     string // version of reqhash
	Summary  Summary
	Files    []File
	Findings []Finding // by path as in Files, then by position
	Problems []string  // wrong usage that did not end the run, such as a path that does not exist

	Suppressed []Suppressed // in the order of Findings
	Oldest     time.Time    // when the oldest answer was given that came from the cache; zero: all are new
	Patch      bool         // fix --diff: what is called fixed or changed would be
	strict     bool         // of Finish: warnings count as errors
}

// left are the findings that are still there: not those that fix has repaired.
func (r *Report) left() iter.Seq[*Finding] {
	return func(yield func(*Finding) bool) {
		for i := range r.Findings {
			if f := &r.Findings[i]; (!f.Fixed || r.Patch) && !yield(f) {
				return
			}
		}
	}
}

// Options decide what the findings mean for the exit status.
type Options struct {
	Strict   bool // warnings count as errors
	ExitZero bool // findings do not change the status
	Patch    bool // fix --diff has a patch that is not empty: status 1
}

// Exit statuses, design 1.2.
const (
	StatusOK          = 0
	StatusFindings    = 1
	StatusUsage       = 2
	StatusUnverified  = 3
	StatusInterrupted = 130
)

// Finish orders the findings, counts, and sets the exit status: 2 wins over 1,
// 1 over 3. ExitZero turns 1 and 3 into 0 and leaves 2.
func (r *Report) Finish(o Options) {
	r.sort()
	r.strict = o.Strict
	s := &r.Summary
	s.Files, s.Requirements, s.Hashes = len(r.Files), 0, 0
	s.Verdicts, s.Levels = map[Verdict]int{}, map[Level]int{}
	for i := range r.Files {
		list := r.Files[i].Requirements
		s.Requirements += len(list)
		for len(list) > 0 { // most have the verdict of the one before
			n := 0
			for n < len(list) && list[n].Verdict == list[0].Verdict {
				s.Hashes += list[n].Listed
				n++
			}
			s.Verdicts[list[0].Verdict] += n
			list = list[n:]
		}
	}
	delete(s.Verdicts, "")
	for i := range r.Findings {
		if f := &r.Findings[i]; !f.Fixed {
			s.Levels[f.Level]++
		}
	}
	s.Ignored = len(r.Suppressed)
	s.Status = r.status(o)
}

// sort orders the findings by file and position, those of one position as they
// are. A finding is large: each is moved once, to where it belongs.
func (r *Report) sort() {
	order := make(map[string]int, len(r.Files))
	for i := range r.Files {
		order[r.Files[i].Path] = i
	}
	type key struct{ file, line, column, at int }
	if r.inOrder(order) {
		return
	}
	keys := make([]key, len(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		if i > 0 && f.Path == r.Findings[i-1].Path {
			keys[i] = key{keys[i-1].file, f.Line, f.Column, i}
			continue
		}
		if _, ok := order[f.Path]; !ok { // a configuration
			order[f.Path] = len(order)
		}
		keys[i] = key{order[f.Path], f.Line, f.Column, i}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.file == b.file && a.line != b.line { // mostly
			return a.line - b.line
		}
		return cmp.Or(a.file-b.file, a.column-b.column, a.at-b.at)
	})
	for i := range keys { // along each circle of findings that take each other's place
		first := r.Findings[i]
		to := i
		for from := keys[to].at; from != i; from = keys[to].at {
			r.Findings[to], keys[to].at = r.Findings[from], to
			to = from
		}
		if to != i {
			r.Findings[to], keys[to].at = first, to
		}
	}
}

// inOrder tells whether the findings are in their order already.
func (r *Report) inOrder(files map[string]int) bool {
	for i := 1; i < len(r.Findings); i++ {
		f, g := &r.Findings[i-1], &r.Findings[i]
		if f.Path == g.Path {
			if ByPosition(*f, *g) > 0 {
				return false
			}
			continue
		}
		a, known := files[f.Path]
		b, found := files[g.Path]
		if !known || !found || a > b {
			return false
		}
	}
	return true
}

// ByPosition orders the findings of one file.
func ByPosition(f, g Finding) int { return cmp.Or(f.Line-g.Line, f.Column-g.Column) }

// NotWritten notes that fix could not write a file: nothing in it is fixed.
func (r *Report) NotWritten(path string, err error) {
	for i := range r.Files {
		if f := &r.Files[i]; f.Path == path {
			f.Changed, f.Error = false, err.Error()
		}
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Path == path {
			f.Fixed = false
		}
	}
}

func (r *Report) status(o Options) int {
	levels := r.Summary.Levels
	switch {
	case len(r.Problems) > 0:
		return StatusUsage
	case o.ExitZero:
		return StatusOK
	case o.Patch:
		return StatusFindings
	case levels[Error] > 0, r.failed(), o.Strict && levels[Warning] > 0:
		return StatusFindings
	case levels[Unverifiable] > 0:
		return StatusUnverified
	}
	return StatusOK
}

// failed tells whether a file could not be read or written.
func (r *Report) failed() bool {
	for i := range r.Files {
		if r.Files[i].Error != "" {
			return true
		}
	}
	return false
}
