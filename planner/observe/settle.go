package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// UndecidedError means that nothing proves whether a create went through: a
// person has to look.
type UndecidedError struct {
	Addr       state.Addr
	Type       string
	Candidates []string // ids of objects that may be it
}

func (e *UndecidedError) Error() string {
	if len(e.Candidates) == 0 {
		return fmt.Sprintf("%s: a run was cut off while it created this %s, and the API cannot tell whether it exists. Look for it, then run: mlinfra recover -adopt '%s=ID' (it is there) or mlinfra recover -discard '%s' (it is not)", e.Addr, e.Type, e.Addr, e.Addr)
	}
	return fmt.Sprintf("%s: a run was cut off while it created this %s. New since then: %s; nothing proves that it is ours. Run: mlinfra recover -adopt '%s=ID' or mlinfra recover -discard '%s'", e.Addr, e.Type, strings.Join(e.Candidates, ", "), e.Addr, e.Addr)
}

// Lost is a create whose outcome is unknown.
type Lost struct {
	Addr   state.Addr
	Type   *providers.Type
	Want   cty.Value // the request; null where the cloud decides
	Intent state.Intent
	Since  time.Time
	// Known reports whether an id is that of another object in state.
	Known func(id string) bool
	// Owner is the lineage of the state: what bears its mark is its own.
	Owner string
	// Refused means that the create was refused: somebody else's object may be
	// why, so that a name proves nothing.
	Refused bool
}

// Search looks once for the object that a lost create may have made. Not
// finding it proves something only when the search began after the window
// within which such an object can stay invisible. ErrBroken comes beside an
// object that is of no use, such as a key whose secret was in the lost answer.
func Search(ctx context.Context, ops providers.Ops, l Lost) (cty.Value, bool, error) {
	before := l.Intent.Existed()
	known := func(id string) bool { return before[id] || l.Known(id) }
	switch t := l.Type; {
	case t.Again && t.CanList():
		return searchSame(ctx, ops, l)
	case t.CanFind() && l.Intent.Token != "":
		return ops.Find(ctx, t, l.Want, providers.Attempt{Token: l.Intent.Token, Since: l.Since, Known: known})
	case t.CanList():
		return searchBirths(ctx, ops, l, known)
	}
	return cty.NilVal, false, &UndecidedError{Addr: l.Addr, Type: l.Type.Name}
}

// searchBirths compares the list of now with that of before the attempt. What
// is new, is in no state, and is all that was asked for, with the same name, the
// mark of the state, or something that only one can have, is the object. Without
// any of these somebody else's could be just the same. ErrNotReady comes beside the
// UndecidedError when that may still show.
func searchBirths(ctx context.Context, ops providers.Ops, l Lost, known func(string) bool) (cty.Value, bool, error) {
	listed, err := ops.List(ctx, l.Type, l.Want)
	if err != nil {
		return cty.NilVal, false, err
	}
	var found, marked []cty.Value
	broken := map[string]error{}
	undecided := &UndecidedError{Addr: l.Addr, Type: l.Type.Name}
	changing := false
	for _, item := range listed {
		id := providers.ID(item.Value)
		if known(id) {
			continue
		}
		v := l.Type.Complete(l.Want, item.Value)
		ready := item.Ready
		if l.Type.Shallow {
			v, err = ops.Read(ctx, l.Type, v)
			if errors.Is(err, providers.ErrGone) {
				continue
			}
			switch {
			case errors.Is(err, providers.ErrBroken):
				broken[id] = err
			case err != nil && !errors.Is(err, providers.ErrNotReady):
				return cty.NilVal, false, err
			}
			ready = err == nil
		}
		if asAsked(l.Type.Schema, l.Want, v) {
			found = append(found, v)
			alone, same := soleAsAsked(l.Type.Schema, l.Want, v)
			if l.Owner != "" && item.Owner == l.Owner || same && ready && !l.Refused {
				marked = append(marked, v)
			}
			changing = changing || alone && !ready
			undecided.Candidates = append(undecided.Candidates, id)
		}
	}
	switch {
	case len(found) == 0:
		return cty.NilVal, false, nil
	case len(marked) > 0:
		return marked[0], true, broken[providers.ID(marked[0])]
	case len(found) == 1 && l.Type.Unique && !l.Refused:
		return found[0], true, broken[providers.ID(found[0])]
	case changing:
		return cty.NilVal, false, fmt.Errorf("%w (%w)", undecided, providers.ErrNotReady)
	}
	return cty.NilVal, false, undecided
}

// soleAsAsked reports whether the request says something that only one object can
// have, and whether v has it.
func soleAsAsked(s *providers.Schema, want, v cty.Value) (alone, same bool) {
	for _, a := range s.Attrs {
		if asked := want.GetAttr(a.Name); a.Sole && !asked.IsNull() {
			return true, asked.RawEquals(v.GetAttr(a.Name))
		}
	}
	return false, false
}

