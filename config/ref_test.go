package config

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func TestRefOf(t *testing.T) {
	attr := cty.ObjectVal(map[string]cty.Value{"x": cty.ListVal([]cty.Value{cty.StringVal("a")}), "y": cty.UnknownVal(cty.String)})
	none := cty.NullVal(cty.DynamicPseudoType)
	tests := []struct {
		ref  string
		want cty.Value
	}{
		{"toy_server.web.input", attr},
		{"toy_server.web[0].input", attr},
		{"toy_server.web.input.x", attr.GetAttr("x")},
		{"resource.toy_server.web[0].input.x[0]", cty.StringVal("a")},
		{`toy_server.web["k"].input["x"][0]`, cty.StringVal("a")},
		{"toy_server.web.input.y", cty.UnknownVal(cty.String)},
		{"toy_server.web.input.z", none},
		{"toy_server.web.input.x[1]", none},
	}
	for _, tt := range tests {
		t.Run(tt.ref, func(t *testing.T) {
			path, diags := hclsyntax.ParseTraversalAbs([]byte(tt.ref), "", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			r, ok := refOf("", path, nil)
			if !ok || r.Attr != "input" {
				t.Fatalf("refOf(%s) = %+v, %v, want a reference to input", tt.ref, r, ok)
			}
			if got := r.Of(attr); !got.RawEquals(tt.want) {
				t.Errorf("%s means %#v, want %#v", tt.ref, got, tt.want)
			}
		})
	}
}
