package audit

import (
	"testing"

	"github.com/reqhash/reqhash/requirements"
)

// TestHarmless: repairs that spoil a file are left out, the others are made.
func TestHarmless(t *testing.T) {
	f := requirements.Read("r.txt", []byte("a==1\nb==2\nc==3\nd==4\n"), requirements.ReadOptions{})
	for line, e := range []requirements.Edit{
		{Start: 0, End: 4, New: "a==1 --pre"}, {Start: 5, End: 9, New: "b=2"}, {Start: 10, End: 14, New: "c==3 # c"}, {Start: 15, End: 19, New: "d==5"},
	} {
		f.Faults = append(f.Faults, requirements.Fault{Line: line, Edits: []requirements.Edit{e}})
	}
	var list []*requirements.Fault
	for i := range f.Faults {
		list = append(list, &f.Faults[i])
	}
	tries := maxTries
	_, changed := (&audit{}).harmless(f, list, nil, &tries)
	if want := "a==1 --pre\nb==2\nc==3 # c\nd==4\n"; string(changed.Src()) != want {
		t.Errorf("%q, want %q", changed.Src(), want)
	}
	if _, changed := (&audit{}).harmless(f, list[1:2], nil, &tries); changed != nil {
		t.Errorf("%q of nothing but a repair that spoils the file", changed.Src())
	}
}
