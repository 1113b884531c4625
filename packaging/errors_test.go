package packaging

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors holds what is said of a text that is refused, and where.
func TestErrors(t *testing.T) {
	requirement := func(s string) error { _, err := ParseRequirement(s); return err }
	specifiers := func(s string) error { _, err := ParseSpecifiers(s); return err }
	version := func(s string) error { _, err := ParseVersion(s); return err }
	const (
		operators = "one of the operators == != <= >= < > ~= ==="
		afterPin  = "a comma, a semicolon or the end after the version"
		afterName = "an operator, a semicolon or the end after the name"
		term      = "a variable or a quoted text"
	)
	for _, test := range []struct {
		read     func(string) error
		text     string
		offset   int
		expected string
	}{
		{requirement, "", 0, "a project name"},
		{requirement, "  -a", 2, "a project name"},
		{requirement, "\ufeffa==1", 0, "a project name"},
		{requirement, "a = 1", 2, `the operator "==" (a single "=" is none)`},
		{requirement, "a=1", 1, `the operator "==" (a single "=" is none)`},
		{requirement, "a==", 3, "a version"},
		{requirement, "a== foo", 4, "a version"},
		{requirement, "a~=1", 3, "a version of at least two numbers"},
		{requirement, "a b", 2, afterName},
		{requirement, "a/b", 1, afterName},
		{requirement, "a==1 --hash=sha256:0", 5, afterPin},
		{requirement, "a==1#c", 4, afterPin},
		{requirement, "a==1 =2", 5, afterPin},
		{requirement, "a==1,,", 5, afterPin},
		{requirement, "é==1", 0, "a project name"},
		{requirement, "a==1é", 3, "a version"},
		{requirement, "a>1, == 1.0-custom", 8, "a version"},
		{requirement, "a===1,b", 6, operators},
		{requirement, "a>=1.*", 4, `the end of the version (".*" may follow numbers alone, after == or !=)`},
		{requirement, "a>=1+x", 4, "the end of the version (a local label may follow == or != only)"},
		{requirement, "a (==1", 6, `")"`},
		{requirement, "a (==1 b)", 7, `a comma or ")" after the version`},
		{requirement, "a (==1), <2", 7, `a semicolon or the end after ")"`},
		{requirement, "a[x", 3, `a comma or "]" after an extra`},
		{requirement, "a[", 2, `the name of an extra or "]"`},
		{requirement, "a[x,]", 4, "the name of an extra"},
		{requirement, "a @ ", 4, `a URL after "@"`},
		{requirement, "a @ u v", 6, "a semicolon or the end after the URL and a blank"},
		{requirement, "a;", 2, term},
		{requirement, "a; os_name", 10, "an operator: == != <= >= < > ~= === in, not in"},
		{requirement, "a; os_name == posix", 14, term},
		{requirement, "a; os_name == 'x", 14, "a quoted text that is closed"},
		{requirement, "a; os_name not 'x'", 15, `"in" after "not"`},
		{requirement, "a; os_name not-in 'x'", 14, `a blank and "in" after "not"`},
		{requirement, "a; os_name == '\\x4'", 15, "a character or an escape that Python allows in a string"},
		{requirement, "a; os_name == 'x' b", 18, `"and", "or" or the end after the comparison`},
		{requirement, "a; os_name == 'x' andextra == 'b'", 18, `"and", "or" or the end after the comparison`},
		{requirement, "a; 'x' inextra", 7, "an operator: == != <= >= < > ~= === in, not in"},
		{requirement, "a; (os_name == 'x'", 18, `"and", "or" or ")" after the comparison`},
		{requirement, "a; " + strings.Repeat("(", 201), 204, "fewer parentheses inside one another"},
		{specifiers, ">=1, foo", 5, operators},
		{specifiers, "==1, =2", 5, `the operator "==" (a single "=" is none)`},
		{specifiers, "==1 2", 4, "a comma or the end after the version 1"},
		{specifiers, ">=1, ==", 7, "a version"},
		{specifiers, ">=1, == 1.0_x", 8, "a version"},
		{version, "", 0, "a version, which begins with a number"},
		{version, "\tv", 1, "a version, which begins with a number"},
		{version, " 1.0-custom", 1, "a version"},
		{version, " 1.0 custom", 4, "the end of the version"},
		{version, "1.0.", 3, "the end of the version"},
	} {
		err := test.read(test.text)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q gives the error %v, want a SyntaxError", test.text, err)
		} else if e.Text != test.text || e.Offset != test.offset || e.Expected != test.expected {
			t.Errorf("%q gives %q at byte %d of %q, want %q at %d", test.text, e.Expected, e.Offset, e.Text, test.expected, test.offset)
		}
	}
}

// TestLongNumbers holds that a number has as many digits as Python turns into one, and is compared digit by digit.
func TestLongNumbers(t *testing.T) {
	nines, zeros := strings.Repeat("9", 4300), strings.Repeat("0", 4301)
	for text, ok := range map[string]bool{
		nines: true, nines + "9": false, "1." + nines + "9": false, zeros: false, "1.0+" + zeros: false, "1.0+x" + zeros: true, "1.0+" + zeros + "x": true, "1.0a" + zeros: false,
		strings.Repeat("1.", 5000) + "1": true,
	} {
		if _, err := ParseVersion(text); (err == nil) != ok {
			t.Errorf("ParseVersion(%.20q..., %d bytes) gives the error %v", text, len(text), err)
		}
	}
	a, b := mustVersion(t, "1."+nines[:20]+"8"), mustVersion(t, "1."+nines[:21])
	if a.Compare(b) != -1 || b.Compare(a) != +1 {
		t.Errorf("Compare(%q, %q) = %d", a, b, a.Compare(b))
	}
}

// TestZeroValues holds that the zero values are none, and that nothing panics on them.
func TestZeroValues(t *testing.T) {
	var v Version
	one := mustVersion(t, "1")
	if !v.IsZero() || v.String() != "" || v.Key() != "" || v.Local() != "" || v.Prerelease() || !v.Public().IsZero() || v.Compare(one) != -1 || one.Compare(v) != 1 || v.Compare(v) != 0 {
		t.Errorf("the zero Version is %q", v)
	}
	if (Specifiers{{">=", "1"}}).Contains(v) || (Specifier{}).Matches(one) || (Specifier{"==", "x"}).Matches(one) {
		t.Error("a clause that is none, or is met by no version, is met")
	}
	if version, ok := (Specifiers{}).Pin(); ok {
		t.Errorf("no clause pins %q", version)
	}
	var m Marker
	if ok, err := m.Match(nil, nil); !m.IsZero() || !ok || err != nil || m.String() != "" || !m.Evaluate(nil, []string{"x"}) {
		t.Errorf("the zero Marker is %q, %t, %v", m, ok, err)
	}
	var target Target
	if !target.IsZero() || target.String() != "" || len(target.platforms()) != 0 {
		t.Errorf("the zero Target is %q", target)
	}
	target.Tags()
	target.Environment()
}
