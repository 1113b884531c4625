package packaging

import (
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// seed adds the first column of a table.
func seed(f *testing.F, tables ...string) {
	f.Helper()
	for _, table := range tables {
		rows := recorded(f, table)
		if len(rows) == 0 {
			f.Fatalf("%s is empty", table)
		}
		for _, row := range rows {
			f.Add(as[string](f, row[0]))
		}
	}
}

// checkRefusal asks that an error says where, in the text that was handed in.
func checkRefusal(t *testing.T, text string, err error) {
	t.Helper()
	var e *SyntaxError
	if !errors.As(err, &e) || e.Text != text || e.Offset < 0 || e.Offset > len(text) || e.Expected == "" {
		t.Errorf("%q is refused with %#v", text, err)
	}
}

// A normal name is its own normal name.
func FuzzNormalizeName(f *testing.F) {
	seed(f, "names.json")
	f.Fuzz(func(t *testing.T, name string) {
		normal := NormalizeName(name)
		if again := NormalizeName(normal); again != normal {
			t.Errorf("NormalizeName(%q) = %q, and of that %q", name, normal, again)
		}
		if !isNamed(name, normal) {
			t.Errorf("isNamed(%q, %q) = false", name, normal)
		}
	})
}

// The canonical spelling of a version, and its key, are versions equal to it; the canonical spelling is its own.
func FuzzParseVersion(f *testing.F) {
	seed(f, "versions.json")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVersion(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		if again := mustVersion(t, v.String()); again != v {
			t.Errorf("ParseVersion(%q) = %q, and of that %q", text, v, again)
		}
		if key := mustVersion(t, v.Key()); key.Compare(v) != 0 || key.Key() != v.Key() {
			t.Errorf("the key of %q is %q, and of that %q", v, key, key.Key())
		}
		if public := v.Public(); public.Local() != "" || public != mustVersion(t, public.String()) || public.Compare(v) > 0 {
			t.Errorf("the public part of %q is %q", v, public)
		}
	})
}

// Compare is an order: of two versions one comes first, or both have one key; and it agrees with the clauses that ask for it.
func FuzzCompare(f *testing.F) {
	var groups [][]string
	readRecorded(f, "order.json", &groups)
	for i := 1; i < len(groups); i++ {
		f.Add(groups[i-1][0], groups[i][0])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := ParseVersion(a)
		w, err2 := ParseVersion(b)
		if err != nil || err2 != nil {
			return
		}
		order := v.Compare(w)
		if order != -w.Compare(v) || (order == 0) != (v.Key() == w.Key()) {
			t.Errorf("Compare(%q, %q) = %d, the other way round %d, with keys %q and %q", v, w, order, w.Compare(v), v.Key(), w.Key())
		}
		public := w.Public()
		below, above := Specifier{"<", public.String()}, Specifier{">", public.String()}
		atLeast, atMost := Specifier{">=", public.String()}, Specifier{"<=", public.String()}
		same, other := Specifier{"==", w.String()}, Specifier{"!=", w.String()}
		if same.Matches(v) == other.Matches(v) || below.Matches(v) && !atMost.Matches(v) || above.Matches(v) && !atLeast.Matches(v) || !same.Matches(w) || order == 0 && !same.Matches(v) {
			t.Errorf("the clauses for %q disagree on %q", w, v)
		}
	})
}

// Clauses are read again from what is printed of them.
func FuzzParseSpecifiers(f *testing.F) {
	seed(f, "specifiers.json")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpecifiers(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		again, err := ParseSpecifiers(s.String())
		if err != nil || !slices.Equal(again, s) {
			t.Errorf("ParseSpecifiers(%q) = %q, and of that %q, %v", text, s, again, err)
		}
		if version, ok := s.Pin(); ok {
			if one, err := ParseSpecifiers("==" + version); err == nil && s[0].Op == "==" && one[0].canonical() != s[0].canonical() {
				t.Errorf("ParseSpecifiers(%q) pins %q", text, version)
			}
		}
	})
}

