package view

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAlignVisitsEveryElementOnceInOrder(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, seed))
	random := func() []int {
		list := make([]int, r.IntN(9))
		for i := range list {
			list[i] = r.IntN(4)
		}
		return list
	}
	same := func(x, y int) bool { return x == y }
	for range 5000 {
		a, b := random(), random()
		pairs := r.IntN(2) == 0
		var gota, gotb []int
		kept := 0
		align(a, b, same, func(int, int) bool { return pairs }, func(i, j int) {
			if i >= 0 {
				gota = append(gota, a[i])
			}
			if j >= 0 {
				gotb = append(gotb, b[j])
			}
			if i >= 0 && j >= 0 && a[i] == b[j] {
				kept++
			}
		})
		if !slices.Equal(a, gota) || !slices.Equal(b, gotb) {
			t.Fatalf("align(%v, %v) visited %v and %v (seed %d)", a, b, gota, gotb, seed)
		}
		if want := longestCommon(a, b); kept < want {
			t.Fatalf("align(%v, %v) kept %d, want %d (seed %d)", a, b, kept, want, seed)
		}
	}
}

// longestCommon is the model: the length, found by trying everything.
func longestCommon(a, b []int) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return 0
	case a[0] == b[0]:
		return 1 + longestCommon(a[1:], b[1:])
	}
	return max(longestCommon(a[1:], b), longestCommon(a, b[1:]))
}
