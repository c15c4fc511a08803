package providertest

import (
	"context"
	"slices"
	"testing"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/adopt"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/zclconf/go-cty/cty"
)

// adoptedAll writes the configuration of what each example makes from what the
// cloud shows. It needs types that say what refers to what.
func (s Suite) adoptedAll(t *testing.T, typ *providers.Type, list []string) {
	refers := func(t *providers.Type) bool {
		return slices.ContainsFunc(t.Schema.Attrs, func(a *providers.Attr) bool { return len(a.Refs) > 0 })
	}
	any := false
	for _, t := range s.Provider.Resources.All() {
		any = any || refers(t)
	}
	if !any || typ.Redundant || !typ.CanList() {
		return
	}
	t.Run("adoption", func(t *testing.T) {
		for _, src := range list {
			s.adopted(t, typ, src)
		}
	})
}

// adopted makes an example, forgets all of it, and writes it anew: the plan of
// that takes over what is there and changes nothing.
func (s Suite) adopted(t *testing.T, typ *providers.Type, src string) {
	w := newWorld(t, s)
	was := w.inventory()
	w.must(src)
	ctx := context.Background()
	conn, err := w.connect(ctx, "", cty.NilVal)
	if err != nil {
		t.Fatal(err)
	}
	objects, errs := adopt.Survey(providers.Remember(ctx), conn.Ops, s.Provider.Resources, func(*adopt.Object) bool { return true })
	for _, err := range errs {
		t.Error(err)
	}
	mine := map[string]bool{}
	for _, o := range w.store.objects {
		v, err := planner.Unobserved(o, w.catalog())
		if err != nil {
			t.Fatal(err)
		}
		mine[o.Addr.Type+" "+providers.ID(v.Stored)] = true
	}
	objects = slices.DeleteFunc(objects, func(o *adopt.Object) bool { return !o.Given && !mine[o.Type.Name+" "+providers.ID(o.Seen.Value)] })
	given := slices.ContainsFunc(objects, func(o *adopt.Object) bool {
		_, err := o.Type.Identify(o.ID())
		return (o.Given || err != nil) && mine[o.Type.Name+" "+providers.ID(o.Seen.Value)]
	})
	c := adopt.NewConfig(objects, func(state.Addr) bool { return false })
	blocks, imports, variables := c.Write()
	if len(variables) > 0 || given {
		return // nobody is here to give the values; not everything has a block
	}
	clear(w.store.objects)
	again := string(blocks) + string(imports)
	plan, _, err := w.plan(ctx, again)
	if err != nil {
		t.Fatalf("%v\n%s", err, again)
	}
	for _, c := range plan.Changes {
		if c.Action != planner.NoOp || c.ImportID == "" {
			t.Errorf("the plan is %s of %s, imported from %q: %v", c.Action, c.Addr, c.ImportID, differences(typ, c))
		}
	}
	if t.Failed() {
		t.Log(again)
		return
	}
	w.must(again)
	w.mustBeEmpty(again)
	w.must("")
	w.mustBeGone(was)
}

// differences names the attributes that a change changes.
func differences(typ *providers.Type, c planner.Change) []string {
	var names []string
	if c.Before.IsNull() || c.After.IsNull() || c.Addr.Type != typ.Name {
		return nil
	}
	for _, a := range typ.Schema.Attrs {
		if !c.Before.GetAttr(a.Name).RawEquals(c.After.GetAttr(a.Name)) {
			names = append(names, a.Name)
		}
	}
	return names
}
