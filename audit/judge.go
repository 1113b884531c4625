package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// decide gives a judgement its verdict: the first of design 1.4 that fits.
func (a *audit) decide(j *pin) {
	l := j.content
	asked := a.options.Index != nil
	switch {
	case !l.Hashable():
		j.verdict = report.Unhashable
	case unpinned(l):
		j.verdict = report.Unpinned
	case l.Direct:
		a.decideDirect(j, asked)
	case l.Variables && !a.options.Read.AllowEnv:
		if asked {
			j.verdict, j.reason = report.Unverified, "its text has a variable, which is not expanded into a question"
		}
	case !asked:
		// Only the index decides between absent and all the others.
	default:
		a.decideRelease(j)
	}
}

// unpinned tells whether a line that names a project leaves its release open.
func unpinned(l *requirements.Content) bool {
	if l.Direct {
		return false
	}
	version, ok := l.Specifiers.Pin()
	return !ok || wildcard(version)
}

// decideDirect judges a file that is named by URL or path. Without a download
// nobody knows its digest.
func (a *audit) decideDirect(j *pin, asked bool) {
	l := j.content
	fragment := l.URLHash()
	switch {
	case len(l.Hashes) == 0 && fragment == "":
		j.verdict = report.Missing
	case !asked:
	case j.release == nil:
		j.verdict = report.Unverified
		if j.reason == "" {
			j.reason = "its file is named by an address, which no index describes"
		}
	case len(l.Hashes) > 0: // then a fragment does not count (S 6.1, U4)
		a.decideRelease(j)
	case slices.ContainsFunc(j.release.files()[0].computed, func(d digest) bool { return d.String() == strings.ToLower(fragment) }):
		j.verdict = report.Verified
	default:
		j.verdict = report.Mismatched
	}
}

func (a *audit) decideRelease(j *pin) {
	l, r := j.content, j.release
	failed := r.answer.Err() != nil
	switch {
	case len(r.answer.Indexes) == 0 && !r.direct:
		j.verdict, j.reason = report.Unverified, "no index is to be asked"
		return
	case r.count == 0 && !failed:
		j.verdict = report.Absent
		return
	case len(l.Hashes) == 0:
		j.verdict = report.Missing
		return
	}
	j.match()
	if r.count > 0 {
		j.unlisted = r.distinct - j.listed.size()
	}
	if j.belonging == len(l.Hashes) {
		j.verdict = report.Verified
		return
	}
	open := ""
	belongs := make([]bool, len(l.Hashes))
	for i := range l.Hashes {
		d := l.Digest(i)
		switch {
		case r.has(d):
			belongs[i] = true
		case failed:
			open = r.answer.Err().Error()
		case !d.IsZero() && !r.publishes(d.Algorithm()):
			open = "the index publishes no " + d.Algorithm().String() + " of every file of the release"
			if why := r.notDownloaded(d.Algorithm()); why != "" {
				open = why
			}
		}
	}
	switch {
	case open != "":
		j.verdict, j.reason = report.Unverified, open
	case j.belonging == 0:
		j.verdict, j.belongs = report.Mismatched, belongs
	default:
		j.verdict, j.belongs = report.Foreign, belongs
	}
}

// decideCauses finds, for every hash that belongs to no file of its release,
// where it does belong.
func (a *audit) decideCauses(j *pin) {
	if j.belongs == nil {
		return
	}
	var seen []packaging.Digest
	for k, d := range j.content.Digests() {
		if j.belongs[k] || !d.IsZero() && slices.Contains(seen, d) {
			continue
		}
		seen = append(seen, d)
		j.wrong = append(j.wrong, wrongHash{k, a.cause(j.release, j.first.s.hashText(j.first.line, k), d)})
	}
}

// wrongHash is a hash of a line that does not belong to its release.
type wrongHash struct {
	hash int // index into the line's Hashes; of the first, if it stands there twice
	report.Wrong
}

// gravest returns the cause that a finding is known by: unknown before all
// others, then the first.
func gravest(wrong []wrongHash) report.Cause {
	for _, w := range wrong {
		if w.Cause == report.Unknown {
			return w.Cause
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return wrong[0].Cause
}

// onlyUnknown tells whether nothing at all is known of the wrong hashes.
func onlyUnknown(wrong []wrongHash) bool {
	return !slices.ContainsFunc(wrong, func(w wrongHash) bool { return w.Cause != report.Unknown })
}

func compareDigests(a, b packaging.Digest) int { return strings.Compare(a.String(), b.String()) }
