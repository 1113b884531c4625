package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/mattn/go-isatty"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

func runCheck(ctx context.Context, s *settings, paths []string, w world) (int, error) {
	return runJudge(ctx, "check", s, paths, w)
}

func runLint(ctx context.Context, s *settings, paths []string, w world) (int, error) {
	return runJudge(ctx, "lint", s, paths, w)
}

func runFix(ctx context.Context, s *settings, paths []string, w world) (int, error) {
	return runJudge(ctx, "fix", s, paths, w)
}

// runJudge is check, lint and fix: find and read the files, ask, judge, write,
// and say what was found.
func runJudge(ctx context.Context, command string, s *settings, paths []string, w world) (int, error) {
	start := w.now()
	var client func() (*pypi.Client, error) // opened while the files are found and read
	j, err := newJob(ctx, s, paths, w, func(j *job) {
		if command != "lint" {
			client = meanwhile(j.client)
		}
	})
	if err != nil {
		return 0, err
	}
	wanted, err := s.rules()
	if err != nil {
		return 0, err
	}
	o := audit.Options{
		Tool:     build().version,
		Jobs:     int(s.jobs),
		Rules:    wanted,
		Names:    s.verbose,
		Settings: j.settingsOf,
		Sources:  j.sources,
		Show:     j.show,
		Read:     j.readOptions(),
		Private:  j.private,
	}
	if _, err := packaging.ParseVersion(s.pip); err != nil && s.pip != "" {
		return 0, usagef("--pip: %w", err)
	}
	o.RequireHashes, o.Pip = j.pip.RequireHashes, s.pip
	if err := j.scope(ctx, &o); err != nil {
		return 0, err
	}
	if command != "lint" {
		client, err := client()
		j.tellNetrc()
		if err != nil {
			return 0, err
		}
		defer func() {
			if err := client.Close(); err != nil && s.verbose {
				w.say("keeping the answers: %v", err)
			}
			if err := client.CacheProblem(); err != nil {
				w.say("the cache is not used: %v", err)
			}
		}()
		o.Index, o.Dependencies, o.Expect = client, client.Dependencies, client.Expect
		if s.download {
			o.Download = client
		}
	}
	if err := j.before(ctx, &o); err != nil {
		return 0, err
	}
	done := func() {}
	if o.Index != nil {
		var index *watched
		index, done = j.watch(o.Index)
		o.Index, o.Progress = index, index.of
	}
	defer done()
	var r *report.Report
	if command == "fix" {
		r, err = j.fix(ctx, o)
	} else {
		r = audit.Check(ctx, j.set, o)
	}
	if err != nil || ctx.Err() != nil {
		return 0, errors.Join(err, ctx.Err())
	}
	done()
	r.Problems, r.Patch = j.problems, s.diff
	r.Finish(report.Options{Strict: s.strict, ExitZero: s.exitZero, Patch: s.diff && len(j.patch) > 0})
	j.facts = report.SummaryFacts{Indexes: asked(r), Took: w.now().Sub(start), NotesHidden: !s.verbose && j.outputs[0].format == "text"}
	if !r.Oldest.IsZero() {
		j.facts.Oldest = w.now().Sub(r.Oldest)
	}
	if err := j.write(r); err != nil {
		return 0, err
	}
	if s.writeBaseline {
		if err := j.writeBaseline(s.baseline, r); err != nil {
			return 0, err
		}
		w.say("%s is written", s.baseline)
		r.Summary.Status = report.StatusOK
	}
	if !s.quiet {
		w.say("%s", report.SummaryLine(r, j.facts))
	}
	return r.Summary.Status, nil
}

// meanwhile does something now, and returns it once it is done.
func meanwhile[T any](do func() (T, error)) func() (T, error) {
	wait := sync.OnceValues(do)
	go func() { _, _ = wait() }() // who asks gets the error
	return wait
}

