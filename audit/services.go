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
	version string     // as first written
	files   []*subject // each once
	first   entry
	lists   map[listKey]bool // distinct right lists of hashes
	listed  []*subject       // those that have one
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
		slices.SortStableFunc(list, func(x, y *use) int { return cmp.Compare(len(y.files), len(x.files)) })
		switch {
		case len(list) == 1:
			a.tellLists(list[0])
		case len(list[0].files) > 1 || list[0].files[0] != list[1].files[0]: // within one file it is a conflict
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
	addLast(&u.files, s)
	if p.verdict == report.Verified && p.release != nil {
		addLast(&u.listed, s)
		if !p.counted {
			p.counted = true
			u.lists[p.listKey()] = true
		}
	}
}

// addLast adds a file, unless it is the last already.
func addLast(list *[]*subject, s *subject) {
	if n := len(*list); n == 0 || (*list)[n-1] != s {
		*list = append(*list, s)
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
			parts = append(parts, fmt.Sprintf("%s in %s", u.version, someFiles(u.files)))
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
	files := map[*subject]bool{}
	for _, list := range differing {
		var versions []string
		for _, u := range list {
			versions = append(versions, u.version)
			for _, s := range u.files {
				files[s] = true
			}
		}
		parts = append(parts, list[0].first.of().Name+" ("+someOf(versions)+")")
	}
	first := differing[0][len(differing[0])-1].first
	f := first.s.finding("inconsistent-services", first.s.textSpan(first.line))
	f.Message = fmt.Sprintf("%d projects are pinned to different releases by %d files: %s", len(differing), len(files), someOf(parts))
	f.Help = "what was tested in one place is not what runs in the other; -v shows each"
	first.s.say(f)
}

// tellLists: services that list different hashes of one release, all of them
// right. A list pruned by platform is, so that this is a note.
func (a *audit) tellLists(u *use) {
	if len(u.lists) < 2 || len(u.listed) < 2 {
		return
	}
	f := u.first.s.finding("inconsistent-services", u.first.s.textSpan(u.first.line))
	f.Level = report.Note
	f.Name, f.Version = u.first.s.identity(u.first.line)
	f.Message = fmt.Sprintf("%s has %d different lists of hashes, all right, in %s", u.first.title(), len(u.lists), someFiles(u.listed))
	f.Help = `"reqhash fix --complete" makes them equal`
	u.first.s.say(f)
}

// someFiles is someOf the paths of files.
func someFiles(list []*subject) string {
	names := make([]string, min(len(list), mostNamed))
	for i := range names {
		names[i] = list[i].file.Path
	}
	return andSoOn(names, len(list))
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
