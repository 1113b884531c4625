package packaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What the files of testdata hold was recorded from pip 26.3 and the packaging library inside it: testdata/README.md.

// recorded returns the rows of a file of testdata.
func recorded(t testing.TB, name string) [][]json.RawMessage {
	t.Helper()
	var rows [][]json.RawMessage
	readRecorded(t, name, &rows)
	return rows
}

func readRecorded(t testing.TB, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// as decodes one field of a row.
func as[T any](t testing.TB, field json.RawMessage) (value T) {
	t.Helper()
	if err := json.Unmarshal(field, &value); err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return value
}

func mustVersion(t testing.TB, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatalf("ParseVersion(%q): %v", s, err)
	}
	return v
}

// clauses turns specifiers into what the recordings hold.
func clauses(s Specifiers) [][2]string {
	all := [][2]string{}
	for _, c := range s {
		all = append(all, [2]string{c.Op, c.Version})
	}
	return all
}

func TestNormalizeName(t *testing.T) {
	for _, row := range recorded(t, "names.json") {
		name, want := as[string](t, row[0]), as[string](t, row[1])
		if got := NormalizeName(name); got != want {
			t.Errorf("NormalizeName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestVersions holds which texts are versions, and what each is in canonical spelling.
func TestVersions(t *testing.T) {
	for _, row := range recorded(t, "versions.json") {
		text := as[string](t, row[0])
		v, err := ParseVersion(text)
		if len(row) == 1 {
			if err == nil {
				t.Errorf("ParseVersion(%q) = %q, want an error", text, v)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseVersion(%q): %v", text, err)
			continue
		}
		want := struct {
			text, key  string
			prerelease bool
			local      string
			public     string
		}{as[string](t, row[1]), as[string](t, row[2]), as[int](t, row[3]) == 1, as[string](t, row[4]), as[string](t, row[5])}
		got := want
		got.text, got.key, got.prerelease, got.local, got.public = v.String(), v.Key(), v.Prerelease(), v.Local(), v.Public().String()
		if got != want {
			t.Errorf("ParseVersion(%q) = %+v, want %+v", text, got, want)
		}
	}
}

// TestOrder holds the order of versions: each group's members are equal, and come after those of the group before.
func TestOrder(t *testing.T) {
	var groups [][]string
	readRecorded(t, "order.json", &groups)
	var before []Version
	for _, group := range groups {
		var here []Version
		for _, text := range group {
			here = append(here, mustVersion(t, text))
		}
		for _, v := range here {
			for _, w := range here {
				if v.Compare(w) != 0 || v.Key() != w.Key() {
					t.Errorf("Compare(%q, %q) = %d with keys %q and %q, want equal ones", v, w, v.Compare(w), v.Key(), w.Key())
				}
			}
			for _, w := range before {
				if v.Compare(w) != +1 || w.Compare(v) != -1 || v.Key() == w.Key() {
					t.Errorf("Compare(%q, %q) = %d and %d the other way round, want 1 and -1", v, w, v.Compare(w), w.Compare(v))
				}
			}
		}
		before = here
	}
}

// TestSpecifiers holds which texts are sets of clauses, which set is a pin, and which versions are in each.
func TestSpecifiers(t *testing.T) {
	for _, row := range recorded(t, "specifiers.json") {
		text := as[string](t, row[0])
		s, err := ParseSpecifiers(text)
		if len(row) == 1 {
			if err == nil {
				t.Errorf("ParseSpecifiers(%q) = %q, want an error", text, s)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseSpecifiers(%q): %v", text, err)
			continue
		}
		// The order of a set that packaging made canonical is by text, and equal clauses are one there.
		want := as[[][2]string](t, row[1])
		if got := clauses(s); !slices.Equal(got, want) {
			t.Errorf("ParseSpecifiers(%q) = %q, want %q", text, got, want)
		}
		pin := as[[]string](t, row[2])
		if version, ok := s.Pin(); ok != (len(pin) == 1) || ok && version != pin[0] {
			t.Errorf("ParseSpecifiers(%q).Pin() = %q, %t, want %q", text, version, ok, pin)
		}
		for field, want := range map[int]bool{3: true, 4: false} {
			for _, version := range as[[]string](t, row[field]) {
				if s.Contains(mustVersion(t, version)) != want {
					t.Errorf("ParseSpecifiers(%q).Contains(%q) = %t", text, version, !want)
				}
			}
		}
	}
}

// TestRequirements holds which texts are requirements, and what each asks for.
func TestRequirements(t *testing.T) {
	for _, row := range recorded(t, "requirements.json") {
		text := as[string](t, row[0])
		r, err := ParseRequirement(text)
		if len(row) == 1 {
			if err == nil {
				t.Errorf("ParseRequirement(%q) = %q, want an error", text, r)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseRequirement(%q): %v", text, err)
			continue
		}
		extras := slices.Clone(r.Extras)
		slices.Sort(extras)
		if want := as[string](t, row[1]); r.Name != want {
			t.Errorf("ParseRequirement(%q).Name = %q, want %q", text, r.Name, want)
		}
		if want := as[[]string](t, row[2]); !slices.Equal(slices.Compact(extras), want) {
			t.Errorf("ParseRequirement(%q).Extras = %q, want %q", text, r.Extras, want)
		}
		if want := as[[][2]string](t, row[3]); !slices.Equal(clauses(r.Specifiers), want) {
			t.Errorf("ParseRequirement(%q).Specifiers = %q, want %q", text, r.Specifiers, want)
		}
		if want := as[string](t, row[4]); r.URL != want {
			t.Errorf("ParseRequirement(%q).URL = %q, want %q", text, r.URL, want)
		}
		checkMarker(t, text, r.ParsedMarker, row[5])
	}
}

// checkMarker compares a marker with what packaging prints, null where it cannot. Where a text holds a backslash packaging prints what may be
// read as another text; that is not asked for.
func checkMarker(t *testing.T, text string, m Marker, printed json.RawMessage) {
	t.Helper()
	want := as[*string](t, printed)
	if want != nil && !slices.Contains([]byte(text), '\\') && m.String() != *want {
		t.Errorf("the marker of %q is %q, want %q", text, m, *want)
	}
}

// TestMarkers holds which texts are markers, and what each is in six environments: each of environments.json without an extra and with the extra Foo_bar.
func TestMarkers(t *testing.T) {
	var environments map[string]map[string]string
	readRecorded(t, "environments.json", &environments)
	for _, row := range recorded(t, "markers.json") {
		text := as[string](t, row[0])
		m, err := ParseMarker(text)
		if len(row) == 1 {
			if err == nil {
				t.Errorf("ParseMarker(%q) = %q, want an error", text, m)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseMarker(%q): %v", text, err)
			continue
		}
		checkMarker(t, text, m, row[1])
		wants := as[[]int](t, row[2])
		for i, name := range []string{"linux", "windows", "pypy"} {
			for j, extras := range [][]string{nil, {"Foo_bar"}} {
				got, err := m.Match(environments[name], extras)
				switch want := wants[2*i+j]; {
				case (want == 2) != (err != nil):
					t.Errorf("ParseMarker(%q).Match(%s, %q) gives the error %v, want one: %t", text, name, extras, err, want == 2)
				case err == nil && got != (want == 1):
					t.Errorf("ParseMarker(%q).Match(%s, %q) = %t", text, name, extras, got)
				case m.Evaluate(environments[name], extras) != (want == 1):
					t.Errorf("ParseMarker(%q).Evaluate(%s, %q) = %t", text, name, extras, want != 1)
				}
			}
		}
	}
}
