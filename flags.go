package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/reqhash/reqhash/report"
)

// settings are the flags of a command.
type settings struct {
	indexURL      string
	extraIndexURL []string
	config        string
	jobs          positive
	timeout       duration
	runTimeout    duration
	maxAge        duration
	allowEnv      bool
	allowRemote   bool
	cacheDir      string
	noCache       bool
	refresh       bool
	offline       bool
	download      bool
	targets       []string
	pip           string

	format   string
	outputs  []string
	color    string
	progress string
	quiet    bool
	verbose  bool

	selected, ignored []string
	strict            bool
	baseline          string
	writeBaseline     bool
	diffBase          string
	noInlineIgnores   bool
	exitZero          bool
	stdinFilename     string

	diff, complete, requireHashes, replaceUnknown, repair bool
	project                                               string
}

func (s *settings) readFlags(f *pflag.FlagSet) {
	f.StringVar(&s.config, "config", "", "configuration `FILE`; none is searched for then")
	f.StringVar(&s.format, "format", "text", "what standard output gets, `F`: "+strings.Join(formatNames(), ", "))
	f.StringArrayVar(&s.outputs, "output", nil, "write a format to a file, or - for standard output: `F=PATH`; repeatable")
	f.StringVar(&s.color, "color", "auto", "colours: `WHEN` is auto, always or never")
	f.StringVar(&s.progress, "progress", "auto", "what a run waits for, on a terminal: `WHEN` is auto, always or never")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no summary")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "also notes, and every requirement with its verdict")
	f.BoolVar(&s.allowEnv, "allow-env", false, "expand ${VAR} in URLs and questions; never for files that others may change")
	f.BoolVar(&s.allowRemote, "allow-remote", false, "fetch what -r and -c include by https; never for files that others may change")
	f.StringVar(&s.stdinFilename, "stdin-filename", "", "the `PATH` that standard input stands for")
}

func (s *settings) judgeFlags(f *pflag.FlagSet) {
	s.readFlags(f)
	f.StringSliceVar(&s.selected, "select", nil, "only findings of these rules: `RULE,...`")
	f.StringSliceVar(&s.ignored, "ignore", nil, "no findings of these rules: `RULE,...`")
	f.StringVar(&s.baseline, "baseline", "", "findings in this `FILE` do not count")
	f.BoolVar(&s.writeBaseline, "write-baseline", false, "write what is found to the file of --baseline")
	f.StringVar(&s.diffBase, "diff-base", "", "only what changed against this `REV` of git counts")
	f.BoolVar(&s.noInlineIgnores, "no-inline-ignores", false, "comments in the files ignore nothing")
	f.BoolVar(&s.strict, "strict", false, "warnings count as errors")
	f.BoolVar(&s.exitZero, "exit-zero", false, "findings do not change the exit status")
}

func (s *settings) indexFlags(f *pflag.FlagSet) {
	f.StringVar(&s.indexURL, "index-url", "", "the index to ask, and nothing else: a `URL` or folder")
	f.StringArrayVar(&s.extraIndexURL, "extra-index-url", nil, "an index to ask as well: a `URL` or folder; repeatable")
	f.BoolVar(&s.offline, "offline", false, "ask no host: only folders, and what is in the cache")
	f.BoolVar(&s.refresh, "refresh", false, "ask again whatever the cache has")
	f.StringVar(&s.cacheDir, "cache-dir", "", "`DIR` for answers between runs (default: the user's cache directory)")
	f.BoolVar(&s.noCache, "no-cache", false, "keep no answers between runs")
	s.maxAge = duration(24 * time.Hour)
	f.Var(&s.maxAge, "cache-max-age", "how old an answer of the cache may be: 24h, 30m")
	s.jobs = 32
	f.VarP(&s.jobs, "jobs", "j", "requests under way at once")
	s.timeout = duration(60 * time.Second)
	s.runTimeout = duration(10 * time.Minute)
	f.Var(&s.runTimeout, "run-timeout", "how long all requests together may take; what is not answered then is unverified")
	f.Var(&s.timeout, "timeout", "how long one request may take: 30s, 2m; a bare number is seconds")
}