// job is one run over files: what is found, read and known about them.
type job struct {
	settings *settings
	world    world
	dir      string // working directory
	configs  *configs
	targets  []packaging.Target // of --target
	pip      pypi.Config
	roots    []requirements.Root
	named    []string // absolute paths of the files and directories given
	set      *requirements.Set
	seen     *requirements.Contents // what the files of the set say
	byPath   map[string]*config     // by File.Path
	problems []string
	absent   []string // absolute paths given that lead to nothing
	stdin    string   // the path that standard input is read as; "" if it is not read
	outputs  []output
	links    links
	netrc    error // why the netrc file is not used, once there is a client
	// shownFolders and realNamed are findShown and findNamed, once the paths
	// given are known.
	shownFolders func() ([]string, bool)
	realNamed    func() map[string]bool
	facts        report.SummaryFacts // of the run, once it is judged
	patch        []byte              // what fix --diff and fix - give to standard output; nil: nothing
}

// newJobWithoutFiles is a job that knows where it is and how it is configured.
func newJobWithoutFiles(s *settings, w world) (*job, error) {
	j := &job{settings: s, world: w, byPath: map[string]*config{}, seen: requirements.NewContents()}
	j.shownFolders, j.realNamed = sync.OnceValues(j.findShown), sync.OnceValue(j.findNamed)
	var err error
	if j.dir, err = os.Getwd(); err != nil {
		return nil, err
	}
	if j.configs, err = newConfigs(s.config, j.dir); err != nil {
		return nil, err
	}
	j.pip, err = j.pipConfig()
	return j, err
}

// newJob finds and reads the files. begin, unless it is nil, is told of the job
// before that.
func newJob(ctx context.Context, s *settings, paths []string, w world, begin func(*job)) (*job, error) {
	outputs, err := s.written()
	if err != nil {
		return nil, err
	}
	j, err := newJobWithoutFiles(s, w)
	if err != nil {
		return nil, err
	}
	j.outputs = outputs
	if begin != nil {
		begin(j)
	}
	if j.targets, err = parseTargets(s.targets); err != nil {
		return nil, usagef("--target: %w", err)
	}
	if err := j.find(ctx, paths); err != nil {
		return nil, err
	}
	if err := j.together(); err != nil {
		return nil, err
	}
	if j.set, err = j.load(ctx, nil); err != nil {
		return nil, err
	}
	for _, f := range j.set.Files {
		if f.Unread {
			continue // there may be no such folder to look for a configuration in
		}
		dir := filepath.Dir(j.absolute(f.Path))
		if j.byPath[f.Path], err = j.configs.of(dir); err != nil {
			return nil, err
		}
	}
	j.joinRuns(j.set)
	j.tellEmpty()
	return j, j.checkProject()
}

// find says which files the arguments mean.
func (j *job) find(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	found, err := j.findAll(ctx, paths)
	if err != nil {
		return err
	}
	for _, f := range found.Files {
		root := requirements.Root{Path: f.Path, Named: f.Named}
		if f.Path == "-" {
			if root.Content, err = readAll(j.world.stdin, 0, nil); err != nil {
				return fmt.Errorf("reading standard input: %w", err)
			}
			root.Path = cmp.Or(j.settings.stdinFilename, "-")
			j.stdin = root.Path
		}
		j.roots = append(j.roots, root)
	}
	for _, p := range paths {
		j.named = append(j.named, j.absolute(p))
	}
	j.notFound(found)
	return nil
}

// findAll finds what each path means under the configuration that holds there,
// and takes each file once.
func (j *job) findAll(ctx context.Context, paths []string) (requirements.Finds, error) {
	var all requirements.Finds
	taken := map[string]int{}
	for _, p := range paths {
		dir := j.absolute(p)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		c, err := j.configs.of(dir)
		if err != nil {
			return all, err
		}
		found, err := requirements.Find(ctx, []string{p}, requirements.FindOptions{Base: filepath.Dir(c.path), Include: c.Include, Exclude: c.Exclude})
		if err != nil {
			return all, err
		}
		folder := j.absolute(p)
		real, realErr := j.links.real(folder)
		for _, f := range found.Files {
			key := j.absolute(f.Path)
			if realErr == nil && !f.Named && !f.Link {
				j.links.walked(folder, real, key)
			}
			if real, err := j.links.real(key); err == nil {
				key = real // a file and a link to it are one
			}
			if i, ok := taken[key]; ok {
				all.Files[i].Named = all.Files[i].Named || f.Named
				continue
			}
			taken[key] = len(all.Files)
			all.Files = append(all.Files, f)
		}
		all.Skipped = append(all.Skipped, found.Skipped...)
		all.Locks = append(all.Locks, found.Locks...)
		all.Empty = append(all.Empty, found.Empty...)
		all.Errors = append(all.Errors, found.Errors...)
	}
	return all, nil
}

