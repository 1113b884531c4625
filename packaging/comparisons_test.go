package packaging

import (
	"reflect"
	"testing"
)

func TestComparisonsAreAllThatAMarkerAsksAbout(t *testing.T) {
	m, err := ParseMarker(`(extra == "x" or "win" in sys_platform) and python_version < "3.9"`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Comparison{{"extra", "==", "x"}, {"sys_platform", "in", "win"}, {"python_version", "<", "3.9"}}
	if got := m.Comparisons(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
