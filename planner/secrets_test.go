package planner

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// copied is a type with an attribute that copies another.
type copied struct {
	ID     string `cty:"id"     is:"computed"               doc:"Id."`
	Input  string `cty:"input"  is:"optional"               doc:"Any text."`
	Output string `cty:"output" is:"computed,follows=input" doc:"The input."`
}

// TestFollowersOfSecretsAreSecret: what is a copy of a sensitive attribute is
// no more to stand in the state in clear than the attribute is.
func TestFollowersOfSecretsAreSecret(t *testing.T) {
	typ := providers.Resource[client, copied]{Type: "toy_copy", Kept: true}.Erase()
	v := cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal("1"), "input": cty.StringVal("tooth"), "output": cty.StringVal("tooth")})
	o := state.Object{Sensitive: []string{"input"}}
	EncodeObject(&o, typ, v)
	if strings.Contains(string(o.Attrs), "tooth") || len(o.Secrets) != 2 {
		t.Errorf("attributes %s, secrets %q", o.Attrs, o.Secrets)
	}
	got, err := DecodeObject(typ, o)
	if err != nil || !got.RawEquals(v) {
		t.Errorf("decoded %#v, %v", got, err)
	}
	o.Secrets, o.Locked = nil, true
	if got, err = DecodeObject(typ, o); err != nil || got.GetAttr("output").IsKnown() {
		t.Errorf("without the key, decoded %#v, %v", got, err)
	}
}

// vault is a type with secrets at several places.
type vault struct {
	ID       string `cty:"id"       is:"computed"`
	Name     string `cty:"name"     is:"optional"`
	Shown    string `cty:"shown"    is:"computed,follows=name"`
	Password string `cty:"password" is:"optional,sensitive"`
	Door     []door `cty:"door"     is:"optional"`
}

type door struct {
	Name string `cty:"name" is:"optional"`
	Code string `cty:"code" is:"optional,sensitive"`
}

var vaultType = providers.Resource[int, vault]{Type: "toy_vault"}.Erase()

func TestHideSecretsIsTheInverse(t *testing.T) {
	raw := json.RawMessage(`{"door":[{"code":null,"name":"back"},{"code":"1234","name":"front"}],"id":"1","name":"n","password":"p","shown":"n"}`)
	v, err := decodeJSON(raw, vaultType.ImpliedType())
	if err != nil {
		t.Fatal(err)
	}
	for name, sensitive := range map[string][]string{"by the schema": nil, "by the configuration": {"name"}} {
		t.Run(name, func(t *testing.T) {
			o := state.Object{Sensitive: sensitive}
			EncodeObject(&o, vaultType, v)
			want := map[string]json.RawMessage{"/password": []byte(`"p"`), "/door/1/code": []byte(`"1234"`)}
			if sensitive != nil {
				want["/name"], want["/shown"] = []byte(`"n"`), []byte(`"n"`)
			}
			if diff := cmp.Diff(want, o.Secrets); diff != "" {
				t.Errorf("secrets (-want +got):\n%s", diff)
			}
			var places []string
			for place := range o.Secrets {
				places = append(places, place)
			}
			for what, c := range map[string]struct {
				t      *providers.Type
				places []string
			}{"places and schema": {vaultType, places}, "places alone": {nil, places}, "schema alone": {vaultType, nil}} {
				again := state.Object{Sensitive: sensitive}
				if err := HideSecrets(&again, c.t, WholeAttrs(o), c.places); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(o, again, cmp.Comparer(func(a, b state.Addr) bool { return a == b })); diff != "" {
					t.Errorf("hidden again by %s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

func TestHideSecretsRefuses(t *testing.T) {
	for _, place := range []string{"/none", "/door/2/code", "/door/x/code", "/name/x"} {
		var o state.Object
		if err := HideSecrets(&o, nil, json.RawMessage(`{"name":"n","door":[{}]}`), []string{place}); err == nil {
			t.Errorf("a secret at %s is found", place)
		}
	}
}
