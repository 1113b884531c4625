package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
)

// A file that comes late to a release that many have installed is how a stolen
// account is used. PyPI refuses it since closedOn.
const lateAfter = 14 * 24 * time.Hour

var closedOn = time.Date(2026, time.July, 8, 0, 0, 0, 0, time.UTC)

// marks are what is remarkable about a release, whoever lists it.
type marks struct {
	none      bool // nothing is
	changed   []pypi.Change
	confusion string
	yanked    bool
	reason    string // of yanking
	late      []pypi.File
	after     time.Duration // how long after the first file the last of late came
	built     bool          // some file is a wheel or a source distribution
}

func marksOf(r *release) marks {
	if b := r.brief; b != nil && len(r.answer.Changed) == 0 && !b.Yanked && b.Span <= lateAfter && r.answer.Status != "quarantined" {
		return marks{none: true, built: b.Built} // of one index, which cannot contradict itself
	}
	m := marks{changed: r.changed(), confusion: r.confusion()}
	m.yanked, m.reason = r.yanked()
	m.late, m.after = r.late()
	m.built = slices.ContainsFunc(r.files(), func(f distribution) bool { return f.Kind != packaging.Other })
	m.none = len(m.changed) == 0 && m.confusion == "" && !m.yanked && len(m.late) == 0 && r.answer.Status != "quarantined"
	return m
}

// unremarkable tells whether a right requirement gives no finding: nearly all.
func (j *pin) unremarkable() bool {
	return j.verdict == report.Verified && j.unlisted == 0 && j.release != nil && j.release.marks.none && j.release.marks.built
}

// remark is what is remarkable about a release, for every line that pins it.
type remark struct {
	rule          string
	level         report.Level // "": that of the rule
	message, help string       // message follows the requirement's title
	titled        string       // the message behind the title that nearly every line has
}

// releaseFindings tell what is remarkable about the release itself.
func (a *audit) releaseFindings(s *subject, j *judgement, what string, add func(report.Finding)) {
	for i := range j.remarks {
		n := &j.remarks[i]
		f := s.about(n.rule, j)
		if n.level != "" {
			f.Level = n.level
		}
		if f.Message, f.Help = n.titled, n.help; what != j.title {
			f.Message = what + n.message
		}
		add(f)
	}
}

// remarkOn finds what is remarkable about a pin's release.
func (a *audit) remarkOn(j *pin) {
	r := j.release
	if j.unremarkable() || r == nil || j.verdict == report.Unpinned || r.count == 0 || r.direct && r.marks.none {
		return
	}
	tell := func(rule string, level report.Level, message, help string) {
		j.remarks = append(j.remarks, remark{rule, level, message, help, j.title + message})
	}
	if r.answer.Status == "quarantined" {
		tell("quarantined", "", " is quarantined by the index"+reasonOf(r.answer.StatusReason),
			"it is suspected of malware: remove it, and look at what was installed from it")
	}
	for _, c := range r.marks.changed {
		tell("digest-changed", "", fmt.Sprintf(": %s gave %s for %s until %s, and gives %s now", c.Index, report.Short(c.Old.String()), c.File, c.Since.UTC().Format(time.DateOnly), report.Short(c.New.String())),
			"a published file never changes: do not install it, compare with another network or mirror, and report it to the index")
	}
	if why := r.marks.confusion; why != "" {
		tell("index-confusion", "", ": "+why,
			fmt.Sprintf(`say which index it comes from: [[projects]] name = %q, index = "…"`, r.project))
	}
	if r.marks.yanked {
		tell("yanked", "", " was yanked"+reasonOf(r.marks.reason), "pip installs it only because it is pinned: move to another release")
	}
	a.lateFinding(j, tell)
	if j.verdict == report.Verified {
		a.listFindings(j, tell)
	}
}

// changed are the files of the release whose digest is not what it was.
func (r *release) changed() []pypi.Change {
	var list []pypi.Change
	for _, c := range r.answer.Changed {
		if slices.ContainsFunc(r.files(), func(f distribution) bool { return f.Name == c.File }) {
			list = append(list, c)
		}
	}
	return list
}

// yanked tells whether every file of the release that pip could install is
// yanked, and the first reason given.
func (r *release) yanked() (bool, string) {
	reason, seen := "", false
	for _, f := range r.files() {
		if !packaging.Installable(f.Name) {
			continue
		}
		if !f.Yanked {
			return false, ""
		}
		seen = true
		if reason == "" {
			reason = f.YankedReason
		}
	}
	return seen, reason
}

