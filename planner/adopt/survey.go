// Package adopt writes the configuration of what a cloud has: it lists all that
// the types of a provider show, and says it in blocks that refer to each other,
// with imports. It changes nothing.
package adopt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Object is something that a cloud has.
type Object struct {
	Type   *providers.Type
	Seen   providers.Listed
	Parent *Object // in whose collection it was listed; nil for none
	Given  bool    // comes with something else, and has no block
	// Block is the address of the block that it has already; nil for none.
	Block *state.Addr
}

// Fresh reports whether o is to get a block.
func (o *Object) Fresh() bool { return !o.Given && o.Block == nil }

// ID returns the id by which users import o.
func (o *Object) ID() string { return o.Type.ImportID(o.Seen.Value) }

// Name returns what people call o: its name, or what says as much; its id when
// nothing does.
func (o *Object) Name() string {
	for _, attr := range []string{"name", "label", "fqdn", "key", "ip_address", "ip", "server_name", "display_name"} {
		if text := textOf(o.Seen.Value, attr); text != "" {
			return text
		}
	}
	if text := o.Type.Natural(o.Seen.Value); text != "" && !uuids.MatchString(text) {
		return text
	}
	return providers.ID(o.Seen.Value)
}

var uuids = providers.NewPattern(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// textOf returns a text attribute of v; "" when it has none.
func textOf(v cty.Value, attr string) string {
	if !v.Type().HasAttribute(attr) {
		return ""
	}
	if got := v.GetAttr(attr); got.Type() == cty.String && !got.IsNull() && got.IsKnown() {
		return got.AsString()
	}
	return ""
}

// surveyor lists the collections of one provider.
type surveyor struct {
	ops      providers.Ops
	children map[string][]*providers.Type // by type of the parent; as they are before the first list

	mu    sync.Mutex
	found []*Object
	made  map[providers.Made]bool
	errs  []error
	wg    sync.WaitGroup
}

// Survey lists the objects of all types that have lists. Collections within
// objects, such as the records of a domain, are looked through for those that
// keep accepts. What is Given is there for what refers to it, and what another
// object makes is Given. The errors are of collections of which nothing is known.
func Survey(ctx context.Context, ops providers.Ops, types providers.Types, keep func(*Object) bool) ([]*Object, []error) {
	s := &surveyor{ops: ops, children: map[string][]*providers.Type{}, made: map[providers.Made]bool{}}
	var roots []*providers.Type
	for _, t := range types.All() {
		switch parents := t.Parents(); {
		case !t.CanList() || t.Kept || t.Redundant:
		case len(parents) > 0:
			for _, ref := range parents[0].Refs {
				if list := s.children[ref.Type]; !slices.Contains(list, t) {
					s.children[ref.Type] = append(list, t)
				}
			}
		default:
			roots = append(roots, t)
		}
	}
	for _, t := range roots {
		for _, in := range t.Collections() {
			s.list(ctx, t, in, nil, keep)
		}
	}
	s.wg.Wait()
	for _, o := range s.found {
		o.Given = o.Given || s.made[providers.Made{Type: o.Type.Name, ID: providers.ID(o.Seen.Value)}]
	}
	slices.SortFunc(s.found, func(a, b *Object) int {
		return cmp.Or(strings.Compare(a.Type.Name, b.Type.Name), strings.Compare(a.Name(), b.Name()), strings.Compare(a.ID(), b.ID()))
	})
	slices.SortFunc(s.errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	found := slices.CompactFunc(s.found, func(a, b *Object) bool { return a.Type == b.Type && a.ID() == b.ID() })
	enlist(found)
	return found, s.errs
}

// list looks through the collection that in belongs to, and those within it.
func (s *surveyor) list(ctx context.Context, t *providers.Type, in cty.Value, parent *Object, keep func(*Object) bool) {
	s.wg.Go(func() {
		all, err := s.ops.List(ctx, t, in)
		if errors.Is(err, providers.ErrGone) {
			return // with its parent
		}
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.errs = append(s.errs, fmt.Errorf("list %s: %w", t.Name, err))
			return
		}
		for _, l := range all {
			s.add(ctx, &Object{Type: t, Seen: l, Parent: parent}, keep)
		}
	})
}

// add records o when it is kept, and looks into it.
func (s *surveyor) add(ctx context.Context, o *Object, keep func(*Object) bool) {
	if o.Type.Shallow {
		have, err := o.Type.Identify(o.ID())
		if err != nil {
			have = o.Seen.Value // nothing can be imported; it is to be seen all the same
		}
		full, err := s.ops.Inspect(ctx, o.Type, have)
		if errors.Is(err, providers.ErrGone) {
			return
		}
		if err != nil {
			s.mu.Lock()
			s.errs = append(s.errs, fmt.Errorf("read %s %s: %w", o.Type.Name, o.ID(), err))
			s.mu.Unlock()
			return
		}
		o.Seen = full
	}
	o.Given = o.Type.Given(o.Seen.Value)
	s.mu.Lock()
	for _, m := range o.Seen.Makes {
		s.made[m] = true
	}
	s.mu.Unlock()
	if !o.Given && !keep(o) {
		return
	}
	s.mu.Lock()
	s.found = append(s.found, o)
	s.mu.Unlock()
	for _, t := range s.children[o.Type.Name] {
		if o.Given {
			break
		}
		if in, ok := within(t, o); ok {
			s.list(ctx, t, in, o, keep)
		}
	}
}

// within returns a member of the collection of t that o holds: with all that
// names o, such as the region of a bucket beside its name.
func within(t *providers.Type, o *Object) (cty.Value, bool) {
	vals := t.Empty().AsValueMap()
	for _, a := range t.Parents() {
		for _, ref := range a.Refs {
			if ref.Type == o.Type.Name {
				vals[a.Name] = o.Seen.Value.GetAttr(ref.Attr)
			}
		}
		if vals[a.Name].IsNull() {
			return cty.NilVal, false
		}
	}
	return cty.ObjectVal(vals), true
}
