package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/charmbracelet/x/term"

	"github.com/reqhash/reqhash/report"
)

// formatNames are the formats of check, fix and lint.
func formatNames() []string {
	var names []string
	for _, f := range report.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// width is how many columns of the terminal behind w are written to; 0 if there
// is none. The last one stays free: after a full line some terminals show an
// empty one.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(f.Fd())
	if err != nil {
		return 0
	}
	return max(columns-1, 1)
}

// render writes the report in one format. The text leaves out files that do not
// exist: they were told as wrong usage.
func (j *job) render(w io.Writer, format string, r *report.Report, color bool) error {
	o := report.WriteOptions{Text: report.TextOptions{Color: color, Verbose: j.settings.verbose, Width: width(w)}, Facts: j.facts}
	if format == "text" {
		r = j.withoutAbsent(r)
	}
	return report.Write(w, format, r, o)
}

// writeOutput has a function write a file of --output, whole or not at all:
// whoever watches it, as node_exporter does, never reads half a report. What is no
// regular file, such as /dev/stderr, is written to.
func writeOutput(path string, write func(io.Writer) error) (err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return err
		}
		return cmp.Or(write(f), f.Close())
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A pattern of our own, as os.CreateTemp gives the file to its owner alone.
	beside := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	mode := fs.FileMode(0o666)
	if info != nil {
		mode = info.Mode().Perm()
	}
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(beside))
		}
	}()
	if err = errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

// stepSummary adds the report to the summary page of a GitHub job, which has
// room for what its annotations leave out.
func (j *job) stepSummary(r *report.Report) (err error) {
	path := j.world.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	var page bytes.Buffer
	if err := j.render(&page, "markdown", r, false); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("writing the step summary: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(page.Bytes())
	return err
}

// writePatch writes what fix --diff or fix - give to standard output: as it is,
// for git apply and patch, unless somebody looks at it. Variables such as
// FORCE_COLOR do not count here: a pipeline would break.
func (j *job) writePatch() error {
	w, patch := j.world.stdout, j.patch
	if terminal := isTerminal(w); j.settings.diff && (terminal || j.settings.color == "always") {
		var shown bytes.Buffer
		if err := report.ShowPatch(&shown, patch, j.settings.colored(terminal, j.world.getenv)); err != nil {
			return err
		}
		patch = shown.Bytes()
	} else if j.settings.diff && j.world.getenv("GITHUB_ACTIONS") != "" {
		patch = report.Guarded(patch)
	}
	if _, err := w.Write(patch); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}
