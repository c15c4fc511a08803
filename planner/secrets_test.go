package planner

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

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
