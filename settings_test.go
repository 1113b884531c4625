package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
)

const everyKey = `require = "hashes"
index-url = "../index"
extra-index-url = ["https://index.example/simple"]
include = ["deps/*.txt"]
exclude = ["vendor/**"]
targets = ["cp311-manylinux_2_36_x86_64"]
levels = { yanked = "off" }

[[paths]]
match = "legacy/**"
require = "consistent"
levels = { yanked = "error" }
targets = ["windows-x86_64-3.12"]

[[projects]]
name = "Team.Tool"
index = "own"

[[runs]]
files = ["a.txt", "b.txt"]

[[ignore]]
rules = ["yanked"]
path = "legacy/**"
project = "Six"
until = "2027-03-01"
reason = "moves with the next release"

[[ignore]]
rules = ["sdist-only"]
reason = "built here"
`

func TestSettingsOfAPath(t *testing.T) {
	c, err := (&configs{dir: "/repo"}).decode("/repo/.reqhash.toml", []byte(everyKey), false)
	if err != nil {
		t.Fatal(err)
	}
	pip, err := pypi.ReadConfig(pypi.Environment{Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Exists: func(string) bool { return false }, Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	plain := c.settings("/repo/a/requirements.txt", pip, ".reqhash.toml")
	legacy := c.settings("/repo/legacy/x/requirements.txt", pip, ".reqhash.toml")
	if plain.Require != audit.RequireHashes || legacy.Require != audit.RequireConsistent {
		t.Errorf("require: %q and %q", plain.Require, legacy.Require)
	}
	if plain.Levels["yanked"] != "" || legacy.Levels["yanked"] != report.Error {
		t.Errorf("levels: %q and %q", plain.Levels, legacy.Levels)
	}
	if got := plain.Targets[0].String() + " " + legacy.Targets[0].String(); got != "cp311-manylinux_2_36_x86_64 cp312-win_amd64" {
		t.Errorf("targets: %s", got)
	}
	if len(plain.Ignores) != 1 || plain.Ignores[0].Line != 29 || len(legacy.Ignores) != 2 {
		t.Errorf("ignores: %+v and %+v", plain.Ignores, legacy.Ignores)
	}
	first := legacy.Ignores[0]
	if first.Project != "six" || !first.Until.Equal(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)) || first.Line != 22 || first.Reason != "moves with the next release" {
		t.Errorf("the ignore of six: %+v", first)
	}
	if got := plain.Projects["team-tool"].Indexes; !slices.Equal(got, []string{filepath.FromSlash("/repo/own")}) {
		t.Errorf("the index of team-tool: %q", got)
	}
}

func TestEntriesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ toml, want string }{
		{"[[ignore]]\nrules = [\"yankd\"]\nreason = \"x\"\n", `:1:1: ignore: there is no rule "yankd"; did you mean "yanked"?`},
		{"\n[[ignore]]\nrules = [\"yanked\"]\n", `:2:1: ignore: expected a reason`},
		{"[[ignore]]\nreason = \"x\"\n", `:1:1: ignore: expected rules`},
		{"[[ignore]]\nrules = [\"yanked\"]\nreason = \"x\"\nuntil = \"soon\"\n", `:1:1: ignore: until is no date: expected one such as 2027-03-01`},
		{"[[projects]]\nname = \"x\"\n", `:1:1: projects: expected name and index`},
		{"[[paths]]\nrequire = \"hashes\"\n", `:1:1: paths: expected match`},
		{"[[paths]]\nmatch = \"a\"\nlevels = { yanked = \"loud\" }\n", `:1:1: paths: yanked is "loud": expected error, warning, note or off`},
		{"[[runs]]\nfiles = [\"a.txt\"]\n", `:1:1: runs: expected files, two or more`},
		{"targets = [\"amiga\"]\n", `:1:1: targets: `},
		{"[[ignore]]\nrule = \"yanked\"\n", `:2:1: unknown key "ignore.rule"`},
	} {
		_, err := (&configs{dir: "/repo"}).decode("/repo/.reqhash.toml", []byte(c.toml), false)
		if err == nil || !strings.HasPrefix(err.Error(), ".reqhash.toml"+c.want) {
			t.Errorf("%q: got %v, want .reqhash.toml%s", c.toml, err, c.want)
		}
	}
}

func TestSchemaOfTheConfiguration(t *testing.T) {
	src, err := os.ReadFile("docs/config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var plain struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(src, &plain); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(plain.Properties)), slices.Sorted(slices.Values(configKeys)); !slices.Equal(got, want) {
		t.Errorf("the schema has %q, the decoder %q", got, want)
	}
	schema, err := jsonschema.NewCompiler().Compile("docs/config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := toml.Unmarshal([]byte(everyKey), &v); err != nil {
		t.Fatal(err)
	}
	// TOML's numbers and dates are none of JSON's: by way of JSON they are.
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = jsonschema.UnmarshalJSON(strings.NewReader(string(text))); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}
