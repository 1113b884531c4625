package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
)

// use is one release as the services use it.
type use struct {
	version string // as first written
	key     string // as comparedBy gives it
	files   files
	first   entry
	lists   map[listKey]bool // distinct right lists of hashes
	listed  files            // those that have one
	differs bool             // from what other files of its project use
}

// files counts files, of which those of one come one after the other, and names
// the first.
type files struct {
	n     int
	named [mostNamed]*subject
	last  *subject
}

// add counts a file, unless it is the last already.
func (f *files) add(s *subject) {
	if f.last != nil && f.last.isAlso(s) {
		return
	}
	if f.n < mostNamed {
		f.named[f.n] = s
	}
	f.n++
	f.last = s
}

// isAlso tells whether two are of one file: what a path leads to and a file: URL
// too is read as two.
func (s *subject) isAlso(t *subject) bool { return s == t || s.file.Path == t.file.Path }

// write writes what someOf makes of the paths.
func (f *files) write(to *strings.Builder) {
	for i, s := range f.named[:min(f.n, mostNamed)] {
		if i > 0 {
			to.WriteString(", ")
		}
		to.WriteString(s.file.Path)
	}
	if f.n > mostNamed {
		fmt.Fprintf(to, " and %d more", f.n-mostNamed)
	}
}

func (f *files) String() string {
	var text strings.Builder
	f.write(&text)
	return text.String()
}

// listKey is equal for lists of the same digests, whatever their order.
type listKey struct {
	heads  uint64 // sum of the digests' heads
	length int
}

// judgeServices compares what the roots pin: one project at different releases,
// one release with different lists. It is one finding a project, however many
// services there are, at the first that differs from most.
func (a *audit) judgeServices() {
	if len(a.views) < 2 {
		return
	}
	uses := make([][]*use, a.releases.numbers.count()) // by project
	var order []int
	for _, s := range a.subjects {
		if s.constraint {
			continue
		}
		for i := range s.judgements {
			j := &s.judgements[i]
			if j.use == nil {
				if j.compared == "" {
					continue
				}
				list := uses[j.number]
				if list == nil {
					order = append(order, j.number)
				}
				k := slices.IndexFunc(list, func(u *use) bool { return u.key == j.compared })
				if k < 0 {
					k = len(list)
					list = append(list, &use{version: j.version, key: j.compared, first: entry{s: s, line: j.line}, lists: map[listKey]bool{}})
					uses[j.number] = list
				}
				j.use = list[k]
			}
			j.use.count(s, j.pin)
		}
	}
	var differing [][]*use
	for _, project := range order {
		list := uses[project]
		slices.SortStableFunc(list, func(x, y *use) int { return cmp.Compare(y.files.n, x.files.n) })
		switch {
		case len(list) == 1:
			a.tellLists(list[0])
		case list[0].files.n > 1 || !list[0].files.last.isAlso(list[1].files.last): // within one file it is a conflict
			differing = append(differing, list)
		}
	}
	a.tellReleases(differing)
}

// comparedBy is the release by which services are compared: equal for equal
// versions, "" where there is nothing to compare.
func (p *pin) comparedBy() string {
	c := p.content
	if p.version == "" || c.Direct || c.Variables || c.Marker != "" || wildcard(p.version) {
		return "" // with a marker, two releases may well be meant
	}
	v, err := packaging.ParseVersion(p.version)
	if err != nil {
		return "=" + p.version
	}
	return v.Key()
}

// count takes in a requirement. Those of one file come one after the other.
func (u *use) count(s *subject, p *pin) {
	u.files.add(s)
	if p.verdict == report.Verified && p.release != nil {
		u.listed.add(s)
		if !p.counted {
			p.counted = true
			u.lists[p.list] = true
		}
	}
}

// listKey is that of the hashes, all of which belong to the release.
func (j *pin) listKey() listKey {
	l := j.content
	var k listKey
	if n := j.listed.size(); n == len(l.Hashes) { // no file twice, so no digest
		for i := range l.Hashes {
			d := l.Digest(i)
			k.heads += d.Head()
		}
		k.length = n
		return k
	}
	var seen []packaging.Digest
	for _, d := range l.Digests() {
		if !slices.Contains(seen, d) {
			seen = append(seen, d)
			k.heads += d.Head()
		}
	}
	k.length = len(seen)
	return k
}

// fewProjects at different releases are each a warning.
const fewProjects = 5

// tellReleases: services that use different releases of projects. Many of them
// are one paragraph, and each a note.
func (a *audit) tellReleases(differing [][]*use) {
	var text strings.Builder
	for _, list := range differing {
		odd := list[len(list)-1].first
		f := odd.s.finding("inconsistent-services", odd.s.textSpan(odd.line))
		f.Name, f.Version = odd.s.identity(odd.line)
		if len(differing) > fewProjects {
			f.Level = report.Note
		}
		text.Reset()
		text.WriteString(f.Name + " is pinned to different releases: ")
		for i, u := range list {
			if i > 0 {
				text.WriteString("; ")
			}
			text.WriteString(u.version + " in ")
			u.files.write(&text)
		}
		f.Message = text.String()
		f.Help = "what was tested in one place is not what runs in the other: bring them into line"
		odd.s.say(f)
	}
	if len(differing) <= fewProjects {
		return
	}
	slices.SortStableFunc(differing, func(x, y []*use) int { return cmp.Compare(len(y), len(x)) })
	var parts []string
	for _, list := range differing {
		var versions []string
		for _, u := range list {
			versions = append(versions, u.version)
			u.differs = true
		}
		parts = append(parts, list[0].first.of().Name+" ("+someOf(versions)+")")
	}
	first := differing[0][len(differing[0])-1].first
	f := first.s.finding("inconsistent-services", first.s.textSpan(first.line))
	f.Message = fmt.Sprintf("%d projects are pinned to different releases by %d files: %s", len(differing), a.differing(), someOf(parts))
	f.Help = "what was tested in one place is not what runs in the other; -v shows each"
	first.s.say(f)
}

// tellLists: services that list different hashes of one release, all of them
// right. A list pruned by platform is, so that this is a note.
func (a *audit) tellLists(u *use) {
	if len(u.lists) < 2 || u.listed.n < 2 {
		return
	}
	f := u.first.s.finding("inconsistent-services", u.first.s.textSpan(u.first.line))
	f.Level = report.Note
	f.Name, f.Version = u.first.s.identity(u.first.line)
	f.Message = fmt.Sprintf("%s has %d different lists of hashes, all right, in %s", u.first.title(), len(u.lists), u.listed.String())
	f.Help = `"reqhash fix --complete" makes them equal`
	u.first.s.say(f)
}

// differing counts the files that use a release which others differ from.
func (a *audit) differing() int {
	paths := map[string]bool{}
	for _, s := range a.subjects {
		if !s.constraint && slices.ContainsFunc(s.judgements, func(j judgement) bool { return j.use != nil && j.use.differs }) {
			paths[s.file.Path] = true
		}
	}
	return len(paths)
}

// someOf names what is in a list, at most mostNamed, and counts the rest.
func someOf(list []string) string {
	text := strings.Join(list[:min(len(list), mostNamed)], ", ")
	if len(list) > mostNamed {
		text += fmt.Sprintf(" and %d more", len(list)-mostNamed)
	}
	return text
}

const mostNamed = 3
