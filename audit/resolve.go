package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
)

// resolve adds one requirement after the other, as the resolver does: with each,
// the best file that suits all of its project so far is fetched and checked.
func (p *pipRun) resolve(files map[string]string) (*refusal, bool) {
	for i, q := range p.wanted {
		sofar := p.wanted[:i+1]
		candidates, refused, known := p.candidates(q.id, q.project, sofar)
		if refused != nil || !known {
			return refused, known
		}
		if len(candidates) == 0 {
			return p.nothingFits(q, sofar), true
		}
		template, hashes, pinned := p.template(q, sofar)
		best := candidates[0]
		if template != nil {
			if refused, known := p.verify(*template, hashes, pinned, &best); refused != nil || !known {
				return refused, known
			}
		}
		if best.file.Name != "" { // a directory or repository is no file
			files[q.project] = best.file.Name
		}
	}
	return nil, true
}

// nothingFits tells a project or release that is not there from lines that
// contradict each other (Factory.get_installation_error).
func (p *pipRun) nothingFits(q *pipRequirement, sofar []*pipRequirement) *refusal {
	first := q
	causes := 0
	for _, r := range sofar {
		if r.id == q.id {
			if causes == 0 {
				first = r
			}
			causes++
		}
	}
	if c := p.constraints[q.id]; causes > 1 || c != nil {
		return &refusal{"conflict", first.entry}
	}
	return &refusal{"not-found", q.entry}
}

// template is the requirement whose hashes a file of an index is checked
// against: the first of the project. nil: the file is one that a line names.
func (p *pipRun) template(q *pipRequirement, sofar []*pipRequirement) (at *entry, hashes hashSet, pinned bool) {
	for _, r := range p.lookups(q.id, q.project, sofar) {
		if r.explicit != nil {
			return nil, nil, true
		}
	}
	first := p.lookups(q.id, q.project, sofar)[0]
	hashes = first.hashes
	if c := p.constraints[q.project]; c != nil && p.version.constraintHashes && len(hashes) == 0 && c.options.some() {
		hashes = c.options.lower()
	}
	_, pinned = first.spec.Pin()
	pinned = pinned || p.version.constraintHashes && len(hashes) > 0
	return &first.entry, hashes, pinned
}

// lookups are the requirements that have a say about an identifier: its own,
// and of one with extras also those of its base.
func (p *pipRun) lookups(id, project string, sofar []*pipRequirement) []*pipRequirement {
	var own, base []*pipRequirement
	for _, r := range sofar {
		switch r.id {
		case id:
			own = append(own, r)
		case project:
			base = append(base, r)
		}
	}
	return append(own, base...)
}

// candidates are the files that suit everything said about a project so far,
// the best first (Factory.find_candidates).
func (p *pipRun) candidates(id, project string, sofar []*pipRequirement) ([]pipCandidate, *refusal, bool) {
	lookups := p.lookups(id, project, sofar)
	constraint := p.constraints[project]
	var spec packaging.Specifiers
	var hashes hashSet
	if constraint != nil {
		spec, hashes = constraint.spec, constraint.hashes
	}
	var explicit []pipCandidate
	for _, r := range lookups {
		if r.explicit != nil {
			explicit = append(explicit, *r.explicit)
			continue
		}
		spec = slices.Concat(spec, r.spec)
		hashes = hashes.and(r.hashes)
	}
	if constraint != nil && len(constraint.links) > 0 && len(explicit) == 0 {
		c, refused, known := p.fromConstraint(constraint, lookups[0])
		if refused != nil || !known {
			return nil, refused, known
		}
		explicit = c
		if len(explicit) == 0 {
			return nil, nil, true
		}
	}
	if len(explicit) > 0 {
		return p.suiting(explicit, spec, constraint)
	}
	found, known := p.offered(project, lookups)
	if !known {
		return nil, nil, false
	}
	return p.choose(project, found, spec, hashes), nil, true
}

// fromConstraint is the file that a constraint names by URL. It is checked
// against the hashes of the requirement and of its own URL.
func (p *pipRun) fromConstraint(c *pipConstraint, q *pipRequirement) ([]pipCandidate, *refusal, bool) {
	if !p.fits(c.links[0].of().FileName()) {
		return nil, nil, true
	}
	candidate, refused, known := p.directCandidate(q.project, c.links[0])
	if refused != nil || !known {
		return nil, refused, known
	}
	refused, known = p.verify(q.entry, withFragment(q.hashes, c.links[0].of()), true, candidate)
	return []pipCandidate{*candidate}, refused, known
}

// suiting keeps the files that lines name themselves and that all specifiers
// and constraints take. Two lines that name different files suit neither.
func (p *pipRun) suiting(explicit []pipCandidate, spec packaging.Specifiers, constraint *pipConstraint) ([]pipCandidate, *refusal, bool) {
	first := explicit[0]
	for _, c := range explicit[1:] {
		if c.link != first.link {
			return nil, nil, true
		}
	}
	if constraint != nil && slices.ContainsFunc(constraint.links, func(e entry) bool { return linkOf(e) != first.link }) {
		return nil, nil, true
	}
	if len(spec) == 0 {
		return []pipCandidate{first}, nil, true
	}
	if !first.known {
		return nil, nil, false
	}
	if !spec.Contains(first.version) {
		return nil, nil, true
	}
	return []pipCandidate{first}, nil, true
}

