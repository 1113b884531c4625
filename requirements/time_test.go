package requirements

import (
	"strings"
	"testing"
	"time"
)

// TestLongLines: the faults of one long line take no longer than its length
// warrants.
func TestLongLines(t *testing.T) {
	if every > 1 {
		t.Skip("the race detector makes it slow")
	}
	h := " --hash=sha256:" + strings.Repeat("1", 64)
	for name, src := range map[string]string{
		"glued #":             "a==1" + strings.Repeat(h+"#", 8000) + "\n",
		"swallowed hashes":    "a==1 # c \\\n" + strings.Repeat(h[1:]+" \\\n", 32000),
		"repeated":            "a==1" + strings.Repeat(h, 60000) + "\n",
		"malformed":           "a==1" + strings.Repeat(" --hash=sha256:x", 60000) + "\n",
		"form feeds":          "# " + strings.Repeat("\fx", 60000) + "\n",
		"glued requirements":  "a==1" + strings.Repeat(h+"b==2", 8000) + "\n",
		"glued markers":       "a==1" + strings.Repeat(h+";os_name=='x'", 8000) + "\n",
		"glued over line end": "a==1" + strings.Repeat(h+"\\\n-r x", 8000) + "\n",
	} {
		start := time.Now()
		f := Read("r.txt", []byte(src), ReadOptions{})
		f.RepairEdits(func(*Fault) bool { return true })
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s: %v for %d bytes", name, d, len(src))
		} else {
			t.Logf("%s: %v", name, d)
		}
	}
}
