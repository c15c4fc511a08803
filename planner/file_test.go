package planner

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// savedPlan returns a file with something of every kind in it.
func savedPlan(t testing.TB) *File {
	t.Helper()
	tt, ok := t.(*testing.T)
	if !ok {
		tt = new(testing.T) // a fuzz target: everything is known to build
	}
	plan, diags := Build(everything(tt))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	web := state.Addr{Type: "toy_server", Name: "web", Key: state.IndexKey(0)}
	plan.Generated = map[state.Addr]string{web: `resource "toy_server" "web" {}`}
	plan.Checks = append(plan.Checks, Checked{
		Addr: web.Block(), Status: config.Violated,
		Instances: []CheckedInstance{{Addr: web, Status: config.Violated, Problems: []string{"too small"}}},
	}, Checked{Addr: state.Addr{Module: "module.m", Type: "check", Name: "health"}, Status: config.Undecided})
	return &File{
		ID: "plan-1", Workspace: "default", Head: "ab", Identities: map[string]string{"toy": "team-1"}, Offline: true, PlanTime: "2026-01-02T03:04:05Z",
		Sources: map[string][]byte{"main.tf": []byte("locals {}\n")},
		Inputs: map[string]cty.Value{
			"text": str("x"), "list": cty.TupleVal([]cty.Value{num(1), str("a")}), "none": cty.NullVal(cty.DynamicPseudoType),
			"big": cty.MustParseNumberVal("12345678901234567890123"),
		},
		Plan: plan,
	}
}

// compareValues lets cmp compare values as they are.
var compareValues = cmp.Comparer(func(a, b cty.Value) bool {
	if a == cty.NilVal || b == cty.NilVal {
		return a == b
	}
	return a.RawEquals(b)
})

// comparePaths compares paths by their text.
var comparePaths = cmp.Comparer(func(a, b cty.Path) bool { return a.Equals(b) })

var compareAddrs = cmp.Comparer(func(a, b state.Addr) bool { return a == b })

func TestFileRoundTrip(t *testing.T) {
	want := savedPlan(t)
	raw, err := want.Marshal(toyCatalog())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(raw, toyCatalog())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compareValues, comparePaths, compareAddrs, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("file (-written +read):\n%s", diff)
	}
	again, err := got.Marshal(toyCatalog())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, again) {
		t.Errorf("written again it differs:\n%s", cmp.Diff(string(raw), string(again)))
	}
}

func TestFileKeepsUnknowns(t *testing.T) {
	tests := []struct {
		name  string
		after attrs
	}{
		{"attributes", attrs{"name": unknownStr, "replicas": unknownNum}},
		{"elements of a map", attrs{"labels": cty.MapVal(map[string]cty.Value{"a": unknownStr, "b": str("x")})}},
		{"a map that is not known at all", attrs{"labels": cty.UnknownVal(cty.Map(cty.String))}},
		{"a set that is not known at all", attrs{"tags": cty.UnknownVal(cty.Set(cty.String))}},
		{"parts of a list of blocks", attrs{"disk": blocks("disk", attrs{"kind": str("a"), "device": unknownStr}, attrs{"kind": unknownStr})}},
		{"a part of a set of blocks", attrs{"rule": blocks("rule", attrs{"port": str("a"), "uuid": unknownStr})}},
		{"parts of a set of blocks", attrs{"rule": blocks("rule", attrs{"port": str("z"), "uuid": str("u")}, attrs{"port": str("a"), "uuid": unknownStr})}},
		{"parts of a set of blocks that are alike but for them", attrs{"rule": blocks("rule", attrs{"port": str("a"), "uuid": unknownStr}, attrs{"port": str("a"), "uuid": unknownStr})}},
		{"a part of a set of blocks beside one where it is null", attrs{"rule": blocks("rule", attrs{"port": str("a"), "uuid": unknownStr}, attrs{"port": str("a")})}},
		{"an element of a set", attrs{"tags": cty.SetVal([]cty.Value{unknownStr, str("b"), str("a")})}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.after.server()
			f := &File{Plan: &Plan{Changes: []Change{{Addr: blockAddr("web"), Action: Create, Before: cty.NullVal(want.Type()), After: want}}}}
			raw, err := f.Marshal(toyCatalog())
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile(raw, toyCatalog())
			if err != nil {
				t.Fatal(err)
			}
			if diff := differences(want, got.Plan.Changes[0].After); diff != "" {
				t.Errorf("read back:\n%s", diff)
			}
		})
	}
}

