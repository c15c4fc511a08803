package view

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

var update = flag.Bool("update", false, "write the golden files")

// canary is the value of everything sensitive in these tests.
const canary = "hunter2-canary"

type server struct {
	ID       string            `cty:"id" is:"computed"`
	Name     string            `cty:"name" is:"required"`
	Size     string            `cty:"size" is:"required"`
	Image    string            `cty:"image" is:"required,replace"`
	IP       string            `cty:"ip" is:"computed"`
	Port     int               `cty:"port" is:"default"`
	Tags     []string          `cty:"tags" is:"optional,set"`
	Zones    []string          `cty:"zones" is:"optional"`
	Labels   map[string]string `cty:"labels" is:"optional"`
	UserData string            `cty:"user_data" is:"optional"`
	Policy   string            `cty:"policy" is:"optional"`
	Password string            `cty:"password" is:"optional,sensitive"`
	Disk     []disk            `cty:"disk" is:"optional"`
	Rule     []rule            `cty:"rule" is:"optional,set"`
}

type disk struct {
	Kind string `cty:"kind" is:"required,replace"`
	Gigs int    `cty:"gigs" is:"optional"`
	Key  string `cty:"key" is:"optional,sensitive"`
}

type rule struct {
	Port  string   `cty:"port" is:"required"`
	Hosts []string `cty:"hosts" is:"optional,set"`
}

type image struct {
	ID   string `cty:"id" is:"computed"`
	Slug string `cty:"slug" is:"required"`
}

type note struct {
	ID    string    `cty:"id" is:"computed"`
	Text  cty.Value `cty:"text" is:"optional"`
	Copy  cty.Value `cty:"copy" is:"computed,after=text"`
	Paper []paper   `cty:"paper" is:"optional,single"`
}

type paper struct {
	Color string    `cty:"color" is:"optional"`
	Any   cty.Value `cty:"any" is:"optional"`
}

type client struct{}

func toyCatalog() config.Catalog {
	cloud := providers.Cloud[client, struct{}]{
		Name:      "toy",
		Connect:   func(context.Context, struct{}, providers.Env) (client, error) { return client{}, nil },
		Resources: []providers.Erasable{providers.Resource[client, server]{Type: "toy_server"}, providers.Resource[client, note]{Type: "toy_note"}},
		Data:      []providers.Erasable{providers.DataSource[client, image]{Type: "toy_image"}},
	}
	return config.NewCatalog(cloud.Provider())
}

func serverType() cty.Type { return toyCatalog().Of("toy").Resources.Of("toy_server").ImpliedType() }

type attrs map[string]cty.Value

// make returns an object of a type; what attrs does not set is null, and
// nested blocks are empty.
func (a attrs) object(ty cty.Type) cty.Value {
	vals := map[string]cty.Value{}
	for name, aty := range ty.AttributeTypes() {
		vals[name] = cty.NullVal(aty)
		switch name {
		case "disk":
			vals[name] = cty.ListValEmpty(aty.ElementType())
		case "rule":
			vals[name] = cty.SetValEmpty(aty.ElementType())
		}
		if v, ok := a[name]; ok {
			vals[name] = v
		}
	}
	return cty.ObjectVal(vals)
}

func (a attrs) server() cty.Value { return a.object(serverType()) }

// with returns a copy of a with some attributes set.
func (a attrs) with(more attrs) attrs {
	all := attrs{}
	for _, m := range []attrs{a, more} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func noServer() cty.Value { return cty.NullVal(serverType()) }

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(list ...string) []cty.Value {
	var vals []cty.Value
	for _, s := range list {
		vals = append(vals, str(s))
	}
	return vals
}

func disks(list ...attrs) cty.Value {
	ty := serverType().AttributeType("disk").ElementType()
	var vals []cty.Value
	for _, a := range list {
		vals = append(vals, a.object(ty))
	}
	return cty.ListVal(vals)
}

func rules(list ...attrs) cty.Value {
	ty := serverType().AttributeType("rule").ElementType()
	var vals []cty.Value
	for _, a := range list {
		vals = append(vals, a.object(ty))
	}
	return cty.SetVal(vals)
}

func addr(name string) state.Addr { return state.Addr{Type: "toy_server", Name: name} }

// web is a server that is there.
var web = attrs{
	"id": str("srv-1"), "name": str("web"), "size": str("small"), "image": str("debian-12"), "ip": str("10.0.0.1"),
	"port": cty.NumberIntVal(22), "tags": cty.SetVal(strs("a", "b")), "zones": cty.ListVal(strs("x", "y", "z")),
	"labels":    cty.MapVal(map[string]cty.Value{"env": str("prod"), "team": str("ml")}),
	"user_data": str("#!/bin/sh\necho one\necho two\n"), "policy": str(`{"allow":["read"],"max":1}`),
	"password": str(canary),
	"disk":     disks(attrs{"kind": str("ssd"), "gigs": cty.NumberIntVal(10), "key": str(canary)}, attrs{"kind": str("hdd"), "gigs": cty.NumberIntVal(99)}),
	"rule":     rules(attrs{"port": str("22"), "hosts": cty.SetVal(strs("10.0.0.0/8"))}, attrs{"port": str("80")}),
}

// fresh is what the cloud decides about a new server.
var fresh = attrs{"id": cty.UnknownVal(cty.String), "ip": cty.UnknownVal(cty.String)}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nrun go test ./cmd/view -update if that is right", file, diff)
	}
}

