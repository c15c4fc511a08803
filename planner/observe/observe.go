// Package observe looks at the objects of a state through the clouds' APIs:
// what became of them, and whether creates whose outcome is unknown went
// through. It changes nothing, neither there nor in state.
package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Observer looks at objects.
type Observer struct {
	Catalog config.Catalog
	// Connect returns the provider configuration with the given key; false
	// when its settings are not known yet.
	Connect func(ctx context.Context, key string) (providers.Conn, bool, error)
	Clock   providers.Clock
	// Provider returns the key of the provider configuration that an object is
	// to have; "" when its block is gone.
	Provider func(state.Addr) string
	// Forgets reports whether the configuration only wants the object at an address
	// forgotten: it is not looked at then, as it may be gone or out of reach. Nil when
	// it never does.
	Forgets func(state.Addr) bool
	// Refresh is false when only open intents are settled and the rest is
	// taken from state.
	Refresh bool
	// Window says how long a lost create of a type may stay invisible.
	Window func(*providers.Type) time.Duration
	// Waiting is called before a wait for lost creates, with their addresses.
	Waiting func([]state.Addr)

	owner string // lineage of the state
}

// group is the objects that one list shows.
type group struct {
	provider string
	typ      *providers.Type
	in       cty.Value // one of them
	members  []int     // indexes of priors
	known    map[string]bool
}

// Run returns the objects of snap as they are, in the order of snap.
func (o *Observer) Run(ctx context.Context, snap state.Snapshot) ([]planner.Prior, error) {
	o.owner = snap.Lineage
	priors, err := o.unobserved(snap.Objects)
	if err != nil {
		return nil, err
	}
	if err := o.follow(ctx, priors); err != nil {
		return nil, err
	}
	outer := around(priors)
	late := patient(priors, outer)
	unread := make([]error, len(priors))
	var errs []error
	for _, turn := range []bool{false, true} {
		errs = append(errs, o.groups(ctx, groupPriors(priors, func(i int) bool { return late[i] == turn && !priors[i].Value.IsNull() }), priors, unread))
		fall(priors, outer, unread)
	}
	return priors, errors.Join(append(errs, alike(priors, unread)...)...)
}

// unobserved returns objects as state has them. To decode them is a good part of a
// plan that finds nothing.
func (o *Observer) unobserved(objects []state.Object) ([]planner.Prior, error) {
	priors := make([]planner.Prior, len(objects))
	err := state.Shared(len(objects), func(i int) error {
		return providers.Protect("the reading of state", func() (err error) {
			priors[i], err = planner.Unobserved(objects[i], o.Catalog)
			return err
		})
	})
	return priors, err
}

