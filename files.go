package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// load reads the roots and what they include. Files in changed stand in place of
// those at the paths; what was read before is not read again.
func (j *job) load(ctx context.Context, changed map[string]*requirements.File) (*requirements.Set, error) {
	known := map[string]*requirements.File{} // by absolute path
	if changed != nil {
		for _, f := range j.set.Files {
			if f.Err == nil {
				known[j.absolute(f.Path)] = f
			}
		}
	}
	for path, f := range changed {
		known[j.absolute(path)] = f
	}
	roots := slices.Clone(j.roots)
	for i := range roots {
		if f := known[j.absolute(roots[i].Path)]; f != nil && roots[i].Content != nil {
			roots[i].Content = f.Copy([]byte{}) // never nil
		}
	}
	var memory thrift
	read := func(path string, room []byte) ([]byte, error) {
		if f := known[path]; f != nil {
			return f.Copy(room), nil // a file: URL may lead to it at the same time
		}
		src, err := readFile(path, room)
		memory.add(len(src))
		return src, err
	}
	remote, err := j.remote(ctx)
	if err != nil {
		return nil, err
	}
	return requirements.Load(ctx, roots, read, requirements.LoadOptions{
		Jobs:        readers,
		ReadOptions: j.readOptions(),
		Remote:      remote,
		Known:       func(path string) *requirements.File { return known[path] },
	})
}

// readers is how many files are read at once.
const readers = 16

func (j *job) readOptions() requirements.ReadOptions {
	return requirements.ReadOptions{Seen: j.seen, Getenv: j.world.getenv, AllowEnv: j.settings.allowEnv, Dir: filepath.ToSlash(j.dir), Exists: requirements.Exists}
}

// fix judges, repairs and writes; with --diff it keeps the patch, of standard
// input the text.
func (j *job) fix(ctx context.Context, o audit.Options) (*report.Report, error) {
	s := j.settings
	shared, err := j.sharedWith(ctx)
	if err != nil {
		return nil, err
	}
	r, changes, err := audit.Fix(ctx, j.set, o, audit.FixOptions{
		Shared:         func(path string) string { return shared[j.absolute(path)] },
		Complete:       s.complete,
		RequireHashes:  s.requireHashes,
		ReplaceUnknown: s.replaceUnknown,
		Repair:         s.repair,
		Project:        packaging.NormalizeName(s.project),
		Writable:       j.writable,
		Reload: func(ctx context.Context, changed map[string]*requirements.File) (*requirements.Set, error) {
			set, err := j.load(ctx, changed)
			if err == nil {
				j.joinRuns(set)
			}
			return set, err
		},
	})
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	var out bytes.Buffer
	text := j.stdinText()
	var writes []audit.Change
	for _, c := range changes {
		switch {
		case s.diff:
			err = report.Diff(&out, c.Path, c.Old.Src(), c.New.Src())
			c.Old.Release()
			c.New.Release()
		case j.isStdin(c.Path):
			text = bytes.Clone(c.New.Src())
		default:
			writes = append(writes, c)
		}
		if err != nil {
			return nil, err
		}
	}
	for i, err := range j.writeAll(ctx, writes) {
		if err != nil {
			r.NotWritten(writes[i].Path, notWritten(err))
		}
	}
	switch {
	case s.diff:
		j.patch = append([]byte{}, out.Bytes()...)
	case j.stdin != "":
		j.patch = append([]byte{}, text...)
	}
	return r, nil
}

// writers is how many files are written at once: each waits for its disk.
const writers = 16

// batch is how many files are written beside those that they replace before
// the first of them does.
const batch = 128

// writeAll writes each change, and returns the error of each.
func (j *job) writeAll(ctx context.Context, changes []audit.Change) []error {
	errs := make([]error, len(changes))
	for from := 0; from < len(changes); from += batch {
		to := min(from+batch, len(changes))
		j.writeBatch(ctx, changes[from:to], errs[from:to])
	}
	return errs
}

// writeBatch writes changes beside the files, syncs and renames them, each step
// of all before the next.
func (j *job) writeBatch(ctx context.Context, changes []audit.Change, errs []error) {
	files := make([]*requirements.Beside, len(changes))
	each := func(do func(i int) error) {
		var g errgroup.Group
		g.SetLimit(writers)
		for i := range changes {
			if errs[i] == nil {
				g.Go(func() error {
					errs[i] = do(i)
					return nil
				})
			}
		}
		_ = g.Wait() // each has its own
	}
	each(func(i int) (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := changes[i]
		files[i], err = requirements.WriteBeside(j.absolute(c.Path), c.Old.Size(), c.New.Src())
		c.New.Release()
		return err
	})
	each(func(i int) error { return files[i].Sync() })
	targets := map[string]*sync.Mutex{} // two paths may lead to one file: the second is then not what was read
	for i, f := range files {
		if errs[i] == nil && targets[f.Target()] == nil {
			targets[f.Target()] = new(sync.Mutex)
		}
	}
	each(func(i int) error {
		if err := ctx.Err(); err != nil {
			files[i].Remove()
			return err
		}
		one := targets[files[i].Target()]
		one.Lock()
		defer one.Unlock()
		defer changes[i].Old.Release()
		return files[i].Rename(changes[i].Old.Src())
	})
	folders := map[string]func() error{} // each is synced once
	for i, f := range files {
		if errs[i] == nil && folders[f.Folder()] == nil {
			folders[f.Folder()] = sync.OnceValue(f.SyncFolder)
		}
	}
	each(func(i int) error { return folders[files[i].Folder()]() })
}

