// Reqhash audits the hashes of Python requirements files: it reads them as pip
// does, asks the package index which files each pinned release has, says which
// --hash pins are missing or wrong and why, and writes the right ones in place.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/reqhash/reqhash/report"
)

func main() { os.Exit(process(time.Now)) }

// process runs the tool in the world of this process, and returns its exit
// status.
func process(now func() time.Time) int {
	collectLate()
	// What net/http logs is text of servers, and nobody's business.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], world{os.Stdin, os.Stdout, os.Stderr, os.Getenv, now})
}

// world is what a run is given from outside.
type world struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
}

// say writes one line for people to standard error, broken where a terminal
// ends.
func (w world) say(format string, args ...any) {
	fmt.Fprintln(w.stderr, report.Fitted("reqhash: "+fmt.Sprintf(format, args...), width(w.stderr)))
}

// command is one word after reqhash.
type command struct {
	name    string
	args    string
	short   string
	example string
	flags   func(*settings, *pflag.FlagSet)
	run     func(context.Context, *settings, []string, world) (int, error)
}

func commands() []command {
	return []command{
		{"check", "[PATH ...]", "verify the hashes against the index; change nothing",
			"  reqhash check\n  reqhash check services/api/requirements.txt\n  reqhash check --format json . > reqhash.json",
			(*settings).checkFlags, runCheck},
		{"fix", "[PATH ...]", "write the right hashes in place; --diff prints a patch instead",
			"  reqhash fix\n  reqhash fix --diff | git apply\n  reqhash fix --require-hashes requirements.txt",
			(*settings).fixFlags, runFix},
		{"lint", "[PATH ...]", "only what the files themselves show: no index, no network",
			"  reqhash lint\n  reqhash lint requirements/*.txt",
			(*settings).judgeFlags, runLint},
		{"list", "[PATH ...]", "what pip reads in each file: no judgement",
			"  reqhash list requirements.txt\n  reqhash list --format json .",
			(*settings).listFlags, runList},
		{"explain", "THING ...", "a rule, a digest (whose is it?), or name==version (its files)",
			"  reqhash explain hash-mismatch\n  reqhash explain numpy==1.26.4\n  reqhash explain --project numpy sha256:f25e…",
			(*settings).explainFlags, runExplain},
		{"completion", "SHELL", "print a completion script for " + oneOf(shells),
			"  source <(reqhash completion bash)", nil, runCompletion},
		{"version", "", "print the version, the commit and the Go version", "", nil, runVersion},
	}
}

// run is the whole tool: arguments without the program's name in, exit status
// out.
func run(ctx context.Context, args []string, w world) int {
	status, err := dispatch(ctx, args, w)
	var usage usageError
	switch {
	case ctx.Err() != nil:
		w.say("interrupted")
		return report.StatusInterrupted
	case err == nil:
		return status
	case errors.As(err, &usage):
		w.say("%v", err)
		return report.StatusUsage
	}
	w.say("%v", err)
	return max(status, report.StatusFindings)
}

func dispatch(ctx context.Context, args []string, w world) (int, error) {
	if len(args) == 0 {
		help(w.stderr)
		return report.StatusUsage, nil
	}
	name := args[0]
	switch name {
	case "-h", "--help", "help":
		if len(args) > 1 && args[1] == "flags" {
			helpFlags(w.stdout)
			return report.StatusOK, nil
		}
		if len(args) > 1 && args[1] != "help" && !strings.HasPrefix(args[1], "-") {
			return dispatch(ctx, []string{args[1], "--help"}, w)
		}
		help(w.stdout)
		return report.StatusOK, nil
	case "--version":
		name = "version"
	}
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c.dispatch(ctx, args[1:], w)
		}
		names = append(names, c.name)
	}
	return 0, usagef("there is no command %q%s; see \"reqhash help\"", name, suggestion(name, names))
}

func (c command) dispatch(ctx context.Context, args []string, w world) (int, error) {
	s := &settings{}
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	if c.flags != nil {
		c.flags(s, flags)
	}
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		c.help(w.stdout, flags)
		return report.StatusOK, nil
	}
	if err == nil {
		err = fromEnvironment(flags, w.getenv)
	}
	if err != nil {
		return 0, usagef("%w%s; see \"reqhash help %s\"", err, flagSuggestion(err, flags), c.name)
	}
	return c.run(ctx, s, flags.Args(), w)
}

// fromEnvironment gives the flags that were not set the values of REQHASH_*.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "REQHASH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(name)
		if f.Changed || value == "" || failed != nil {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("%s: %w", name, err)
		}
	})
	return failed
}

// flagSuggestion names the flag that an unknown one could have been.
func flagSuggestion(err error, flags *pflag.FlagSet) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return suggestion("--"+unknown.GetSpecifiedName(), names)
}

func runVersion(_ context.Context, _ *settings, args []string, w world) (int, error) {
	if len(args) > 0 {
		return 0, usagef("version takes no argument")
	}
	v := build()
	fmt.Fprintf(w.stdout, "reqhash %s (%s, %s)\n", v.version, v.commit, v.goVersion)
	return report.StatusOK, nil
}

type buildFacts struct{ version, commit, goVersion string }

// version is set by the linker when a release is built.
var version = ""

// build tells what this program was built from.
func build() buildFacts {
	facts := buildFacts{version: version, commit: "unknown commit", goVersion: "unknown Go"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return facts
	}
	facts.goVersion = info.GoVersion
	if facts.version == "" {
		facts.version = info.Main.Version
	}
	if facts.version == "" || facts.version == "(devel)" {
		facts.version = "devel"
	}
	modified := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			facts.commit = "commit " + s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified"
		}
	}
	facts.commit += modified
	return facts
}
