package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

var small = attrs{"id": str("srv-1"), "name": str("web"), "size": str("s"), "image": str("i")}

// movedPlan has objects under new addresses: as they were, changed, replaced
// and deleted.
func movedPlan() *planner.Plan {
	inner := state.Addr{Module: "module.a[0].module.b", Type: "toy_server", Name: "web"}
	outer := state.Addr{Module: "module.a[0]", Type: "toy_server", Name: "web", Key: state.IndexKey(1)}
	return &planner.Plan{Changes: []planner.Change{
		{Addr: addr("new"), MovedFrom: addr("old"), Action: planner.NoOp, Before: small.server(), After: small.server()},
		{Addr: outer, MovedFrom: addr("web"), Action: planner.Update, Before: small.server(), After: small.with(attrs{"size": str("l")}).server()},
		{Addr: inner, MovedFrom: outer, Action: planner.Replace, Reason: planner.BecauseCannotUpdate, Before: small.server(), After: small.with(fresh).with(attrs{"image": str("j")}).server(), ReplacePaths: []cty.Path{cty.GetAttrPath("image")}},
		{Addr: addr("gone"), MovedFrom: addr("away"), Action: planner.Delete, Reason: planner.BecauseMoved, Before: small.server(), After: noServer()},
		{Addr: inner, Action: planner.Delete, Reason: planner.BecauseModule, Before: small.server(), After: noServer()},
		{Addr: addr("asked"), Action: planner.Replace, Reason: planner.BecauseRequested, Before: small.server(), After: small.with(fresh).server()},
	}}
}

func importedChanges() []planner.Change {
	return []planner.Change{
		{Addr: addr("as_is"), ImportID: "srv-1", Action: planner.NoOp, Before: small.server(), After: small.server()},
		{Addr: addr("changed"), ImportID: "srv-\x1b2", Action: planner.Update, Before: small.server(), After: small.with(attrs{"size": str("l")}).server()},
		{Addr: addr("lost"), ImportID: "srv-3", Action: planner.Replace, Reason: planner.BecauseCannotUpdate, Before: small.server(), After: small.with(fresh).with(attrs{"image": str("j")}).server(), ReplacePaths: []cty.Path{cty.GetAttrPath("image")}},
	}
}

func forgotten() planner.Change {
	return planner.Change{Addr: addr("kept"), Action: planner.Forget, Reason: planner.BecauseNoBlock, Before: web.server(), After: noServer()}
}

func deferrals() []planner.Deferred {
	return []planner.Deferred{
		{Addr: addr("many"), Reason: "its count is known only after the apply of toy_server.web"},
		{Addr: addr("user"), Reason: "it needs toy_server.many\x1b[31m, which is deferred"},
	}
}

// notes have attributes of any type. What Terraform prints for the input and
// output of terraform_data with these values was compared by eye.
func notes() []planner.Change {
	ty := toyCatalog().Of("toy").Resources.Of("toy_note").ImpliedType()
	paperType := ty.AttributeType("paper").ElementType()
	obj := func(m map[string]cty.Value) cty.Value { return cty.ObjectVal(m) }
	num := func(n int64) cty.Value { return cty.NumberIntVal(n) }
	paper := func(v cty.Value) cty.Value {
		if v == cty.NilVal {
			return cty.ListValEmpty(paperType)
		}
		return cty.ListVal([]cty.Value{obj(map[string]cty.Value{"color": str("red"), "any": v})})
	}
	value := func(text, copied, inner cty.Value) cty.Value {
		return obj(map[string]cty.Value{"id": str("n-1"), "text": text, "copy": copied, "paper": paper(inner)})
	}
	before := obj(map[string]cty.Value{"a": num(1), "l": cty.TupleVal(strs("x"))})
	after := obj(map[string]cty.Value{"a": num(2), "l": cty.TupleVal(strs("x", "y"))})
	list := cty.TupleVal([]cty.Value{num(1), obj(map[string]cty.Value{"k": str("v")})})
	change := func(name string, was, now cty.Value) planner.Change {
		return planner.Change{Addr: state.Addr{Type: "toy_note", Name: name}, Action: planner.Update, Before: was, After: now}
	}
	return []planner.Change{
		change("object", value(before, before, cty.NilVal), value(after, cty.DynamicVal, cty.NilVal)),
		change("retyped", value(list, list, before), value(obj(map[string]cty.Value{"k": str("v")}), cty.DynamicVal, after)),
		change("gone", value(str("z"), str("z"), str("red")), value(cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.DynamicPseudoType), cty.NilVal)),
		change("map", value(cty.MapVal(map[string]cty.Value{"a": str("x"), "b c": str("y")}), cty.True, cty.NilVal), value(cty.MapVal(map[string]cty.Value{"a": str("x"), "d": str("y")}), cty.True, cty.NilVal)),
		change("fresh", value(cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.DynamicPseudoType), cty.NilVal), value(cty.DynamicVal, cty.DynamicVal, list)),
	}
}

func TestRefreshPlansReadLikeTerraforms(t *testing.T) {
	o := state.Object{Addr: addr("w\x1b")}
	tests := []struct {
		name string
		plan *planner.Plan
	}{
		{"drift", &planner.Plan{Drift: drifted()}},
		{"drift_and_outputs", &planner.Plan{Drift: drifted()[:1], Outputs: outputs()[:1]}},
		{"outputs", &planner.Plan{Outputs: outputs()[:1]}},
		{"unseen", &planner.Plan{Refresh: []state.Change{{Put: &o}, {Drop: "k"}}}},
		{"nothing", &planner.Plan{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			RefreshPlan(&b, plain80, test.plan, toyCatalog())
			golden(t, "refresh_"+test.name+".txt", b.String())
		})
	}
}

func TestWarningsOfPlans(t *testing.T) {
	tests := []struct {
		name        string
		plan        planner.Plan
		plan1, then []string // summaries
	}{
		{"a whole plan has none", planner.Plan{Changes: []planner.Change{updated()}}, nil, nil},
		{"a partial plan is named so before and after", planner.Plan{Partial: true}, []string{"Resource targeting is in effect"}, []string{"Applied changes may be incomplete"}},
		{"objects that are forgotten are named", planner.Plan{Changes: []planner.Change{forgotten()}}, []string{"Some objects will no longer be managed by mlinfra"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var before, after []string
			for _, d := range PlanWarnings(&test.plan) {
				before = append(before, d.Summary)
				if strings.HasPrefix(d.Summary, "Some objects") && !strings.Contains(d.Detail, "\n - toy_server.kept\n") {
					t.Errorf("%q does not name toy_server.kept", d.Detail)
				}
			}
			for _, d := range ApplyWarnings(&test.plan) {
				after = append(after, d.Summary)
			}
			if strings.Join(before, "|") != strings.Join(test.plan1, "|") || strings.Join(after, "|") != strings.Join(test.then, "|") {
				t.Errorf("got %q and %q, want %q and %q", before, after, test.plan1, test.then)
			}
		})
	}
}
