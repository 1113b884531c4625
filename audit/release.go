package audit

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/requirements"
)

// release is what the indexes say of one pinned release.
type release struct {
	sources pypi.Sources
	project string // normalized
	version string // as pinned first
	asked   bool
	answer  pypi.Answer
	// brief is there where the files are as the cache has them: then list,
	// digests and sameName are made when somebody asks for what it does not say.
	brief     *pypi.Brief
	unpack    sync.Once
	tables    sync.Once
	list      []distribution // of the release, of every index; see files
	digests   digestTable    // of the files, by index into list
	sameName  []int32        // for each file the first of the same name
	count     int            // of files
	distinct  int            // names of files
	marks     marks
	round     int                      // how often the files were set
	open      bool                     // somebody lists a hash that the answer does not have
	whole     *pypi.Answer             // of the whole project, where that was asked
	elsewhere map[packaging.Digest]int // index into whole.Files, of other releases
	needs     needs
	direct    bool // not of an index: the one file that a URL or path names
	arbitrary bool // the pin is one of ===
}

// releases holds each release that is asked about once.
type releases struct {
	index    Index
	jobs     int
	progress func(done, total int, waiting string)
	list     []*release
	byKey    map[string]map[releaseKey]*release // by the key of their sources
	lastKey  string                             // of sources: nearly always the same
	last     map[releaseKey]*release
	numbers  numbers // of the projects
	// dependencies are those of all releases.
	dependencies dependencies
}

type releaseKey struct{ project, version string }

func newReleases(index Index, jobs int, progress func(done, total int, waiting string)) *releases {
	if progress == nil {
		progress = func(int, int, string) {}
	}
	return &releases{index: index, jobs: max(jobs, 1), progress: progress, byKey: map[string]map[releaseKey]*release{}}
}

// of returns the release for a project's name and pin, as written.
// arbitrary is that of a pin by ===, which is another release than by ==.
func (rs *releases) of(src pypi.Sources, sourcesKey, name, pin string, arbitrary bool) *release {
	if rs.last == nil || rs.lastKey != sourcesKey {
		if rs.byKey[sourcesKey] == nil {
			rs.byKey[sourcesKey] = map[releaseKey]*release{}
		}
		rs.lastKey, rs.last = sourcesKey, rs.byKey[sourcesKey]
	}
	key := releaseKey{packaging.NormalizeName(name), pin}
	if arbitrary {
		key.version = "===" + pin
	}
	if r, ok := rs.last[key]; ok {
		return r
	}
	r := &release{sources: src, project: key.project, version: pin, arbitrary: arbitrary}
	if v, err := packaging.ParseVersion(pin); err == nil && !arbitrary {
		if equal := (releaseKey{key.project, v.Key()}); equal != key {
			if same, ok := rs.last[equal]; ok {
				rs.last[key] = same
				return same
			}
			rs.last[equal] = r
		}
	}
	rs.last[key] = r
	rs.list = append(rs.list, r)
	return r
}

// ask asks about each release that was not asked about yet, as many at once as
// there are jobs. then is called with each when its files are known.
func (rs *releases) ask(ctx context.Context, list []*release, then func(r *release)) {
	list = slices.DeleteFunc(slices.Clone(list), func(r *release) bool { return r.asked })
	var done atomic.Int64
	rs.each(list, func(r *release) {
		r.asked = true
		r.answer = rs.index.Ask(ctx, r.sources, r.project, r.version) // an error is an answer
		if brief := r.answer.Brief(); brief != nil && !r.arbitrary {
			r.setBrief(brief)
		} else {
			files := r.answer.Files()
			if r.arbitrary {
				files = slices.DeleteFunc(slices.Clone(files), func(f pypi.File) bool { return !r.takes(f.Version) })
			}
			r.setFiles(files)
		}
		then(r)
		rs.progress(int(done.Add(1)), len(list), r.project)
	})
}

// expect tells of the releases that are not asked about yet and that are not the
// only one of their project.
func expect(list []*release, tell func(src pypi.Sources, project, version string)) {
	first := map[string]*release{}
	for _, r := range list {
		other, again := first[r.project]
		switch {
		case r.asked:
		case !again:
			first[r.project] = r
		default:
			if other != nil {
				tell(other.sources, other.project, other.version)
				first[r.project] = nil
			}
			tell(r.sources, r.project, r.version)
		}
	}
}

// each does something with every release, as many at once as there are jobs. A
// goroutine for each would have to grow its stack for each.
func (rs *releases) each(list []*release, do func(r *release)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(rs.jobs, len(list)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				do(list[i])
			}
		})
	}
	workers.Wait()
}

