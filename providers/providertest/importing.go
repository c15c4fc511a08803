package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// importedAll imports what each example makes. Of what only state keeps there is
// nothing to read: what the id does not say is lost, and the smallest example
// is all that it can tell.
func (s Suite) importedAll(t *testing.T, typ *providers.Type, list []string) {
	idOf, special := s.ImportID[typ.Name]
	switch {
	case special && idOf == nil:
		t.Run("an import is refused", func(t *testing.T) { refusesImport(t, typ) })
		return
	case !special:
		idOf = typ.ImportID
	}
	if typ.Kept {
		list = list[:1]
	}
	for i, src := range list {
		t.Run(fmt.Sprintf("import of example %d", i+1), func(t *testing.T) { s.imported(t, typ, src, idOf) })
	}
}

func refusesImport(t *testing.T, typ *providers.Type) {
	_, err := typ.Identify("1")
	if err == nil || !strings.Contains(err.Error(), "cannot be imported") {
		t.Errorf("error %v, want that it cannot be imported", err)
	}
}

// imported makes an example, forgets the object and takes it over by the id
// that users know: nothing is to be changed but what the API never shows.
func (s Suite) imported(t *testing.T, typ *providers.Type, src string, idOf func(cty.Value) string) {
	w := newWorld(t, s)
	was := w.inventory()
	w.must(src)
	o, v := w.current(typ)
	id := idOf(v)
	delete(w.store.objects, o.Key)
	again := src + importBlock(o.Addr, id)
	plan, _, err := w.plan(context.Background(), again)
	if err != nil {
		t.Fatalf("import of %q: %v", id, err)
	}
	for _, c := range plan.Changes {
		if c.Addr == o.Addr {
			w.sameButBlind(typ, id, v, c)
		} else if c.Action != planner.NoOp {
			t.Errorf("the import plans %s of %s", c.Action, c.Addr)
		}
	}
	if t.Failed() {
		return
	}
	w.must(again)
	w.mustBeEmpty(src)
	w.must("")
	w.mustBeGone(was)
}

// sameButBlind demands that what was imported is what was made (v), and that
// the plan changes nothing but what the API does not show, in place.
func (w *world) sameButBlind(typ *providers.Type, id string, v cty.Value, c planner.Change) {
	w.t.Helper()
	want := planner.NoOp
	for _, a := range typ.Schema.Attrs {
		learned := a.MayReplace() || typ.Schema.Resends(a)
		hidden := slices.Contains(w.s.Unasked, a.Name) || a.Blind && !learned && (a.Else == cty.NilVal || !a.Else.RawEquals(v.GetAttr(a.Name)))
		if typ.Kept {
			hidden = a.Mode == providers.Optional && c.Before.GetAttr(a.Name).IsNull()
		}
		switch {
		case typ.Kept && a.Mode == providers.Computed: // made anew, such as a hash
		case alike(typ, a.Name, v, c.Before):
		case hidden:
			want = planner.Update
		default:
			w.t.Errorf("import of %q: %s is %#v, want %#v", id, a.Name, c.Before.GetAttr(a.Name), v.GetAttr(a.Name))
		}
	}
	if w.t.Failed() {
		return
	}
	if c.Action != want {
		w.t.Errorf("import of %q: the plan is %s, want %s", id, c.Action, want)
	}
	for _, a := range typ.Schema.Attrs {
		if want == planner.Update && len(a.After) > 0 && !c.After.GetAttr(a.Name).IsKnown() {
			continue // what is hidden changes it, too
		}
		if (!typ.Kept || a.Mode != providers.Computed) && !alike(typ, a.Name, v, c.After) {
			w.t.Errorf("import of %q: %s is planned to be %#v, want %#v", id, a.Name, c.After.GetAttr(a.Name), v.GetAttr(a.Name))
		}
	}
}

// alike reports whether two objects say the same in an attribute.
func alike(typ *providers.Type, name string, a, b cty.Value) bool {
	return typ.Spell(a, b).GetAttr(name).RawEquals(a.GetAttr(name)) || typ.Spell(b, a).GetAttr(name).RawEquals(b.GetAttr(name))
}

// importBlock returns a block that takes over the object with an id.
func importBlock(to state.Addr, id string) string {
	quoted := hclwrite.TokensForValue(cty.StringVal(id)).Bytes()
	return "\n\nimport {\n  to = " + to.String() + "\n  id = " + string(quoted) + "\n}\n"
}