func (s *settings) checkFlags(f *pflag.FlagSet) {
	s.indexFlags(f)
	f.BoolVar(&s.download, "download", false, "hash files for which no comparable digest is published")
	f.StringSliceVar(&s.targets, "target", nil, "where it is to be installed, such as cp311-manylinux_2_36_x86_64 or linux-x86_64-3.11: `TARGET,...`")
	f.StringVar(&s.pip, "pip", "", "the `VERSION` of pip that installs (default: the newest known)")
	s.judgeFlags(f)
}

func (s *settings) fixFlags(f *pflag.FlagSet) {
	f.BoolVar(&s.diff, "diff", false, "print a patch instead of writing")
	f.BoolVar(&s.complete, "complete", false, "also add files that a right list leaves out")
	f.BoolVar(&s.requireHashes, "require-hashes", false, "turn hash checking on where it is off")
	f.BoolVar(&s.replaceUnknown, "replace-unknown", false, "replace hashes of which nothing is known: look at them first")
	f.BoolVar(&s.repair, "repair", false, "also repair what changes what is installed")
	f.StringVar(&s.project, "package", "", "only the requirements of one project: `NAME`")
	s.checkFlags(f)
}

func (s *settings) listFlags(f *pflag.FlagSet) { s.readFlags(f) }

// duration is a Go duration, or a number of seconds.
type duration time.Duration

func (d *duration) String() string { return time.Duration(*d).String() }
func (d *duration) Type() string   { return "DURATION" }

func (d *duration) Set(s string) error {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		s = fmt.Sprintf("%gs", n)
	}
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		return fmt.Errorf("expected a duration such as 30s or 2m")
	}
	*d = duration(v)
	return nil
}

// positive is a whole number from 1.
type positive int

func (n *positive) String() string { return strconv.Itoa(int(*n)) }
func (n *positive) Type() string   { return "N" }

func (n *positive) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return fmt.Errorf("expected a whole number from 1")
	}
	*n = positive(v)
	return nil
}

// output is a format and the file it is written to; "-" is standard output.
type output struct{ format, path string }

var colors = []string{"auto", "always", "never"}

// written says which format goes where, standard output first, and refuses
// what is no format and no way of colouring one.
func (s *settings) written() ([]output, error) {
	if !slices.Contains(colors, s.color) {
		return nil, usagef("--color %q: expected %s", s.color, oneOf(colors))
	}
	if err := s.checkProgress(); err != nil {
		return nil, err
	}
	formats := formatNames()
	list := []output{{s.format, "-"}}
	for _, o := range s.outputs {
		format, path, ok := strings.Cut(o, "=")
		if !ok || path == "" {
			return nil, usagef("--output %q: expected FORMAT=PATH", o)
		}
		if path == "-" {
			list[0].format = format
			continue
		}
		list = append(list, output{format, path})
	}
	for _, o := range list {
		if !slices.Contains(formats, o.format) {
			return nil, usagef("there is no format %q%s; expected %s", o.format, suggestion(o.format, formats), oneOf(formats))
		}
	}
	return list, nil
}

// rules tells which findings are wanted.
func (s *settings) rules() (func(rule string) bool, error) {
	for _, rule := range slices.Concat(s.selected, s.ignored) {
		if _, ok := report.RuleOf(rule); !ok {
			return nil, usagef("there is no rule %q%s", rule, suggestion(rule, ruleIDs()))
		}
	}
	if len(s.selected)+len(s.ignored) == 0 {
		return nil, nil
	}
	return func(rule string) bool {
		return (len(s.selected) == 0 || slices.Contains(s.selected, rule)) && !slices.Contains(s.ignored, rule)
	}, nil
}

// colored decides about colour: the flag, then the variables that tools agree
// on (no-color.org, force-color.org, bixense.com/clicolors), then the terminal.
func (s *settings) colored(terminal bool, getenv func(string) string) bool {
	force := getenv("CLICOLOR_FORCE")
	switch {
	case s.color != "auto":
		return s.color == "always"
	case getenv("FORCE_COLOR") != "":
		return true
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb" && getenv("CLICOLOR") != "0"
}