func (a *audit) lateFinding(j *pin, tell func(rule string, level report.Level, message, help string)) {
	late, after := j.release.marks.late, j.release.marks.after
	if len(late) == 0 {
		return
	}
	last := late[len(late)-1]
	level := report.Note
	switch {
	case last.Uploaded.After(closedOn), j.verdict == report.Missing, j.verdict == report.Mismatched:
		level = report.Warning
	}
	more := ""
	if len(late) > 1 {
		more = fmt.Sprintf(" and %d more", len(late)-1)
	}
	tell("late-upload", level,
		fmt.Sprintf(": %s%s came %d days after the first file of the release, on %s", last.Name, more, int(after.Hours()/24), last.Uploaded.UTC().Format(time.DateOnly)),
		"look at the file and at who uploaded it before you list its hash")
}

// late returns the files that were uploaded more than 14 days after the first,
// by time, and how long after it the last of them came.
func (r *release) late() ([]pypi.File, time.Duration) {
	var first time.Time
	for _, f := range r.files() {
		if !f.Uploaded.IsZero() && (first.IsZero() || f.Uploaded.Before(first)) {
			first = f.Uploaded
		}
	}
	var late []pypi.File
	for _, f := range r.files() {
		if !f.Uploaded.IsZero() && f.Uploaded.Sub(first) > lateAfter && packaging.Installable(f.Name) {
			late = append(late, *f.File)
		}
	}
	if len(late) == 0 {
		return nil, 0
	}
	slices.SortStableFunc(late, func(a, b pypi.File) int { return a.Uploaded.Compare(b.Uploaded) })
	return late, late[len(late)-1].Uploaded.Sub(first)
}

// listFindings are about a right list: what it leaves out, and what pip makes
// of what is left.
func (a *audit) listFindings(j *pin, tell func(rule string, level report.Level, message, help string)) {
	r := j.release
	wheel, sdist, other, wheels := false, false, false, false
	var listed, unlisted []string
	for i := range r.files() {
		f := &r.files()[i]
		wheels = wheels || f.Kind == packaging.Wheel
		switch {
		case r.firstNamed(i) != i:
		case j.listed.has(i):
			listed = append(listed, f.Name)
			wheel = wheel || f.Kind == packaging.Wheel
			sdist = sdist || f.Kind == packaging.Sdist
			other = other || f.Kind == packaging.Other
		case packaging.Installable(f.Name):
			unlisted = append(unlisted, f.Name)
		}
	}
	switch {
	case other && !wheel && !sdist:
		tell("no-installable-hash", "", ": only files that pip never installs are listed ("+strings.Join(slices.Sorted(slices.Values(listed)), ", ")+")",
			`"reqhash fix --complete" adds the hashes of its wheels and sdists`)
	case sdist && !wheel && wheels:
		tell("sdist-only", "", ": only its source distribution is listed; pip builds it, and what the build needs is not checked by hashes",
			`"reqhash fix --complete" adds the wheels`)
	}
	if len(unlisted) > 0 {
		tell("incomplete-hashes", "", fmt.Sprintf(": %s that pip could install not listed, such as %s", plural(len(unlisted), "file", "files"), unlisted[0]),
			`a list pruned by platform is right; "reqhash fix --complete" adds them`)
	}
}

// confusion says how two indexes contradict each other about the release: one
// file name with different digests, or releases that share no file. "" if they
// do not; a mirror that has less, or more beside the same files, is none.
func (r *release) confusion() string {
	if !slices.ContainsFunc(r.files(), func(f distribution) bool { return f.Index != r.files()[0].Index }) {
		return ""
	}
	byIndex := map[string][]pypi.File{}
	var indexes []string
	for _, f := range r.files() {
		if byIndex[f.Index] == nil {
			indexes = append(indexes, f.Index)
		}
		byIndex[f.Index] = append(byIndex[f.Index], *f.File)
	}
	for i, x := range indexes {
		for _, y := range indexes[i+1:] {
			shared := false
			for _, f := range byIndex[x] {
				k := slices.IndexFunc(byIndex[y], func(g pypi.File) bool { return g.Name == f.Name })
				if k < 0 {
					continue
				}
				shared = true
				g := byIndex[y][k]
				for _, d := range f.Digests {
					if e, ok := g.Digest(d.Algorithm()); ok && e != d {
						return fmt.Sprintf("%s and %s have different digests for %s", x, y, f.Name)
					}
				}
			}
			if !shared {
				return fmt.Sprintf("%s and %s both offer the release, and share no file of it", x, y)
			}
		}
	}
	return ""
}
