package builtin

import (
	"context"

	"github.com/google/uuid"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// terraformData differs from Terraform's in store.input, which is write-only
// there: here it stays in state, beside the output that is the same, and is
// sensitive.
type terraformData struct {
	ID              string      `cty:"id"               is:"computed"         doc:"A random UUID."`
	Input           cty.Value   `cty:"input"            is:"optional"         doc:"A value to keep in state; output is the same after an apply."`
	Output          cty.Value   `cty:"output"           is:"computed,follows=input"         doc:"The input, as the last apply has left it."`
	TriggersReplace cty.Value   `cty:"triggers_replace" is:"optional,replace" doc:"A value whose change replaces the object."`
	Store           []dataStore `cty:"store"            is:"optional,single"  doc:"A value that may be sensitive, or be kept until a version changes."`
}

type dataStore struct {
	Input           cty.Value `cty:"input"            is:"optional,sensitive" doc:"The value to store."`
	Version         cty.Value `cty:"version"          is:"optional"           doc:"If set, the input is stored only when this changes."`
	Sensitive       bool      `cty:"sensitive"        is:"optional"           doc:"Whether the value goes to sensitive_output instead of output."`
	Replace         bool      `cty:"replace"          is:"optional"           doc:"Whether a change of what is stored replaces the object."`
	Output          cty.Value `cty:"output"           is:"computed"           doc:"The stored value."`
	SensitiveOutput cty.Value `cty:"sensitive_output" is:"computed,sensitive" doc:"The stored value, if sensitive is true."`
}

var terraformDataType = providers.Resource[*states, terraformData]{
	Type:     "terraform_data",
	Doc:      "A value that is kept in state, and something to hang triggers on.",
	Kept:     true,
	Create:   createData,
	Import:   importData,
	Update:   updateData,
	Replaces: replacesData,
	Examples: []string{
		`resource "terraform_data" "example" {
  input = "v1"
}`,
		`resource "terraform_data" "example" {
  input = { revision = "v2", hosts = ["a", "b"] }

  store {
    input     = "a secret"
    version   = 1
    sensitive = true
  }
}`,
		`resource "terraform_data" "example" {
  input            = { revision = "v2", hosts = ["a", "b"] }
  triggers_replace = [1, "b"]

  store {
    input   = 2
    replace = true
  }
}`,
	},
}

func createData(_ context.Context, _ *states, x *terraformData, _ providers.Attempt) error {
	x.ID = uuid.NewString()
	x.fill()
	return nil
}

// importData takes any id, as Terraform does: what it held is not known.
func importData(id string) (terraformData, error) {
	none := cty.NullVal(cty.DynamicPseudoType)
	return terraformData{ID: id, Input: none, Output: none, TriggersReplace: none}, nil
}

func updateData(_ context.Context, _ *states, _ terraformData, x *terraformData) error {
	x.fill()
	return nil
}

func (x *terraformData) fill() {
	x.Output = x.Input
	for i := range x.Store {
		s := &x.Store[i]
		s.Output, s.SensitiveOutput = s.Input, cty.NullVal(cty.DynamicPseudoType)
		if s.Sensitive {
			s.Output, s.SensitiveOutput = s.SensitiveOutput, s.Output
		}
	}
}

// replacesData goes by the input, which planData leaves as it was where the
// version keeps it from being stored.
func replacesData(was, want terraformData) []string {
	if len(want.Store) == 0 || !want.Store[0].Replace {
		return nil
	}
	now, before := want.Store[0], dataStore{Input: cty.NullVal(cty.DynamicPseudoType)}
	if len(was.Store) > 0 {
		before = was.Store[0]
	}
	if !same(before.Input, now.Input) || (isSet(now.Version) && !same(before.Version, now.Version)) {
		return []string{"store"}
	}
	return nil
}

// same compares values of which either may not be known.
func same(a, b cty.Value) bool {
	return a != cty.NilVal && b != cty.NilVal && a.RawEquals(b)
}

func isSet(v cty.Value) bool { return v == cty.NilVal || !v.IsNull() }

// planData returns what follows from the inputs: outputs are known when nothing
// is stored anew, and of the type of the input when something is. An id that is
// not known yet is known not to be null.
func planData(prior, want cty.Value) map[string]cty.Value {
	implied := map[string]cty.Value{}
	if !want.GetAttr("id").IsKnown() { // count = terraform_data.x.id == null ? 0 : 1
		implied["id"] = cty.UnknownVal(cty.String).RefineNotNull()
	}
	input, was := want.GetAttr("input"), attrOr(prior, "input")
	switch {
	case input.IsNull():
		implied["output"] = cty.NullVal(input.Type())
	case !was.RawEquals(input):
		implied["output"] = cty.UnknownVal(input.Type())
	}
	store := want.GetAttr("store")
	if store.IsKnown() && store.LengthInt() > 0 {
		before := cty.NullVal(cty.DynamicPseudoType)
		if list := attrOr(prior, "store"); !list.IsNull() && list.LengthInt() > 0 {
			before = list.Index(cty.Zero)
		}
		implied["store"] = cty.ListVal([]cty.Value{planStore(before, store.Index(cty.Zero))})
	}
	return implied
}

// planStore plans the store block; before is null when there was none.
func planStore(before, now cty.Value) cty.Value {
	vals := now.AsValueMap()
	version, none := vals["version"], cty.NullVal(cty.DynamicPseudoType)
	fresh := before.IsNull()
	if !version.IsNull() {
		if fresh = fresh || !version.RawEquals(before.GetAttr("version")); !fresh {
			vals["input"] = before.GetAttr("input")
		}
	} else {
		fresh = fresh || !vals["input"].RawEquals(before.GetAttr("input"))
	}
	stored := vals["input"]
	if fresh && !stored.IsNull() {
		stored = cty.UnknownVal(stored.Type())
	}
	vals["output"], vals["sensitive_output"] = stored, none
	switch hidden := vals["sensitive"]; {
	case !hidden.IsKnown():
		vals["output"], vals["sensitive_output"] = cty.DynamicVal, cty.DynamicVal
	case !hidden.IsNull() && hidden.True():
		vals["output"], vals["sensitive_output"] = none, stored
	}
	return cty.ObjectVal(vals)
}

// attrOr returns an attribute of an object, null when there is no object.
func attrOr(v cty.Value, name string) cty.Value {
	if v.IsNull() {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v.GetAttr(name)
}
