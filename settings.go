package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pelletier/go-toml/v2"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// What a configuration says of some files or projects only. Paths and globs are
// relative to its folder, with slashes; ** crosses folders.

// ignoreEntry is [[ignore]].
type ignoreEntry struct {
	Rules   []string `toml:"rules"`
	Path    string   `toml:"path"`
	Project string   `toml:"project"`
	Until   any      `toml:"until"` // a date, or one as a string
	Reason  string   `toml:"reason"`
}

// projectEntry is [[projects]].
type projectEntry struct {
	Name  string `toml:"name"`
	Index string `toml:"index"`
}

// pathEntry is [[paths]]: it overrides what the rest says, the last one that
// matches wins.
type pathEntry struct {
	Match   string            `toml:"match"`
	Require *string           `toml:"require"`
	Levels  map[string]string `toml:"levels"`
	Targets []string          `toml:"targets"`
}

// runEntry is [[runs]]: files that are installed by one command.
type runEntry struct {
	Files []string `toml:"files"`
}

// checkEntries says which entry makes no sense; at names the table and its
// number from 0.
func (c *config) checkEntries() (at string, n int, err error) {
	for i, e := range c.Ignore {
		if err := e.check(); err != nil {
			return "ignore", i, err
		}
	}
	for i, e := range c.Projects {
		if e.Name == "" || e.Index == "" {
			return "projects", i, fmt.Errorf("expected name and index")
		}
	}
	for i, e := range c.Paths {
		require := ""
		if e.Require != nil {
			require = *e.Require
		}
		switch {
		case e.Match == "":
			return "paths", i, fmt.Errorf("expected match")
		case requirements.CheckGlob(e.Match) != nil:
			return "paths", i, requirements.CheckGlob(e.Match)
		case !slices.Contains([]string{"", "hashes", "consistent"}, require):
			return "paths", i, fmt.Errorf("require is %q: expected %s", require, expected["require"])
		}
		for rule, level := range e.Levels {
			if err := checkLevel(rule, level); err != nil {
				return "paths", i, err
			}
		}
		if _, err := parseTargets(e.Targets); err != nil {
			return "paths", i, err
		}
	}
	for i, e := range c.Runs {
		if len(e.Files) < 2 {
			return "runs", i, fmt.Errorf("expected files, two or more")
		}
	}
	return "", 0, nil
}

func (e *ignoreEntry) check() error {
	if len(e.Rules) == 0 {
		return fmt.Errorf("expected rules")
	}
	for _, rule := range e.Rules {
		if _, ok := report.RuleOf(rule); !ok {
			return fmt.Errorf("there is no rule %q%s", rule, suggestion(rule, ruleIDs()))
		}
	}
	if e.Reason == "" {
		return fmt.Errorf("expected a reason")
	}
	if e.Path != "" {
		if err := requirements.CheckGlob(e.Path); err != nil {
			return err
		}
	}
	_, err := e.until()
	return err
}

func (e *ignoreEntry) until() (time.Time, error) {
	switch v := e.Until.(type) {
	case nil:
		return time.Time{}, nil
	case toml.LocalDate:
		return v.AsTime(time.UTC), nil
	case string:
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("until is no date: expected one such as 2027-03-01")
}

func checkLevel(rule, level string) error {
	if _, ok := report.RuleOf(rule); !ok {
		return fmt.Errorf("there is no rule %q%s", rule, suggestion(rule, ruleIDs()))
	}
	if !slices.Contains(levelNames, level) {
		return fmt.Errorf("%s is %q: expected %s", rule, level, oneOf(levelNames))
	}
	return nil
}

// matches tells whether a glob is about the file at an absolute path.
func (c *config) matches(glob, path string) bool {
	rest, err := filepath.Rel(filepath.Dir(c.path), path)
	if err != nil {
		return false
	}
	ok, err := doublestar.Match(glob, filepath.ToSlash(rest))
	return ok && err == nil
}

// settings hands down what the configuration says of the file at an absolute
// path.
func (c *config) settings(path string, pip pypi.Config, shown string) audit.Settings {
	s := audit.Settings{Require: audit.Require(c.Require), Levels: map[string]report.Level{}}
	targets := c.Targets
	setLevels(s.Levels, c.Levels)
	for _, e := range c.Paths {
		if !c.matches(e.Match, path) {
			continue
		}
		if e.Require != nil {
			s.Require = audit.Require(*e.Require)
		}
		if e.Targets != nil {
			targets = e.Targets
		}
		setLevels(s.Levels, e.Levels)
	}
	s.Targets, _ = parseTargets(targets) // checked when it was read
	for i, e := range c.Ignore {
		if e.Path != "" && !c.matches(e.Path, path) {
			continue
		}
		until, _ := e.until()
		project := e.Project
		if project != "" {
			project = packaging.NormalizeName(project)
		}
		s.Ignores = append(s.Ignores, audit.Ignore{Rules: e.Rules, Project: project, Until: until, Reason: e.Reason, Path: shown, Line: c.ignoreLines[i]})
	}
	if len(c.Projects) > 0 {
		s.Projects = map[string]pypi.Sources{}
		for _, e := range c.Projects {
			s.Projects[packaging.NormalizeName(e.Name)] = pip.Only(beside(filepath.Dir(c.path), e.Index))
		}
	}
	return s
}

func setLevels(into map[string]report.Level, levels map[string]string) {
	for rule, level := range levels {
		if level == "off" {
			level = ""
		}
		into[rule] = report.Level(level)
	}
}

// tableLines gives the lines, from 1, of the headers [[name]] in a TOML file, in
// their order; of entries of an inline list, all of which may stand on one line,
// that of the key.
func tableLines(src []byte, name string, pyproject bool, n int) []int {
	header, key := "[["+name+"]]", name
	if pyproject {
		header = "[[tool.reqhash." + name + "]]"
	}
	var lines []int
	inline := 1
	for i, line := range bytes.Split(src, []byte("\n")) {
		text := strings.ReplaceAll(string(bytes.TrimSpace(line)), " ", "")
		if strings.HasPrefix(text, header) {
			lines = append(lines, i+1)
		}
		if strings.HasPrefix(text, key+"=") {
			inline = i + 1
		}
	}
	for len(lines) < n {
		lines = append(lines, inline)
	}
	return lines
}
