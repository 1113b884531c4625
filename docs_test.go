package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/reqhash/reqhash/report"
)

// blocks are the code blocks of a page whose first line names a file.
func blocks(t *testing.T, page string) map[string]string {
	t.Helper()
	src, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```[a-z]+\n# (\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(src), -1) {
		list[m[1]] = m[2]
	}
	return list
}

// The workflow of the manual is one, and uses the action as it is.
func TestManualWorkflow(t *testing.T) {
	workflow := blocks(t, "docs/ci.md")[".github/workflows/reqhash.yml"]
	if workflow == "" {
		t.Fatal("docs/ci.md has no workflow")
	}
	actionlint := needs(t, "actionlint")
	p := newProject(t)
	action, err := os.ReadFile("action.yml")
	if err != nil {
		t.Fatal(err)
	}
	p.write("action.yml", string(action))
	const remote = "reqhash/reqhash@v0.1.0"
	if !strings.Contains(workflow, remote) {
		t.Errorf("it does not use %s", remote)
	}
	p.write(".github/workflows/reqhash.yml", strings.Replace(workflow, remote, "./", 1)) // so that the inputs are looked at
	cmd := exec.Command(actionlint, "-no-color")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	p.write(".github/workflows/reqhash.yml", strings.NewReplacer(remote, "./", "sarif:", "sarfi:").Replace(workflow))
	cmd = exec.Command(actionlint, "-no-color")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "sarfi") {
		t.Errorf("a misspelt input passes: %v: %s", err, out)
	}
}

// Each flag that the manual names is one, each rule too, and each link leads
// somewhere.
func TestManual(t *testing.T) {
	known := map[string]bool{"--help": true, "--version": true}
	for _, c := range commands() {
		for _, f := range flagsOf(c) {
			known["--"+f.Name] = true
		}
	}
	// Flags of others that the pages speak of.
	for _, f := range []string{"--generate-hashes", "--no-cache-dir", "--from", "--hash", "--index-url", "--no-require-hashes", "--output-file", "--trusted-host", "--clean", "--no-emit-project", "--find-links", "--no-deps", "--dry-run"} {
		known[f] = true
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%v, %v", pages, err)
	}
	for _, page := range append(pages, "CHANGELOG.md") {
		src, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range regexp.MustCompile(`(?:^|[\s"'(\x60])(--[a-z][a-z-]*)`).FindAllStringSubmatch(string(src), -1) {
			if !known[flag[1]] {
				t.Errorf("%s: there is no flag %s", page, flag[1])
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(string(src), -1) {
			target, section, _ := strings.Cut(link[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			if target != "" {
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
					t.Errorf("%s: %v", page, err)
				}
			}
			if _, ok := report.RuleOf(section); section != "" && !ok {
				t.Errorf("%s: there is no rule %s", page, section)
			}
		}
	}
}

// The configuration of the manual is read as one.
func TestManualConfiguration(t *testing.T) {
	src, err := os.ReadFile("docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?ms)^```toml\n(.*?)^```$").FindStringSubmatch(string(src))
	if m == nil {
		t.Fatal("docs/configuration.md shows no configuration")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "reqhash.toml")
	if err := os.WriteFile(config, []byte(m[1]), 0o666); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := inProcess(t, nil, "lint", "--config", config, "testdata/acgs/services/ac")
	if status == report.StatusUsage {
		t.Errorf("it is refused: %s", stderr)
	}
	for _, key := range configKeys {
		if !strings.Contains(m[1], key) {
			t.Errorf("it does not show %s", key)
		}
	}
}

// The rules for alerts are what promtool takes for such.
func TestManualAlerts(t *testing.T) {
	promtool := needs(t, "promtool")
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, []byte(blocks(t, "docs/ci.md")["reqhash.rules.yml"]), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "check", "rules", path).CombinedOutput(); err != nil || !strings.Contains(string(out), "2 rules found") {
		t.Errorf("%v: %s", err, out)
	}
}
