package report

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Findings are ordered by file, then position, and those of one position stay in
// the order in which they were found.
func TestFinishOrders(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 500 {
		r := &Report{}
		order := map[string]int{}
		for i := range random.IntN(4) {
			path := fmt.Sprint("f", 9-i)
			order[path] = i
			r.Files = append(r.Files, File{Path: path})
		}
		for i := range random.IntN(40) {
			f := Finding{Path: fmt.Sprint("f", 6+random.IntN(4)), Line: random.IntN(5), Column: random.IntN(2), Message: fmt.Sprint(i)}
			if _, ok := order[f.Path]; !ok {
				order[f.Path] = len(order)
			}
			r.Findings = append(r.Findings, f)
		}
		want := slices.Clone(r.Findings)
		slices.SortStableFunc(want, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(order[a.Path], order[b.Path]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		r.Finish(Options{})
		if !slices.EqualFunc(r.Findings, want, func(a, b Finding) bool { return a.Message == b.Message }) {
			t.Fatalf("round %d: got %v, want %v", round, r.Findings, want)
		}
	}
}
