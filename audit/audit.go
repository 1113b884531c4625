// Package audit judges the hashes of requirements files: files and an index go
// in, a report comes out.
//
// It works in phases: which releases the files pin (each once over all files),
// what the indexes say of them (in parallel; an error is an answer), what that
// makes of each requirement (pure, in file order), and, for fix, which bytes
// must change. It opens nothing: files come read, answers come from an [Index],
// and what fix would write is returned.
//
// Nothing unverified is called verified: an index that did not answer, a digest
// that cannot be compared and a limit that was reached each become a finding.
package audit

import (
	"context"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// Index says which distribution files a release has.
type Index interface {
	// Ask returns the files of the release, or of all releases when version is
	// "". What went wrong is in the answer. It is called from several
	// goroutines at once.
	Ask(ctx context.Context, src pypi.Sources, project, version string) pypi.Answer
}

// Require says what the configuration demands of a file.
type Require string

const (
	RequireNothing    Require = ""           // a file without hashes is an error only if it is a lock
	RequireHashes     Require = "hashes"     // a file without hashes is an error, and fix may turn hash checking on
	RequireConsistent Require = "consistent" // only runs with hash checking on are judged
)

// Settings are what the configuration says of one file.
type Settings struct {
	Require Require
	Levels  map[string]report.Level // by rule; "" as level switches the rule off
	Targets []packaging.Target      // where a root is to be installed; none: anywhere
	Ignores []Ignore
	// Projects are the indexes that the configuration names for single
	// projects, by normalized name.
	Projects map[string]pypi.Sources
}

// Options say how to judge.
type Options struct {
	Tool string // version of reqhash, for the report
	Jobs int    // how many releases are asked about at once; 0: one
	// Index is asked about releases; nil asks nothing, as lint does.
	Index Index
	// Sources says what pip would ask in a run, given the option lines that it
	// reads.
	Sources func(run requirements.Run) pypi.Sources
	// Settings gives the configuration of the file at a path.
	Settings func(path string) Settings
	// NoInlineIgnores leaves comments that ignore findings unread.
	NoInlineIgnores bool
	// Known are the fingerprints of findings that are put up with, and why: in
	// the baseline, or there before the change that is looked at.
	Known map[string]string
	// Anchored gives the path of a file as the fingerprints of Known have it; nil:
	// as it is shown.
	Anchored func(path string) string
	// Now is today, for ignores that end.
	Now time.Time
	// Private tells whether the text of the file at a path is not to be shown: an
	// include may lead out of the repository. nil: all may be.
	Private func(path string) bool
	// Rules tells whether findings of a rule are wanted; nil wants all.
	Rules func(rule string) bool
	// Names lets the report name the file that each right hash belongs to, as
	// the verbose text does.
	Names bool
	// Show gives the form in which the address of an index is shown: a folder
	// relative to the working directory.
	Show func(address string) string
	// RequireHashes turns hash checking on in every run, as PIP_REQUIRE_HASHES
	// and pip's configuration do.
	RequireHashes bool
	// Pip is the version of pip whose doing is predicted for the targets; "" is
	// the newest known.
	Pip string
	// Dependencies gives what a release needs (Requires-Dist), as its wheels
	// say; known is false where none does. nil: nobody knows. It is called
	// from several goroutines at once.
	Dependencies func(ctx context.Context, release pypi.Answer) (requires []string, known bool, err error)
	// Expect is told of releases of one project before the first of them is asked
	// about; nil: nobody wants to know.
	Expect func(src pypi.Sources, project, version string)
	// Download hashes files; nil downloads nothing.
	Download Downloader
	// Progress is told how many of how many questions are answered, from
	// several goroutines; nil: nobody asks.
	Progress func(done, total int, waiting string)
	// Read is how the files of the set were read.
	Read requirements.ReadOptions
}

// Check judges every file of the set, and returns the report without its
// summary; see [report.Report.Finish].
func Check(ctx context.Context, set *requirements.Set, o Options) *report.Report {
	a := judge(ctx, set, o, nil, newReleases(o.Index, o.Jobs, o.Progress))
	command := "check"
	if o.Index == nil {
		command = "lint"
	}
	return a.report(command)
}

// audit is one judgement of a set.
type audit struct {
	options    Options
	fix        FixOptions // what fix may do; zero for check, which then says what a plain fix would do
	fixing     bool
	subjects   []*subject // in the order of the set's files
	views      []*view
	pins       map[scope]*pins
	list       []*pin // in the order in which they are read first
	releases   *releases
	direct     map[string]*directFile // by address
	configured []*covering            // ignores of the configuration, with whether they were used
	compared   bool                   // see compare
	brief      bool                   // the report is to have findings only

	environments func() []map[string]string // see defaultEnvironments
}

// subject is one file with all that its runs say about how it is judged.
type subject struct {
	file       *requirements.File
	settings   Settings
	roots      []string
	checking   bool               // hash checking is on in one of its runs
	checkedBy  string             // the root of the first such run
	checkedAt  requirements.Where // the line that turned it on there
	constraint bool               // read as constraints only
	sources    pypi.Sources
	key        string // of sources
	number     int    // index into the audit's subjects
	group      *group
	turnsOn    bool // a first hash in it would turn hash checking on in a run
	judgements []judgement
	extra      []report.Finding // of its runs
	said       map[saying]bool  // those of extra
	told       report.File
	left       []report.Finding    // what is reported of it
	covered    []report.Suppressed // and what is not
	ignored    []*covering         // ignores of the configuration that were held against it
	judged     bool                // every line of it that counts is, of constraints those with hashes
	prose      bool                // found by its name, and no requirements file
	targeted   bool                // some run of it has targets
	remote     []int               // lines that include a URL, which is not fetched
	alone      *alone              // nil: not asked yet
	private    bool                // nothing of its text is to be shown
}

// judgementOf returns what was found about a line, nil if it was not judged.
func (s *subject) judgementOf(line int) *judgement {
	if line < len(s.judgements) && s.judgements[line].line == line {
		return &s.judgements[line] // all lines before it are judged too
	}
	i := s.judgementAt(line)
	if i == len(s.judgements) || s.judgements[i].line != line {
		return nil
	}
	return &s.judgements[i]
}

// judgementAt is the index of the first judgement of a line from there on.
func (s *subject) judgementAt(line int) int {
	if line < len(s.judgements) && s.judgements[line].line == line {
		return line
	}
	return sort.Search(len(s.judgements), func(i int) bool { return s.judgements[i].line >= line })
}

// saying is what makes two findings of a file one.
type saying struct {
	rule, message string
	start         int
}

// say adds a finding that a run shows, once however many runs show it.
func (s *subject) say(f report.Finding) {
	key := saying{f.Rule, f.Message, f.At.Start}
	if s.said[key] {
		return
	}
	if s.said == nil {
		s.said = map[saying]bool{}
	}
	s.said[key] = true
	s.extra = append(s.extra, f)
}

// judge asks and decides. fix is what fix may do, nil for check and lint.
//
// The releases are those of an earlier judgement of the same run, if there was
// one: what was asked then is not asked again.
func judge(ctx context.Context, set *requirements.Set, o Options, fix *FixOptions, known *releases) *audit {
	a := &audit{options: o, direct: map[string]*directFile{}, releases: known,
		pins: map[scope]*pins{}, environments: sync.OnceValue(defaultEnvironments)}
	if fix != nil {
		a.fix, a.fixing = *fix, true
	}
	a.plan(set)
	var needing []*release
	if o.Index != nil {
		questions := a.questions()
		needing = a.needing()
		if o.Expect != nil {
			expect(questions, o.Expect)
		}
		// What a release needs is asked as soon as its files are known.
		a.releases.ask(ctx, questions, func(r *release) { a.askNeeds(ctx, r) })
		a.releases.askProjects(ctx, a.openQuestions())
		a.download(ctx)
	}
	a.eachPin(a.decide)
	for _, p := range a.list {
		a.decideCauses(p)
	}
	if o.Index != nil {
		a.releases.each(needing, func(r *release) { a.askNeeds(ctx, r) }) // of those that had no files then
	}
	return a
}

// compare judges what lines, files and releases show together, once: what the
// findings are made of, and no verdict depends on.
func (a *audit) compare() {
	if a.compared {
		return
	}
	a.compared = true
	a.eachPin(a.tell)
	a.judgeServices()
	a.judgeDuplicates()
	if a.options.Index != nil {
		a.judgeRuns()
	}
}

// eachPin does something with every pin, on all cores. What it does must concern
// that pin alone.
func (a *audit) eachPin(do func(p *pin)) { each(a.list, 64, do) }

// each does something with everything in a list, on all cores, some at a time.
func each[T any](list []T, some int, do func(T)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(list)+some-1)/some) {
		workers.Go(func() {
			for {
				to := int(next.Add(int64(some)))
				for i := to - some; i < min(to, len(list)); i++ {
					do(list[i])
				}
				if to >= len(list) {
					return
				}
			}
		})
	}
	workers.Wait()
}

