package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/packaging"
	"github.com/reqhash/reqhash/report"
	"github.com/reqhash/reqhash/requirements"
)

// config is a .reqhash.toml, or the table [tool.reqhash] of a pyproject.toml.
type config struct {
	Require       string            `toml:"require"`
	IndexURL      string            `toml:"index-url"`
	ExtraIndexURL []string          `toml:"extra-index-url"`
	Include       []string          `toml:"include"`
	Exclude       []string          `toml:"exclude"`
	Levels        map[string]string `toml:"levels"`
	Targets       []string          `toml:"targets"`
	Ignore        []ignoreEntry     `toml:"ignore"`
	Projects      []projectEntry    `toml:"projects"`
	Paths         []pathEntry       `toml:"paths"`
	Runs          []runEntry        `toml:"runs"`

	path        string // where it was read; "" if there is none
	ignoreLines []int  // where each of Ignore stands
}

// usageError is wrong usage or configuration: exit status 2.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// configs finds and keeps the configuration of each directory, design 1.8.
type configs struct {
	fixed *config // of --config; then nothing is searched
	byDir map[string]*config
	dir   string // working directory: paths in messages are relative to it
}

// newConfigs reads the file of --config, if one is named.
func newConfigs(path, dir string) (*configs, error) {
	c := &configs{byDir: map[string]*config{}, dir: dir}
	if path == "" {
		return c, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("reading the configuration: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	c.fixed, err = c.decode(path, src, filepath.Base(path) == "pyproject.toml")
	if c.fixed == nil && err == nil {
		c.fixed = &config{path: path}
	}
	return c, err
}

// of returns the configuration for a file in dir: that of the nearest directory
// above which has one, up to the root of the repository. dir is absolute.
func (c *configs) of(dir string) (*config, error) {
	if c.fixed != nil {
		return c.fixed, nil
	}
	if known, ok := c.byDir[dir]; ok {
		return known, nil
	}
	found, err := c.readIn(dir)
	if err != nil {
		return nil, err
	}
	parent := filepath.Dir(dir)
	switch {
	case found != nil:
	case parent == dir || isRepositoryRoot(dir):
		found = &config{}
	default:
		if found, err = c.of(parent); err != nil {
			return nil, err
		}
	}
	c.byDir[dir] = found
	return found, nil
}

func isRepositoryRoot(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}

// readIn reads the configuration that stands in dir; nil if there is none.
func (cs *configs) readIn(dir string) (*config, error) {
	for _, name := range []string{".reqhash.toml", "pyproject.toml"} {
		path := filepath.Join(dir, name)
		src, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, usagef("reading the configuration: %w", err)
		}
		c, err := cs.decode(path, src, name == "pyproject.toml")
		if err != nil {
			return nil, err
		}
		if c != nil {
			return c, nil
		}
	}
	return nil, nil
}

// decode decodes and checks a configuration. Of a pyproject.toml without
// our table it is nil.
func (cs *configs) decode(path string, src []byte, pyproject bool) (*config, error) {
	c := &config{}
	var err error
	if pyproject {
		var whole pyprojectOf[*config]
		err = decodeStrict(src, &whole)
		c = whole.Tool.Reqhash
		var broken *toml.DecodeError
		switch {
		case errors.As(err, &broken) && bytes.Contains(src, []byte("reqhash")):
			// What stands behind the fault is unknown, our table perhaps.
		case c == nil:
			return nil, nil // what else may be wrong with it is not ours to say
		}
	} else {
		err = decodeStrict(src, c)
	}
	if err = explain(err, pyproject); err == nil {
		err = c.check(src, pyproject)
	}
	if err != nil {
		return nil, usagef("%s%w", requirements.Shown(filepath.ToSlash(path), filepath.ToSlash(cs.dir)), err)
	}
	c.path, c.ignoreLines = path, tableLines(src, "ignore", pyproject, len(c.Ignore))
	return c, nil
}

func ruleIDs() []string {
	var ids []string
	for _, r := range report.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

func parseTargets(names []string) ([]packaging.Target, error) {
	var list []packaging.Target
	for _, name := range names {
		t, err := packaging.ParseTarget(name)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// beside resolves the address of an index that a configuration in dir names: a
// folder's path is relative to it.
func beside(dir, address string) string {
	if strings.Contains(address, "://") || strings.HasPrefix(address, "file:") || filepath.IsAbs(address) {
		return address
	}
	return filepath.Join(dir, address)
}

func besides(dir string, addresses []string) []string {
	var list []string
	for _, a := range addresses {
		list = append(list, beside(dir, a))
	}
	return list
}

// suggestion names the nearest of the words that could have been meant.
func suggestion(word string, known []string) string {
	limit, nearest := 2, ""
	for _, k := range known {
		if d := audit.Distance(word, k, limit); d <= limit {
			limit, nearest = d-1, k
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", nearest)
}
