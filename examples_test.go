package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/report"
)

// unmet are the rules whose example takes more than a file and the recorded
// index.
var unmet = []string{"digest-changed", "no-installable-hash", "quarantined", "index-confusion", "yanked", "insecure-index", "skipped-file"}

// TestExamples runs the examples of the documentation: in each of them check or,
// if the rule needs no index, lint finds something by the rule. (Check tells a
// malformed hash with the other wrong ones, and lint cannot know of every
// finding that an ignore was for.)
func TestExamples(t *testing.T) {
	index, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range report.Rules() {
		if slices.Contains(unmet, rule.ID) {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, ".git"), 0o777); err != nil {
				t.Fatal(err)
			}
			name, text := "requirements.txt", ""
			files := map[string]string{}
			for line := range strings.Lines(rule.Example()) {
				if n, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
					files[name], name, text = text, strings.TrimSuffix(n, " --"), ""
					continue
				}
				text += line
			}
			files[name] = text
			for name, text := range files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			commands := []string{"check"}
			if rule.Offline {
				commands = append(commands, "lint")
			}
			met, found := false, []string{}
			for _, command := range commands {
				args := []string{command, "--format", "json", dir}
				env := map[string]string{"REQHASH_NO_CACHE": "true", "REQHASH_OFFLINE": "true", "PIP_INDEX_URL": index}
				_, out, stderr := inProcess(t, env, args...)
				var r struct{ Findings []report.Finding }
				if err := json.Unmarshal([]byte(out), &r); err != nil {
					t.Fatalf("%v: %s\n%s", err, stderr, out)
				}
				for _, f := range r.Findings {
					met = met || f.Rule == rule.ID
					found = append(found, command+" "+f.Rule+": "+f.Message)
				}
			}
			if !met {
				t.Errorf("in\n%s\nis found %q", rule.Example(), found)
			}
		})
	}
}