// plan makes a subject of every file, and a judgement to come of every
// requirement and editable that counts.
func (a *audit) plan(set *requirements.Set) {
	byFile := make(map[*requirements.File]*subject, len(set.Files))
	for _, f := range set.Files {
		s := &subject{file: f, number: len(a.subjects), constraint: true, settings: a.options.Settings(f.Path)}
		s.private = a.options.Private != nil && a.options.Private(f.Path)
		byFile[f] = s
		a.subjects = append(a.subjects, s)
	}
	for _, run := range a.runs(set) {
		if !run.Named && run.Root.Prose() {
			byFile[run.Root].prose = true
			continue
		}
		a.views = append(a.views, a.viewOf(run, byFile))
		for _, at := range run.Remote {
			if s := byFile[at.File]; !slices.Contains(s.remote, at.Line) {
				s.remote = append(s.remote, at.Line)
			}
		}
		src := a.options.Sources(run)
		for _, m := range run.Members {
			s := byFile[m.File]
			if !slices.Contains(s.roots, run.Root.Path) {
				s.roots = append(s.roots, run.Root.Path)
				s.sources = merge(s.sources, src)
			}
			s.constraint = s.constraint && m.Constraint
			s.targeted = s.targeted || len(byFile[run.Root].settings.Targets) > 0
			if !s.checking && (run.HashChecking || a.options.RequireHashes) {
				s.checking, s.checkedBy, s.checkedAt = true, run.Root.Path, run.By
			}
		}
	}
	a.groupSubjects()
	for _, s := range a.subjects {
		s.key = s.sources.Key()
		a.pinsOf(s)
	}
}

