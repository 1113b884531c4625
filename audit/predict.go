package audit

import (
	"slices"
	"strings"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// pipRun is what "pip install --no-deps -r ROOT" of one version would do in a
// fresh environment of one target, as its resolver does it
// (resolution/resolvelib/factory.py and index/package_finder.py).
type pipRun struct {
	a       *audit
	v       *view
	target  packaging.Target
	ranking packaging.Ranking
	env     map[string]string
	version pipVersion

	checking    bool // hash checking
	formats     formatControl
	constraints map[string]*pipConstraint // by project
	wanted      []*pipRequirement         // in the order in which the resolver takes them
	built       map[string]bool           // files that were fetched and checked, by where they lie
}

// pipVersion is what differs between versions of pip.
type pipVersion struct {
	name              string
	constraintHashes  bool // a constraint's hashes verify, and hashes stand for a pin: 26.1
	noRequireHashes   bool // --no-require-hashes is an option: 26.2
	indexOverridesOwn bool // without hash checking, the index's digest is allowed beside the listed: until 26.3
	linuxTagsFirst    bool // a wheel for linux_x86_64 is liked better than one for manylinux: 26.3
}

// newestPip is the newest version that is known.
const newestPip = "26.3"

// pipOf knows a version of pip by its number; "" is the newest known.
func pipOf(version string) pipVersion {
	if version == "" {
		version = newestPip
	}
	p := pipVersion{name: version}
	v, err := packaging.ParseVersion(version)
	if err != nil {
		return pipOf("")
	}
	since := func(text string) bool {
		w, _ := packaging.ParseVersion(text)
		return v.Compare(w) >= 0
	}
	p.constraintHashes = since("26.1")
	p.noRequireHashes = since("26.2")
	p.indexOverridesOwn, p.linuxTagsFirst = !since("26.3"), since("26.3")
	return p
}

// pipRequirement is a requirement as the resolver has it.
type pipRequirement struct {
	entry
	project  string
	id       string // the project, with its extras if it asks for them
	spec     packaging.Specifiers
	hashes   hashSet
	explicit *pipCandidate // the file that it names itself
}

// pipConstraint is what all constraints of a project say together.
type pipConstraint struct {
	spec    packaging.Specifiers
	hashes  hashSet
	options hashSet // the hashes that can verify (26.1), in the letters in which they are written
	links   []entry
}

// pipCandidate is a file that could be installed.
type pipCandidate struct {
	file    distribution // of an index, or the one that a line names
	version packaging.Version
	known   bool   // its version is
	place   string // what tells it from other files once it was fetched: its URL
	link    string // what two lines must have alike to mean one file
}

// refusal ends a run.
type refusal struct {
	reason string
	at     entry
}

// predict says what pip would do.
func (a *audit) predict(v *view, t packaging.Target, version string) report.Prediction {
	p := a.pipRun(v, t, version)
	out := report.Prediction{Target: t.String(), Version: p.version.name, Outcome: "installs", Files: map[string]string{}}
	refused, known := p.run(out.Files)
	switch {
	case !known:
		out.Outcome, out.Files = "unknown", map[string]string{}
	case refused != nil:
		out.Outcome, out.Reason, out.Files = "refuses", refused.reason, map[string]string{}
		if refused.at.s != nil {
			l := refused.at.of()
			out.Path, out.Line = refused.at.s.file.Path, l.First
			switch {
			case l.Variables: // its name may be anything
			case l.Name != "":
				out.Name = packaging.NormalizeName(l.Name)
			default:
				out.Name = sdistProject(l.FileName())
			}
		}
	}
	return out
}

func (a *audit) pipRun(v *view, t packaging.Target, version string) *pipRun {
	p := &pipRun{a: a, v: v, target: t, ranking: t.Ranking(), env: t.Environment(), version: pipOf(version),
		constraints: map[string]*pipConstraint{}, built: map[string]bool{}}
	if !p.version.linuxTagsFirst {
		p.ranking = linuxTagsLast(t.Tags())
	}
	return p
}

// linuxTagsLast ranks tags as pip did before 26.3: of those of one interpreter
// and ABI, the ones for linux_* after the others.
func linuxTagsLast(tags []packaging.Tag) packaging.Ranking {
	r := packaging.Ranking{}
	for len(tags) > 0 {
		n := 1
		for n < len(tags) && tags[n].Python == tags[0].Python && tags[n].ABI == tags[0].ABI {
			n++
		}
		for _, last := range []bool{false, true} {
			for _, t := range tags[:n] {
				if strings.HasPrefix(t.Platform, "linux_") == last {
					r[t] = len(r)
				}
			}
		}
		tags = tags[n:]
	}
	return r
}

// run fills files by project. known is false where an answer is missing that
// the outcome depends on.
func (p *pipRun) run(files map[string]string) (_ *refusal, known bool) {
	if r, stop := p.parse(); stop {
		return r, true
	}
	if r, known := p.collect(); r != nil || !known {
		return r, known
	}
	return p.resolve(files)
}

// parse is what pip meets while it reads: the first line that it refuses, and
// the options.
func (p *pipRun) parse() (_ *refusal, stop bool) {
	if p.v.root.file.Err != nil {
		return &refusal{reason: "invalid"}, true
	}
	var on, off bool
	for e := range p.v.all() {
		l := e.of()
		if l.Err != nil || l.Missing && !l.Hashable() || e.s.includesNothing(e.line) {
			return &refusal{"invalid", e}, true
		}
		for _, s := range l.Settings {
			switch s.Name {
			case "no-require-hashes":
				if !p.version.noRequireHashes {
					return &refusal{"invalid", e}, true
				}
				off = true
			case "require-hashes":
				on = true
			case "no-binary", "only-binary": // on whatever line
				p.formats.set(s.Name, s.Value)
			case "prefer-binary", "pre", "all-releases", "only-final":
				if l.Kind == requirements.Option {
					p.formats.set(s.Name, s.Value)
				}
			}
		}
	}
	if on && off {
		return &refusal{reason: "invalid"}, true
	}
	p.checking = p.a.checking(p.v)
	return nil, false
}

// includesNothing tells whether a line includes what cannot be read.
func (s *subject) includesNothing(line int) bool {
	if k := s.file.Lines[line].Kind; k != requirements.Include && k != requirements.Constraint {
		return false // as nearly all; the faults may be many
	}
	const rule = "missing-include"
	return slices.ContainsFunc(s.file.Faults, func(t requirements.Fault) bool { return t.Rule == rule && t.Line == line })
}

// collect takes up the constraints, and prepares what names its own file
// (Factory.collect_root_requirements).
func (p *pipRun) collect() (*refusal, bool) {
	for e := range p.v.entries() {
		l := e.of()
		if m := markerOf(l.Content); !m.IsZero() && !m.Evaluate(p.env, nil) {
			continue
		}
		project := packaging.NormalizeName(l.Name)
		if project == "" {
			project = sdistProject(l.FileName())
		}
		if e.constraint {
			if whyNoConstraint(l) != "" {
				return &refusal{"invalid", e}, true
			}
			p.constrain(project, e)
			continue
		}
		q := &pipRequirement{entry: e, project: project, id: project, spec: l.Specifiers, hashes: listedHashes(l)}
		if l.Kind == requirements.Editable || l.Direct {
			refused, known := p.prepareDirect(q)
			if refused != nil || !known {
				return refused, known
			}
			if project == "" { // a project that pip knows by its metadata only
				continue
			}
		}
		base := *q
		if len(l.Extras) > 0 {
			q.id = project + "[" + strings.Join(normalizedExtras(l.Extras), ",") + "]"
			if q.explicit != nil || len(l.Specifiers) > 0 {
				p.wanted = append(p.wanted, &base)
			}
		}
		p.wanted = append(p.wanted, q)
	}
	slices.SortStableFunc(p.wanted, func(x, y *pipRequirement) int { return boolInt(x.id != x.project) - boolInt(y.id != y.project) })
	return nil, true
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func normalizedExtras(extras []string) []string {
	var list []string
	for _, x := range extras {
		list = append(list, packaging.NormalizeName(x))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// whyNoConstraint says why pip refuses a line as a constraint
// (req/req_install.py, check_invalid_constraint_type); "" if it does not.
func whyNoConstraint(l *requirements.Line) string {
	switch {
	case l.Kind == requirements.Editable:
		return "editable requirements are not allowed as constraints"
	case l.Name == "":
		return "unnamed requirements are not allowed as constraints"
	case len(l.Extras) > 0:
		return "constraints cannot have extras"
	}
	return ""
}

func (p *pipRun) constrain(project string, e entry) {
	l := e.of()
	c := p.constraints[project]
	own, written := listedHashes(l), writtenHashes(l)
	if c == nil {
		c = &pipConstraint{hashes: withFragment(own, l), options: written}
		p.constraints[project] = c
	} else {
		c.hashes = c.hashes.and(withFragment(own, l))
		switch {
		case len(c.options) == 0:
			c.options = written
		case len(own) > 0:
			c.options = written.intersect(c.options)
		}
	}
	c.spec = slices.Concat(c.spec, l.Specifiers)
	if l.Direct {
		c.links = append(c.links, e)
	}
}

// prepareDirect is what pip does about a requirement that names its own file:
// it is fetched and checked before any index is asked.
func (p *pipRun) prepareDirect(q *pipRequirement) (*refusal, bool) {
	l := q.of()
	if !l.Hashable() {
		if p.checking {
			return &refusal{"unhashable", q.entry}, true
		}
		q.explicit = &pipCandidate{file: distribution{File: &pypi.File{}}, place: l.URL, link: linkOf(q.entry)}
		return nil, true
	}
	c, refused, known := p.directCandidate(q.project, q.entry)
	if refused != nil {
		return refused, true
	}
	q.explicit = c
	if !known {
		return nil, false
	}
	return p.verify(q.entry, withFragment(q.hashes, l), true, c)
}

// directCandidate is the file that a line names by URL or path. known is false
// where nobody fetched it.
func (p *pipRun) directCandidate(project string, e entry) (_ *pipCandidate, _ *refusal, known bool) {
	l := e.of()
	place := e.s.file.Address(l)
	c := &pipCandidate{file: distribution{File: &pypi.File{Name: l.FileName()}}, place: place, link: linkOf(e)}
	if strings.HasSuffix(c.file.Name, ".whl") {
		own, _, _ := strings.Cut(c.file.Name, "-")
		f, err := packaging.ParseFilename(packaging.NormalizeName(own), c.file.Name)
		if err != nil {
			return nil, &refusal{"invalid", e}, true
		}
		if !p.fits(c.file.Name) {
			return nil, &refusal{"not-found", e}, true
		}
		if project != "" && packaging.NormalizeName(own) != project {
			return nil, &refusal{"invalid", e}, true
		}
		c.version, c.known = f.Version, true
	} else if f, err := packaging.ParseFilename(project, c.file.Name); err == nil && f.Kind == packaging.Sdist {
		c.version, c.known = f.Version, true
	} else if own := sdistProject(c.file.Name); l.Name != "" && own != "" && own != project {
		return nil, &refusal{"not-found", e}, true
	}
	switch d := p.a.direct[place]; {
	case d == nil:
		return c, nil, false
	case d.gone():
		return nil, &refusal{"not-found", e}, true
	case d.err != nil:
		return c, nil, false
	default:
		c.file = d.file
	}
	return c, nil, true
}

// linkOf is what two direct references have alike if pip takes them for one:
// where the file lies and the hash in the URL (models/link.py,
// links_equivalent).
func linkOf(e entry) string {
	place, _, _ := strings.Cut(e.s.file.Address(e.of()), "#")
	return place + "#" + strings.ToLower(e.of().URLHash())
}

// fits tells whether a file of that name is no wheel for another target.
func (p *pipRun) fits(name string) bool {
	own, _, _ := strings.Cut(name, "-")
	f, err := packaging.ParseFilename(packaging.NormalizeName(own), name)
	if err != nil || f.Kind != packaging.Wheel {
		return true
	}
	_, ok := p.ranking.Best(f)
	return ok
}

// sdistProject is the project that the name of a source distribution tells,
// where it does: what stands before the last "-" that a version follows.
func sdistProject(name string) string {
	for _, ending := range []string{".tar.gz", ".zip", ".tar.bz2", ".tgz"} {
		base, ok := strings.CutSuffix(name, ending)
		i := strings.LastIndexByte(base, '-')
		if !ok || i <= 0 {
			continue
		}
		if _, err := packaging.ParseVersion(base[i+1:]); err == nil {
			return packaging.NormalizeName(base[:i])
		}
	}
	return ""
}

// verify is the check of one fetched file (operations/prepare.py,
// _get_linked_req_hashes): what the mode demands, then the digest.
func (p *pipRun) verify(at entry, hashes hashSet, pinned bool, c *pipCandidate) (*refusal, bool) {
	if p.built[c.place] {
		return nil, true
	}
	switch {
	case p.checking && !pinned:
		return &refusal{"unpinned", at}, true
	case p.checking && hashes.none():
		return &refusal{"hash-missing", at}, true
	case !hashes.none():
		if !p.checking && p.version.indexOverridesOwn && len(c.file.Digests) > 0 && !at.of().Direct {
			break
		}
		matches, known := hashes.match(c.file, p.a.releases.elsewhere)
		if !known {
			return nil, false
		}
		if !matches {
			return &refusal{"hash-mismatch", at}, true
		}
	}
	p.built[c.place] = true
	return nil, true
}
