package observe

import (
	"fmt"
	"slices"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// UnreadError is objects whose reads have failed with the same words.
type UnreadError struct {
	Addrs []state.Addr // at least one
	Err   error        // of the first
	// Inside means that they are in something that may be gone, such as a host.
	Inside bool
}

// Error names the first object and counts the others.
func (e *UnreadError) Error() string {
	what := e.Addrs[0].String()
	switch n := len(e.Addrs) - 1; {
	case n == 1:
		what += " and " + e.Addrs[1].String()
	case n > 1:
		what += fmt.Sprintf(" and %d others", n)
	}
	return fmt.Sprintf("read %s: %s", what, e.Err)
}

// Unwrap returns the reason.
func (e *UnreadError) Unwrap() error { return e.Err }

// alike returns the errors of reads, one for those that say the same.
func alike(priors []planner.Prior, unread []error) []error {
	byText := map[string]*UnreadError{}
	var errs []error
	for i, err := range unread {
		if err == nil {
			continue
		}
		e := byText[err.Error()]
		if e == nil {
			e = &UnreadError{Err: err}
			byText[err.Error()] = e
			errs = append(errs, e)
		}
		e.Addrs = append(e.Addrs, priors[i].Object.Addr)
		e.Inside = e.Inside || inside(priors[i].Type)
	}
	for _, e := range byText {
		slices.SortFunc(e.Addrs, state.Addr.Compare)
	}
	return errs
}