// plans are those that the tests render, by name.
func plans() map[string]*planner.Plan {
	return map[string]*planner.Plan{
		"create":  {Changes: []planner.Change{{Addr: addr("web"), Action: planner.Create, Before: noServer(), After: web.with(fresh).server()}}},
		"update":  {Changes: []planner.Change{updated()}},
		"replace": {Changes: replaced()},
		"destroy": {Destroy: true, Changes: deleted(), Outputs: []planner.OutputChange{
			{Name: "ip", Action: planner.Delete, Before: str("10.0.0.1"), After: cty.NullVal(cty.String)},
			{Name: "password", Action: planner.Delete, Before: str(canary), After: cty.NullVal(cty.String), Sensitive: true},
		}},
		"special":      {Changes: special()},
		"empty":        {Changes: []planner.Change{{Addr: addr("web"), Action: planner.NoOp, Before: web.server(), After: web.server()}}},
		"nodestroy":    {Destroy: true},
		"outputs":      {Outputs: outputs()},
		"drift":        {Drift: drifted(), Changes: []planner.Change{updated()}},
		"drift_only":   {Drift: drifted()},
		"values":       {Outputs: []planner.OutputChange{{Name: "o", Action: planner.Update, Before: kinds(false), After: kinds(true)}}},
		"control_text": {Changes: []planner.Change{hostile()}},
		"moved":        movedPlan(),
		"moved_only":   {Changes: movedPlan().Changes[:1]},
		"imported":     {Changes: importedChanges()},
		"forgotten":    {Changes: []planner.Change{forgotten()}},
		"partial":      {Partial: true, Changes: []planner.Change{forgotten()}},
		"deferred":     {Deferred: deferrals(), Changes: []planner.Change{updated()}, Steps: []planner.Step{{Op: planner.OpUpdate}}},
		"deferred_all": {Deferred: deferrals()},
		"any":          {Changes: notes()},
	}
}

func updated() planner.Change {
	return planner.Change{Addr: addr("web"), Key: "k1", Action: planner.Update, Before: web.server(), After: web.with(attrs{
		"size": str("large"), "port": cty.UnknownVal(cty.Number), "tags": cty.SetVal(strs("b", "c")),
		"zones":     cty.ListVal(strs("x", "q", "z", "w")),
		"labels":    cty.MapVal(map[string]cty.Value{"env": str("dev"), "new key": str("1")}),
		"user_data": str("#!/bin/sh\necho 1\necho two\n"), "policy": str(`{"allow":["read","write"],"max":1}`),
		"password": str(canary + "!"),
		"disk":     disks(attrs{"kind": str("ssd"), "gigs": cty.NumberIntVal(20), "key": str(canary + "2")}, attrs{"kind": str("hdd"), "gigs": cty.NumberIntVal(99)}),
		"rule":     rules(attrs{"port": str("22"), "hosts": cty.SetVal(strs("10.0.0.0/8"))}, attrs{"port": str("443")}),
	}).server()}
}

func replaced() []planner.Change {
	after := web.with(fresh).with(attrs{"image": str("debian-13"), "disk": disks(attrs{"kind": str("nvme"), "gigs": cty.NumberIntVal(10), "key": str(canary)})})
	image := []cty.Path{cty.GetAttrPath("image"), cty.GetAttrPath("disk")}
	same := web.with(fresh).server()
	return []planner.Change{
		{Addr: addr("a"), Action: planner.Replace, Reason: planner.BecauseCannotUpdate, Before: web.server(), After: after.server(), ReplacePaths: image},
		{Addr: addr("b"), Action: planner.Replace, Reason: planner.BecauseTainted, CreateFirst: true, Before: web.server(), After: same},
		{Addr: addr("c"), Action: planner.Replace, Reason: planner.BecauseTriggered, Before: web.server(), After: same},
	}
}

func deleted() []planner.Change {
	whys := []planner.Reason{planner.BecauseNoBlock, planner.BecauseCountIndex, planner.BecauseEachKey, planner.BecauseWrongKey, planner.BecauseDeposed}
	keys := []state.Key{{}, state.IndexKey(2), state.NameKey("k"), {}, {}}
	small := attrs{"id": str("srv-9"), "name": str("old")}.server()
	list := []planner.Change{{Addr: addr("web"), Action: planner.Delete, Before: web.server(), After: noServer()}}
	for i, why := range whys {
		a := addr("old")
		a.Key = keys[i]
		list = append(list, planner.Change{Addr: a, Key: "key-1", Action: planner.Delete, Reason: why, Before: small, After: noServer()})
	}
	return list
}