// runs are those of the set, and one for each constraints file that none of them
// reaches.
func (a *audit) runs(set *requirements.Set) []requirements.Run {
	reached := make(map[*requirements.File]bool, len(set.Files))
	for _, run := range set.Runs {
		for _, m := range run.Members {
			reached[m.File] = true
		}
	}
	runs := set.Runs
	for _, f := range set.Files {
		if !reached[f] {
			runs = append(slices.Clip(runs), requirements.ConstraintsAlone(f))
		}
	}
	return runs
}

// merge adds what only src asks: a file that several runs read is judged by all
// that they ask.
func merge(into, src pypi.Sources) pypi.Sources {
	add := func(list, more []string) []string {
		for _, m := range more {
			if !slices.Contains(list, m) {
				list = append(slices.Clip(list), m)
			}
		}
		return list
	}
	return pypi.Sources{
		Indexes:   add(into.Indexes, src.Indexes),
		FindLinks: add(into.FindLinks, src.FindLinks),
		Trusted:   add(into.Trusted, src.Trusted),
	}
}

// questions returns the releases that somebody pins, each once, and gives each
// pin its release.
func (a *audit) questions() []*release {
	for _, p := range a.list {
		s := p.first.s
		if project, version, ok := a.askable(s, p.content); ok {
			src, key := s.sourcesOf(project)
			p.release = a.releases.of(src, key, project, version, arbitrary(p.content))
		}
	}
	return a.releases.list
}

// askable returns the project and release that an index can be asked about for
// a line. An empty version asks for the whole project: which release the hashes
// of an unpinned requirement fit. A variable in the text is not expanded into a
// question unless that is allowed: what it holds is nobody's business outside.
func (a *audit) askable(s *subject, c *requirements.Content) (project, version string, ok bool) {
	switch {
	case c.Kind != requirements.Requirement, c.Direct, c.Variables && !a.options.Read.AllowEnv, c.Name == "":
		return "", "", false
	case unpinned(c):
		return c.Name, "", len(c.Hashes) > 0 || s.targeted
	}
	version, _ = c.Specifiers.Pin()
	return c.Name, version, true
}

// arbitrary tells whether the pin is one of ===, which compares texts.
func arbitrary(c *requirements.Content) bool {
	return len(c.Specifiers) == 1 && c.Specifiers[0].Op == "==="
}

// sourcesOf are the indexes that count for a project, and their key.
func (s *subject) sourcesOf(project string) (pypi.Sources, string) {
	if src, ok := s.settings.Projects[packaging.NormalizeName(project)]; ok {
		return src, src.Key()
	}
	return s.sources, s.key
}

// openQuestions returns the releases about which the first answer is not enough
// to say that all is right: somebody lists a hash that it does not have, or there
// is no file, or somebody lists no hash and it may lack files. The page of the whole project has the last word,
// and shows where such a hash belongs.
func (a *audit) openQuestions() []*release {
	a.eachPin(func(p *pin) {
		if p.release != nil {
			p.match()
		}
	})
	var open []*release
	for _, p := range a.list {
		r := p.release
		if r == nil || r.version == "" || r.open || r.answer.Err() != nil {
			continue
		}
		if n := len(p.content.Hashes); n == 0 && !r.answer.Whole() || p.belonging < n || r.count == 0 {
			r.open = true
			open = append(open, r)
		}
	}
	return open
}

// wildcard tells whether a pinned version is a prefix match such as 1.*, which
// pip calls pinned and which is no release.
func wildcard(version string) bool { return strings.HasSuffix(version, "*") }
