package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// wheel is a page of the Simple API with one file, whose digest is all ones.
var wheel = fmt.Sprintf(`{"meta": {"api-version": "1.1"}, "name": "lamp", "files": [{"filename": "lamp-1.0-py3-none-any.whl",
	"url": "lamp-1.0-py3-none-any.whl", "hashes": {"sha256": "%s"}}]}`, strings.Repeat("1", 64))

const unhashed = "--require-hashes\nlamp==1.0\n"

var hashed = unhashed[:len(unhashed)-1] + " \\\n    --hash=sha256:" + strings.Repeat("1", 64) + "\n"

// serve is an index that gives every project that page, after before was called.
func serve(t *testing.T, before func()) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before()
		}
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		fmt.Fprint(w, wheel)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/simple"
}

// A file of 200 MB is no requirements file: it is refused before it fills the
// memory, whether it is named or comes by a pipe.
func TestLargeFile(t *testing.T) {
	folder(t, map[string]string{"requirements.txt": ""})
	if err := os.Truncate("requirements.txt", 200_000_000); err != nil { // zeros that take no room
		t.Fatal(err)
	}
	got := reqhash(t, nil, "check", "requirements.txt")
	want := "requirements.txt: it is larger than 128 MiB, as no requirements file is\n"
	if got.status != 1 || got.stdout != want {
		t.Errorf("got %+v, want status 1 and %q", got, want)
	}
}

// What changes while the index is asked is left alone, and said.
func TestChangedMeanwhile(t *testing.T) {
	folder(t, map[string]string{"requirements.txt": unhashed})
	const changed = unhashed + "# a line that somebody has just saved\n"
	address := serve(t, func() {
		if err := os.WriteFile("requirements.txt", []byte(changed), 0o666); err != nil {
			t.Error(err)
		}
	})
	got := reqhash(t, nil, "fix", "--index-url", address)
	want := `requirements.txt: not written, it stays as it was: the file has changed since it was read: run "reqhash fix" again` + "\n"
	if got.status != 1 || !strings.HasPrefix(got.stdout, want) {
		t.Errorf("got %+v, want status 1 and first %q", got, want)
	}
	if now := text(t, "requirements.txt"); now != changed {
		t.Errorf("the file holds %q, want %q", now, changed)
	}
	only(t, "requirements.txt")
}

// What vanishes while the index is asked does not come back.
func TestVanishedMeanwhile(t *testing.T) {
	folder(t, map[string]string{"requirements.txt": unhashed})
	address := serve(t, func() { os.Remove("requirements.txt") })
	got := reqhash(t, nil, "fix", "--index-url", address)
	const want = "requirements.txt: not written: it has vanished since it was read\n"
	if got.status != 1 || !strings.HasPrefix(got.stdout, want) {
		t.Errorf("got %+v, want status 1 and first %q", got, want)
	}
	only(t)
}

// A file that its owner has protected, or one in a protected folder, is not
// replaced, and the other files of the run are.
func TestProtected(t *testing.T) {
	for _, at := range []string{"a/requirements.txt", "a"} {
		t.Run(filepath.Base(at), func(t *testing.T) {
			folder(t, map[string]string{"a/requirements.txt": unhashed, "b/requirements.txt": unhashed})
			protect(t, at)
			got := reqhash(t, nil, "fix", "--index-url", serve(t, nil))
			const want = "a/requirements.txt: not written, it stays as it was: "
			if got.status != 1 || !strings.HasPrefix(got.stdout, want) || !strings.Contains(got.stdout, "protected\n") {
				t.Errorf("got %+v, want status 1 and first %q", got, want)
			}
			if now := text(t, "a/requirements.txt"); now != unhashed {
				t.Errorf("the protected file holds %q", now)
			}
			if now := text(t, "b/requirements.txt"); now != hashed {
				t.Errorf("the other file holds %q, want %q", now, hashed)
			}
		})
	}
}

