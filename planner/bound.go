package planner

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// bound refuses to delete what another object does not let go of, although it is
// changed: only together with that can it go.
func (b *builder) bound() {
	for _, c := range b.plan.Changes {
		t := b.typeOf(c)
		if c.Action != Update || t == nil {
			continue
		}
		kept := bindings(t.Schema, c.After)
		for _, was := range bindings(t.Schema, c.Before) {
			if slices.Contains(kept, was) {
				continue
			}
			if gone := b.leaving(was); gone != nil {
				b.diags = append(b.diags, b.boundDiag(c, *gone, was.attr))
			}
		}
	}
}

// typeOf returns the type of the object of c; nil when no block has it.
func (b *builder) typeOf(c Change) *providers.Type {
	if blk := b.Program.Block(config.BlockID(c.Addr)); blk != nil {
		return blk.Type
	}
	return nil
}

// binding is an object that another one needs for as long as it is there.
type binding struct {
	attr string // that names it
	ref  providers.Ref
	id   string
}

// bindings returns what v, of the schema s, needs for as long as it is there.
func bindings(s *providers.Schema, v cty.Value) []binding {
	var list []binding
	for _, a := range s.Attrs {
		got := v.GetAttr(a.Name)
		if got.IsNull() || !got.IsKnown() {
			continue
		}
		if a.Block != nil {
			for _, item := range got.AsValueSlice() {
				if item.IsKnown() {
					list = append(list, bindings(a.Block, item)...)
				}
			}
		}
		for _, ref := range a.Refs {
			if a.Binds && a.Type == cty.String {
				list = append(list, binding{a.Name, ref, got.AsString()})
			}
		}
	}
	return list
}

// leaving returns the change that deletes what is bound; nil when it stays.
func (b *builder) leaving(bound binding) *Change {
	i := slices.IndexFunc(b.plan.Changes, func(c Change) bool {
		if c.Action != Delete && c.Action != Replace || c.Addr.Type != bound.ref.Type {
			return false
		}
		id := c.Before.GetAttr(bound.ref.Attr)
		return id.RawEquals(cty.StringVal(bound.id))
	})
	if i < 0 {
		return nil
	}
	return &b.plan.Changes[i]
}

func (b *builder) boundDiag(c, gone Change, attr string) *hcl.Diagnostic {
	what := "deleted"
	if gone.Action == Replace {
		what = "replaced"
	}
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: fmt.Sprintf("%s does not let go of %s", c.Addr, gone.Addr),
		Detail: fmt.Sprintf("%s is to be %s. A change of %s is made in place: what %s has made so far stays with the old one, which could not be deleted. Make it anew in the same run, with -replace='%s', or keep %s until it has nothing there any more.",
			gone.Addr, what, attr, c.Addr, c.Addr, gone.Addr),
	}
	if blk := b.Program.Block(config.BlockID(c.Addr)); blk != nil {
		d.Subject = blk.Range.Ptr()
	}
	return d
}
