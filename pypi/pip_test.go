package pypi

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is asked is what pip says that it asks ("Looking in indexes: ..."),
// given the same variables, configuration files and lines.
func TestAsPip(t *testing.T) {
	python := tool(t, "python3")
	if out, err := exec.Command(python, "-m", "pip", "--version").CombinedOutput(); err != nil {
		t.Fatalf("there is no pip: %v\n%s", err, out)
	}
	const at = "http://127.0.0.1:1/" // where nobody answers
	for _, test := range []struct {
		name  string
		vars  []string // NAME=value
		conf  string   // the user's pip.conf
		lines string   // of the requirements file
	}{
		{name: "extra by line", lines: "--extra-index-url " + at + "x"},
		{name: "index by variable", vars: []string{"PIP_INDEX_URL=" + at + "v"}, lines: "--extra-index-url " + at + "x"},
		{name: "index by line discards", vars: []string{"PIP_EXTRA_INDEX_URL=" + at + "v"}, lines: "--extra-index-url " + at + "x\n-i " + at + "i"},
		{name: "both on one line", lines: "--extra-index-url " + at + "x -i " + at + "i"},
		{name: "configuration", conf: "[global]\nindex-url = " + at + "g\nextra-index-url =\n  " + at + "a\n  " + at + "b\n[install]\nindex_url: " + at + "in"},
		{name: "the variable hides the list", vars: []string{"PIP_EXTRA_INDEX_URL=" + at + "v"}, conf: "[global]\nextra-index-url = " + at + "g"},
		{name: "an empty variable", vars: []string{"PIP_INDEX_URL="}, conf: "[global]\nindex-url = " + at + "g"},
		{name: "an inline comment", conf: "[global]\nindex-url = " + at + "g # x"},
		{name: "an empty value hides", conf: "[global]\nindex-url = " + at + "g\n[install]\nindex-url =\n", lines: "--extra-index-url " + at + "x"},
		{name: "no-index", conf: "[global]\nno-index = true\nfind-links = .", lines: "--extra-index-url " + at + "x"},
		{name: "no-index by line", lines: "--no-index\n-i " + at + "i\n-f ."},
		{name: "find-links", vars: []string{"PIP_FIND_LINKS=" + at + "f"}, lines: "-i " + at + "i\n-f " + at + "g"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{".config/pip/pip.conf": test.conf, "r.txt": test.lines + "\nnosuch==1\n"} {
				path := filepath.Join(home, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(python, "-m", "pip", "install", "--dry-run", "--target=t", "--no-deps", "--retries=0", "--timeout=1", "--disable-pip-version-check", "--no-cache-dir", "-r", "r.txt")
			// The proxy, where nobody answers either, keeps pip from the network.
			cmd.Dir, cmd.Env = home, append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "HTTPS_PROXY=" + at}, test.vars...)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("pip found a project that is not there:\n%s", out)
			}
			looking := func(in string) string {
				for _, line := range strings.Split(string(out), "\n") {
					if rest, ok := strings.CutPrefix(line, "Looking in "+in+": "); ok {
						return rest
					}
				}
				return ""
			}
			vars := map[string]string{}
			for _, v := range test.vars {
				name, value, _ := strings.Cut(v, "=")
				vars[name] = value
			}
			env := Environment{Getenv: func(name string) string { return vars[name] }, ReadFile: os.ReadFile, OS: "linux", Home: home, Dir: home,
				Exists: func(path string) bool { _, err := os.Stat(path); return err == nil }}
			c, err := ReadConfig(env)
			if err != nil {
				t.Fatal(err)
			}
			var lines []Line
			for _, text := range strings.Split(test.lines, "\n") {
				line := Line{Dir: home}
				words := strings.Fields(text)
				for i := 0; i < len(words); i++ {
					name := map[string]string{"-i": "index-url", "-f": "find-links"}[words[i]]
					if name == "" {
						name = strings.TrimPrefix(words[i], "--")
					}
					o := Option{Name: name}
					if name != "no-index" {
						i++
						o.Value = words[i]
					}
					line.Options = append(line.Options, o)
				}
				lines = append(lines, line)
			}
			s := c.Sources(lines)
			want := looking("indexes")
			if want == "" && len(s.Indexes) == 1 && s.Indexes[0] == PyPI {
				want = PyPI // pip does not say it
			}
			if got := strings.Join(s.Indexes, ", "); got != want {
				t.Errorf("indexes: got %s\npip: %s", got, want)
			}
			var links []string
			for _, link := range strings.Split(looking("links"), ", ") {
				if path := strings.TrimPrefix(link, "file://"); strings.HasPrefix(path, "/") || path == "." {
					link = filepath.Join(home, strings.TrimPrefix(path, home))
				}
				links = append(links, link)
			}
			if got, want := strings.Join(s.FindLinks, ", "), strings.Join(links, ", "); got != want {
				t.Errorf("links: got %s\npip: %s", got, want)
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}
