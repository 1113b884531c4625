package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// What of a run counts: all of it, what is not in a baseline, or what has
// changed against a revision.

// baseline is the file of --baseline: what was found when it was written, and is
// to be put up with.
type baseline struct {
	Schema   int             `json:"schema"`
	Findings []baselineEntry `json:"findings"`
}

// baselineEntry names a finding. Only the fingerprint counts; the rest is for
// who reads the file.
type baselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	Path        string `json:"path"`
	Name        string `json:"name"`
}

func readBaseline(path string) (known map[string]string, err error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("reading the baseline: %w", err)
	}
	var b baseline
	if err := json.Unmarshal(src, &b); err != nil || b.Schema != report.Version {
		return nil, usagef("reading the baseline %s: it is none of schema %d", path, report.Version)
	}
	known = map[string]string{}
	for _, e := range b.Findings {
		known[e.Fingerprint] = "in the baseline"
	}
	return known, nil
}

// writeBaseline writes what the report has that fails a run, in its order.
func (j *job) writeBaseline(path string, r *report.Report) error {
	b := baseline{Schema: report.Version, Findings: []baselineEntry{}}
	findings := audit.Anchor(r.Findings, j.anchored())
	for i, print := range report.Fingerprints(findings) {
		if f := &findings[i]; f.Level != report.Note && !f.Fixed {
			b.Findings = append(b.Findings, baselineEntry{print, f.Rule, f.Path, f.Name})
		}
	}
	src, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(src, '\n'), 0o666); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return nil
}

// anchored gives the path of a file in a baseline: relative to the root of the
// repository, so that it is the same from every directory.
func (j *job) anchored() func(path string) string {
	root := repositoryRoot(j.dir)
	return func(path string) string {
		rest, err := filepath.Rel(root, j.absolute(path))
		if root == "" || j.isStdin(path) || err != nil || !filepath.IsLocal(rest) {
			return path
		}
		return filepath.ToSlash(rest)
	}
}

// scope sets what counts.
func (j *job) scope(ctx context.Context, o *audit.Options) error {
	s := j.settings
	switch {
	case s.writeBaseline && s.baseline == "":
		return usagef("--write-baseline needs --baseline FILE")
	case s.baseline != "" && !s.writeBaseline:
		known, err := readBaseline(s.baseline)
		if err != nil {
			return err
		}
		o.Known = known
	}
	o.Anchored, o.NoInlineIgnores = j.anchored(), s.noInlineIgnores
	o.Now = j.world.now()
	return nil
}

// before adds to what is known what is found in the files as git has them at the
// revision of --diff-base, judged in the same way: only what comes on top of it
// counts. A file that is not there then is new, and all of it counts.
func (j *job) before(ctx context.Context, o *audit.Options) error {
	name := j.settings.diffBase
	if name == "" {
		return nil
	}
	if _, err := git(ctx, j.dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}"); err != nil {
		return usagef("--diff-base %q: git knows no such revision here", name)
	}
	set, err := requirements.Load(ctx, j.roots, func(path string, room []byte) ([]byte, error) {
		dir, base := filepath.Split(path)
		src, err := git(ctx, dir, "show", "--end-of-options", name+":./"+base)
		if err != nil {
			return nil, fs.ErrNotExist
		}
		return src, nil
	}, requirements.LoadOptions{Jobs: readers, ReadOptions: j.readOptions()})
	if err != nil {
		return err
	}
	j.joinRuns(set)
	then := audit.Check(ctx, set, *o)
	known := maps.Clone(o.Known)
	if known == nil {
		known = map[string]string{}
	}
	for _, print := range report.Fingerprints(audit.Anchor(then.Findings, o.Anchored)) {
		known[print] = "not changed since " + name
	}
	o.Known = known
	return nil
}

// git runs git in a directory. Of a failure, what it says is not ours to repeat.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "git", args...)
	c.Dir = dir
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// joinRuns makes one run of the roots that the configuration says are installed
// by one command.
func (j *job) joinRuns(set *requirements.Set) {
	byRoot := map[string]int{}
	for i, run := range set.Runs {
		byRoot[j.absolute(run.Root.Path)] = i
	}
	gone := map[int]bool{}
	for _, c := range j.configurations() {
		for _, e := range c.Runs {
			var members []int
			for _, file := range e.Files {
				if i, ok := byRoot[filepath.Join(filepath.Dir(c.path), file)]; ok && !gone[i] && !slices.Contains(members, i) {
					members = append(members, i)
				}
			}
			if len(members) < 2 {
				continue
			}
			var runs []requirements.Run
			for _, i := range members {
				runs = append(runs, set.Runs[i])
				gone[i] = true
			}
			set.Runs[members[0]] = requirements.Join(runs...)
			gone[members[0]] = false
		}
	}
	var left []requirements.Run
	for i, run := range set.Runs {
		if !gone[i] {
			left = append(left, run)
		}
	}
	set.Runs = left
}

