package audit

import (
	"slices"
	"strings"
	"sync"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// pin is what a line says, held against its release. Services repeat each other's
// pins: lines of the same content that are judged by the same indexes are judged
// once.
type pin struct {
	content *requirements.Content
	first   entry  // the first line that says it
	project string // normalized name, "" where there is none
	version string // of the pin, as written, "" where it is none
	title   string // name and version
	number  int    // of the project among all of the run, -1 where there is none

	verdict  report.Verdict
	release  *release // nil: nothing was asked
	wrong    []wrongHash
	belongs  []bool // for each hash of the line; nil unless some do not
	unlisted int
	reason   string // of unverified

	// listed and belonging are what the release's match says, as of its round.
	listed           fileSet
	belonging, round int

	told    *report.Judged
	remarks []remark
	needed  bool // what its release depends on was asked for

	compared string  // see comparedBy
	list     listKey // of right hashes
	use      *use    // of its release by the services
	counted  bool    // use has its list of hashes
}

// judgement is what was found about one line.
type judgement struct {
	*pin
	line int // index into the file's Lines
	from *hashesFrom
}

// match holds the hashes against the release, once for its files.
func (p *pin) match() {
	if r := p.release; p.round != r.round {
		p.listed, p.belonging = r.match(p.content)
		p.round = r.round
	}
}

// tell makes what the report says of every line of the pin.
func (a *audit) tell(p *pin) {
	c := p.content
	p.told = &report.Judged{Name: c.Name, Version: p.version, Verdict: p.verdict, Listed: len(c.Hashes), Unlisted: p.unlisted}
	if p.verdict == report.Verified && a.options.Names {
		for _, d := range c.Digests() {
			f, _ := p.release.find(&d)
			p.told.Files = append(p.told.Files, p.release.files()[f].Name)
		}
	}
	if p.compared = p.comparedBy(); p.compared != "" && p.verdict == report.Verified {
		p.list = p.listKey()
	}
	a.remarkOn(p)
}

// scope is all that a pin's judging depends on besides its content: who is asked.
type scope struct {
	sources  string // key of the indexes
	projects string // those of single projects
	targeted bool
}

// scopeOf tells how a file is judged.
func (s *subject) scopeOf() scope {
	return scope{s.key, projectsKey(s.settings.Projects), s.targeted}
}

// projectsKey is equal for the same indexes of the same projects.
func projectsKey(projects map[string]pypi.Sources) string {
	var list []string
	for name, src := range projects {
		list = append(list, name+"\x00"+src.Key())
	}
	slices.Sort(list)
	return strings.Join(list, "\x00\x00")
}

// pinsOf gives every requirement and editable that counts its pin.
func (a *audit) pinsOf(s *subject) {
	of := s.scopeOf()
	known := a.pins[of]
	if known == nil {
		known = &pins{others: map[*requirements.Content]**pin{}}
		a.pins[of] = known
	}
	s.judgements = make([]judgement, 0, len(s.file.Lines))
	s.judged = !(s.prose && len(s.roots) == 0 || s.settings.Require == RequireConsistent && !s.checking)
	for i := range s.file.Lines {
		e := entry{s: s, line: i}
		c := e.of().Content
		if !s.judged || !e.counts() || s.constraint && len(c.Hashes) == 0 {
			continue
		}
		at := known.of(c)
		if *at == nil {
			*at = a.newPin(c, e)
			a.list = append(a.list, *at)
		}
		s.judgements = append(s.judgements, judgement{pin: *at, line: i})
	}
}

func (a *audit) newPin(c *requirements.Content, first entry) *pin {
	p := &pin{content: c, first: first, number: -1}
	if c.Name == "" {
		return p
	}
	p.project = packaging.NormalizeName(c.Name)
	p.number = a.releases.numbers.of(p.project)
	p.title = c.Name
	if p.version, _ = c.Specifiers.Pin(); p.version != "" {
		p.title += " " + p.version
	}
	return p
}

// pins are those of one scope, by what their lines say.
type pins struct {
	numbered []*pin // by Content.Number
	others   map[*requirements.Content]**pin
}

// of returns where the pin of a content is kept, or is to be.
func (p *pins) of(c *requirements.Content) **pin {
	n := c.Number()
	for n >= len(p.numbered) {
		p.numbered = append(p.numbered, nil)
	}
	if at := &p.numbered[n]; n > 0 && (*at == nil || (*at).content == c) {
		return at
	}
	at := p.others[c]
	if at == nil {
		at = new(*pin)
		p.others[c] = at
	}
	return at
}

// numbers gives each project that is named anywhere a number, from 0.
type numbers struct {
	mu     sync.Mutex
	byName map[string]int
}

// of returns the number of a project, by its normalized name.
func (n *numbers) of(project string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	i, ok := n.byName[project]
	if !ok {
		if n.byName == nil {
			n.byName = map[string]int{}
		}
		i = len(n.byName)
		n.byName[project] = i
	}
	return i
}

func (n *numbers) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.byName)
}
