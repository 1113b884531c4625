package requirements

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// ReadFunc returns the bytes of a file. The path is absolute, with slashes. The
// bytes are Load's from then on, which reads other files into the same memory:
// room is such memory, to be filled from its beginning if it is large enough.
// Load calls it from several goroutines.
type ReadFunc func(path string, room []byte) ([]byte, error)

// Root is a file from which a run of pip may start.
type Root struct {
	Path  string // as given; relative to ReadOptions.Dir
	Named bool   // by the user, not found by walking
	// Content, when not nil, is read instead of the file: standard input.
	Content []byte
}

// Set is everything that the given roots reach, each file once.
type Set struct {
	// Files are in a stable order: roots as given, includes after their
	// includer, depth first.
	Files []*File
	// Runs are in the order of the roots that start one.
	Runs []Run
}

// Where is a line of a file: Line is an index into File.Lines. The zero Where
// is nowhere.
type Where struct {
	File *File
	Line int
}

// Entry is a line as a run meets it, as a requirement or as a constraint.
type Entry struct {
	Where
	Constraint bool
}

// Part is lines of a file, indices From to To into File.Lines, To not included,
// that a run reads one after the other.
type Part struct {
	Member
	From, To int
}

// Entries gives every line of the run in the order in which pip meets them.
func (r *Run) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, p := range r.Parts {
			for i := p.From; i < p.To; i++ {
				if !yield(Entry{Where{p.File, i}, p.Constraint}) {
					return
				}
			}
		}
	}
}

// Member is a file that a run reads, as requirements or as constraints.
type Member struct {
	File       *File
	Constraint bool
}

// Run is all that pip reads from one root.
type Run struct {
	Root  *File
	Named bool
	// Members are in reading order, each file at most once in each role.
	Members []Member
	// HashChecking tells whether pip demands a hash of everything in the run:
	// some requirement or constraint has one, whatever its marker, or
	// --require-hashes stands in some file (req_command.py, get_requirements).
	HashChecking bool
	// By is the first line that turns it on; Explicit, that this is
	// --require-hashes.
	By       Where
	Explicit bool
	// Off is the first line with --no-require-hashes: hashes alone then turn
	// nothing on. Together with Explicit it is an error of pip.
	Off Where
	// Parts are all lines in the order in which pip meets them: those of an
	// included file after its include, a file once in each role.
	Parts []Part
	// Remote are the includes by URL that were not fetched.
	Remote []Where
}

// LoadOptions are what Load depends on.
type LoadOptions struct {
	ReadOptions
	Jobs int // files read at once; 0 is 1
	// Remote, when not nil, fetches includes by http and https.
	Remote ReadFunc
	// Known, when not nil, gives a file that has been read with the same
	// ReadOptions, by its absolute path; nil: it has not. What Load would add to
	// a file that is of another Set too is added to a new reading of it.
	Known func(path string) *File
}

// loader holds the files by what pip knows them by: an absolute path or a URL.
type loader struct {
	opts  LoadOptions
	read  ReadFunc
	files map[string]*File
	depth map[string]int
	shown map[string]string // see showsAs
}

// Load reads the roots and all that they include, each file once and in
// parallel. Each root that was named starts a run, and each other that no file
// reaches by -r, unless it is called constraints*.txt.
// A file that cannot be read is a File with Err; the only errors of
// Load itself are those of ctx and the limit of 200,000 files.
//
// Load adds to the files what only a run shows: Err of an include that closes
// a cycle, Err of an editable that is a constraint, and the faults
// "missing-include" and "include-cycle".
func Load(ctx context.Context, roots []Root, read ReadFunc, opts LoadOptions) (*Set, error) {
	if opts.Dir == "" {
		opts.Dir = "/"
	}
	if opts.Seen == nil {
		opts.Seen = NewContents()
	}
	ld := &loader{opts: opts, read: read, files: map[string]*File{}, depth: map[string]int{}, shown: map[string]string{}}
	var pending []string
	contents := map[string][]byte{}
	for _, root := range roots {
		key := absolute(root.Path, opts.Dir)
		if root.Content != nil {
			contents[key] = root.Content
		}
		if _, seen := ld.depth[key]; !seen {
			ld.depth[key] = 0
			pending = append(pending, key)
		}
	}
	for len(pending) > 0 {
		if len(ld.depth) > maxFilesOfLoad {
			return nil, fmt.Errorf("more than %d files are included", maxFilesOfLoad)
		}
		if err := ld.round(ctx, pending, contents); err != nil {
			return nil, err
		}
		pending = ld.included(pending)
	}
	set := &Set{}
	closing := map[Where]bool{}
	starts := ld.starts(roots)
	runs := make([]Run, len(roots))
	member := map[*File]bool{}
	for i, root := range roots {
		if starts[i] {
			runs[i] = ld.run(ld.file(root), closing)
			runs[i].Named = root.Named
			for _, m := range runs[i].Members {
				member[m.File] = true
			}
		}
	}
	listed := map[*File]bool{}
	list := func(f *File) {
		if !listed[f] {
			listed[f] = true
			set.Files = append(set.Files, f)
		}
	}
	for i, root := range roots {
		if starts[i] {
			set.Runs = append(set.Runs, runs[i])
			for _, m := range runs[i].Members {
				list(m.File)
			}
		} else if f := ld.file(root); !member[f] {
			list(f)
		}
	}
	if slices.ContainsFunc(set.Runs, Run.constrainsLoaded) { // which would be marked in the other Set too
		opts.Known = nil
		return Load(ctx, roots, read, opts)
	}
	ld.faults(set)
	for _, f := range set.Files {
		if !f.loaded {
			f.loaded = true
		}
	}
	return set, nil
}

