package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What Diff writes is taken by git apply and by patch, and gives the very bytes.
func TestDiff(t *testing.T) {
	tests := []struct{ name, path, old, new string }{
		{"plain", "r.txt", "a==1\nb==2\n", "a==1 --hash=x\nb==2\n"},
		{"folder", "services/api/r.txt", "a==1\n", "a==1 \\\n    --hash=x\n"},
		{"CRLF", "r.txt", "a==1\r\nb==2\r\n", "a==1 \\\r\n    --hash=x\r\nb==2\r\n"},
		{"no newline at the end", "r.txt", "a==1", "a==1 --hash=x"},
		{"newline comes", "r.txt", "a==1\nb==2", "a==1\nb==2 \\\n    --hash=x\n"},
		{"BOM", "r.txt", "\xef\xbb\xbfa==1\n", "\xef\xbb\xbfa==1 --hash=x\n"},
		{"blanks in the name", "my services/r 1.txt", "a==1\n", "a==2\n"},
		{"letters", "dienste/prüfung.txt", "a==1\n", "a==2\n"},
		{"quotes and backslashes", `a "b" \c.txt`, "a==1\n", "a==2\n"},
		{"newline in the name", "a\n+++ b.txt", "a==1\n", "a==2\n"},
		{"workflow commands", "r.txt", "::error::x\n##[error]y\na==1\n::add-mask::z", "::error::x\n##[error]y\na==2\n::add-mask::z"},
		{"latin-1", "r.txt", "# \xe4\na==1\n", "# \xe4\na==2\n"},
	}
	appliers := map[string][]string{
		"git":   {"git", "apply", "-"},
		"patch": {"patch", "-p0", "--binary"},
	}
	for _, test := range tests {
		for name, command := range appliers {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				program := tool(t, command[0])
				dir := t.TempDir()
				path := filepath.Join(dir, filepath.FromSlash(test.path))
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(test.old), 0o666); err != nil {
					t.Fatal(err)
				}
				var patch bytes.Buffer
				if err := Diff(&patch, test.path, []byte(test.old), []byte(test.new)); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(program, command[1:]...)
				cmd.Dir, cmd.Stdin = dir, bytes.NewReader(Guarded(patch.Bytes()))
				cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s\n%s", err, out, patch.Bytes())
				}
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != test.new {
					t.Errorf("got %q, want %q; the patch is\n%s", got, test.new, patch.Bytes())
				}
			})
		}
	}
}

// People see a patch without what a terminal would act on.
func TestShowPatch(t *testing.T) {
	const patch = "--- ./r.txt\n+++ ./r.txt\n@@ -1 +1 @@\n-a==1\x1b[2J\r\n+a==2\r\n b\n"
	for color, want := range map[bool]string{
		false: "--- ./r.txt\n+++ ./r.txt\n@@ -1 +1 @@\n-a==1\\x1b[2J\n+a==2\n b\n",
		true:  "\x1b[1m--- ./r.txt\x1b[0m\n\x1b[1m+++ ./r.txt\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-a==1\\x1b[2J\x1b[0m\n\x1b[32m+a==2\x1b[0m\n b\n",
	} {
		var out strings.Builder
		if err := ShowPatch(&out, []byte(patch), color); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("colour %t: got %q, want %q", color, out.String(), want)
		}
	}
}

// In the log of a workflow no line of a patch is a command, and one that holds
// none is as it was.
func TestGuarded(t *testing.T) {
	const plain = "--- ./r.txt\n+++ ./r.txt\n@@ -1 +1 @@\n-a==1\n+a==2\n"
	if got := string(Guarded([]byte(plain))); got != plain {
		t.Errorf("it becomes %q", got)
	}
	for _, line := range []string{" ::error::x\n", "-##[error]x\n"} {
		got := string(Guarded([]byte(plain + line)))
		first, rest, _ := strings.Cut(got, "\n")
		word, ok := strings.CutPrefix(first, "::stop-commands::")
		if !ok || rest != plain+line+"::"+word+"::\n" {
			t.Errorf("%q becomes %q", plain+line, got)
		}
	}
	var shown strings.Builder
	if err := ShowPatch(&shown, []byte(" ::error::x\n ##[error]y\n"), false); err != nil {
		t.Fatal(err)
	}
	if want := " \\x3a:error::x\n \\x23#[error]y\n"; shown.String() != want {
		t.Errorf("people see %q, want %q", shown.String(), want)
	}
}
