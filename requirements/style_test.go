package requirements

import (
	"reflect"
	"testing"

	"github.com/reqhash/reqhash/packaging"
)

// TestSharedEdits: the edits of a line whose bytes are shared, and held nowhere
// else, are those of a file that was read by itself.
func TestSharedEdits(t *testing.T) {
	paths, files, _ := corpus(t, "hashed/*")
	seen := NewContents()
	shared, edited := 0, 0
	for i, src := range files {
		own := Read(paths[i], src, ReadOptions{})
		Read(paths[i], src, ReadOptions{Seen: seen})
		f := Read(paths[i], append([]byte{}, src...), ReadOptions{Seen: seen})
		if f.shrink() {
			shared++
		}
		for n := range own.Lines {
			if n%every != 0 {
				continue
			}
			for _, want := range [][]packaging.Digest{{digest("1"), digest("2")}, nil, append(own.Lines[n].Digests(), digest("3"))} {
				a, errA := own.SetHashes(n, want)
				b, errB := f.SetHashes(n, want)
				if (errA == nil) != (errB == nil) || !reflect.DeepEqual(a, b) {
					t.Fatalf("%s, line %d: %v, %v, want %v, %v", paths[i], own.Lines[n].First, b, errB, a, errA)
				}
				if len(a) > 0 {
					edited++
				}
			}
		}
		f.Release()
	}
	if shared == 0 || edited == 0 {
		t.Errorf("%d files were shared, %d lines edited", shared, edited)
	}
}
