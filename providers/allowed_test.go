package providers

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

type picky struct {
	ID    string      `cty:"id" is:"computed" doc:"Its number."`
	Key   string      `cty:"key"   is:"required"              doc:"Anything."`
	Kind  string      `cty:"kind"  is:"optional,in=a|b"       doc:"One of two."`
	Uses  []string    `cty:"uses"  is:"optional,set,in=x|y"   doc:"Some of two."`
	Count *int        `cty:"count" is:"optional,min=-1"       doc:"At least -1."`
	Inner []pickyPart `cty:"inner" is:"optional"              doc:"Blocks."`
}

type pickyPart struct {
	Port int `cty:"port" is:"required,min=1" doc:"At least 1."`
}

// TestCheckOfWhatIsKnown looks at attributes of an object of which another, key, is
// not known.
func TestCheckOfWhatIsKnown(t *testing.T) {
	typ := Cloud[struct{}, struct{}]{Name: "x", Resources: []Erasable{Resource[struct{}, picky]{
		Type:   "x_picky",
		Create: func(context.Context, struct{}, *picky, Attempt) error { return nil },
		Read:   func(context.Context, struct{}, *picky) error { return nil },
		Delete: func(context.Context, struct{}, picky) error { return nil },
		Check:  func(*picky, picky) error { t.Error("the check of the whole ran"); return nil },
	}}}.Provider().Resources.Of("x_picky")
	s := SchemaOf(reflect.TypeFor[picky]())
	text, unknown := cty.StringVal, cty.UnknownVal(cty.String)
	port := func(v cty.Value) cty.Value {
		return cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"port": v})})
	}
	for name, tt := range map[string]struct {
		attr string
		v    cty.Value
		want string // in the error; "" for none
	}{
		"a text that may be":           {"kind", text("b"), ""},
		"a text that may not":          {"kind", text("c"), `kind is "c": it must be a or b`},
		"a text that is empty":         {"kind", text(""), ""},
		"a text that is not known":     {"kind", unknown, ""},
		"elements that may be":         {"uses", cty.SetVal([]cty.Value{text("x"), text("y")}), ""},
		"an element that may not":      {"uses", cty.SetVal([]cty.Value{text("x"), text("z")}), `uses holds "z": it may hold x, y`},
		"an element beside an unknown": {"uses", cty.SetVal([]cty.Value{text("z"), unknown}), `uses holds "z"`},
		"the least number":             {"count", cty.NumberIntVal(-1), ""},
		"a number below it":            {"count", cty.NumberIntVal(-2), "count is -2: it must be at least -1"},
		"a number that is not known":   {"count", cty.UnknownVal(cty.Number), ""},
		"a number in a block":          {"inner", port(cty.Zero), "port is 0: it must be at least 1"},
		"an unknown one in a block":    {"inner", port(cty.UnknownVal(cty.Number)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := With(s.Empty(), map[string]cty.Value{"key": unknown, tt.attr: tt.v})
			err := typ.Check(cty.NullVal(v.Type()), v)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check(%s = %#v) = %v, want %q", tt.attr, tt.v, err, tt.want)
			}
		})
	}
}