// offered are the files of a project that the indexes have, as far as any line
// of the run had them asked. Where an index failed, they are not known.
func (p *pipRun) offered(project string, lookups []*pipRequirement) ([]distribution, bool) {
	var files []distribution
	seen := map[string]bool{}
	for _, q := range lookups {
		j := q.judgement()
		if j == nil || j.release == nil {
			return nil, false
		}
		r := j.release
		if r.answer.Err() != nil {
			return nil, false
		}
		for _, f := range r.files() {
			if key := f.Index + "\x00" + f.Name; !seen[key] {
				seen[key] = true
				files = append(files, f)
			}
		}
	}
	return files, true
}

// choose filters and sorts as index/package_finder.py does.
func (p *pipRun) choose(project string, files []distribution, spec packaging.Specifiers, hashes hashSet) []pipCandidate {
	type ranked struct {
		pipCandidate
		allowed, yanked bool
		binary, tag     int
		build           string
	}
	var list []ranked
	for _, f := range files {
		name, err := packaging.ParseFilename(project, f.Name)
		if err != nil || name.Kind == packaging.Other || f.Version.IsZero() || !p.formats.allows(project, name.Kind) || !spec.Contains(f.Version) {
			continue
		}
		c := ranked{pipCandidate: pipCandidate{file: f, version: f.Version, known: true, place: placeOf(f)}, yanked: f.Yanked, build: name.Build}
		if name.Kind == packaging.Wheel {
			place, ok := p.ranking.Best(name)
			if !ok {
				continue
			}
			c.tag = -place
			c.binary = boolInt(p.formats.preferBinary)
		} else {
			if name.PythonVersion != "" && name.PythonVersion != p.env["python_version"] {
				continue
			}
			c.tag = -len(p.ranking)
		}
		if f.RequiresPython != "" {
			if s, err := packaging.ParseSpecifiers(f.RequiresPython); err == nil && !s.Contains(p.target.PythonVersion()) {
				continue
			}
		}
		list = append(list, c)
	}
	if !p.formats.prereleases(project, spec) {
		final := func(c ranked) bool { return !c.version.Prerelease() }
		if p.formats.onlyFinal(project) || slices.ContainsFunc(list, final) {
			list = slices.DeleteFunc(list, func(c ranked) bool { return !final(c) })
		}
	}
	if !hashes.none() {
		matching := false
		for i := range list {
			list[i].allowed = hashes.allows(list[i].file.Digests)
			matching = matching || list[i].allowed
		}
		if matching {
			list = slices.DeleteFunc(list, func(c ranked) bool { return !c.allowed && len(c.file.Digests) > 0 })
		}
	}
	slices.SortStableFunc(list, func(x, y ranked) int {
		return firstOf(
			boolInt(x.allowed)-boolInt(y.allowed),
			boolInt(y.yanked)-boolInt(x.yanked),
			x.binary-y.binary,
			x.version.Compare(y.version),
			x.tag-y.tag,
			compareBuild(x.build, y.build))
	})
	slices.Reverse(list)
	onlyYanked := !slices.ContainsFunc(list, func(c ranked) bool { return !c.yanked })
	var out []pipCandidate
	for _, c := range list {
		if c.yanked && !(onlyYanked && pinsForYanked(spec)) {
			continue
		}
		if !slices.ContainsFunc(out, func(o pipCandidate) bool { return o.version.Compare(c.version) == 0 }) {
			out = append(out, c.pipCandidate)
		}
	}
	return out
}

// placeOf is where an index says that a file lies; what is fetched from there
// is fetched once, also if a line names the same URL.
func placeOf(f distribution) string {
	if f.URL != "" {
		return f.URL
	}
	return f.Index + " " + f.Name
}

func firstOf(order ...int) int {
	for _, n := range order {
		if n != 0 {
			return n
		}
	}
	return 0
}

// compareBuild orders the build tags of wheels: by number, then by text, none
// first (PEP 427).
func compareBuild(x, y string) int {
	number := func(s string) (int, string) {
		i := 0
		n := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1<<40 {
			n = 10*n + int(s[i]-'0')
			i++
		}
		return n, s[i:]
	}
	switch {
	case x == y:
		return 0
	case x == "":
		return -1
	case y == "":
		return 1
	}
	m, s := number(x)
	n, t := number(y)
	return firstOf(m-n, strings.Compare(s, t))
}

// pinsForYanked tells whether a yanked file may be taken (PEP 592, and
// resolution/resolvelib/factory.py, is_pinned).
func pinsForYanked(spec packaging.Specifiers) bool {
	return slices.ContainsFunc(spec, func(s packaging.Specifier) bool {
		return s.Op == "===" || s.Op == "==" && !wildcard(s.Version)
	})
}

// predictions says for each root what pip would do on its targets.
func (a *audit) predictions() map[string][]report.Prediction {
	if a.options.Index == nil {
		return nil
	}
	out := map[string][]report.Prediction{}
	for _, v := range a.views {
		for _, t := range v.targets {
			out[v.root.file.Path] = append(out[v.root.file.Path], a.predict(v, t, a.options.Pip))
		}
	}
	return out
}