func TestReadFileRefusesWhatIsDamaged(t *testing.T) {
	raw, err := savedPlan(t).Marshal(toyCatalog())
	if err != nil {
		t.Fatal(err)
	}
	body := raw
	replaced := func(old, new string) string {
		if !bytes.Contains(body, []byte(old)) {
			t.Fatalf("the file does not contain %q:\n%s", old, body)
		}
		return strings.ReplaceAll(string(body), old, new)
	}
	tests := []struct{ name, file string }{
		{"an empty file", ""},
		{"another file", "{}"},
		{"no JSON", "x"},
		{"another layout", replaced(`"format":1`, `"format":2`)},
		{"a field of another kind", replaced(`"serial":7`, `"serial":"7"`)},
		{"an address that is none", replaced(`"addr":"toy_server.made"`, `"addr":"made"`)},
		{"a type that does not exist", replaced(`"addr":"toy_server.made"`, `"addr":"toy_nothing.made"`)},
		{"a cloud that does not exist", replaced(`"addr":"toy_server.made"`, `"addr":"cloud_server.made"`)},
		{"an attribute of another type", replaced(`"price":5`, `"price":{}`)},
		{"no value before", replaced(`"before":{`, `"was":{`)},
		{"no unknowns", replaced(`"after_unknown"`, `"other"`)},
		{"no unknowns of an output", replaced(`"unknown":`, `"other":`)},
		{"a step of no change", replaced(`"change":0`, `"change":1000`)},
		{"a step of a change below zero", replaced(`"change":0`, `"change":-1`)},
		{"a step after none", replaced(`"after":[`, `"after":[1000,`)},
		{"a step after one below zero", replaced(`"after":[`, `"after":[-1,`)},
		{"steps that wait for each other", replaced(`"after":[`, `"after":[0,1,2,3,4,5,6,7,`)},
		{"a drift of a type that does not exist", replaced(`"drift":[{"addr":"toy_server`, `"drift":[{"addr":"toy_nothing`)},
		{"a variable whose value is not of its type", replaced(`"type":"number","value":1234`, `"type":"bool","value":1234`)},
		{"an output whose type is none", replaced(`"outputs":[{"name":"hidden","action":"create","before":{"type":"dynamic"`, `"outputs":[{"name":"hidden","action":"create","before":{"type":"nothing"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadFile([]byte(tt.file), toyCatalog()); err == nil {
				t.Errorf("no error reading %.200s", tt.file)
			}
		})
	}
	t.Run("a file that has been cut off", func(t *testing.T) {
		for n := range raw {
			if _, err := ReadFile(raw[:n], toyCatalog()); err == nil {
				t.Fatalf("no error with %d of %d bytes", n, len(raw))
			}
		}
	})
}

func TestOutputOfState(t *testing.T) {
	for _, v := range []cty.Value{
		str("x"), num(1), cty.True, cty.NullVal(cty.String), cty.NullVal(cty.DynamicPseudoType), cty.EmptyObjectVal, cty.EmptyTupleVal,
		cty.ListValEmpty(cty.String), cty.SetVal([]cty.Value{str("b"), str("a")}), cty.MapVal(map[string]cty.Value{"k": num(1)}),
		cty.ObjectVal(map[string]cty.Value{"a": cty.TupleVal([]cty.Value{num(1), cty.NullVal(cty.DynamicPseudoType)})}),
	} {
		o, err := EncodeOutput(v.Mark(config.Sensitive), true)
		if err != nil {
			t.Errorf("EncodeOutput(%#v): %v", v, err)
			continue
		}
		if got := DecodeOutput(o); !got.RawEquals(v) || !o.Sensitive {
			t.Errorf("read back %#v, want %#v", got, v)
		}
	}
	for _, o := range []state.Output{{}, {Type: json.RawMessage(`"x"`)}, {Type: json.RawMessage(`"number"`), Value: json.RawMessage(`"x"`)}} {
		if got := DecodeOutput(o); !got.IsNull() {
			t.Errorf("DecodeOutput(%v) = %#v, want null", o, got)
		}
	}
}

func TestDecodeObject(t *testing.T) {
	got, err := DecodeObject(serverType(), state.Object{Attrs: []byte(`{"id":"1","name":"web","labels":{"a":"b"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := attrs{"id": str("1"), "name": str("web"), "labels": cty.MapVal(map[string]cty.Value{"a": str("b")})}.server().AsValueMap()
	for _, name := range []string{"disk", "rule", "log"} {
		want[name] = serverType().Schema.Attr(name).BlockValue(nil)
	}
	if diff := differences(cty.ObjectVal(want), got); diff != "" {
		t.Errorf("what the schema has gained is not null:\n%s", diff)
	}
	for _, raw := range []string{"", "[]", `{"id":{}}`, `{"id":"1","labels":"x"}`} {
		if _, err := DecodeObject(serverType(), state.Object{Attrs: []byte(raw)}); err == nil {
			t.Errorf("no error decoding %q", raw)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	raw, err := savedPlan(f).Marshal(toyCatalog())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	small := &File{Plan: &Plan{
		Changes: []Change{{Addr: blockAddr("a"), Action: Create, Before: cty.NullVal(serverType().ImpliedType()), After: attrs{"id": unknownStr}.server()}},
		Steps:   []Step{{Op: OpCreate}},
		Outputs: []OutputChange{{Name: "o", Action: Create, Before: cty.NullVal(cty.DynamicPseudoType), After: cty.MapVal(map[string]cty.Value{"a": unknownStr})}},
	}}
	if raw, err = small.Marshal(toyCatalog()); err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"format":1,"version":"v1","outputs":[{"name":"o","after":{"type":["map","string"],"value":{}},"unknown":{}}]}`))
	catalog := toyCatalog()
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := ReadFile(raw, catalog)
		if err != nil {
			return
		}
		if _, err := file.Marshal(toyCatalog()); err != nil {
			t.Skip(err) // a file that nobody writes
		}
	})
}
