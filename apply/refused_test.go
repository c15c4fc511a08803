package apply

import (
	"errors"
	"fmt"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

// TestRefusal holds that an update which was refused says that nothing was changed,
// unless a part of it may be done.
func TestRefusal(t *testing.T) {
	for want, err := range map[string]error{
		"no such size (nothing was changed)":     errors.New("no such size"),
		"it does not start: was changed in part": fmt.Errorf("it does not start: %w", providers.ErrPartly),
	} {
		if got := (&refusedError{err}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
