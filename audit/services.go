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
	if f.last == s {
		return
	}
	if f.n < mostNamed {
		f.named[f.n] = s
	}
	f.n++
	f.last = s
}

// String is someOf the paths.
func (f *files) String() string {
	var names [mostNamed]string
	n := min(f.n, mostNamed)
	for i, s := range f.named[:n] {
		names[i] = s.file.Path
	}
	return andSoOn(names[:n], f.n)
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
	uses := map[string][]*use{}
	var order []string
	for _, s := range a.subjects {
		if s.constraint {
			continue
		}
		for i := range s.judgements {
			j := &s.judgements[i]
			if j.use == nil {
				c := j.content
				if c.Direct || c.Variables || c.Marker != "" {
					continue // with a marker, two releases may well be meant
				}
				pin, ok := c.Specifiers.Pin()
				if !ok || wildcard(pin) {
					continue
				}
				if uses[j.project] == nil {
					order = append(order, j.project)
				}
				uses[j.project], j.use = useOf(uses[j.project], pin, entry{s: s, line: j.line})
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
		case list[0].files.n > 1 || list[0].files.last != list[1].files.last: // within one file it is a conflict
			differing = append(differing, list)
		}
	}
	a.tellReleases(differing)
}

// useOf finds the use of a release among those of its project, or begins it.
func useOf(list []*use, pin string, e entry) ([]*use, *use) {
	v, err := packaging.ParseVersion(pin)
	i := slices.IndexFunc(list, func(u *use) bool {
		if u.version == pin {
			return true
		}
		w, other := packaging.ParseVersion(u.version)
		return err == nil && other == nil && v.Compare(w) == 0
	})
	if i < 0 {
		list = append(list, &use{version: pin, first: e, lists: map[listKey]bool{}})
		i = len(list) - 1
	}
	return list, list[i]
}

// count takes in a requirement. Those of one file come one after the other.
func (u *use) count(s *subject, p *pin) {
	u.files.add(s)
	if p.verdict == report.Verified && p.release != nil {
		u.listed.add(s)
		if !p.counted {
			p.counted = true
			u.lists[p.listKey()] = true
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
	for _, list := range differing {
		var parts []string
		for _, u := range list {
			parts = append(parts, u.version+" in "+u.files.String())
		}
		odd := list[len(list)-1].first
		f := odd.s.finding("inconsistent-services", odd.s.textSpan(odd.line))
		f.Name, f.Version = odd.s.identity(odd.line)
		if len(differing) > fewProjects {
			f.Level = report.Note
		}
		f.Message = fmt.Sprintf("%s is pinned to different releases: %s", f.Name, strings.Join(parts, "; "))
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
	n := 0
	for _, s := range a.subjects {
		if !s.constraint && slices.ContainsFunc(s.judgements, func(j judgement) bool { return j.use != nil && j.use.differs }) {
			n++
		}
	}
	return n
}

// someOf names what is in a list, at most mostNamed, and counts the rest.
func someOf(list []string) string { return andSoOn(list[:min(len(list), mostNamed)], len(list)) }

const mostNamed = 3

func andSoOn(named []string, all int) string {
	text := strings.Join(named, ", ")
	if all > len(named) {
		text += fmt.Sprintf(" and %d more", all-len(named))
	}
	return text
}