// The pieces of a requirement, as they were written, make the same requirement.
func FuzzParseRequirement(f *testing.F) {
	seed(f, "requirements.json")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequirement(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		again := r.Name
		if r.Extras != nil {
			again += "[" + strings.Join(r.Extras, ",") + "]"
		}
		again += r.Specifier
		if r.URL != "" {
			again += "@" + r.URL
		}
		if r.Marker != "" {
			again += " ;" + r.Marker
		}
		if same, err := ParseRequirement(again); err != nil || !reflect.DeepEqual(same, r) {
			t.Errorf("ParseRequirement(%q) = %+v, and of its pieces %q %+v, %v", text, r, again, same, err)
		}
	})
}

// A marker is read again from what is printed of it, and is true where it was.
func FuzzParseMarker(f *testing.F) {
	seed(f, "markers.json")
	var environments map[string]map[string]string
	readRecorded(f, "environments.json", &environments)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMarker(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		again, err := ParseMarker(m.String())
		if err != nil || again.String() != m.String() {
			t.Fatalf("ParseMarker(%q) = %q, and of that %q, %v", text, m, again, err)
		}
		for name, environment := range environments {
			was, errWas := m.Match(environment, []string{"x", "foo-bar"})
			is, errIs := again.Match(environment, []string{"x", "foo-bar"})
			if was != is || (errWas == nil) != (errIs == nil) {
				t.Errorf("%q is %t (%v) on %s, and printed %q is %t (%v)", text, was, errWas, name, m, is, errIs)
			}
		}
	})
}

// A digest is what encoding/hex makes of its digits, and is read again from what is printed of it.
func FuzzParseDigest(f *testing.F) {
	for name, digits := range all {
		f.Add(name + ":" + digits)
		f.Add(name + ":" + strings.ToUpper(digits))
		f.Add(name + ":" + digits[1:] + "g")
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDigest(text)
		name, digits, _ := strings.Cut(text, ":")
		a, known := ParseAlgorithm(name)
		sum, errHex := hex.DecodeString(digits)
		if want := known && errHex == nil && len(sum) == a.Size(); (err == nil) != want {
			t.Fatalf("ParseDigest(%q) = %q, %v", text, d, err)
		}
		if err != nil {
			return
		}
		again, err := ParseDigest(d.String())
		if of, _ := DigestOf(a, sum); err != nil || again != d || of != d {
			t.Errorf("ParseDigest(%q) = %q, and of that %q, %v; of its bytes %q", text, d, again, err, of)
		}
	})
}

// What pip would install has a version, and a name that it would look at; a wheel has tags.
func FuzzParseFilename(f *testing.F) {
	for _, row := range recorded(f, "filenames.json") {
		f.Add(as[string](f, row[0]), as[string](f, row[1]))
	}
	f.Fuzz(func(t *testing.T, project, name string) {
		file, err := ParseFilename(NormalizeName(project), name)
		kind, version, short := ParseFileVersion(NormalizeName(project), name)
		if kind != file.Kind || version.Compare(file.Version) != 0 || (short == nil) != (err == nil) {
			t.Errorf("ParseFileVersion(%q, %q) = %v, %q, %v, and ParseFilename has %v, %q, %v", project, name, kind, version, short, file.Kind, file.Version, err)
		}
		if err != nil || file.Kind == Other {
			return
		}
		if file.Version.IsZero() || !Installable(name) || (file.Kind == Wheel) != (len(file.Python) > 0 && len(file.ABI) > 0 && len(file.Platform) > 0) {
			t.Errorf("ParseFilename(%q, %q) = %+v", project, name, file)
		}
	})
}

// A target is read again from its name, and takes the wheels that are named for it.
func FuzzParseTarget(f *testing.F) {
	seed(f, "targets.json")
	f.Add("linux-x86_64-3.11")
	f.Fuzz(func(t *testing.T, name string) {
		target, err := ParseTarget(name)
		if err != nil {
			return
		}
		again, err := ParseTarget(target.String())
		if err != nil || again.String() != target.String() || !slices.Equal(again.Tags(), target.Tags()) {
			t.Errorf("ParseTarget(%q) = %q, and of that %q, %v", name, target, again, err)
		}
	})
}
