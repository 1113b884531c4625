package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reqhash/reqhash/report"
)

// inProcess runs the tool with a clock that stands still, and returns its status
// and what it wrote.
func inProcess(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	noon := time.Date(2026, time.September, 1, 12, 0, 0, 0, time.UTC)
	status = run(context.Background(), args, world{
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		getenv: func(name string) string {
			if name == "PIP_CONFIG_FILE" {
				return os.DevNull
			}
			return env[name]
		},
		now: func() time.Time { return noon },
	})
	return status, out.String(), errs.String()
}

// One run over the five services gives every format at once; what each holds is
// a golden file, and the status is that of the run.
func TestFormatsOfACGS(t *testing.T) {
	dir := t.TempDir()
	args := []string{"check", "--quiet", "testdata/acgs"}
	for _, f := range report.Formats() {
		args = append(args, "--output", f.Name+"="+filepath.Join(dir, f.Name))
	}
	status, stdout, stderr := inProcess(t, nil, args...)
	if status != report.StatusFindings || stderr != "" {
		t.Errorf("status %d, and it says %q", status, stderr)
	}
	for _, f := range report.Formats() {
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "text" && string(got) != stdout {
			t.Errorf("the text in a file is not that of standard output:\n%s", cmp.Diff(stdout, string(got)))
		}
		path := filepath.Join("testdata", "golden", "acgs."+f.Name)
		if *update {
			if err := os.WriteFile(path, got, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not what it was (go test . -update rewrites it):\n%s", path, diff)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("%v are left behind (%v)", left, err)
	}
}

// The status is the same in every format, strict or not.
func TestStatusInEveryFormat(t *testing.T) {
	for _, flags := range [][]string{{"testdata/acgs"}, {"--exit-zero", "testdata/acgs"}, {"testdata/acgs/services/ac"}, {"testdata/acgs/services/ac", "nowhere.txt"}} {
		want := -1
		for _, f := range report.Formats() {
			status, _, _ := inProcess(t, nil, append([]string{"check", "-q", "--format", f.Name}, flags...)...)
			if want == -1 {
				want = status
			}
			if status != want {
				t.Errorf("%v ends in %d as text and in %d as %s", flags, want, status, f.Name)
			}
		}
	}
}

// A report that is already there is replaced whole and keeps its mode; one that
// cannot be written ends in wrong usage and leaves nothing behind.
func TestOutputIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "reqhash.prom")
	if err := os.WriteFile(path, []byte(strings.Repeat("old\n", 10_000)), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.prom")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	inProcess(t, nil, "check", "-q", "--output", "prometheus="+link, "testdata/acgs")
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte("old\n")) || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, beginning %q", info.Mode(), got[:min(len(got), 40)])
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone (%v, %v)", info, err)
	}

	status, _, stderr := inProcess(t, nil, "check", "-q", "--output", "json="+filepath.Join(dir, "no", "such", "folder.json"), "testdata/acgs")
	if status != report.StatusUsage || !strings.Contains(stderr, "--output json=") {
		t.Errorf("status %d, and it says %q", status, stderr)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("%v are left behind (%v)", left, err)
	}
}

// Under GitHub's runner the annotations go to standard output, and the table is
// added to the summary of the step.
func TestStepSummary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.md")
	if err := os.WriteFile(path, []byte("# before\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": path}
	_, stdout, _ := inProcess(t, env, "check", "-q", "--output", "github=-", "testdata/acgs")
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(got), "# before\n### reqhash: 9 errors") || strings.Count(string(got), "\n| error |") != 9 {
		t.Errorf("the summary is\n%s", got)
	}
	if n := strings.Count(stdout, "\n::error "); n != 8 || !strings.HasPrefix(stdout, "::error ") {
		t.Errorf("standard output is\n%s", stdout)
	}
	// Another format leaves the summary alone.
	inProcess(t, env, "check", "-q", "testdata/acgs")
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, got) {
		t.Errorf("it was written to without --format github (%v)", err)
	}
}

func TestListFormats(t *testing.T) {
	status, _, stderr := inProcess(t, nil, "list", "--format", "sarif", "testdata/acgs")
	if want := fmt.Sprintf("reqhash: list has no format %q; expected text or json\n", "sarif"); status != report.StatusUsage || stderr != want {
		t.Errorf("status %d, and it says %q, want %q", status, stderr, want)
	}
}

// A patch in a pipeline is what git apply takes, whatever FORCE_COLOR says; only
// who asks for colours by name gets them. In the log of a workflow no line of it
// is a command.
func TestPatchInPipeline(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "requirements.txt")
	src := "# ::error::x\n" + strings.Replace(rightSix, "sha256:ff70335d", "sha256:00000000", 1) + "# ##[error]y\n"
	if err := os.WriteFile(path, []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	index, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PIP_INDEX_URL": index, "REQHASH_NO_CACHE": "true", "FORCE_COLOR": "1"}
	status, plain, _ := inProcess(t, env, "fix", "--diff", path)
	if status != report.StatusFindings || !strings.HasPrefix(plain, "--- ") || strings.Contains(plain, "\x1b") {
		t.Errorf("status %d, patch %q", status, plain)
	}
	if _, colored, _ := inProcess(t, env, "fix", "--diff", "--color", "always", path); !strings.Contains(colored, "\x1b[32m+six") || strings.Contains(colored, "##[") {
		t.Errorf("with --color always it is %q", colored)
	}
	env["GITHUB_ACTIONS"] = "true"
	_, guarded, _ := inProcess(t, env, "fix", "--diff", path)
	first, rest, _ := strings.Cut(guarded, "\n")
	word, ok := strings.CutPrefix(first, "::stop-commands::")
	if !ok || rest != plain+"::"+word+"::\n" {
		t.Errorf("in a workflow it is %q", guarded)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != src {
		t.Errorf("--diff has changed the file (%v)", err)
	}
}