// configurations are those that hold for the files of the run, each once, by
// path.
func (j *job) configurations() []*config {
	byPath := map[string]*config{}
	for _, c := range j.byPath {
		byPath[c.path] = c
	}
	var list []*config
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		list = append(list, byPath[path])
	}
	return list
}

// together adds the roots that a configuration says are installed with those
// that are there: whether hash checking is on depends on all of them.
func (j *job) together() error {
	have := map[string]bool{}
	for _, r := range j.roots {
		have[j.absolute(r.Path)] = true
	}
	for i := 0; i < len(j.roots); i++ {
		at := j.absolute(j.roots[i].Path)
		c, err := j.configs.of(filepath.Dir(at))
		if err != nil {
			return err
		}
		for _, e := range c.Runs {
			for k := range e.Files {
				if filepath.Join(filepath.Dir(c.path), e.Files[k]) != at {
					continue
				}
				for _, other := range e.Files {
					path := filepath.Join(filepath.Dir(c.path), other)
					if _, err := os.Stat(path); !have[path] && !errors.Is(err, fs.ErrNotExist) {
						have[path] = true
						j.roots = append(j.roots, requirements.Root{Path: j.show(path), Named: true})
					}
				}
			}
		}
	}
	return nil
}

// sharedWith finds, for the files that fix is to write, the roots outside the
// given paths that include them, by the path of the file: what is written there
// is theirs too. The repository is searched, where there is one.
func (j *job) sharedWith(ctx context.Context) (map[string]string, error) {
	root := repositoryRoot(j.dir)
	if root == "" || j.stdin != "" {
		return nil, nil
	}
	c, err := j.configs.of(root)
	if err != nil {
		return nil, err
	}
	found, err := requirements.Find(ctx, []string{root}, requirements.FindOptions{Base: filepath.Dir(c.path), Include: c.Include, Exclude: c.Exclude})
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, f := range j.set.Files {
		ours[j.absolute(f.Path)] = true
	}
	var roots []requirements.Root
	for _, f := range found.Files {
		if !ours[f.Path] {
			roots = append(roots, requirements.Root{Path: f.Path})
		}
	}
	apart := j.readOptions()
	apart.Seen = nil // these files are not kept
	set, err := requirements.Load(ctx, roots, readFile, requirements.LoadOptions{Jobs: readers, ReadOptions: apart})
	if err != nil {
		return nil, err
	}
	shared := map[string]string{}
	for _, run := range set.Runs {
		for _, m := range run.Members {
			// A constraint matters where it would get its first hash.
			if path := j.absolute(m.File.Path); ours[path] && shared[path] == "" && !(m.Constraint && hasHashes(m.File)) {
				shared[path] = run.Root.Path
			}
		}
	}
	return shared, nil
}

func hasHashes(f *requirements.File) bool {
	return slices.ContainsFunc(f.Lines, func(l requirements.Line) bool { return len(l.Hashes) > 0 })
}

// private tells whether the text of a file is not to be shown: an include, a
// link, or [[runs]], of a repository that others write may lead to any file of
// the machine. What was named, and what lies in the repository of something
// that was, is shown.
func (j *job) private(path string) bool {
	at := j.absolute(path)
	if slices.Contains(j.named, at) || j.isStdin(path) {
		return false
	}
	real, err := j.links.real(at)
	if err != nil {
		real = at // nobody has read it
	}
	shown, inRepository := j.shownFolders()
	return inRepository && !slices.ContainsFunc(shown, func(dir string) bool { return inside(dir, real) })
}

// findShown finds the folders of which all may be shown: those named, and the
// repositories that they lie in, and whether there is one.
func (j *job) findShown() (folders []string, inRepository bool) {
	for _, named := range j.named {
		root := repositoryRoot(named)
		inRepository = inRepository || root != ""
		for _, dir := range []string{root, named} {
			if dir == "" {
				continue
			}
			folders = append(folders, dir)
			if real, err := j.links.real(dir); err == nil && real != dir {
				folders = append(folders, real)
			}
		}
	}
	return folders, inRepository
}

func inside(dir, path string) bool {
	rest, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rest)
}

// repositoryRoot is the folder above dir that holds the repository, "" if none
// does.
func repositoryRoot(dir string) string {
	for !isRepositoryRoot(dir) {
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
	return dir
}
