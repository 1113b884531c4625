package requirements

import "testing"

// TestProofreadRepair: a repair after which pip refuses a line, or without being
// asked reads another one, does not pass.
func TestProofreadRepair(t *testing.T) {
	h := func(c string) string { return "--hash=sha256:{" + c + "}" }
	for _, c := range []struct {
		name, src, after string
		repair, ok       bool
	}{
		{"hashes made readable", "a==1\n  " + h("1") + "\nb==2\n", "a==1 \\\n  " + h("1") + "\nb==2\n", false, true},
		{"refused line cured", "a==1\t" + h("1") + "\nb==2\n", "a==1 " + h("1") + "\nb==2\n", false, true},
		{"refused line refused still", "a=1\nb==2\n  " + h("1") + "\n", "a=1\nb==2 \\\n  " + h("1") + "\n", false, true},
		{"taken line refused", "a==1 " + h("1") + "\n", "a==1 --hash=\n", false, false},
		{"taken line refused on request", "a==1 " + h("1") + "\n", "a==1 --hash=\n", true, false},
		{"requirement appears", "a==1 \\\n  " + h("1") + " \\\nb==2\n", "a==1 \\\n  " + h("1") + "\nb==2\n", false, false},
		{"requirement appears on request", "a==1 \\\n  " + h("1") + " \\\nb==2\n", "a==1 \\\n  " + h("1") + "\nb==2\n", true, true},
		{"requirement vanishes", "a==1\nb==2\n", "a==1\n", false, false},
		{"pin differs", "a==1\n", "a==12\n", false, false},
		{"marker differs", "a==1 ; os_name=='x'\n", "a==1 ; os_name=='y'\n", false, false},
		{"option differs", "-i https://a\n", "-i https://b\n", false, false},
		{"target differs", "-r a.txt\n", "-r b.txt\n", false, false},
		{"cannot be read", "# a\n", "# \xff\n", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Read("r.txt", []byte(expandDigits(c.src)), ReadOptions{})
			after := expandDigits(c.after)
			got, err := repairedBytes(f, []Edit{{0, len(f.Src()), after}}, c.repair, ReadOptions{})
			if (err == nil) != c.ok || err == nil && string(got) != after {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