// constrainsLoaded tells whether the run reads a file of another Set as
// constraints.
func (r Run) constrainsLoaded() bool {
	return slices.ContainsFunc(r.Members, func(m Member) bool { return m.Constraint && m.File.loaded })
}

// alone tells whether there is nothing that Load would do to the file, or has
// done to it: it includes none, is no constraint, and has nothing else that only
// a run decides.
func (f *File) alone() bool {
	return (len(f.Lines) == 0 || !f.Lines[0].Constrain) && !slices.ContainsFunc(f.others, func(i int32) bool {
		l := &f.Lines[i]
		return l.Kind != Option || slices.ContainsFunc(l.Settings, func(s Setting) bool { return s.Name == "no-require-hashes" })
	})
}

// file is what a root names.
func (ld *loader) file(root Root) *File { return ld.files[absolute(root.Path, ld.opts.Dir)] }

// starts decides which roots start a run: those named; of the others those
// that no other file reaches by -r, but no constraints*.txt. Of files that
// include each other in a circle the first starts one.
func (ld *loader) starts(roots []Root) []bool {
	starts := make([]bool, len(roots))
	reached := map[*File]bool{}
	for _, f := range ld.files {
		for _, i := range f.others {
			l := &f.Lines[i]
			if next := ld.files[l.Reached]; l.Kind == Include && next != nil && next != f {
				reached[next] = true
			}
		}
	}
	covered := map[*File]bool{}
	cover := func(f *File) {
		for _, m := range ld.run(f, nil).Members {
			covered[m.File] = covered[m.File] || !m.Constraint
		}
	}
	taken := map[*File]bool{}
	for i, root := range roots {
		f := ld.file(root)
		if !taken[f] && (root.Named || !reached[f] && !IsConstraints(root.Path)) {
			taken[f] = true
			starts[i] = true
			if !covered[f] || root.Named {
				cover(f)
			}
		}
	}
	for i, root := range roots {
		if f := ld.file(root); !starts[i] && !covered[f] && !taken[f] && !IsConstraints(root.Path) {
			starts[i], taken[f] = true, true
			cover(f)
		}
	}
	return starts
}