func (j *job) isStdin(path string) bool {
	return j.stdin != "" && path == filepath.ToSlash(j.stdin)
}

// stdinText is what was read from standard input.
func (j *job) stdinText() []byte {
	for _, root := range j.roots {
		if root.Content != nil {
			return root.Content
		}
	}
	return nil
}

// notWritten says in one line why a file could not be written, and what that
// means. It is as it was.
func notWritten(err error) error {
	reason, help := err, ""
	var path *fs.PathError
	if errors.As(err, &path) {
		reason = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("not written: it has vanished since it was read")
	case errors.Is(err, requirements.ErrChanged):
		reason, help = requirements.ErrChanged, `: run "reqhash fix" again`
	case errors.Is(err, fs.ErrPermission):
		help = ": it or its folder is protected"
	}
	return fmt.Errorf("not written, it stays as it was: %w%s", reason, help)
}

// write writes the report in every format that was asked for. What fix --diff
// or fix - give to standard output has it for itself; the report then goes to
// standard error.
func (j *job) write(r *report.Report) error {
	for _, o := range j.outputs {
		if o.format == "github" {
			if err := j.stepSummary(r); err != nil {
				return err
			}
		}
		w := j.world.stdout
		if j.patch != nil && o.path == "-" {
			if err := j.writePatch(); err != nil {
				return err
			}
			w = j.world.stderr
		}
		if o.path != "-" {
			err := writeOutput(o.path, func(w io.Writer) error {
				return j.render(struct{ io.Writer }{w}, o.format, r, false) // no terminal, even if it is one
			})
			if err != nil {
				return usagef("--output %s=%s: %w", o.format, o.path, bare(err))
			}
			continue
		}
		if err := j.render(w, o.format, r, j.settings.colored(isTerminal(w), j.world.getenv)); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

// withoutAbsent is the report without the files that do not exist.
func (j *job) withoutAbsent(r *report.Report) *report.Report {
	shown := *r
	shown.Files = slices.DeleteFunc(slices.Clone(r.Files), func(f report.File) bool { return f.Error != "" && slices.Contains(j.absent, j.absolute(f.Path)) })
	return &shown
}

// maxFile is the size that a requirements file may have: a thousand times that
// of a large one.
const maxFile = 128 << 20 // 128 MiB

// readFile reads a regular file; anything else, such as a device that never
// ends, is refused, as is one that is too large.
func readFile(path string, room []byte) (_ []byte, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, not a file; - reads standard input", kindOf(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer func() { err = errors.Join(err, bare(f.Close())) }()
	return readAll(f, info.Size(), room)
}

// readAll reads to the end, or up to maxFile and an error. size is what is
// expected to come, in bytes. They are put into room if there is enough of it.
func readAll(r io.Reader, size int64, room []byte) ([]byte, error) {
	src := bytes.NewBuffer(room[:0])
	src.Grow(int(min(size, maxFile)) + bytes.MinRead)
	if _, err := src.ReadFrom(io.LimitReader(r, maxFile+1)); err != nil {
		return nil, bare(err)
	}
	if src.Len() > maxFile {
		return nil, fmt.Errorf("it is larger than %d MiB, as no requirements file is", maxFile>>20)
	}
	return src.Bytes(), nil
}

// bare takes the path off an error of package os: who reads it has named it.
func bare(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

func kindOf(mode os.FileMode) string {
	if mode.IsDir() {
		return "a directory"
	}
	return "a device or pipe"
}

// errPrivate stands in a list for what a file says that nobody named.
var errPrivate = errors.New("it lies outside the repository: what it says is not shown")

func runList(ctx context.Context, s *settings, paths []string, w world) (int, error) {
	j, err := newJob(ctx, s, paths, w, nil)
	if err != nil {
		return 0, err
	}
	status := report.StatusOK
	for _, f := range j.set.Files {
		if j.private(f.Path) {
			f.Lines, f.Faults, f.Err = nil, nil, errPrivate
		}
		if f.Err != nil {
			status = report.StatusFindings
		}
		for _, l := range f.Lines {
			if l.Err != nil {
				status = report.StatusFindings
			}
		}
	}
	if len(j.problems) > 0 {
		status = report.StatusUsage
	}
	for _, o := range j.outputs {
		var write func(io.Writer) error
		switch o.format {
		case "json":
			write = func(w io.Writer) error { return report.ListJSON(w, j.set) }
		case "text":
			color := o.path == "-" && s.colored(isTerminal(w.stdout), w.getenv)
			write = func(w io.Writer) error { return report.ListText(w, j.set, report.TextOptions{Color: color}) }
		default:
			return 0, usagef("list has no format %q; expected text or json", o.format)
		}
		if o.path == "-" {
			err = write(w.stdout)
		} else {
			err = writeOutput(o.path, write)
		}
		if err != nil {
			return 0, fmt.Errorf("writing the list: %w", err)
		}
	}
	return status, nil
}
