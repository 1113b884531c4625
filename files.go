package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// load reads the roots and what they include. Bytes in changed stand in place
// of those of the files at the paths.
func (j *job) load(ctx context.Context, changed map[string][]byte) (*requirements.Set, error) {
	overlay := map[string][]byte{}
	for path, src := range changed {
		overlay[j.absolute(path)] = src
	}
	roots := slices.Clone(j.roots)
	for i := range roots {
		if src, ok := overlay[j.absolute(roots[i].Path)]; ok && roots[i].Content != nil {
			roots[i].Content = src
		}
	}
	read := func(path string) ([]byte, error) {
		if src, ok := overlay[path]; ok {
			return src, nil
		}
		return readFile(path)
	}
	return requirements.Load(ctx, roots, read, requirements.LoadOptions{
		Jobs:        readers,
		ReadOptions: j.readOptions(),
	})
}

// readers is how many files are read at once.
const readers = 16

func (j *job) readOptions() requirements.ReadOptions {
	return requirements.ReadOptions{Getenv: j.world.getenv, AllowEnv: j.settings.allowEnv, Dir: filepath.ToSlash(j.dir), Exists: requirements.Exists}
}

// fix judges, repairs and writes; with --diff it keeps the patch, of standard
// input the text.
func (j *job) fix(ctx context.Context, o audit.Options) (*report.Report, error) {
	s := j.settings
	r, changes, err := audit.Fix(ctx, j.set, o, audit.FixOptions{
		Complete:       s.complete,
		RequireHashes:  s.requireHashes,
		ReplaceUnknown: s.replaceUnknown,
		Repair:         s.repair,
		Project:        packaging.NormalizeName(s.project),
		Writable:       j.writable,
		Reload:         j.load,
	})
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	var out bytes.Buffer
	if j.stdin && !s.diff {
		out.Write(j.roots[0].Content)
	}
	for _, c := range changes {
		switch {
		case s.diff:
			err = report.Diff(&out, c.Path, c.Old, c.New)
		case j.stdin:
			out.Reset()
			out.Write(c.New)
		default:
			if err := requirements.Write(j.absolute(c.Path), c.Old, c.New); err != nil {
				r.NotWritten(c.Path, err)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	j.patch = out.Bytes()
	return r, nil
}

// write writes the report in every format that was asked for. What fix --diff
// or fix - give to standard output has it for itself; the report then goes to
// standard error.
func (j *job) write(r *report.Report) error {
	for _, o := range j.outputs {
		w, terminal := j.world.stdout, isTerminal(j.world.stdout)
		if j.patch != nil && o.path == "-" {
			if _, err := j.world.stdout.Write(j.patch); err != nil {
				return fmt.Errorf("writing to standard output: %w", err)
			}
			w, terminal = j.world.stderr, isTerminal(j.world.stderr)
		}
		if o.path != "-" {
			var file bytes.Buffer
			if err := j.render(&file, o.format, r, false); err != nil {
				return err
			}
			if err := os.WriteFile(o.path, file.Bytes(), 0o666); err != nil {
				return fmt.Errorf("writing the %s report: %w", o.format, err)
			}
			continue
		}
		if err := j.render(w, o.format, r, terminal); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

func (j *job) render(w io.Writer, format string, r *report.Report, terminal bool) error {
	if format == "json" {
		return report.JSON(w, r)
	}
	color, err := j.settings.colored(terminal, j.world.getenv)
	if err != nil {
		return err
	}
	return report.Text(w, r, report.TextOptions{Color: color, Verbose: j.settings.verbose})
}

// readFile reads a regular file; anything else, such as a device that never
// ends, is refused.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is no file but a %s", kindOf(info.Mode()))
	}
	src, err := os.ReadFile(path)
	return src, bare(err)
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
		return "directory"
	}
	return "special file"
}

func runList(ctx context.Context, s *settings, paths []string, w world) (int, error) {
	j, err := newJob(ctx, s, paths, w)
	if err != nil {
		return 0, err
	}
	status := report.StatusOK
	for _, f := range j.set.Files {
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
		var out bytes.Buffer
		if o.format == "json" {
			err = report.ListJSON(&out, j.set)
		} else {
			var color bool
			if color, err = s.colored(o.path == "-" && isTerminal(w.stdout), w.getenv); err == nil {
				err = report.ListText(&out, j.set, report.TextOptions{Color: color})
			}
		}
		switch {
		case err != nil:
		case o.path == "-":
			_, err = w.stdout.Write(out.Bytes())
		default:
			err = os.WriteFile(o.path, out.Bytes(), 0o666)
		}
		if err != nil {
			return 0, fmt.Errorf("writing the list: %w", err)
		}
	}
	return status, nil
}