// protect takes away the right to write at a path until the test ends. Root is
// stopped by no mode, only by an attribute that not every file system has.
func protect(t *testing.T, path string) {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chattr", "+i", path).CombinedOutput(); err != nil {
			t.Skipf("root may write everywhere, and chattr +i does not work: %v %s", err, out)
		}
		t.Cleanup(func() {
			if out, err := exec.Command("chattr", "-i", path).CombinedOutput(); err != nil {
				t.Errorf("chattr -i: %v %s", err, out)
			}
		})
		return
	}
	if runtime.GOOS == "windows" {
		t.Skip("modes are no protection here")
	}
	if err := os.Chmod(path, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, 0o777) })
}

// A file that may not be read is an error of its own, and hides no other.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("modes stop nobody here")
	}
	folder(t, map[string]string{"a/requirements.txt": unhashed, "b/requirements.txt": unhashed})
	if err := os.Chmod("a/requirements.txt", 0); err != nil {
		t.Fatal(err)
	}
	got := reqhash(t, nil, "check", "-q", "--index-url", serve(t, nil))
	if got.status != 1 || !strings.HasPrefix(got.stdout, "a/requirements.txt: permission denied\n") || !strings.Contains(got.stdout, "b/requirements.txt:2:1: lamp 1.0 has no hash") {
		t.Errorf("got %+v", got)
	}
}

// On a full disk the old file stays whole, and nothing lies beside it.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("a small file system can be mounted by root on Linux only")
	}
	folder(t, map[string]string{"full/requirements.txt": ""})
	full, err := filepath.Abs("full")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", full).CombinedOutput(); err != nil {
		t.Skipf("mounting a small file system: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", full).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	t.Chdir("full")
	if err := os.WriteFile("requirements.txt", []byte(unhashed), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("rest", make([]byte, 64<<10), 0o666); err == nil {
		t.Fatal("the small file system is not small")
	}
	got := reqhash(t, nil, "fix", "--index-url", serve(t, nil))
	const want = "requirements.txt: not written, it stays as it was: no space left on device\n"
	if got.status != 1 || !strings.HasPrefix(got.stdout, want) {
		t.Errorf("got %+v, want status 1 and first %q", got, want)
	}
	if now := text(t, "requirements.txt"); now != unhashed {
		t.Errorf("the file holds %q, want %q", now, unhashed)
	}
	only(t, "requirements.txt", "rest")
}

// A kill at any moment leaves the old file or the new one, never a part.
func TestKilled(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("kills a process many times")
	}
	folder(t, map[string]string{"requirements.txt": unhashed})
	address := serve(t, nil)
	env := append(environ(func(string) bool { return false }), "HOME="+t.TempDir(), "PIP_CONFIG_FILE="+os.DevNull)
	fix := func() *exec.Cmd {
		cmd := exec.Command("reqhash", "fix", "--index-url", address)
		cmd.Env = env
		return cmd
	}
	start := time.Now()
	if out, err := fix().CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const kills = 24
	whole := time.Since(start)
	for i := range kills {
		if err := os.WriteFile("requirements.txt", []byte(unhashed), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := fix()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(whole*time.Duration(i)/kills, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
		if now := text(t, "requirements.txt"); now != unhashed && now != hashed {
			t.Fatalf("killed after %d/%d of its time, it leaves %q", i, kills, now)
		}
	}
}

// An interrupt ends with status 130, at once, and leaves the files as they were.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process can be interrupted here")
	}
	folder(t, map[string]string{"requirements.txt": unhashed})
	asked, release := make(chan struct{}, 16), make(chan struct{})
	address := serve(t, func() {
		asked <- struct{}{}
		<-release
	})
	t.Cleanup(func() { close(release) })
	var stderr strings.Builder
	cmd := exec.Command("reqhash", "fix", "--index-url", address)
	cmd.Env = append(environ(func(string) bool { return false }), "HOME="+t.TempDir(), "PIP_CONFIG_FILE="+os.DevNull)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	<-asked
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 || stderr.String() != "reqhash: interrupted\n" {
		t.Errorf("status %d, %q; want 130 and that it was interrupted", got, stderr.String())
	}
	if now := text(t, "requirements.txt"); now != unhashed {
		t.Errorf("the file holds %q, want %q", now, unhashed)
	}
	only(t, "requirements.txt")
}
