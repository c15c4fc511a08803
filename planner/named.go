package planner

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// named refuses two addresses for one object, where ids follow from what is asked
// for, and lets a new object wait until the one that has its id now is gone.
func (b *builder) named() {
	types := b.namedTypes()
	if len(types) == 0 {
		return
	}
	stays, leaves := map[string]int{}, map[string]state.ObjectKey{}
	for i, c := range b.plan.Changes {
		t := types[c.Addr.Type]
		if t == nil || c.Before.IsNull() {
			continue
		}
		switch id := providers.ID(c.Before); c.Action {
		case Replace, Delete:
			leaves[idKey(cmp.Or(c.HadProvider, c.Provider), t, id)] = c.Key
		case Forget:
		default:
			stays[idKey(c.Provider, t, id)] = i
		}
	}
	for i := range b.plan.Changes {
		c := &b.plan.Changes[i]
		t := types[c.Addr.Type]
		if t == nil || c.Action != Create && c.Action != Replace || t.Named(c.After) == "" {
			continue
		}
		id := idKey(c.Provider, t, t.Named(c.After))
		if other, ok := stays[id]; ok {
			b.diags = append(b.diags, b.sameDiag(*c, b.plan.Changes[other], t.Named(c.After)))
			continue
		}
		stays[id] = i
		c.TakesOver = c.CreateFirst && TakesOver(t, c, providers.With(c.After, map[string]cty.Value{"id": cty.StringVal(t.Named(c.After))}))
		if key := leaves[id]; key != c.Key {
			c.Vacated = key
		}
	}
}

// namedTypes returns the types whose ids follow from what is asked for, by their
// names.
func (b *builder) namedTypes() map[string]*providers.Type {
	types := map[string]*providers.Type{}
	for _, p := range b.Priors {
		if p.Type.HasNamed() {
			types[p.Type.Name] = p.Type
		}
	}
	for _, blk := range b.Program.Blocks {
		if blk.Type != nil && blk.Type.HasNamed() {
			types[blk.Type.Name] = blk.Type
		}
	}
	return types
}

// idKey tells an object apart from all others of a plan.
func idKey(provider string, t *providers.Type, id string) string {
	return provider + " " + t.Name + " " + id
}

func (b *builder) sameDiag(c, other Change, id string) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Two addresses for one object", Detail: SameObject(c.Addr, other.Addr, id)}
	if blk := b.Program.Block(config.BlockID(c.Addr)); blk != nil {
		d.Subject = blk.Range.Ptr()
	}
	return d
}

// SameObject says that the object to be made at an address is the one of another.
func SameObject(a, other state.Addr, id string) string {
	return fmt.Sprintf("%s would be %s, which %s is: they would fight over it. Keep one of the two; if the one was renamed, write a moved block.", a, id, other)
}
