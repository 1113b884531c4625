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
	files   []string
	first   entry
	lists   map[string]bool // distinct right lists of hashes
	listed  []string        // the files that have one
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
			l := &s.file.Lines[s.judgements[i].line]
			pin, ok := l.Specifiers.Pin()
			if !ok || wildcard(pin) || l.Direct || l.Variables || l.Marker != "" {
				continue // with a marker, two releases may well be meant
			}
			project := packaging.NormalizeName(l.Name)
			if uses[project] == nil {
				order = append(order, project)
			}
			uses[project] = a.countUse(uses[project], pin, entry{s: s, line: s.judgements[i].line})
		}
	}
	for _, project := range order {
		if list := uses[project]; len(list) > 1 {
			a.tellReleases(list)
		} else {
			a.tellLists(list[0])
		}
	}
}

func (a *audit) countUse(list []*use, pin string, e entry) []*use {
	v, err := packaging.ParseVersion(pin)
	i := slices.IndexFunc(list, func(u *use) bool {
		w, other := packaging.ParseVersion(u.version)
		return u.version == pin || err == nil && other == nil && v.Compare(w) == 0
	})
	if i < 0 {
		list = append(list, &use{version: pin, first: e, lists: map[string]bool{}})
		i = len(list) - 1
	}
	u := list[i]
	if !slices.Contains(u.files, e.s.file.Path) {
		u.files = append(u.files, e.s.file.Path)
	}
	if j := e.judgement(); j.verdict == report.Verified && j.release != nil {
		var digests []string
		for _, h := range e.of().Hashes {
			digests = append(digests, h.Digest.Hex())
		}
		slices.Sort(digests)
		u.lists[strings.Join(slices.Compact(digests), " ")] = true
		if !slices.Contains(u.listed, e.s.file.Path) {
			u.listed = append(u.listed, e.s.file.Path)
		}
	}
	return list
}

// tellReleases: services that use different releases of a project.
func (a *audit) tellReleases(list []*use) {
	byCount := slices.Clone(list)
	slices.SortStableFunc(byCount, func(x, y *use) int { return cmp.Compare(len(y.files), len(x.files)) })
	if len(byCount[0].files) == 1 && len(byCount[1].files) == 1 && byCount[0].files[0] == byCount[1].files[0] {
		return // within one file: a conflict, not a difference between services
	}
	var parts []string
	for _, u := range byCount {
		parts = append(parts, fmt.Sprintf("%s in %s", u.version, someOf(u.files)))
	}
	odd := byCount[len(byCount)-1].first
	f := odd.s.finding("inconsistent-services", odd.s.textSpan(odd.line))
	f.Name, f.Version = odd.s.identity(odd.line)
	f.Message = fmt.Sprintf("%s is pinned to different releases: %s", f.Name, strings.Join(parts, "; "))
	f.Help = "what was tested in one place is not what runs in the other: bring them into line"
	odd.s.say(f)
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
	f.Message = fmt.Sprintf("%s has %d different lists of hashes, all right, in %s", u.first.title(), len(u.lists), someOf(u.listed))
	f.Help = `"reqhash fix --complete" makes them equal`
	u.first.s.say(f)
}

// someOf names files, at most three, and counts the rest.
func someOf(files []string) string {
	const most = 3
	if len(files) <= most {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(files[:most], ", "), len(files)-most)
}
