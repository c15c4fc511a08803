package providertest

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// marked goes from example to example: each object bears the ownership mark
// from its creation on, whatever changes in place, and no attribute shows it.
func (s Suite) marked(t *testing.T, typ *providers.Type, list []string) {
	w := newWorld(t, s)
	was := w.inventory()
	var last state.ObjectKey
	bears, seen := "", false
	for i, src := range list {
		w.must(src)
		o, v := w.current(typ)
		if o.Key != last {
			last, bears = o.Key, lineage
		}
		if typ.Mark == providers.InDescription && described(v) {
			bears = "" // and it does not come back
		}
		seen = seen || bears != ""
		if got := w.owner(typ, v); got != bears {
			t.Errorf("example %d: the mark names %q, want %q", i+1, got, bears)
		}
		if strings.Contains(string(o.Attrs), lineage) {
			t.Errorf("example %d: attributes show the mark: %s", i+1, o.Attrs)
		}
		w.mustBeEmpty(src)
	}
	if !seen {
		t.Error("no example is to bear a mark")
	}
	w.must("")
	w.mustBeGone(was)
}

// unmarked demands that nothing speaks of the state where the settings want no
// ownership marks.
func (s Suite) unmarked(t *testing.T, typ *providers.Type, list []string) {
	w := newWorld(t, s)
	w.unmarked = true
	for i, src := range list {
		w.must(src)
		_, v := w.current(typ)
		if got := w.owner(typ, v); got != "" {
			t.Errorf("example %d: the mark names %q, want none", i+1, got)
		}
	}
	if n := w.mentions.Load(); n > 0 {
		t.Errorf("%d requests mention the lineage of the state", n)
	}
}

// described reports whether the description of v is configured.
func described(v cty.Value) bool {
	d := v.GetAttr("description")
	return !d.IsNull() && d.AsString() != ""
}

// undescribed returns examples whose resources of a type set no description.
func undescribed(list []string, typ string) []string {
	var out []string
	for _, src := range list {
		f, diags := hclwrite.ParseConfig([]byte(src), "main.tf", hcl.InitialPos)
		if diags.HasErrors() {
			panic(diags) // the examples have been parsed before
		}
		for _, b := range f.Body().Blocks() {
			if b.Type() == "resource" && b.Labels()[0] == typ {
				b.Body().RemoveAttribute("description")
			}
		}
		out = append(out, string(f.Bytes()))
	}
	return out
}

// owner returns the lineage in the ownership mark of the object v, as its list
// shows it, and demands that a sweep for that lineage finds it.
func (w *world) owner(typ *providers.Type, v cty.Value) string {
	w.t.Helper()
	ctx := context.Background()
	conn, err := w.connect(ctx, "", cty.NilVal)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := conn.Ops.Inspect(ctx, typ, v)
	if err != nil {
		w.t.Fatalf("inspect: %v", err)
	}
	all, err := conn.Ops.List(ctx, typ, v)
	if err != nil {
		w.t.Fatalf("list: %v", err)
	}
	for _, l := range all {
		if providers.ID(l.Value) == providers.ID(v) && !typ.Shallow && l.Owner != got.Owner {
			w.t.Errorf("the list shows the owner %q, a read %q", l.Owner, got.Owner)
		}
	}
	owned, unread, err := observe.Owned(ctx, conn.Ops, typ, v, lineage, func(id string) bool { return id != providers.ID(v) })
	if err != nil || len(unread) > 0 {
		w.t.Errorf("sweep: %v, %v", err, unread)
	}
	if found := len(owned) == 1; found != (got.Owner == lineage) {
		w.t.Errorf("sweep finds %d of the objects of which the owner is %q", len(owned), got.Owner)
	}
	return got.Owner
}
