package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// maxInspecting bounds the reads under way: an account may have thousands of roles.
const maxInspecting = 32

// Owned returns the objects of type t, in the collection of in, that bear the
// ownership mark of owner and are not known. A list may be shallow, and may lag:
// each object is read before it counts. unread says which could not be.
func Owned(ctx context.Context, ops providers.Ops, t *providers.Type, in cty.Value, owner string, known func(id string) bool) (owned []providers.Listed, unread []error, err error) {
	if owner == "" {
		return nil, nil, errors.New("a state without a lineage owns nothing")
	}
	all, err := ops.List(ctx, t, in)
	if err != nil {
		return nil, nil, fmt.Errorf("list %s: %w", t.Name, err)
	}
	var candidates []providers.Listed
	var ids []string
	for _, l := range all {
		if (l.Owner == owner || t.Shallow && l.Owner == "") && !known(providers.ID(l.Value)) {
			candidates, ids = append(candidates, l), append(ids, providers.ID(l.Value))
		}
	}
	errs := make([]error, len(candidates))
	slots := make(chan struct{}, maxInspecting)
	var wg sync.WaitGroup
	for i := range candidates {
		wg.Go(func() {
			slots <- struct{}{}
			candidates[i], errs[i] = ops.Inspect(ctx, t, candidates[i].Value)
			<-slots
		})
	}
	wg.Wait()
	for i, l := range candidates {
		switch {
		case errs[i] != nil && !errors.Is(errs[i], providers.ErrGone):
			unread = append(unread, fmt.Errorf("read %s %s: %w", t.Name, ids[i], errs[i]))
		case errs[i] == nil && l.Owner == owner:
			owned = append(owned, l)
		}
	}
	return owned, unread, ctx.Err()
}
