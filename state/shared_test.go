package state

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

func TestShared(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		var sum atomic.Int64
		if err := Shared(n, func(i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != int64(n*(n-1)/2) {
			t.Errorf("%d: the numbers add up to %d, %v", n, sum.Load(), err)
		}
	}
	broken := func(i int) error {
		if i >= 40 {
			return fmt.Errorf("number %d", i)
		}
		return nil
	}
	if err := Shared(100, broken); err == nil || err.Error() != "number 40" {
		t.Errorf("%v, want that of number 40", err)
	}
	if err := Shared(1, func(int) error { return errors.ErrUnsupported }); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v, want the error itself", err)
	}
}
