package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The main job, on the five services of a deployment: check names what is wrong
// and blames nobody else, fix puts it right and touches nothing else, and after
// that there is nothing left to say or to do.
func TestServices(t *testing.T) {
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, part := range []string{"acgs", "index"} {
		if err := os.CopyFS(part, os.DirFS(filepath.Join(here, part))); err != nil {
			t.Fatal(err)
		}
	}
	files := []string{"ac/requirements.txt", "base.txt", "fv/requirements.txt", "gs/requirements.txt", "integrity/requirements.txt", "pgc/requirements.txt"}
	read := func() (all []string) {
		for _, f := range files {
			all = append(all, text(t, filepath.Join("acgs/services", f)))
		}
		return all
	}
	before := read()

	check := reqhash(t, nil, "check", "acgs")
	if check.status != 1 {
		t.Errorf("check ends in %d, want 1", check.status)
	}
	if again := reqhash(t, nil, "check", "acgs"); again != check {
		t.Errorf("the same check says two things:\n%+v\n%+v", check, again)
	}
	for _, want := range []string{
		"services/fv/requirements.txt:5:1: 13 requirements, no hash (lines 5-8, 11-12, 15-21), where 4 files beside it have hashes [no-hashes]",
		"services/gs/requirements.txt:9:5: numpy 1.26.4: its 2 hashes are those of numpy 1.26.3 [hash-mismatch]",
		"services/gs/requirements.txt:17:5: psutil 6.1.0: its only hash is the digest of psutil-6.0.0-",
		"services/gs/requirements.txt:21:5: pytz 2024.2: its only hash is the digest of python_dateutil-2.9.0.post0-py2.py3-none-any.whl",
		"services/gs/requirements.txt:23:5: scikit-learn 1.5.2: one of its 2 hashes, sha256:f8b0ccd4a902…, has 56 characters",
		"services/pgc/requirements.txt:6:5: numpy 1.26.4: one of its 4 hashes, sha256:f25e2811a9c9…, is the digest of numpy-1.26.3-cp311-",
		"services/pgc/requirements.txt:11:1: pandas 2.2.3 has no hash [missing-hash]",
		"services/pgc/requirements.txt:12:1: python-dateutil 2.9.0.post0 has no hash [missing-hash]",
		"services/base.txt:7:1: psutil 6.1.0 has no hash [missing-hash]",
	} {
		if !strings.Contains(check.stdout, want) {
			t.Errorf("check does not say %q:\n%s", want, check.stdout)
		}
	}
	for _, right := range []string{"services/ac/", "services/integrity/"} {
		if strings.Contains(check.stdout, right) {
			t.Errorf("check blames %s:\n%s", right, check.stdout)
		}
	}

	if fix := reqhash(t, nil, "fix", "acgs"); fix.status != 0 {
		t.Errorf("fix: %+v, want status 0", fix)
	}
	after := read()
	for i, file := range files {
		right := strings.HasPrefix(file, "ac/") || strings.HasPrefix(file, "integrity/")
		if right != (before[i] == after[i]) {
			t.Errorf("%s: changed %v, want %v", file, !right, before[i] != after[i])
		}
		if got, want := apartFromHashes([]byte(after[i])), apartFromHashes([]byte(before[i])); got != want {
			t.Errorf("fix changes more of %s than its hashes:\ngot  %q\nwant %q", file, got, want)
		}
	}
	if again := reqhash(t, nil, "fix", "acgs"); again.status != 0 || strings.Contains(again.stdout, "fixed") {
		t.Errorf("a second fix: %+v, want nothing to do", again)
	}
	for i, now := range read() {
		if now != after[i] {
			t.Errorf("a second fix changes %s", files[i])
		}
	}
	if check := reqhash(t, nil, "check", "acgs"); check.status != 0 {
		t.Errorf("check after fix: %+v, want status 0", check)
	}
}