// groups observes the members of all groups. Why single ones could not be read
// stands in unread.
func (o *Observer) groups(ctx context.Context, groups []*group, priors []planner.Prior, unread []error) error {
	for _, g := range groups {
		g.known = knownIDs(priors, g)
	}
	errs := make([]error, len(groups))
	var wg sync.WaitGroup
	for i, g := range groups {
		wg.Go(func() {
			errs[i] = providers.Protect("the look at "+g.typ.Name, func() error { return o.group(ctx, g, priors, unread) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// follow looks for objects whose provider configuration has changed through
// the new one. Those that it shows, in the same account then, are its own; the
// others stay with the old one, for the planner to replace.
func (o *Observer) follow(ctx context.Context, priors []planner.Prior) error {
	for i := range priors {
		p := &priors[i]
		key := o.Provider(p.Object.Addr)
		if key == "" || key == p.Object.Provider || p.Object.Status == state.Intended {
			continue
		}
		if p.Type.Kept {
			p.Object.Provider, p.Settled = key, true
			continue
		}
		conn, ok, err := o.Connect(ctx, key)
		if err != nil {
			return err
		}
		// Elsewhere an id may be that of something else.
		if !ok || p.Object.Elsewhere(conn.Identity()) {
			continue
		}
		switch _, err := conn.Ops.Read(ctx, p.Type, p.Stored); {
		case err == nil, errors.Is(err, providers.ErrNotReady):
			p.Object.Provider, p.Settled = key, true
		case !errors.Is(err, providers.ErrGone):
			return fmt.Errorf("read %s: %w", p.Object.Addr, err)
		}
	}
	return nil
}

func groupPriors(priors []planner.Prior, member func(i int) bool) []*group {
	byKey := map[string]*group{}
	var groups []*group
	for i, p := range priors {
		if !member(i) {
			continue
		}
		key := p.Object.Provider + " " + p.Type.Name + " " + p.Type.Within(p.Stored)
		g := byKey[key]
		if g == nil {
			g = &group{provider: p.Object.Provider, typ: p.Type, in: p.Stored}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.members = append(g.members, i)
	}
	return groups
}

func (o *Observer) group(ctx context.Context, g *group, priors []planner.Prior, unread []error) error {
	var lost, rest []int
	for _, i := range g.members {
		if priors[i].Object.Status == state.Intended {
			lost = append(lost, i)
		} else if obj := priors[i].Object; o.Refresh && (obj.Deposed || o.Forgets == nil || !o.Forgets(obj.Addr)) {
			rest = append(rest, i)
		}
	}
	if len(lost)+len(rest) == 0 || g.typ.Kept {
		return nil // what only state keeps is as state has it
	}
	conn, ok, err := o.Connect(ctx, g.provider)
	ops := conn.Ops
	switch {
	case err != nil:
		return err
	case !ok && len(lost) > 0:
		return fmt.Errorf("%s: a run was cut off while it created this %s, and whether it exists cannot be found out: the settings of provider %s are not known", priors[lost[0]].Object.Addr, g.typ.Name, g.provider)
	case !ok:
		return nil
	}
	for _, i := range append(slices.Clone(lost), rest...) {
		if obj := priors[i].Object; obj.Elsewhere(conn.Identity()) {
			return fmt.Errorf("%s is in %s, and provider %s now leads to %s, where it cannot be seen: lead it back, or destroy what is there first; another provider block with an alias is the way to have both", obj.Addr, obj.Identity, g.provider, conn.Identity())
		}
	}
	if len(lost) > 0 {
		if err := o.settle(ctx, ops, g, lost, priors, unread); err != nil {
			return err
		}
	}
	return o.look(ctx, ops, g, rest, priors, unread)
}

// look observes objects whose ids are known.
func (o *Observer) look(ctx context.Context, ops providers.Ops, g *group, members []int, priors []planner.Prior, unread []error) error {
	members, err := settledOperations(ctx, ops, members, priors)
	if err != nil {
		return err
	}
	have := make([]cty.Value, len(members))
	for n, i := range members {
		have[n] = priors[i].Stored
	}
	sights, err := Look(ctx, ops, g.typ, have, func(int) bool { return false })
	if err != nil {
		return err
	}
	if err := o.confirm(ctx, ops, g.typ, have, sights); err != nil {
		return err
	}
	for n, s := range sights {
		p := &priors[members[n]]
		switch {
		case s.Err != nil && !s.Gone:
			unread[members[n]] = s.Err
		case s.Gone && p.Object.Status == state.Pending && o.Clock.Now().Sub(p.Object.Since) < g.typ.Grace:
			p.Ready = false // new objects may not be shown everywhere yet
		case s.Gone:
			p.Value = s.Value
		case s.Broken != nil && p.Object.Status == state.Pending:
			// Only what has never worked is made anew because of this.
			p.Value, p.Object.Status, p.Settled = s.Value, state.Tainted, true
		case p.Object.Status == state.Updating:
			// An interrupted update keeps the values from before it, so that the
			// plan shows and does it again.
			p.Ready = s.Ready || s.Broken != nil
		default:
			p.Ready = s.Ready || s.Broken != nil
			p.Value = s.Value
		}
	}
	return nil
}

// settledOperations returns those members that the cloud is not creating any
// more; the others are not ready.
func settledOperations(ctx context.Context, ops providers.Ops, members []int, priors []planner.Prior) ([]int, error) {
	var settled, busy []int
	var names []string
	for _, i := range members {
		if name := priors[i].Object.Operation; name != "" {
			busy, names = append(busy, i), append(names, name)
			continue
		}
		settled = append(settled, i)
	}
	if len(busy) == 0 {
		return members, nil
	}
	results, err := ops.Operations(ctx, names)
	if err != nil {
		return nil, err
	}
	for n, i := range busy {
		if errors.Is(results[n], providers.ErrNotReady) {
			priors[i].Ready = false
			continue
		}
		settled = append(settled, i) // failed ones have left nothing, or something half made
	}
	return settled, nil
}

// doubt is how long after an object was not found it is asked for again.
const doubt = time.Second

// confirm asks once more for what was not found where answers may lag: one of
// them is not enough to forget an object for.
func (o *Observer) confirm(ctx context.Context, ops providers.Ops, t *providers.Type, have []cty.Value, sights []Sight) error {
	if t.Grace == 0 || !slices.ContainsFunc(sights, func(s Sight) bool { return s.Gone }) {
		return nil
	}
	if err := o.Clock.Sleep(ctx, doubt); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for i := range sights {
		if sights[i].Gone {
			wg.Go(func() { sights[i] = read(ctx, ops, t, have[i]) })
		}
	}
	wg.Wait()
	return nil
}
