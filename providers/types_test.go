package providers

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Types are made once each, when they are asked for, and complete.
func TestTypesAreMadeWhenAskedFor(t *testing.T) {
	type thing struct {
		ID   string `cty:"id"   is:"computed"`
		Name string `cty:"name" is:"required"`
	}
	made := []string{}
	types := typesOf([]Erasable{
		Resource[struct{}, thing]{Type: "x_two"},
		Resource[struct{}, thing]{Type: "x_one"},
		DataSource[struct{}, thing]{Type: "x_data"},
		LookUp[struct{}, thing]{Of: Resource[struct{}, thing]{Type: "x_look", Examples: []string{`resource "x_look" "example" {}`}}, By: []string{"name"}},
	}, func(t *Type) { made = append(made, t.Name) })
	names := slices.Sorted(maps.Keys(types))
	if diff := cmp.Diff([]string{"x_data", "x_look", "x_one", "x_two"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if len(made) > 0 {
		t.Errorf("%v are made before they are asked for", made)
	}
	one := types.Of("x_one")
	if one == nil || one.Name != "x_one" || types.Of("x_one") != one {
		t.Errorf("x_one is %v, and another one the next time", one)
	}
	if types.Of("x_three") != nil {
		t.Error("there is an x_three")
	}
	if diff := cmp.Diff([]string{"x_one"}, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	var all []string
	for name, typ := range types.All() {
		if typ.Name != name {
			t.Errorf("%s is %s", name, typ.Name)
		}
		all = append(all, name)
	}
	if diff := cmp.Diff(names, all); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
}

func TestTypesAreDeclaredOnce(t *testing.T) {
	type thing struct {
		ID string `cty:"id" is:"computed"`
	}
	defer func() {
		if recover() == nil {
			t.Error("a type can be declared twice")
		}
	}()
	typesOf([]Erasable{Resource[struct{}, thing]{Type: "x_one"}, Resource[struct{}, thing]{Type: "x_one"}}, nil)
}
