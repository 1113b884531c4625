package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the wanted output in testdata/script; read the diff")

// TestMain makes this test binary the tool when it is called reqhash. Its clock
// stands still, so that a summary can be compared.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"reqhash": func() {
			noon := time.Date(2026, time.September, 1, 12, 0, 0, 0, time.UTC)
			os.Exit(process(func() time.Time { return noon }))
		},
	})
}

// TestScripts runs the stories of testdata/script. Each begins in a folder of
// its own with the files that stand below its commands. Beside them lies
// "index", the recorded facts of the package index, and "files", to which these
// point, unless the story brings an index of that name. pip is configured to ask that folder (PIP_INDEX_URL), so
// that no story reaches the network; nothing else of the environment is there.
func TestScripts(t *testing.T) {
	recorded, err := filepath.Abs("testdata/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, ".git"), 0o777); err != nil { // no configuration is searched above
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		WorkdirRoot:         root,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			given, err := contents(env.WorkDir)
			if err != nil {
				return err
			}
			env.Values[givenKey{}] = given
			index := filepath.Join(env.WorkDir, "index")
			env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
			env.Setenv("PIP_CONFIG_FILE", os.DevNull)
			env.Setenv("PIP_INDEX_URL", index)
			if _, err := os.Lstat(index); err == nil {
				return nil
			}
			if err := os.Symlink(filepath.Join(filepath.Dir(recorded), "files"), filepath.Join(env.WorkDir, "files")); err != nil {
				return err
			}
			return os.Symlink(recorded, index)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "untouched": untouched},
	})
}

// exits STATUS COMMAND ARGUMENT...: run the command, which must end with
// exactly that status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// givenKey is the key of the files that a story begins with: what they hold, by
// path.
type givenKey struct{}

// contents is what the files below a folder hold, by path.
func contents(dir string) (map[string]string, error) {
	files := map[string]string{}
	return files, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		src, err := os.ReadFile(path)
		files[path] = string(src)
		return err
	})
}

// untouched FILE...: the files hold what the story gave them.
func untouched(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: untouched FILE...")
	}
	given := ts.Value(givenKey{}).(map[string]string)
	for _, file := range args {
		want, ok := given[ts.MkAbs(file)]
		if !ok {
			ts.Fatalf("the story gives no %s", file)
		}
		if got := ts.ReadFile(file); got != want {
			ts.Fatalf("%s is not what it was:\ngot  %q\nwant %q", file, got, want)
		}
	}
}
