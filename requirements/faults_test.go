package requirements

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// fault is what a test expects: the rule and the bytes it points at.
type fault struct{ rule, at string }

// TestFaults: bytes that fire, what is pointed at, and the bytes after the
// repair (empty when none is offered). "[ ]" before the repair says that it
// changes what is installed.
func TestFaults(t *testing.T) {
	h := func(c string) string { return "--hash=sha256:{" + c + "}" }
	for _, c := range []struct {
		name, src string
		want      []fault
		after     string
	}{
		{"orphan, backslash missing", "a==1\n    " + h("1") + "\n    " + h("2") + "\n",
			[]fault{{ignoredHash, h("1") + "\n    " + h("2")}}, "a==1 \\\n    " + h("1") + " \\\n    " + h("2") + "\n"},
		{"orphan in a list", "a==1 \\\n    " + h("1") + "\n    " + h("2") + "\nb==2\n",
			[]fault{{ignoredHash, h("2")}}, "a==1 \\\n    " + h("1") + " \\\n    " + h("2") + "\nb==2\n"},
		{"blank line in a list", "a==1 \\\n    " + h("1") + " \\\n\n    " + h("2") + "\nb==2\n",
			[]fault{{ignoredHash, h("2")}}, "a==1 \\\n    " + h("1") + " \\\n    " + h("2") + " \\\n\nb==2\n"},
		{"comment line in a list", "a==1 \\\n    " + h("1") + " \\\n    # why\n    " + h("2") + " \\\n    " + h("3") + "\n",
			[]fault{{ignoredHash, h("2") + " \\\n    " + h("3")}}, "a==1 \\\n    " + h("1") + " \\\n    " + h("2") + " \\\n    " + h("3") + " \\\n    # why\n"},
		{"orphan without requirement", h("1") + "\na==1\n", []fault{{ignoredHash, h("1")}}, ""},
		{"orphan behind an include", "-r b.txt\n" + h("1") + "\n", []fault{{ignoredHash, h("1")}}, ""},
		{"orphan behind a comment on the line", "a==1 # c\n    " + h("1") + "\n",
			[]fault{{ignoredHash, h("1")}}, "a==1 \\\n    " + h("1") + " # c\n"},
		{"double carriage return", "a==1 \\\r\r\n    " + h("1") + "\n", []fault{{ignoredHash, h("1")}}, "a==1 \\\n    " + h("1") + " \\\r\r\n"},
		{"behind --", "a==1 -- " + h("1") + "\n", []fault{{ignoredHash, h("1")}}, "a==1 " + h("1") + "\n"},
		{"on an editable", "-e ./p " + h("1") + "\n", []fault{{ignoredHash, h("1")}}, ""},
		{"on an include", "-r b.txt " + h("1") + "\n", []fault{{ignoredHash, h("1")}}, ""},
		{"on a constraint", "-c b.txt " + h("1") + "\n", []fault{{ignoredHash, h("1")}}, ""},
		{"backslash between hashes", "a==1 " + h("1") + " \\ " + h("2") + "\n", []fault{{ignoredHash, "\\ " + h("2")}}, "a==1 " + h("1") + "  " + h("2") + "\n"},
		{"eaten by a comment", "a==1 \\\n    " + h("1") + " # linux \\\n    " + h("2") + "\nb==2\n",
			[]fault{{ignoredHash, h("2")}}, "a==1 \\\n    " + h("1") + " \\\n    " + h("2") + " # linux\nb==2\n"},

		{"tab before the first option", "a==1\t" + h("1") + "\n", []fault{{invalid, "a==1\t" + h("1")}}, "a==1 " + h("1") + "\n"},
		{"tab as indent", "a==1 \\\n\t" + h("1") + "\n", []fault{{invalid, "a==1 \\\n\t" + h("1")}}, "a==1 \\\n " + h("1") + "\n"},
		{"no-break space", "a==1\u00a0" + h("1") + "\n", []fault{{invalid, "a==1\u00a0" + h("1")}}, "a==1 " + h("1") + "\n"},
		{"blank behind the backslash", "a==1 \\ \n    " + h("1") + "\n", []fault{{invalid, "a==1 \\"}}, "a==1 \\\n    " + h("1") + "\n"},
		{"blank behind the backslash in a list", "a==1 " + h("1") + " \\\t\n    " + h("2") + "\n", []fault{{invalid, "a==1 " + h("1") + " \\"}}, "a==1 " + h("1") + " \\\n    " + h("2") + "\n"},
		{"comment behind the backslash", "a==1 \\ # c\n    " + h("1") + "\n", []fault{{invalid, "a==1 \\"}}, "a==1 \\\n    " + h("1") + " # c\n"},
		{"no blank before --hash", "a==1" + h("1") + "\n", []fault{{invalid, "a==1" + h("1")}}, "a==1 " + h("1") + "\n"},
		{"no blank over the line end", "a==1\\\n" + h("1") + "\n", []fault{{invalid, "a==1\\\n" + h("1")}}, "a==1 \\\n" + h("1") + "\n"},
		{"quoted option", "a==1 '" + h("1") + "'\n", []fault{{invalid, "a==1 '" + h("1") + "'"}}, "a==1 " + h("1") + "\n"},
		{"dash of a word processor", "a==1 —hash=sha256:{1}\n", []fault{{invalid, "a==1 —hash=sha256:{1}"}}, "a==1 " + h("1") + "\n"},
		{"one dash", "a==1 -hash=sha256:{1}\n", []fault{{invalid, "a==1 -hash=sha256:{1}"}}, "a==1 " + h("1") + "\n"},
		{"blanks around =", "a==1 --hash = sha256:{1}\n", []fault{{malformed, "--hash ="}}, "a==1 " + h("1") + "\n"},
		{"upper-case algorithm", "a==1 --hash=SHA256:{1}\n", []fault{{malformed, "--hash=SHA256:{1}"}}, "a==1 " + h("1") + "\n"},
		{"algorithm with =", "a==1 --hash=sha256={1}\n", []fault{{malformed, "--hash=sha256={1}"}}, "a==1 " + h("1") + "\n"},
		{"weak algorithm", "a==1 --hash=md5:d41d8cd98f00b204e9800998ecf8427e\n", []fault{{malformed, "--hash=md5:d41d8cd98f00b204e9800998ecf8427e"}}, ""},
		{"single =", "a=1\n", []fault{{invalid, "a=1"}}, ""},
		{"open quote", "a==1 --hash='sha256:{1}\n", []fault{{invalid, "a==1 --hash='sha256:{1}"}}, ""},
		{"removed option", "a==1 --global-option=x\n", []fault{{invalid, "a==1 --global-option=x"}}, ""},

		{"two hashes glued", "a==1 " + h("1") + h("2") + "\n", []fault{{malformed, "sha256:{1}" + h("2")}}, "a==1 " + h("1") + " " + h("2") + "\n"},
		{"glued comment", "a==1 " + h("1") + "# why\n", []fault{{malformed, "sha256:{1}#"}}, "a==1 " + h("1") + " # why\n"},
		{"comma", "a==1 " + h("1") + ",sha256:{2}\n", []fault{{malformed, "sha256:{1},sha256:{2}"}}, "a==1 " + h("1") + " " + h("2") + "\n"},
		{"blank in the value", "a==1 --hash=sha256: {1}\n", []fault{{malformed, "sha256:"}}, "a==1 " + h("1") + "\n"},
		{"invisible character", "a==1 " + h("1") + "\u200b\n", []fault{{malformed, "sha256:{1}\u200b"}}, "a==1 " + h("1") + "\n"},
		{"short", "a==1 --hash=sha256:abc\n", []fault{{malformed, "sha256:abc"}}, ""},
		{"length of another algorithm", "a==1 --hash=sha512:{1}\n", []fault{{malformed, "sha512:{1}"}}, ""},
		{"no digits", "a==1 --hash=sha256:xyz\n", []fault{{malformed, "sha256:xyz"}}, ""},
		{"upper-case digits", "a==1 --hash=sha256:{A}\n", []fault{{ambiguous, "sha256:{A}"}}, "a==1 " + h("a") + "\n"},
		{"twice", "a==1 \\\n  " + h("1") + " \\\n  " + h("2") + " \\\n  " + h("1") + "\n", []fault{{duplicate, "sha256:{1}"}}, "a==1 \\\n  " + h("1") + " \\\n  " + h("2") + "\n"},
		{"twice in either case", "a==1 " + h("a") + " --hash=sha256:{A}\n", []fault{{duplicate, "sha256:{A}"}, {ambiguous, "sha256:{A}"}}, "a==1 " + h("a") + "\n"},

		{"dangling backslash", "a==1 \\\n    " + h("1") + " \\\nb==2 \\\n    " + h("2") + "\n",
			[]fault{{swallowed, "b==2"}}, "[ ]a==1 \\\n    " + h("1") + "\nb==2 \\\n    " + h("2") + "\n"},
		{"dangling backslash, no hashes", "a==1 \\\nb==2\n", []fault{{swallowed, "a==1 \\\nb==2"}}, "[ ]a==1\nb==2\n"},
		{"dangling backslash on an include", "-r b.txt \\\na==1\n", []fault{{swallowed, "a==1"}}, "[ ]-r b.txt\na==1\n"},
		{"marker behind the hash", "a==1 " + h("1") + " ; python_version<'3'\n", []fault{{swallowed, "; python_version<'3'"}}, "[ ]a==1 ; python_version<'3' " + h("1") + "\n"},
		{"marker on a line of its own", "a==1 \\\n    " + h("1") + " \\\n    ; os_name=='x' # c\n", []fault{{swallowed, "; os_name=='x'"}}, "[ ]a==1 ; os_name=='x' \\\n    " + h("1") + " # c\n"},
		{"requirement behind the hash", "a==1 " + h("1") + " b==2\n", []fault{{swallowed, "b==2"}}, ""},
		{"requirement behind an option", "--pre a==1\n", []fault{{swallowed, "a==1"}}, ""},
		{"two files", "-r b.txt c.txt\n", []fault{{swallowed, "c.txt"}}, ""},
		{"requirement eaten by a comment", "a==1 # why \\\nb==2\n", []fault{{swallowed, "b==2"}}, "[ ]a==1 # why\nb==2\n"},
		{"include on a requirement's line", "a==1 -r b.txt\n", []fault{{swallowed, "-r b.txt"}}, ""},
		{"second include", "-r b.txt -r c.txt\n", []fault{{swallowed, "-r c.txt"}}, ""},
		{"marker in a URL", "https://e.x/a.zip;python_version<'3'\n", []fault{{swallowed, ";python_version<'3'"}}, "[ ]https://e.x/a.zip ; python_version<'3'\n"},

		{"option on a requirement's line", "a==1 --prefer-binary\n", []fault{{ambiguous, "--prefer-binary"}}, ""},
		{"option on an include's line", "-r b.txt --pre\n", []fault{{ambiguous, "--pre"}}, ""},
		{"junk", "--pre !\n", []fault{{ambiguous, "!"}}, ""},
		{"second --find-links", "-f a -f b\n", []fault{{ambiguous, "-f b"}}, ""},
		{"second --index-url", "-i https://a\n-i https://b\n", []fault{{ambiguous, "-i https://b"}}, ""},
		{"word over the line end", "a==1 --hash=sha256:1\\\n" + strings.Repeat("1", 63) + "\n", []fault{{ambiguous, "--hash=sha256:1\\\n" + strings.Repeat("1", 63)}}, "a==1 " + h("1") + "\n"},
		{"two names over the line end", "a\\\nb==1\n", []fault{{ambiguous, "a\\\nb==1"}}, "[ ]a\nb==1\n"},
		{"form feed in a comment", "# c\fb==2\n", []fault{{ambiguous, "\f"}}, ""},
		{"line separator in a comment", "a==1 # c\u2028b==2\n", []fault{{ambiguous, "\u2028"}}, ""},
		{"carriage return in a comment", "# c\rb==2\na==1\n", []fault{{ambiguous, "\r"}}, ""},
		{"hashes count no more", "--no-require-hashes\na==1 " + h("1") + "\n", []fault{{hashesOff, "--no-require-hashes"}}, ""},
		{"wide characters", string(wide("a==1\n", le, "\xff\xfe", 2)) + string(wide(h("1")+"\n", le, "", 2)),
			[]fault{{ignoredHash, string(wide(h("1"), le, "", 2))}}, string(wide("a==1 \\\n"+h("1")+"\n", le, "\xff\xfe", 2))},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := expandWide(c.src)
			f := Read("r.txt", []byte(src), ReadOptions{})
			var got, want []string
			for _, x := range f.Faults {
				got = append(got, fmt.Sprintf("%s %q", x.Rule, f.Src()[x.Start:x.End]))
			}
			for _, x := range c.want {
				want = append(want, fmt.Sprintf("%s %q", x.rule, expandWide(x.at)))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("faults of %q:\n%s\nwant:\n%s", src, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			after, changes := strings.CutPrefix(c.after, "[ ]")
			if changes && len(f.RepairEdits(func(t *Fault) bool { return !t.Repair })) > 0 {
				t.Errorf("repaired without being asked: %v", f.RepairEdits(func(t *Fault) bool { return !t.Repair }))
			}
			for round := 0; round < 5; round++ {
				edits := f.RepairEdits(func(t *Fault) bool { return changes || !t.Repair })
				if len(edits) == 0 {
					break
				}
				out, err := Apply(f.Src(), edits)
				if err != nil {
					t.Fatal(err)
				}
				f = Read("r.txt", out, ReadOptions{})
			}
			if after == "" {
				after = src
			} else if len(f.Faults) > 0 {
				t.Errorf("left over in %q: %+v", f.Src(), f.Faults)
			}
			if string(f.Src()) != expandWide(after) {
				t.Errorf("repaired %q\nwant     %q", f.Src(), expandWide(after))
			}
		})
	}
}

