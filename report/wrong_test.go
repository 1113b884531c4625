package report

import "testing"

// A slip of an editor is shown where it is; what differs in more than a few digits
// is none that one could see.
func TestDiffering(t *testing.T) {
	const meant = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ name, hash, got, want string }{
		{"one digit", "sha256:0123456789abcdef0123456789abcdef0123456789ab0def0123456789abcdef", "…6789ab[0]def012…", "…6789ab[c]def012…"},
		{"the first", "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "[1]123456…", "[0]123456…"},
		{"in upper case", "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcde0", "…9abcde[0]", "…9abcde[f]"},
		{"one too many", "sha256:00123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0[0]123456…", "0[]123456…"},
		{"two swapped", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdfe", "…89abcd[fe]", "…89abcd[ef]"},
		{"another digest", "sha256:0123456789abcdef" + "ffffffffffffffffffffffffffffffffffffffffffffffff", "", ""},
		{"no algorithm", "0123", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want, ok := differing(c.hash, meant)
			if got != c.got || want != c.want || ok != (c.got != "") {
				t.Errorf("got %q and %q (%v), want %q and %q", got, want, ok, c.got, c.want)
			}
		})
	}
}
