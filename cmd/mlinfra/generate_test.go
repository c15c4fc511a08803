package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner/adopt"
	"github.com/mlinfra/mlinfra/providers"
)

func TestGeneratedArguments(t *testing.T) {
	rule := &providers.Schema{Attrs: []*providers.Attr{
		{Name: "port", Type: cty.Number, Mode: providers.Required},
		{Name: "hits", Type: cty.Number, Mode: providers.Computed},
	}}
	s := &providers.Schema{Attrs: []*providers.Attr{
		{Name: "id", Type: cty.String, Mode: providers.Computed},
		{Name: "rule", Type: cty.List(rule.ImpliedType()), Mode: providers.Optional, Block: rule},
		{Name: "name", Type: cty.String, Mode: providers.Required},
		{Name: "key", Type: cty.String, Mode: providers.Required, Blind: true},
		{Name: "password", Type: cty.String, Mode: providers.Optional, Sensitive: true},
		{Name: "size", Type: cty.String, Mode: providers.Default},
		{Name: "zone", Type: cty.String, Mode: providers.Default},
		{Name: "note", Type: cty.String, Mode: providers.Optional},
		{Name: "retries", Type: cty.Number, Mode: providers.Optional, ZeroIsSet: true},
		{Name: "labels", Type: cty.Map(cty.String), Mode: providers.Optional},
	}}
	v := cty.ObjectVal(map[string]cty.Value{
		"id": cty.StringVal("i-1"),
		"rule": cty.ListVal([]cty.Value{
			cty.ObjectVal(map[string]cty.Value{"port": cty.NumberIntVal(22), "hits": cty.NumberIntVal(7)}),
			cty.ObjectVal(map[string]cty.Value{"port": cty.NumberIntVal(80), "hits": cty.Zero}),
		}),
		"name": cty.StringVal("${web}\n\"x\""), "key": cty.NullVal(cty.String), "password": cty.StringVal("hunter2"),
		"size": cty.StringVal("s"), "zone": cty.NullVal(cty.String), "note": cty.StringVal(""), "retries": cty.Zero,
		"labels": cty.MapVal(map[string]cty.Value{"a b": cty.StringVal("c")}),
	})
	f := hclwrite.NewEmptyFile()
	adopt.Writer{}.Arguments(f.Body(), s, v)
	want := `key = null # required, and not known from the object
labels = {
  "a b" = "c"
}
name     = "$${web}\n\"x\""
password = null # sensitive
retries  = 0
size     = "s"
rule {
  port = 22
}
rule {
  port = 80
}
`
	if diff := cmp.Diff(want, string(hclwrite.Format(f.Bytes()))); diff != "" {
		t.Errorf("generated arguments (-want +got):\n%s", diff)
	}
}
