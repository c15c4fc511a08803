package state

import (
	"runtime"
	"sync"
)

// Shared calls f with each number below n. All processors share the work; the error
// is that of the lowest number for which there is one, and what comes after it may not
// have been done.
func Shared(n int, f func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for first := range workers {
		wg.Go(func() {
			for i := first; i < n; i += workers {
				if errs[i] = f(i); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
