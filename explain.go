package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

func (s *settings) explainFlags(f *pflag.FlagSet) {
	f.StringVar(&s.project, "project", "", "look for a digest among all files of this project: `NAME`")
	f.StringVar(&s.config, "config", "", "configuration `FILE`; none is searched for then")
	s.indexFlags(f)
}

// runExplain tells about each thing: a rule, a digest, or a release.
func runExplain(ctx context.Context, s *settings, things []string, w world) (int, error) {
	if len(things) == 0 {
		return 0, usagef("explain what? A rule, a digest, or NAME==VERSION")
	}
	out := bufio.NewWriter(w.stdout)
	x := &explainer{settings: s, world: w, out: out}
	status := report.StatusOK
	for i, thing := range things {
		if i > 0 {
			fmt.Fprintln(out)
		}
		found, err := x.explain(ctx, thing)
		if err != nil {
			return 0, err
		}
		status = max(status, found)
	}
	return status, out.Flush()
}

// explainer asks the indexes of the working directory's configuration, or pip's.
type explainer struct {
	settings *settings
	world    world
	out      io.Writer
	job      *job // nil until an index is needed
	client   *pypi.Client
	sources  pypi.Sources
}

func (x *explainer) explain(ctx context.Context, thing string) (status int, err error) {
	if r, ok := report.RuleOf(thing); ok {
		x.rule(r)
		return report.StatusOK, nil
	}
	if name, version, ok := strings.Cut(thing, "=="); ok {
		return x.release(ctx, strings.TrimSpace(name), strings.TrimSpace(strings.TrimPrefix(version, "=")))
	}
	if d, ok := digestOf(thing); ok {
		return x.digest(ctx, d)
	}
	return 0, usagef("%q is no rule%s, no digest (64, 96 or 128 hexadecimal digits), and no NAME==VERSION", thing, suggestion(thing, ruleIDs()))
}

// digestOf reads a digest with or without its algorithm.
func digestOf(text string) (packaging.Digest, bool) {
	if d, err := packaging.ParseDigest(text); err == nil {
		return d, true
	}
	for _, a := range []packaging.Algorithm{packaging.SHA256, packaging.SHA384, packaging.SHA512} {
		if d, err := packaging.NewDigest(a, text); err == nil {
			return d, true
		}
	}
	return packaging.Digest{}, false
}

func (x *explainer) rule(r report.Rule) {
	asked := "check and fix"
	if r.Offline {
		asked = "check, fix and lint"
	}
	fmt.Fprintf(x.out, "%s (%s, asked by %s)\n  %s\n  %s\n  %s\n", r.ID, r.Level, asked, r.Summary, r.Why, r.Fix)
	fmt.Fprintf(x.out, "  for example:\n")
	for line := range strings.Lines(r.Example()) {
		fmt.Fprintf(x.out, "    %s\n", strings.TrimRight(line, "\n"))
	}
	fmt.Fprintf(x.out, "  %s\n", r.URL())
}

// connect makes the client, once.
func (x *explainer) connect() error {
	if x.client != nil {
		return nil
	}
	j, err := newJobWithoutFiles(x.settings, x.world)
	if err != nil {
		return err
	}
	x.client, err = j.client()
	j.tellNetrc()
	if err != nil {
		return err
	}
	c, err := j.configs.of(j.dir)
	if err != nil {
		return err
	}
	x.job, x.sources = j, j.sourcesBy(c, nil)
	return nil
}