func special() []planner.Change {
	ty := toyCatalog().Of("toy").Data.Of("toy_image").ImpliedType()
	img := state.Addr{Data: true, Type: "toy_image", Name: "i"}
	unknown := attrs{"id": cty.UnknownVal(cty.String), "slug": cty.UnknownVal(cty.String)}
	return []planner.Change{
		{Addr: img, Action: planner.Read, Before: cty.NullVal(ty), After: unknown.object(ty)},
		{Addr: state.Addr{Data: true, Type: "toy_image", Name: "j"}, Action: planner.Read, Before: cty.NullVal(ty), After: unknown.with(attrs{"slug": str("debian")}).object(ty)},
		{Addr: state.Addr{Data: true, Type: "toy_image", Name: "known"}, Action: planner.NoOp, Before: cty.NullVal(ty), After: unknown.object(ty)},
		{Addr: addr("pending"), Action: planner.Await, Reason: planner.BecauseUnfinished, Before: web.server(), After: web.server()},
		{Addr: addr("cut"), Action: planner.Update, Reason: planner.BecauseUnfinished, Before: web.server(), After: web.server()},
		{Addr: addr("veiled"), Action: planner.Update, Sensitive: []string{"size", "disk"}, Before: web.with(attrs{"size": str(canary)}).server(), After: web.with(attrs{"size": str(canary + "x"), "disk": disks(attrs{"kind": str(canary)})}).server()},
	}
}

func outputs() []planner.OutputChange {
	object := cty.ObjectVal(map[string]cty.Value{"a": cty.NumberIntVal(1), "list": cty.TupleVal(strs("x")), "odd key": cty.True})
	return []planner.OutputChange{
		{Name: "added", Action: planner.Create, Before: cty.NullVal(cty.DynamicPseudoType), After: object},
		{Name: "later", Action: planner.Update, Before: object, After: cty.UnknownVal(cty.DynamicPseudoType)},
		{Name: "retyped", Action: planner.Update, Before: str("plain"), After: cty.TupleVal(strs("plain", "x"))},
		{Name: "same", Action: planner.NoOp, Before: str("s"), After: str("s")},
		{Name: "secret", Action: planner.Update, Before: str(canary), After: str(canary + "1"), Sensitive: true},
	}
}

// kinds returns a value of each kind, before and after a change. What Terraform
// prints for the same change was compared by eye.
func kinds(after bool) cty.Value {
	pick := func(was, now cty.Value) cty.Value {
		if after {
			return now
		}
		return was
	}
	num := func(n int64) cty.Value { return cty.NumberIntVal(n) }
	obj := func(a, b cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"a": a, "b": b}) }
	return cty.ObjectVal(map[string]cty.Value{
		"json to text":  pick(str(`{"a":1}`), str("plain")),
		"json spaces":   pick(str(`{"a":1}`), str(`{ "a": 1 }`)),
		"json list":     pick(str(`[]`), str(`[1]`)),
		"list":          pick(cty.TupleVal(strs("a", "b", "c", "d", "e", "f")), cty.TupleVal(strs("a", "b", "X", "d", "e", "f", "g"))),
		"lines to text": pick(str("a\nb"), str("plain")),
		"null to lines": pick(cty.NullVal(cty.String), str("a\nb\n")),
		"nulls":         pick(cty.TupleVal([]cty.Value{cty.NullVal(cty.Number), num(1)}), cty.TupleVal([]cty.Value{num(1), cty.NullVal(cty.Number)})),
		"number":        pick(cty.NumberFloatVal(1.5), num(100000000000)),
		"objects":       pick(cty.TupleVal([]cty.Value{obj(num(1), num(2)), obj(num(2), num(3))}), cty.TupleVal([]cty.Value{obj(num(1), num(9)), obj(num(3), num(3))})),
		"name":          str("important, so shown"),
		"same":          obj(num(1), num(1)),
		"end of line":   pick(str("a\nb"), str("a\nb\n")),
		"unknown":       pick(obj(num(1), num(2)), cty.DynamicVal),
		"deep":          obj(obj(num(1), pick(num(1), cty.UnknownVal(cty.Number))), num(1)),
	})
}

func drifted() []planner.Drift {
	return []planner.Drift{
		{Addr: addr("gone"), Before: web.server(), After: noServer()},
		{Addr: addr("web"), Before: web.with(attrs{"size": str("tiny"), "password": str(canary + "0")}).server(), After: web.server()},
	}
}

func hostile() planner.Change {
	a := addr("web")
	a.Key = state.NameKey("x\x1b[31m\u202e")
	return planner.Change{Addr: a, Action: planner.Create, Before: noServer(), After: attrs{
		"name": str("a\x1b]0;title\x07\u202eb"), "user_data": str("one\x1b[2J\r\ntwo\u2066\n"),
		"labels": cty.MapVal(map[string]cty.Value{"k\x1b": str("v\u009b")}),
	}.server()}
}
