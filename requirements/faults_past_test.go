package requirements

import (
	"strings"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// TestGluedToADigest: what is glued to a whole digest is reported, parted from
// it where that is certain, and never overwritten.
func TestGluedToADigest(t *testing.T) {
	h := func(c string) string { return "--hash=sha256:{" + c + "}" }
	for _, c := range []struct{ name, src, after string }{
		{"dangling backslash without a blank", "b==2 \\\n    " + h("3") + "\\\na==1 \\\n    " + h("1") + "\n", "b==2 \\\n    " + h("3") + "\na==1 \\\n    " + h("1") + "\n"},
		{"two files", "a==1 " + h("1") + "b==2 " + h("3") + "\n", "a==1 " + h("1") + "\nb==2 " + h("3") + "\n"},
		{"two files, carriage returns", "c==1\r\na==1 " + h("1") + "c==2 " + h("3") + "\r\n", "c==1\r\na==1 " + h("1") + "\r\nc==2 " + h("3") + "\r\n"},
		{"marker", "a==1 " + h("1") + ";os_name=='nt'\n", "a==1 ;os_name=='nt' " + h("1") + "\n"},
		{"marker with blanks", "a==1 " + h("2") + " " + h("1") + "; os_name == 'nt' " + h("3") + "\n", "a==1 ; os_name == 'nt' " + h("2") + " " + h("1") + " " + h("3") + "\n"},
		{"marker behind a marker", "a==1 ; os_name=='x' " + h("1") + ";os_name=='nt'\n", ""},
		{"option", "a==1 " + h("1") + "\\\n--index-url=https://evil/\n", "a==1 " + h("1") + "\n--index-url=https://evil/\n"},
		{"include", "a==1 " + h("1") + "\\\n-r other.txt\n", "a==1 " + h("1") + "\n-r other.txt\n"},
		{"URL", "a==1 " + h("1") + "\\\nb @ https://x/b.whl\n", "a==1 " + h("1") + "\nb @ https://x/b.whl\n"},
		{"name of digits over a line end", "a==1 " + h("1") + "\\\nfab\n", "a==1 " + h("1") + "\nfab\n"},
		{"name on the same line", "a==1 " + h("1") + "requests\n", ""},
		{"quoted", "a==1 --hash=\"sha256:{1}\"b==2\n", ""},
		{"junk", "a==1 " + h("1") + "!\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := expandDigits(c.src)
			f := Read("r.txt", []byte(src), ReadOptions{})
			found := false
			for _, x := range f.Faults {
				found = found || x.Rule == swallowed && x.Repair
			}
			if !found {
				t.Fatalf("faults: %+v", f.Faults)
			}
			if e := f.RepairEdits(func(t *Fault) bool { return !t.Repair }); len(e) > 0 {
				t.Errorf("repaired without being asked: %v", e)
			}
			five, _ := packaging.ParseDigest(expandDigits("sha256:{5}"))
			for i, l := range f.Lines {
				if !l.Lists(packaging.Digest{}) {
					continue
				}
				if e, err := f.SetHashes(i, []packaging.Digest{five}); err == nil {
					out, _ := Apply(f.Src(), e)
					t.Errorf("line %d: written over: %q", l.First, out)
				}
			}
			for range 5 {
				out, err := Apply(f.Src(), f.RepairEdits(func(t *Fault) bool { return true }))
				if err != nil {
					t.Fatal(err)
				}
				f = Read("r.txt", out, ReadOptions{})
			}
			if c.after == "" {
				c.after = c.src
			} else if len(f.Faults) > 0 {
				t.Errorf("left over: %+v", f.Faults)
			}
			if want := expandDigits(c.after); string(f.Src()) != want {
				t.Errorf("repaired %q\nwant     %q", f.Src(), want)
			}
		})
	}
}

// TestSeams: a word over a line end is joined only where it is one hash.
func TestSeams(t *testing.T) {
	h := func(c string) string { return "--hash=sha256:{" + c + "}" }
	for _, c := range []struct {
		src, after string
		repair     bool
	}{
		{"a==1\\\n2 " + h("1") + "\n", "", true},
		{"a==1 --ha\\\nsh=sha256:{1}\n", "a==1 --hash=sha256:{1}\n", false},
		{"a==1 --hash \\\nsha256:1\\\n" + strings.Repeat("1", 63) + "\n", "a==1 --hash \\\nsha256:" + strings.Repeat("1", 64) + "\n", false},
		{"--index-url=https://a/\\\nsimple\n", "", true},
		// What a repair would break has none.
		{"a==1 " + h("1") + " \\ --hash= sha256:{2}\n", "", false},
		{"c===3 " + h("4") + " \\ --hash = sha256:{4}\n", "", false},
		{"\\b==2 " + h("3") + " \\\n    " + h("3") + "\n", "", false},
	} {
		src := expandDigits(c.src)
		f := Read("r.txt", []byte(src), ReadOptions{})
		if len(f.Faults) == 0 {
			t.Errorf("%q: no fault", src)
		}
		out, err := Apply(f.Src(), f.RepairEdits(func(t *Fault) bool { return c.repair || !t.Repair }))
		if err != nil {
			t.Fatal(err)
		}
		if c.after == "" {
			c.after = c.src
		}
		if want := expandDigits(c.after); string(out) != want {
			t.Errorf("repaired %q\nwant     %q", out, want)
		}
	}
}
