package planner

import (
	"strings"
	"testing"

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
