package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/requirements"
)

// A fault of a configuration is told in one line that begins, after the file's
// name, with ":LINE:COLUMN: ", both from 1, and says what was expected.

var configKeys = []string{"require", "index-url", "extra-index-url", "include", "exclude", "levels", "targets", "ignore", "projects", "paths", "runs"}

// expected says what a key takes; what stands below levels is levelNames.
var expected = map[string]string{
	"require":         `"hashes" or "consistent"`,
	"index-url":       "a string",
	"extra-index-url": "a list of strings",
	"include":         "a list of strings",
	"exclude":         "a list of strings",
	"targets":         `a list of targets, such as ["cp311-manylinux_2_36_x86_64"]`,
	"ignore":          `tables [[ignore]] with rules and reason, and path, project, until`,
	"projects":        `tables [[projects]] with name and index`,
	"paths":           `tables [[paths]] with match, and require, levels, targets`,
	"runs":            `tables [[runs]] with files`,
	"levels":          `a table of rules, such as levels = { yanked = "error" }`,
}

var levelNames = []string{"error", "warning", "note", "off"}

// pyprojectOf is a pyproject.toml with T as our table.
type pyprojectOf[T any] struct {
	Tool struct {
		Reqhash T `toml:"reqhash"`
	} `toml:"tool"`
}

func decodeStrict(src []byte, v any) error {
	return toml.NewDecoder(bytes.NewReader(src)).DisallowUnknownFields().Decode(v)
}

// ours returns the part of a key that is below our table, and whether it is.
func ours(key []string, pyproject bool) ([]string, bool) {
	if !pyproject {
		return key, true
	}
	if len(key) < 2 || key[0] != "tool" || key[1] != "reqhash" {
		return nil, false
	}
	return key[2:], true
}

// explain says what is wrong with a TOML file, and lets unknown keys pass that
// are not ours.
func explain(err error, pyproject bool) error {
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		for i := range unknown.Errors {
			e := &unknown.Errors[i]
			key, ok := ours(e.Key(), pyproject)
			if !ok || len(key) == 0 {
				continue
			}
			line, column := e.Position()
			name := strings.Join(key, ".")
			return fmt.Errorf(":%d:%d: unknown key %q%s", line, column, name, suggestion(name, configKeys))
		}
		return nil
	case errors.As(err, &wrong):
		line, column := wrong.Position()
		text := strings.TrimPrefix(wrong.Error(), "toml: ")
		if strings.HasPrefix(text, "cannot ") || text == "missing table" {
			text = "expected " + expectedAt(wrong.Key(), pyproject)
		}
		return fmt.Errorf(":%d:%d: %s", line, column, text)
	}
	return err
}

// expectedAt says what the value of a key should have been.
func expectedAt(whole []string, pyproject bool) string {
	key, ok := ours(whole, pyproject)
	switch {
	case !ok || len(key) == 0:
		return "the table [tool.reqhash]"
	case key[0] == "levels" && len(key) > 1:
		return strings.Join(key, ".") + " = " + oneOf(levelNames)
	}
	return key[0] + " to be " + expected[key[0]]
}

// oneOf names alternatives: a, b or c.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// check says which value makes no sense, and where it stands in src.
func (c *config) check(src []byte, pyproject bool) error {
	fault := func(format string, args []any, key ...string) error {
		return fmt.Errorf("%s: "+format, append([]any{position(src, pyproject, key)}, args...)...)
	}
	switch audit.Require(c.Require) {
	case audit.RequireNothing, audit.RequireHashes, audit.RequireConsistent:
	default:
		return fault("require is %q: expected %s", []any{c.Require, expected["require"]}, "require")
	}
	for name, globs := range map[string][]string{"include": c.Include, "exclude": c.Exclude} {
		for _, g := range globs {
			if err := requirements.CheckGlob(g); err != nil {
				return fault("%s: %w", []any{name, err}, name)
			}
		}
	}
	if _, err := parseTargets(c.Targets); err != nil {
		return fault("targets: %w", []any{err}, "targets")
	}
	for _, rule := range slices.Sorted(maps.Keys(c.Levels)) {
		if err := checkLevel(rule, c.Levels[rule]); err != nil {
			return fault("%w", []any{err}, "levels", rule)
		}
	}
	if table, n, err := c.checkEntries(); err != nil {
		return fmt.Errorf(":%d:1: %s: %w", tableLines(src, table, pyproject, n+1)[n], table, err)
	}
	return nil
}

// position tells where a key of ours stands: ":LINE:COLUMN", or nothing if that
// cannot be told. A decoder that knows no key complains of each with its place;
// one that knows the table of levels does so for what stands in it. The keys of
// an inline table have no place but that of the table.
func position(src []byte, pyproject bool, key []string) string {
	type nothing struct{}
	type levels struct {
		Levels nothing `toml:"levels"`
	}
	decoders := []any{&levels{}, &nothing{}}
	if pyproject {
		decoders = []any{&pyprojectOf[levels]{}, &pyprojectOf[nothing]{}}
	}
	for _, d := range decoders {
		var unknown *toml.StrictMissingError
		if !errors.As(decodeStrict(src, d), &unknown) {
			continue
		}
		for i := range unknown.Errors {
			k, ok := ours(unknown.Errors[i].Key(), pyproject)
			if ok && (slices.Equal(k, key) || slices.Equal(k, key[:1])) {
				line, column := unknown.Errors[i].Position()
				return fmt.Sprintf(":%d:%d", line, column)
			}
		}
	}
	return ""
}
