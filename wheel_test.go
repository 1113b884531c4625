package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWheel builds the wheel twice, holds it against its own list of contents,
// and installs it in a virtual environment without a network: reqhash is there,
// runs, and goes again.
func TestWheel(t *testing.T) {
	python := needs(t, "python3")
	bin := built(t)
	build := func(version string) ([]byte, string) {
		dir := t.TempDir()
		out, err := exec.Command(python, ".ci/wheel.py", version, dir, "linux/amd64="+bin).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		path := strings.TrimSpace(string(out))
		wheel, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return wheel, path
	}
	wheel, path := build("v1.2.3-rc.4")
	if again, _ := build("1.2.3-rc.4"); !bytes.Equal(wheel, again) {
		t.Error("built twice it is two wheels")
	}
	if want := "reqhash-1.2.3rc4-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl"; filepath.Base(path) != want {
		t.Errorf("it is called %s, want %s", filepath.Base(path), want)
	}
	if out, err := exec.Command(python, ".ci/wheel.py", "latest", t.TempDir(), "linux/amd64="+bin).CombinedOutput(); err == nil {
		t.Errorf("%q is taken for a version: %s", "latest", out)
	}

	files, err := zip.NewReader(bytes.NewReader(wheel), int64(len(wheel)))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		content[f.Name] = string(text)
	}
	listed := 0
	for line := range strings.Lines(content["reqhash-1.2.3rc4.dist-info/RECORD"]) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ",")
		listed++
		if strings.HasSuffix(name, "/RECORD") {
			continue
		}
		sum := sha256.Sum256([]byte(content[name]))
		if want := fmt.Sprintf("sha256=%s,%d", base64.RawURLEncoding.EncodeToString(sum[:]), len(content[name])); rest != want {
			t.Errorf("RECORD has %q for %s, want %q", rest, name, want)
		}
	}
	if listed != len(content) {
		t.Errorf("RECORD lists %d of %d files", listed, len(content))
	}

	venv := filepath.Join(t.TempDir(), "venv")
	if out, err := exec.Command(python, "-m", "venv", venv).CombinedOutput(); err != nil {
		if os.Getenv("REQHASH_E2E") == "" {
			t.Skipf("python3 makes no virtual environment: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	pip := func(args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(venv, "bin", "python"), append([]string{"-m", "pip", "--isolated", "--disable-pip-version-check"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("pip %q: %v: %s", args, err, out)
		}
	}
	pip("install", "--no-index", path)
	pip("check")
	installed := filepath.Join(venv, "bin", "reqhash")
	out, err := exec.Command(installed, "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "reqhash ") {
		t.Errorf("%v: %s", err, out)
	}
	pip("uninstall", "--yes", "reqhash")
	if _, err := os.Stat(installed); !os.IsNotExist(err) {
		t.Errorf("it is still there (%v)", err)
	}
}