// searchSame looks for what a create that can be sent twice would make: there
// can be only one, and whoever made it, creating it takes it over.
func searchSame(ctx context.Context, ops providers.Ops, l Lost) (cty.Value, bool, error) {
	listed, err := ops.List(ctx, l.Type, l.Want)
	for _, item := range listed {
		if v := l.Type.Complete(l.Want, item.Value); asAsked(l.Type.Schema, l.Want, v) {
			return v, true, nil
		}
	}
	return cty.NilVal, false, err
}

// asAsked reports whether v can be the answer to the request want. Only what
// makes the object what it is counts: a follow-up call may not have set the
// rest yet.
func asAsked(s *providers.Schema, want, v cty.Value) bool {
	for _, a := range s.Attrs {
		asked := want.GetAttr(a.Name)
		if (a.Mode != providers.Required && !a.Replace) || a.Blind || a.Block != nil || asked.IsNull() || a.Type.IsCollectionType() {
			continue
		}
		if !asked.RawEquals(v.GetAttr(a.Name)) {
			return false
		}
	}
	return true
}

// settle finds out about the members of g whose creation was cut off. What is
// not found at once is looked for again after the window, counted from now:
// only then absence means that it was never made.
func (o *Observer) settle(ctx context.Context, ops providers.Ops, g *group, lost []int, priors []planner.Prior, unread []error) error {
	ctx = providers.Forget(ctx)
	window := o.Window(g.typ)
	missing, err := o.searchAll(ctx, ops, lost, priors, unread, g.known, window <= 0)
	if err != nil || len(missing) == 0 || slices.ContainsFunc(lost, func(i int) bool { return unread[i] != nil }) {
		return err
	}
	if window > 0 {
		var addrs []state.Addr
		for _, i := range missing {
			addrs = append(addrs, priors[i].Object.Addr)
		}
		o.Waiting(addrs)
		if err := o.Clock.Sleep(ctx, window); err != nil {
			return err
		}
		if missing, err = o.searchAll(ctx, ops, missing, priors, unread, g.known, true); err != nil {
			return err
		}
	}
	for _, i := range missing {
		priors[i].Value = cty.NullVal(priors[i].Type.ImpliedType())
	}
	return nil
}

// knownIDs returns the ids of the objects of the type and provider
// configuration of g whose creation is certain.
func knownIDs(priors []planner.Prior, g *group) map[string]bool {
	known := map[string]bool{}
	for _, p := range priors {
		if p.Type == g.typ && p.Object.Provider == g.provider && p.Object.Status != state.Intended {
			known[providers.ID(p.Stored)] = true
		}
	}
	return known
}

// oneList lists a collection once for a round of searches; all of lost are in
// the same one.
type oneList struct {
	providers.Ops
	listed []providers.Listed
	err    error
	done   bool
}

// List returns the first answer again.
func (l *oneList) List(ctx context.Context, t *providers.Type, in cty.Value) ([]providers.Listed, error) {
	if !l.done {
		l.listed, l.err = l.Ops.List(ctx, t, in)
		l.done = true
	}
	return l.listed, l.err
}

// searchAll looks for each of lost and returns those not found. What does not show
// yet whose it is counts as not found, unless this is the last time. Why a look failed
// stands in unread.
func (o *Observer) searchAll(ctx context.Context, ops providers.Ops, lost []int, priors []planner.Prior, unread []error, known map[string]bool, last bool) ([]int, error) {
	ops = &oneList{Ops: ops}
	var missing []int
	var errs []error
	for _, i := range lost {
		p := &priors[i]
		intent := state.Intent{}
		if p.Object.Intent != nil {
			intent = *p.Object.Intent
		}
		v, found, err := Search(ctx, ops, Lost{
			Addr: p.Object.Addr, Type: p.Type, Want: p.Stored, Intent: intent, Since: p.Object.Since,
			Known: func(id string) bool { return known[id] }, Owner: o.owner, Refused: intent.Refused,
		})
		pending := errors.Is(err, providers.ErrNotReady) && (found || !last)
		switch {
		case errors.As(err, new(*UndecidedError)) && !pending:
			errs = append(errs, err)
		case err != nil && !pending && !(found && errors.Is(err, providers.ErrBroken)):
			unread[i] = err
		case found:
			known[providers.ID(v)] = true
			p.Value, p.Ready, p.Settled = v, false, true
			p.Object.Status, p.Object.Intent = state.Pending, nil
			if errors.Is(err, providers.ErrBroken) {
				p.Object.Status = state.Tainted
			}
		default:
			missing = append(missing, i)
		}
	}
	return missing, errors.Join(errs...)
}