// round reads files in parallel, each into its slot.
func (ld *loader) round(ctx context.Context, keys []string, contents map[string][]byte) error {
	slots := make([]*File, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(ld.opts.Jobs, 1))
	for i, key := range keys {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			slots[i] = ld.readOne(key, contents[key])
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, key := range keys {
		ld.files[key] = slots[i]
	}
	return nil
}

// readOne reads what a key names: a path, a file: URL, or with Remote another.
func (ld *loader) readOne(key string, content []byte) (f *File) {
	opts := ld.opts.ReadOptions
	path, name, read := key, Shown(key, ld.opts.Dir), ld.read
	var known *File
	if ld.opts.Known != nil && !isFileURL(key) && !isRemote(key) {
		if known = ld.opts.Known(key); known != nil {
			f := known
			if !f.opts.URL && (!f.loaded || f.alone()) {
				return f
			}
			read = func(_ string, room []byte) ([]byte, error) { return f.Copy(room), nil }
		}
	}
	defer func() {
		if shown := ld.shown[key]; shown != "" {
			f.Path = shown
		}
	}()
	if isFileURL(key) {
		opts.URL = true
		k, err := splitURL(key)
		if err == nil {
			err = k.checkFile()
		}
		if err != nil {
			return &File{Path: key, opts: opts, Err: err, Unread: true}
		}
		path = absolute("/"+strings.TrimLeft(unquote(k.path), "/"), "/")
		name = Shown(path, ld.opts.Dir)
	} else if isRemote(key) {
		opts.URL, name, read = true, key, ld.opts.Remote
	}
	if content != nil && known == nil {
		return Read(name, content, opts)
	}
	room := rooms.Get().(*[]byte)
	content, err := read(path, *room)
	if err != nil {
		rooms.Put(room)
		return &File{Path: name, opts: opts, Err: err, Unread: true}
	}
	f = Read(name, content, opts)
	if f.shrink() {
		*room = content
		rooms.Put(room)
	}
	return f
}

func isFileURL(s string) bool { return len(s) > 5 && strings.EqualFold(s[:5], "file:") }

// isRemote: http or https (req_file.py, SCHEME_RE).
func isRemote(s string) bool {
	return len(s) >= 5 && strings.EqualFold(s[:5], "http:") || len(s) >= 6 && strings.EqualFold(s[:6], "https:")
}

// included resolves the includes of the files just read and returns those that
// nobody has read yet.
func (ld *loader) included(keys []string) []string {
	var pending []string
	for _, key := range keys {
		f := ld.files[key]
		for _, i := range f.others {
			l := &f.Lines[i]
			if l.Kind != Include && l.Kind != Constraint || l.Err != nil {
				continue
			}
			l.Reached = reach(key, l.opens)
			if isRemote(l.Reached) && ld.opts.Remote == nil {
				continue
			}
			if _, seen := ld.depth[l.Reached]; seen {
				continue
			}
			if ld.depth[key] >= maxNesting {
				l.Err = fmt.Errorf("included more than %d files deep; pip gives up near 1,000", maxNesting)
				l.Reached = ""
				f.Faults = append(f.Faults, Fault{Rule: "missing-include", Span: l.Span, Line: int(i), Message: l.Err.Error(),
					Help: "include the file from one nearer to the root"})
				continue
			}
			ld.depth[l.Reached] = ld.depth[key] + 1
			if shown := ld.showsAs(key, l); shown != "" {
				ld.shown[l.Reached] = shown
			}
			pending = append(pending, l.Reached)
		}
	}
	return pending
}

// showsAs is the path that a file is shown by where the real one would tell what
// a variable holds; "" where it would not.
func (ld *loader) showsAs(includer string, l *Line) string {
	named := ld.shown[includer]
	if named == "" && (l.opens == l.Target || ld.opts.AllowEnv) {
		return ""
	}
	if named != "" {
		includer = absolute(named, ld.opts.Dir)
	}
	return Shown(reach(includer, l.Target), ld.opts.Dir)
}

// reach is what pip opens for a nested name (req_file.py, _parse_and_recurse):
// relative to a URL that includes it by urljoin, else to the file's folder.
func reach(includer, target string) string {
	if isFileURL(includer) || isRemote(includer) {
		return joinURL(includer, target)
	}
	if isFileURL(target) || isRemote(target) {
		return target
	}
	return absolute(target, dirname(includer))
}

// run walks from a root over the includes, depth first, as pip reads. Lines
// that close a cycle in any run are remembered in closing, so that each is
// marked once.
func (ld *loader) run(root *File, closing map[Where]bool) Run {
	run := Run{Root: root}
	type role struct {
		f          *File
		constraint bool
	}
	type frame struct {
		role
		other int // the next of f.others
		from  int // the first line that is in no part yet
	}
	var byHash, byOption Where
	until := func(f *frame, line int) { // lines before this one are read
		if line == f.from {
			return
		}
		run.Parts = append(run.Parts, Part{Member{f.f, f.constraint}, f.from, line})
		if n := f.f.firstHash; byHash.File == nil && n >= f.from && n < line {
			byHash = Where{f.f, n}
		}
		f.from = line
	}
	seen := map[role]bool{{root, false}: true}
	onStack := map[*File]bool{root: true}
	run.Members = append(run.Members, Member{File: root})
	stack := []frame{{role: role{f: root}}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.other == len(top.f.others) {
			until(top, len(top.f.Lines))
			onStack[top.f] = false
			stack = stack[:len(stack)-1]
			continue
		}
		f, i := top.f, int(top.f.others[top.other])
		top.other++
		l := &f.Lines[i]
		here := Where{f, i}
		switch l.Kind {
		case Option:
			for _, s := range l.Settings {
				if s.Name == "require-hashes" && byOption.File == nil {
					byOption = here
				}
				if s.Name == "no-require-hashes" && run.Off.File == nil {
					run.Off = here
				}
			}
		case Include, Constraint:
			if l.Reached == "" {
				continue
			}
			next := ld.files[l.Reached]
			if next == nil {
				run.Remote = append(run.Remote, here)
				continue
			}
			if onStack[next] {
				if closing != nil && !closing[here] {
					closing[here] = true
					l.Err = fmt.Errorf("%w: %s includes itself by way of this line", errCycle, quote(next.Path))
				}
				continue
			}
			as := role{next, l.Kind == Constraint}
			if !seen[as] {
				seen[as], onStack[next] = true, true
				until(top, i+1)
				run.Members = append(run.Members, Member{next, as.constraint})
				stack = append(stack, frame{role: as})
			}
		}
	}
	run.Explicit = byOption.File != nil
	switch {
	case run.Explicit:
		run.HashChecking, run.By = true, byOption
	case byHash.File != nil && run.Off.File == nil:
		run.HashChecking, run.By = true, byHash
	}
	return run
}

var errCycle = errors.New("the files include each other in a circle")
