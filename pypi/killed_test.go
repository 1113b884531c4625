package pypi

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// killedBody is a record's body that can be told to be whole.
func killedBody(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%08d", i), 500+i%500) }

// TestWriteUntilKilled is no test: it is what TestKilled kills.
func TestWriteUntilKilled(t *testing.T) {
	path := os.Getenv("REQHASH_TEST_JOURNAL")
	if path == "" {
		return
	}
	for round := 0; ; round++ {
		j, err := openJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		j.tidy = func(bodies [][]byte) []bool {
			useful := make([]bool, len(bodies))
			useful[len(bodies)-1] = true
			return useful
		}
		for i := range 100 {
			if err := j.put(j.key(fmt.Sprint(i)), killedBody(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.flush(); err != nil {
			t.Fatal(err)
		}
		fmt.Print(".")
	}
}

// A process that is killed while it writes leaves what was there before, and
// nothing that is half a record.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	for kill := 1; kill <= 8; kill++ {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWriteUntilKilled$")
		cmd.Env = append(os.Environ(), "REQHASH_TEST_JOURNAL="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, kill)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		j, err := openJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			bodies := j.bodies(j.key(fmt.Sprint(i)))
			if len(bodies) == 0 {
				t.Fatalf("kill %d: record %d is lost", kill, i)
			}
			for _, body := range bodies {
				if !bytes.Equal(body, killedBody(i)) {
					t.Fatalf("kill %d: record %d is another", kill, i)
				}
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d unfinished files are left", len(left))
}
