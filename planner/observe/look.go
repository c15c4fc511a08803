package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// listFrom is from how many objects of a type on one list costs less than
// reading each.
const listFrom = 3

// Sight is what a look has shown of an object.
type Sight struct {
	Value cty.Value // as it is; null when Gone
	Ready bool      // false while it is still changing
	Gone  bool
	Err   error // why it is Gone; else, that the read failed and nothing is known
	// Broken is why it will never become ready; nil when it may.
	Broken error
}

// Look shows the objects have, all of type t and in one collection: many by
// one list, few by a read each. Lists may lag: what one does not show is read,
// unless trust says that its absence is enough. The error is that of a list.
func Look(ctx context.Context, ops providers.Ops, t *providers.Type, have []cty.Value, trust func(i int) bool) ([]Sight, error) {
	sights := make([]Sight, len(have))
	unseen := make([]int, 0, len(have))
	views := map[string]map[string]providers.Listed{}
	many := len(have) >= listFrom && t.CanList() && !t.Shallow
	for i, v := range have {
		var l providers.Listed
		ok := false
		if many {
			view := t.View(v)
			if views[view] == nil {
				listed, err := byID(ctx, ops, t, v)
				if err != nil {
					return nil, err
				}
				views[view] = listed
			}
			l, ok = views[view][providers.ID(v)]
		}
		switch {
		case ok:
			sights[i] = Sight{Value: shared(v, t.Complete(v, l.Value)), Ready: l.Ready, Broken: l.Broken}
		case many && trust(i):
			sights[i] = Sight{Value: cty.NullVal(v.Type()), Gone: true, Err: providers.ErrGone}
		default:
			unseen = append(unseen, i)
		}
	}
	var wg sync.WaitGroup
	for _, i := range unseen {
		wg.Go(func() {
			if err := providers.Protect(t.Name+" read", func() error { sights[i] = read(ctx, ops, t, have[i]); return nil }); err != nil {
				sights[i] = Sight{Err: err}
			}
		})
	}
	wg.Wait()
	return sights, nil
}

// shared returns have when got is equal to it: one value does for both.
func shared(have, got cty.Value) cty.Value {
	if providers.Same(got, have) {
		return have
	}
	return got
}

// byID lists the collection of in, as it shows what is like in.
func byID(ctx context.Context, ops providers.Ops, t *providers.Type, in cty.Value) (map[string]providers.Listed, error) {
	all, err := ops.List(ctx, t, in)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", t.Name, err)
	}
	listed := make(map[string]providers.Listed, len(all))
	for _, l := range all {
		listed[providers.ID(l.Value)] = l
	}
	return listed, nil
}

func read(ctx context.Context, ops providers.Ops, t *providers.Type, have cty.Value) Sight {
	v, err := ops.Read(ctx, t, have)
	switch {
	case errors.Is(err, providers.ErrGone):
		return Sight{Value: cty.NullVal(have.Type()), Gone: true, Err: err}
	case err == nil, errors.Is(err, providers.ErrNotReady):
		return Sight{Value: shared(have, v), Ready: err == nil}
	case errors.Is(err, providers.ErrBroken):
		return Sight{Value: v, Broken: err}
	}
	return Sight{Err: err}
}