// askProjects asks for the whole project of each release, once a project. The
// release is then what that page has of it.
func (rs *releases) askProjects(ctx context.Context, list []*release) {
	type projectKey struct{ sources, project string }
	answers := map[projectKey]*pypi.Answer{}
	var g errgroup.Group
	g.SetLimit(rs.jobs)
	for _, r := range list {
		key := projectKey{r.sources.Key(), r.project}
		if answers[key] == nil {
			answer := new(pypi.Answer)
			answers[key] = answer
			g.Go(func() error {
				*answer = rs.index.Ask(ctx, r.sources, r.project, "")
				return nil
			})
		}
		r.whole = answers[key]
	}
	_ = g.Wait()
	for _, r := range list {
		r.setWhole()
	}
}

// setBrief takes the files as the cache has them: nearly always that is enough.
func (r *release) setBrief(b *pypi.Brief) {
	r.brief, r.count, r.distinct = b, b.Count, b.Count
	r.round++
	r.marks = marksOf(r)
}

func (r *release) setFiles(files []pypi.File) {
	r.list = distributions(files)
	r.setDigests()
}

func distributions(files []pypi.File) []distribution {
	list := make([]distribution, len(files))
	for i := range files {
		list[i].File = &files[i]
	}
	return list
}

// files are those of the release, of every index.
func (r *release) files() []distribution {
	if r.brief != nil {
		r.unpack.Do(func() {
			r.list = distributions(r.answer.Files())
		})
	}
	return r.list
}

// setDigests prepares what every requirement of the release is held against.
func (r *release) setDigests() {
	r.brief = nil
	r.fill()
	r.count = len(r.list)
	r.distinct = 0
	for i, first := range r.sameName {
		if int(first) == i {
			r.distinct++
		}
	}
	r.round++
	r.marks = marksOf(r)
}

// fill makes the tables from the list.
func (r *release) fill() {
	r.digests, r.sameName = digestTable{}, make([]int32, len(r.list))
	r.digests.grow(len(r.list))
	names := firstNames{files: r.list}
	for i := range r.list {
		f := &r.list[i]
		for k := range f.Digests {
			r.digests.add(&f.Digests[k], i)
		}
		for k := range f.computed {
			r.digests.add(&f.computed[k], i)
		}
		r.sameName[i] = int32(names.of(i))
	}
}

// find returns the first file that has a digest.
func (r *release) find(d *packaging.Digest) (file int, ok bool) {
	if r.brief != nil {
		if d.IsZero() || d.Algorithm() == packaging.SHA256 {
			return r.brief.Find(d)
		}
		r.files()
		r.tables.Do(r.fill)
	}
	return r.digests.find(d)
}

// firstNamed returns the first file that has the name of a file.
func (r *release) firstNamed(file int) int {
	if r.brief != nil {
		return file // no two have one
	}
	return int(r.sameName[file])
}

// firstNames finds the first file of each name. One after the other is quicker
// than a map where they are few.
type firstNames struct {
	files  []distribution
	byName map[string]int
}

// of returns the first file that has the name of a file. They are asked in their
// order.
func (n *firstNames) of(i int) int {
	const few = 24
	name := n.files[i].Name
	if i < few {
		return slices.IndexFunc(n.files[:i+1], func(f distribution) bool { return f.Name == name })
	}
	if n.byName == nil {
		n.byName = make(map[string]int, len(n.files))
		for k := range n.files[:i] {
			if _, ok := n.byName[n.files[k].Name]; !ok {
				n.byName[n.files[k].Name] = k
			}
		}
	}
	first, ok := n.byName[name]
	if !ok {
		first = i
		n.byName[name] = i
	}
	return first
}

// distribution is a file of a release, with the digests that the index
// publishes, and those that were computed by downloading it.
type distribution struct {
	*pypi.File
	computed       []packaging.Digest
	downloadFailed string // why it has none though that was tried
}

// Digest is the file's digest by an algorithm, as far as it is known.
func (f distribution) Digest(a packaging.Algorithm) (packaging.Digest, bool) {
	if d, ok := f.File.Digest(a); ok {
		return d, true
	}
	return pypi.File{Digests: f.computed}.Digest(a)
}