// release lists the files of a release, and which of them are listed where.
func (x *explainer) release(ctx context.Context, name, version string) (int, error) {
	if err := x.connect(); err != nil {
		return 0, err
	}
	a := x.client.Ask(ctx, x.sources, name, version)
	if err := a.Err(); err != nil {
		x.world.say("%v", err)
		return report.StatusUnverified, nil
	}
	if len(a.Files()) == 0 {
		fmt.Fprintf(x.out, "%s==%s: no index has a file of it (asked: %s)\n", report.Printable(name), report.Printable(version), x.asked(a))
		return report.StatusFindings, nil
	}
	fmt.Fprintf(x.out, "%s==%s: %d files (asked: %s)\n", report.Printable(name), report.Printable(version), len(a.Files()), x.asked(a))
	listed, err := x.listed(ctx)
	if err != nil {
		return 0, err
	}
	for _, f := range a.Files() {
		x.file(f)
		for _, d := range f.Digests {
			for _, place := range listed[d] {
				fmt.Fprintf(x.out, "    listed in %s\n", report.Printable(place))
			}
		}
	}
	return report.StatusOK, nil
}

func (x *explainer) asked(a pypi.Answer) string {
	var names []string
	for _, i := range a.Indexes {
		names = append(names, x.job.show(i.Index))
	}
	return report.Printable(strings.Join(names, ", "))
}

// file is a line about a file, and one for each digest.
func (x *explainer) file(f pypi.File) {
	facts := []string{}
	if f.Size >= 0 {
		facts = append(facts, fmt.Sprintf("%d bytes", f.Size))
	}
	if !f.Uploaded.IsZero() {
		facts = append(facts, "uploaded "+f.Uploaded.UTC().Format(time.DateTime))
	}
	if f.RequiresPython != "" {
		facts = append(facts, "Python "+f.RequiresPython)
	}
	if f.Yanked {
		facts = append(facts, strings.TrimSpace("yanked "+f.YankedReason))
	}
	if !packaging.Installable(f.Name) {
		facts = append(facts, "pip never installs it")
	}
	fmt.Fprintf(x.out, "  %s (%s)\n", report.Printable(f.Name), report.Printable(strings.Join(facts, ", ")))
	for _, d := range f.Digests {
		fmt.Fprintf(x.out, "    %s\n", d)
	}
}

// listed are the places in the requirements files of the working directory that
// list a digest.
func (x *explainer) listed(ctx context.Context) (map[packaging.Digest][]string, error) {
	places := map[packaging.Digest][]string{}
	found, err := x.job.findAll(ctx, []string{"."})
	if err != nil {
		return nil, err
	}
	for _, f := range found.Files {
		x.job.roots = append(x.job.roots, requirements.Root{Path: f.Path})
	}
	set, err := x.job.load(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, f := range set.Files {
		for _, l := range f.Lines {
			for i, d := range l.Digests() {
				line, _ := f.Position(l.HashSpan(i).Start)
				places[d] = append(places[d], fmt.Sprintf("%s:%d", f.Path, line))
			}
		}
	}
	return places, nil
}

// digest says whose digest it is: a file of the project that was named, or of
// what the cache has.
func (x *explainer) digest(ctx context.Context, d packaging.Digest) (int, error) {
	if err := x.connect(); err != nil {
		return 0, err
	}
	var files []pypi.File
	where := "the cache"
	if x.settings.project != "" {
		a := x.client.Ask(ctx, x.sources, x.settings.project, "")
		if err := a.Err(); err != nil {
			x.world.say("%v", err)
			return report.StatusUnverified, nil
		}
		where = x.settings.project + " (asked: " + x.asked(a) + ")"
		for _, f := range a.Files() {
			for _, e := range f.Digests {
				if e == d {
					files = append(files, f)
				}
			}
		}
	} else {
		files = x.client.Find(d)
	}
	if len(files) == 0 {
		fmt.Fprintf(x.out, "%s: no file in %s has it\n", d, report.Printable(where))
		if x.settings.project == "" {
			fmt.Fprintln(x.out, "  --project NAME asks the index for all files of a project")
		}
		return report.StatusFindings, nil
	}
	fmt.Fprintf(x.out, "%s:\n", d)
	for _, f := range files {
		x.file(f)
	}
	return report.StatusOK, nil
}
