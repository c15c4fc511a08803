package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

func snapshot(t *testing.T) state.Snapshot {
	t.Helper()
	typ := toyCatalog().Of("toy").Resources.Of("toy_server")
	raw := planner.JSON(typ, web.with(attrs{"size": str(canary)}).server())
	small := planner.JSON(typ, attrs{"id": str("srv-2"), "name": str("small")}.server())
	indexed := addr("a")
	indexed.Key = state.IndexKey(0)
	module := addr("m")
	module.Module = "module.x"
	deep := addr("d")
	deep.Module = `module.x.module.y["k.\"z"]`
	lone := addr("l")
	lone.Module = "module.z[0].module.y"
	snap := state.Snapshot{Lineage: "l", Objects: []state.Object{
		{Key: "k1", Addr: addr("web"), Provider: "toy.alias", Status: state.Live, Attrs: raw, Sensitive: []string{"size"}},
		{Key: "k2", Addr: addr("web"), Provider: "toy", Status: state.Live, Attrs: small, Deposed: true},
		{Key: "k3", Addr: indexed, Provider: "toy", Status: state.Tainted, Attrs: small},
		{Key: "k4", Addr: module, Provider: "toy", Status: state.Pending, Attrs: small},
		{Key: "k6", Addr: deep, Provider: "toy", Status: state.Live, Attrs: small},
		{Key: "k7", Addr: lone, Provider: "toy", Status: state.Live, Attrs: small},
		{Key: "k5", Addr: addr("zero"), Provider: "toy", Status: state.Intended, Attrs: small},
	}, Outputs: map[string]state.Output{}}
	for name, v := range map[string]cty.Value{
		"ip": str("10.0.0.1"), "secret": str(canary),
		"all": cty.ObjectVal(map[string]cty.Value{"l": cty.ListVal(strs("x")), "t": str("a\nb\n"), "n": cty.NullVal(cty.String)}),
	} {
		o, err := planner.EncodeOutput(v, name == "secret")
		if err != nil {
			t.Fatal(err)
		}
		snap.Outputs[name] = o
	}
	return snap
}

func TestStateReadsLikeTerraforms(t *testing.T) {
	var b bytes.Buffer
	State(&b, plain80, snapshot(t), toyCatalog())
	golden(t, "state.txt", b.String())
	if strings.Contains(b.String(), canary) {
		t.Errorf("the state shows %s:\n%s", canary, b.String())
	}
}

func TestOneObjectIsShownAlone(t *testing.T) {
	var b bytes.Buffer
	State(&b, plain80, state.Snapshot{Objects: snapshot(t).Objects[1:2]}, toyCatalog())
	want := "# toy_server.web: (deposed object k2)\nresource \"toy_server\" \"web\" {\n    id   = \"srv-2\"\n    name = \"small\"\n}\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestEmptyState(t *testing.T) {
	var b bytes.Buffer
	State(&b, plain80, state.Snapshot{}, nil)
	if got, want := b.String(), "The state file is empty. No resources are represented.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStateDocument(t *testing.T) {
	masked, err := StateJSON(snapshot(t), toyCatalog(), "0.1.0", false)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "state.json", indented(t, masked))
	if strings.Contains(string(masked), canary) {
		t.Errorf("the masked document shows %s:\n%s", canary, masked)
	}
	revealed, err := StateJSON(snapshot(t), toyCatalog(), "0.1.0", true)
	if err != nil {
		t.Fatal(err)
	}
	// The size, the password, the key of the disk and the output.
	if got := strings.Count(string(revealed), canary); got != 4 {
		t.Errorf("the revealed document shows %d of 4 sensitive values:\n%s", got, revealed)
	}
}
