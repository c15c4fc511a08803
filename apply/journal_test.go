package apply

import (
	"slices"
	"testing"

	"github.com/mlinfra/mlinfra/state"
)

// The keys of a run are in the order in which they were made, and no other run
// makes them.
func TestKeysFollowEachOther(t *testing.T) {
	runs := []string{"b", "a"}
	var all []state.ObjectKey
	for _, id := range runs {
		j := journal{newID: func() string { return id }}
		var keys []state.ObjectKey
		for range 2000 {
			keys = append(keys, j.newKey())
		}
		if !slices.IsSorted(keys) {
			t.Errorf("the keys of run %s are not in order", id)
		}
		all = append(all, keys...)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 4000 {
		t.Errorf("two runs have made %d keys, want 4000", n)
	}
}