// setWhole takes over what the page of the whole project says, which is what pip
// sees. Where it failed, the first answer stands, and the failure is noted: what
// that answer does not have is then open.
func (r *release) setWhole() {
	if r.whole.Err() != nil {
		r.answer.Indexes = r.whole.Indexes
		return
	}
	r.answer.Known, r.answer.Indexes = r.whole.Known, r.whole.Indexes
	r.answer.Status, r.answer.StatusReason = r.whole.Status, r.whole.StatusReason
	r.answer.Changed = r.whole.Changed
	r.elsewhere = map[packaging.Digest]int{}
	var files []pypi.File
	for i, f := range r.whole.Files() {
		if r.takes(f.Version) {
			files = append(files, f)
			continue
		}
		for _, d := range f.Digests {
			if _, ok := r.elsewhere[d]; !ok {
				r.elsewhere[d] = i
			}
		}
	}
	r.setFiles(files)
}

// takes tells whether the pin takes a version, as pip's == or === does (S 3).
func (r *release) takes(v packaging.Version) bool {
	if r.arbitrary {
		return packaging.Specifier{Op: "===", Version: r.version}.Matches(v)
	}
	pin, err := packaging.ParseVersion(r.version)
	return err == nil && pypi.Admits(pin, v)
}

// match holds the hashes of a line against the files: which files are listed, by
// the first of each name, and how many of the hashes belong to some file.
func (r *release) match(l *requirements.Content) (listed fileSet, belonging int) {
	for i := range l.Hashes {
		d := l.Digest(i)
		if f, ok := r.find(&d); ok {
			belonging++
			listed.add(r.firstNamed(f))
		}
	}
	return listed, belonging
}

// has tells whether a file of the release has the digest.
func (r *release) has(d packaging.Digest) bool {
	_, ok := r.find(&d)
	return ok
}

// publishes tells whether every file of the release has a digest of the
// algorithm, so that a hash which is not among them is known to be wrong.
func (r *release) publishes(a packaging.Algorithm) bool {
	return !slices.ContainsFunc(r.files(), func(f distribution) bool {
		_, ok := f.Digest(a)
		return !ok
	})
}

// installable returns the sha256 digests of the files that pip can install,
// sorted, and whether each of them has one.
func (r *release) installable() (digests []packaging.Digest, complete bool) {
	complete = true
	for _, f := range r.files() {
		if !packaging.Installable(f.Name) {
			continue
		}
		d, ok := f.Digest(packaging.SHA256)
		if !ok {
			complete = false
			continue
		}
		digests = append(digests, d)
	}
	slices.SortFunc(digests, compareDigests)
	return slices.Compact(digests), complete
}

// fits returns the one release whose files have all hashes of an unpinned line,
// if there is one that its specifiers take.
func (r *release) fits(l *requirements.Content) (version string, ok bool) {
	if r == nil || r.answer.Err() != nil {
		return "", false
	}
	for _, d := range l.Digests() {
		i, found := r.find(&d)
		if !found {
			return "", false
		}
		v := r.files()[i].Version
		if !l.Specifiers.Contains(v) || version != "" && version != v.String() {
			return "", false
		}
		version = v.String()
	}
	return version, version != ""
}

// sameNamed finds the file of the release that is to it what a file of another
// release is to that: the wheel of the same tags, or the source distribution.
func (r *release) sameNamed(name string) (distribution, bool) {
	want, err := packaging.ParseFilename(r.project, name)
	if err != nil {
		return distribution{}, false
	}
	for _, f := range r.files() {
		got, err := packaging.ParseFilename(r.project, f.Name)
		if err != nil || got.Kind != want.Kind || !packaging.Installable(f.Name) {
			continue
		}
		if got.Build == want.Build && slices.Equal(got.Python, want.Python) && slices.Equal(got.ABI, want.ABI) && slices.Equal(got.Platform, want.Platform) {
			return f, true
		}
	}
	return distribution{}, false
}

// owner is a file of another project that has a digest.
type owner struct {
	project string
	file    pypi.File
}

// owner finds the file with the digest among all that the run was told of
// projects other than the one given.
func (rs *releases) owner(d packaging.Digest, not string) (owner, bool) {
	if d.IsZero() {
		return owner{}, false
	}
	for _, r := range rs.list {
		if r.project == not {
			continue
		}
		if i, ok := r.find(&d); ok {
			return owner{r.project, *r.files()[i].File}, true
		}
		if i, ok := r.elsewhere[d]; ok {
			return owner{r.project, r.whole.Files()[i]}, true
		}
	}
	return owner{}, false
}

// elsewhere tells whether a digest is that of a file of another name: two files
// of one digest are one file.
func (rs *releases) elsewhere(d packaging.Digest, name string) bool {
	return slices.ContainsFunc(rs.list, func(r *release) bool {
		i, ok := r.find(&d)
		return ok && r.files()[i].Name != name
	})
}
