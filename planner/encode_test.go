package planner

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// What is taken apart here comes out as the general decoder has it.
func TestDecodeAttr(t *testing.T) {
	point := cty.Object(map[string]cty.Type{"x": cty.Number, "names": cty.List(cty.String)})
	for _, tt := range []struct {
		ty    cty.Type
		texts []string
	}{
		{cty.String, []string{`"a"`, `""`, `"é\n"`, `null`}},
		{cty.Number, []string{`0`, `-1`, `0.00893`, `1e3`, `12345678901234567890123`, `null`, `"7"`, `"0.5"`}},
		{cty.Bool, []string{`true`, `false`, `null`, `"true"`}},
		{cty.List(cty.String), []string{`[]`, `["a","b"]`, `["a",null]`, `null`}},
		{cty.Set(cty.String), []string{`[]`, `["b","a","b"]`, `null`}},
		{cty.List(cty.Number), []string{`[]`, `[1,2.5]`}},
		{cty.List(point), []string{`[]`, `[{"x":1,"names":["a"]}]`, `[{"x":null,"names":null}]`}},
		{cty.Map(cty.String), []string{`{}`, `{"a":"b"}`}},
		{cty.DynamicPseudoType, []string{`{"value":"a","type":"string"}`, `{"value":[1],"type":["list","number"]}`, `null`}},
	} {
		for _, text := range tt.texts {
			want, err := ctyjson.Unmarshal([]byte(text), tt.ty)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeAttr([]byte(text), tt.ty)
			if err != nil || !got.RawEquals(want) {
				t.Errorf("%s of type %s: %#v, %v; want %#v", text, tt.ty.FriendlyName(), got, err, want)
			}
		}
	}
	for _, tt := range []struct {
		ty   cty.Type
		text string
	}{
		{cty.String, `1`}, {cty.String, `[]`}, {cty.Number, `true`}, {cty.Number, `"x"`}, {cty.Number, `[]`}, {cty.Bool, `1`}, {cty.Bool, `"x"`},
		{cty.List(cty.String), `"a"`}, {cty.List(cty.String), `[1]`}, {cty.Set(cty.String), `{}`}, {point, `[]`},
	} {
		if v, err := decodeAttr([]byte(tt.text), tt.ty); err == nil {
			t.Errorf("%s is taken for the %s %#v", tt.text, tt.ty.FriendlyName(), v)
		}
	}
}