// notFound says which of the paths given lead to nothing. A path that does not
// exist stays a root, so that every format has it.
func (j *job) notFound(found requirements.Finds) {
	unread := map[string]bool{} // directories
	for _, err := range found.Errors {
		var at *fs.PathError
		if !errors.As(err, &at) {
			j.problem(err.Error())
			continue
		}
		text := at.Path + ": " + at.Err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			text = fmt.Sprintf("%s: there is no such file or directory", cmp.Or(at.Path, `""`))
		}
		if error(at) == err && at.Path != "" {
			j.roots = append(j.roots, requirements.Root{Path: at.Path, Named: true})
			j.absent = append(j.absent, j.absolute(at.Path))
		}
		unread[at.Path] = true
		j.problem(text)
	}
	for _, dir := range found.Empty {
		if unread[dir] {
			continue
		}
		text := fmt.Sprintf("%s has no requirements files: name one, or see \"include\" of the configuration", dir)
		if len(found.Locks) > 0 {
			text = fmt.Sprintf("%s has no requirements files; lock files such as %s are not read yet", dir, found.Locks[0])
		}
		j.problem(text)
	}
}

// tellEmpty names the files given in which nothing stands: whoever names a file
// expects something of it.
func (j *job) tellEmpty() {
	for _, run := range j.set.Runs {
		if f := run.Root; run.Named && f.Err == nil && len(f.Lines) == 0 {
			j.world.say("%s lists nothing: pip installs nothing from it", f.Path)
		}
	}
}

// checkProject tells whether some requirement is of the project of --package.
func (j *job) checkProject() error {
	project := packaging.NormalizeName(j.settings.project)
	if project == "" {
		return nil
	}
	var names []string
	for _, f := range j.set.Files {
		for _, l := range f.Lines {
			name := packaging.NormalizeName(l.Name)
			if name == project {
				return nil
			}
			names = append(names, name)
		}
	}
	return usagef("--package %q: no requirement is of that project%s", j.settings.project, suggestion(project, names))
}

// problem is wrong usage that does not end the run: the other paths are still
// checked, and the exit status is 2.
func (j *job) problem(text string) {
	j.problems = append(j.problems, text)
	j.world.say("%s", text)
}

// writable tells whether fix may write the file at a path: only one that was
// named, or lies below a named directory, wherever links lead.
func (j *job) writable(path string) bool {
	if j.isStdin(path) {
		return true
	}
	real, err := j.links.real(j.absolute(path))
	if errors.Is(err, fs.ErrNotExist) {
		real, err = j.absolute(path), nil // it vanished: writing it will say so
	}
	if err != nil {
		return false
	}
	if slices.Contains(j.named, j.absolute(path)) {
		return true
	}
	named := j.realNamed()
	for dir := real; ; dir = filepath.Dir(dir) {
		if named[dir] {
			return true
		}
		if filepath.Dir(dir) == dir {
			return false
		}
	}
}

// findNamed is where the paths given really lead.
func (j *job) findNamed() map[string]bool {
	real := map[string]bool{}
	for _, named := range j.named {
		if path, err := j.links.real(named); err == nil {
			real[path] = true
		}
	}
	return real
}

// show gives the form in which a path or the address of a folder is shown.
func (j *job) show(path string) string {
	return requirements.Shown(filepath.ToSlash(path), filepath.ToSlash(j.dir))
}

func (j *job) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(j.dir, path)
}

// configOf returns the configuration of the file at a path as the set has it.
func (j *job) configOf(path string) *config {
	if c := j.byPath[path]; c != nil {
		return c
	}
	return &config{}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
