package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
)

func TestUnmark(t *testing.T) {
	secret := str("s").Mark(config.Sensitive)
	tests := []struct {
		name string
		in   attrs
		want []string
	}{
		{"nothing", attrs{"name": str("x")}, nil},
		{"an attribute", attrs{"name": secret}, []string{"name"}},
		{"several, sorted and once each", attrs{"size": secret, "name": secret, "tags": cty.SetVal([]cty.Value{str("a")}).Mark(config.Sensitive)}, []string{"name", "size", "tags"}},
		{"deep inside", attrs{"labels": cty.MapVal(map[string]cty.Value{"a": secret}), "disk": blocks("disk", attrs{"kind": secret})}, []string{"disk", "labels"}},
		{"another mark", attrs{"name": str("x").Mark("other")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := tt.in.server()
			raw, got := Unmark(v)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if raw.ContainsMarked() || !raw.RawEquals(Bare(v)) {
				t.Errorf("Unmark(%#v) = %#v, want the same without marks", v, raw)
			}
		})
	}
}

func TestMarkSensitive(t *testing.T) {
	v := MarkSensitive(serverType().Schema, web.with(attrs{
		"password": str("p"), "disk": blocks("disk", attrs{"kind": str("ssd"), "key": str("k")}),
	}).server(), []string{"name"})
	for name, want := range map[string]bool{"password": true, "name": true, "disk": true, "size": false, "rule": false} {
		if got := config.HasMark(v.GetAttr(name), config.Sensitive); got != want {
			t.Errorf("%s is marked: %v, want %v", name, got, want)
		}
	}
	if config.HasMark(v.GetAttr("disk").Index(cty.Zero).GetAttr("kind"), config.Sensitive) {
		t.Error("the kind of a disk is marked, want only its key")
	}
	if !Bare(v).RawEquals(Bare(MarkSensitive(serverType().Schema, Bare(v), nil))) {
		t.Error("marking changes a value")
	}
	for _, v := range []cty.Value{cty.NullVal(serverType().ImpliedType()), cty.UnknownVal(serverType().ImpliedType())} {
		if got := MarkSensitive(serverType().Schema, v, []string{"name"}); !got.RawEquals(v) {
			t.Errorf("MarkSensitive(%#v) = %#v, want the same", v, got)
		}
	}
}
