// Package pypi asks package indexes which distribution files a project and a
// release have, as pip would ask them: PyPI's JSON API, the Simple API as JSON
// (PEP 691) or HTML (PEP 503), folders and find-links.
//
// Its promises:
//
//   - An index that did not answer, answered something else than a page of the
//     asked project, or may not be trusted is an error in the Answer, never an
//     empty list of files.
//   - Nothing is asked twice in a run: at most two requests about a project
//     answer every question about its releases, however many callers ask at
//     once; what an index cannot do is learnt once.
//   - A 404 of the JSON API is never the last word: the Simple API, which is
//     what pip sees, has it.
//   - Credentials go to the host they are for, and nowhere else; not over plain
//     http, but to this machine; and into no error, answer or cache.
//   - Text of an index is kept as it came, control characters too, and is never
//     used as a path.
//   - Everything is limited: the bytes of a page (after decompression), its
//     files, redirects, headers, tries and time. Reaching a limit is an error,
//     never a shorter answer.
//
// The package reads nothing but what its Options name, and no environment.
package pypi

import (
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// PyPI is the address of the index that is asked where nothing else is
// configured, as pip's default: the Simple API of the Python Package Index.
const PyPI = "https://pypi.org/simple"

// File is one distribution file as one index lists it.
type File struct {
	// Name is the file name, percent-decoded, as the index gives it. It is
	// text of others: quote it before showing it, never open it.
	Name string
	// URL is absolute and has no credentials and no fragment; "" when the
	// index gives none that can be fetched.
	URL string
	// Digests are those that the index publishes, at most one an algorithm,
	// in the order of packaging.Algorithm; none when it publishes none that
	// is whole and of a known algorithm.
	Digests []packaging.Digest
	// Size is in bytes; -1 where the index does not say.
	Size int64
	// Uploaded is in UTC; zero where the index does not say.
	Uploaded       time.Time
	RequiresPython string
	Yanked         bool
	YankedReason   string
	Kind           packaging.Kind
	// Version is that of the file name, which is what pip goes by.
	Version packaging.Version
	// Index is the address of the index as it may be shown.
	Index string
	// Metadata says that URL + ".metadata" is served (PEP 658), and
	// MetadataDigest is its digest, zero where the index does not say.
	Metadata       bool
	MetadataDigest packaging.Digest

	login *login // the index's, nil for none
}

// Digest returns the file's digest by the given algorithm.
func (f File) Digest(a packaging.Algorithm) (packaging.Digest, bool) {
	for _, d := range f.Digests {
		if d.Algorithm() == a {
			return d, true
		}
	}
	return packaging.Digest{}, false
}

// Sources says which indexes are asked, in pip's order. The zero value asks
// nothing; see Config.Sources.
type Sources struct {
	// Indexes are addresses of indexes, credentials included: URLs, or
	// absolute paths of folders.
	Indexes []string
	// FindLinks are addresses of pages, absolute paths of folders, or of
	// single files, that list files of any project.
	FindLinks []string
	// Trusted are the hosts ("host" or "host:port") of --trusted-host, which
	// have a say only where Options.AllowInsecure is set.
	Trusted []string
}

// Key is equal for Sources that ask the same, and holds credentials if the
// addresses do: it is for map keys, never for output.
func (s Sources) Key() string {
	return strings.Join(s.Indexes, "\n") + "\x00" + strings.Join(s.FindLinks, "\n") + "\x00" + strings.Join(s.Trusted, "\n")
}

// Shown returns the addresses of everything asked, find-links first as pip
// has it, in the form that may be shown: no credentials.
func (s Sources) Shown() []string {
	var shown []string
	for _, list := range [][]string{s.FindLinks, s.Indexes} {
		for _, address := range list {
			shown = append(shown, Shown(address))
		}
	}
	return shown
}

// Answer is what the indexes say of a release, or of a project.
type Answer struct {
	// Project is the normalized name, Version the version as asked.
	Project, Version string
	// Known tells whether some index lists the project.
	Known bool
	// Gone are files of the release that an index listed in an earlier run
	// and does not list now.
	Gone []File
	// Changed are the files for which an index gave other digests in an
	// earlier run.
	Changed []Change
	// Status is the project's (PEP 792): "active", "archived",
	// "quarantined", "deprecated", or "" where no index says; StatusReason
	// is the index's text.
	Status, StatusReason string
	// Indexes has one entry for everything asked, find-links first.
	Indexes []IndexAnswer
	// RequiresDist are the release's dependencies (PEP 508) as far as the
	// answer carried them; see Client.Dependencies for the rest.
	RequiresDist      []string
	RequiresDistKnown bool

	files  []File
	record *record // which has the files, nil where files are all
}

// Files are those of the release, or of the whole project when Version is "", in
// the order of the indexes, and as each lists them. A file is listed once for each
// index that has it. They are there also where another index failed. They are not
// to be changed.
func (a *Answer) Files() []File {
	if a.record != nil {
		return a.record.all()
	}
	return a.files
}

// Brief is there where the answer is of one index and from the cache: then many
// questions need no Files, which are unpacked when they are asked for. Else nil.
func (a *Answer) Brief() *Brief {
	if a.record != nil && a.record.brief.Count > 0 {
		return &a.record.brief
	}
	return nil
}

// With returns the answer with these files.
func (a Answer) With(files []File) Answer {
	a.files, a.record = files, nil
	return a
}

// Change is a file for which an index now gives another digest than before.
type Change struct {
	File string
	// Index is the address as it may be shown.
	Index    string
	Old, New packaging.Digest
	// Since is when the old digest was last seen.
	Since time.Time
}

// IndexAnswer is how one index answered.
type IndexAnswer struct {
	// Index is the address as it may be shown.
	Index string
	// Err is nil when the index answered; else an *Error, and none of the
	// Answer's files is of this index.
	Err error
	// Known tells whether the index lists the project.
	Known bool
	// At is when the index gave this answer; zero for a folder.
	At time.Time
	// Cached tells whether the answer was kept from an earlier run.
	Cached bool
	// Insecure tells whether the answer came over plain http from another
	// host, or without a verified certificate: Options allowed that.
	Insecure bool
	// Whole tells whether the answer is all that the page of the whole project
	// has of the release: nothing is learnt of it by asking for that page.
	Whole bool
}

// Whole tells whether every index answered, with all that it has of the release.
func (a Answer) Whole() bool {
	return !slices.ContainsFunc(a.Indexes, func(i IndexAnswer) bool { return i.Err != nil || !i.Whole })
}

// Err returns the first error among the indexes, or nil when all answered.
func (a Answer) Err() error {
	for _, index := range a.Indexes {
		if index.Err != nil {
			return index.Err
		}
	}
	return nil
}

// Admits tells whether a pin (name==want) takes a file of version have: equal
// as PEP 440 has it, a local label of have ignored unless want has one.
func Admits(want, have packaging.Version) bool {
	if want.Compare(have) == 0 {
		return true
	}
	return want.Local() == "" && have.Local() != "" && want.Compare(have.Public()) == 0
}