// TestNoFaults: bytes that look like a fault and are none.
func TestNoFaults(t *testing.T) {
	h := func(c string) string { return "--hash=sha256:{" + c + "}" }
	for _, src := range []string{
		"",
		"a==1 \\\n    " + h("1") + " \\\n    " + h("2") + "\n    # via b\nb==2\n",
		"a==1 \\\n    " + h("1") + " \\\n    # via b\n",
		"a==1 ; python_version < '3' \\\n    " + h("1") + "\n",
		"a==1 " + h("1") + "\t" + h("2") + " # c\n",
		"a==1 --hash=sha256:'{1}' \\\n--hash \"sha256:{2}\"\n",
		"a==1 # a comment \\\nthat goes on\n",
		"# --hash=sha256:{1}\na==1\n# a==2 \\\nb==2\n",
		"\fa==1\n\f\n# c\f\n# c\f# d\n",
		"a \\\n==1 \\\n" + h("1") + "\n",
		"a[x,y]==1 \\\n    --hash=sha512:" + strings.Repeat("1", 128) + " \\\n    " + h("1") + "\n",
		"a==1 -C x=y " + h("1") + "\n",
		"a==1 --all-releases a " + h("1") + "\n-r b.txt --only-final :all:\n",
		"-i https://a\n--extra-index-url https://b\n-i https://a\n--require-hashes\n--pre\n--no-binary :all:\n",
		"-e ./p\n-e git+https://e.x/a#egg=a\n./b\na @ https://e.x/a.zip ; os_name=='x'\nhttps://e.x/a.zip#sha256={1} ; os_name=='x'\n",
		"-r b.txt\n-c c.txt # d\n",
		"a==1\r\nb==2 \\\r\n    " + h("1") + "\r\n",
		"a==1\rb==2\r",
		"\xef\xbb\xbfa==1 " + h("1") + "\n",
	} {
		src := expandDigits(src)
		if f := Read("r.txt", []byte(src), ReadOptions{}); len(f.Faults) > 0 || f.Err != nil {
			t.Errorf("%q: %+v, %v", src, f.Faults, f.Err)
		}
	}
}

var le = binary.LittleEndian

// expandWide is expandDigits for both widths.
func expandWide(s string) string {
	for _, c := range "0123456789abcdefABCDEF" {
		s = strings.ReplaceAll(s, "{\x00"+string(c)+"\x00}\x00", strings.Repeat(string(c)+"\x00", 64))
	}
	return expandDigits(s)
}
