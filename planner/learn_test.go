package planner

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// safe holds what nobody can look up.
type safe struct {
	ID      string `cty:"id" is:"computed"`
	Key     string `cty:"key" is:"optional,replace,blind,sensitive"`
	Hint    string `cty:"hint" is:"optional,blind"`
	PIN     string `cty:"pin" is:"optional,writeonly"`
	Version int    `cty:"pin_version" is:"optional,blind"`
	Room    string `cty:"room" is:"optional"` // shown to who asks
}

// An import takes from the configuration what only a new object would be given and
// what only says that something is to be sent again, and asks for what has to be
// asked for. What else is not shown is a change.
func TestImportsLearn(t *testing.T) {
	cloud := providers.Cloud[client, struct{}]{
		Name: "toy", Resources: []providers.Erasable{providers.Resource[client, safe]{
			Type:   "toy_safe",
			Update: func(context.Context, client, safe, *safe) error { panic("a plan changes nothing") },
			View:   func(x safe) string { return x.Room },
		}},
	}.Provider()
	text := func(s string) cty.Value {
		if s == "" {
			return cty.NullVal(cty.String)
		}
		return cty.StringVal(s)
	}
	for name, tc := range map[string]struct {
		args   string
		room   string // where it is
		action Action
		reads  int
		key    string
		shown  string
	}{
		"nothing":               {"", "cellar", NoOp, 1, "", ""},
		"key":                   {`key = "k"`, "cellar", NoOp, 1, "k", ""},
		"key, unknown":          {`key = toy_safe.other.id`, "cellar", Update, 1, "", ""},
		"first version":         {"pin = \"1234\"\n  pin_version = 1", "cellar", NoOp, 1, "", ""},
		"hint":                  {`hint = "h"`, "cellar", Update, 1, "", ""},
		"room, as it is":        {`room = "cellar"`, "cellar", NoOp, 2, "", "cellar"},
		"room, another":         {`room = "attic"`, "cellar", Update, 2, "", ""},
		"key and room, at once": {"key = \"k\"\n  room = \"cellar\"", "cellar", NoOp, 2, "k", "cellar"},
	} {
		t.Run(name, func(t *testing.T) {
			catalog := config.NewCatalog(cloud)
			src := "import {\n  to = toy_safe.a\n  id = \"1\"\n}\n\nresource \"toy_safe\" \"other\" {}\n\nresource \"toy_safe\" \"a\" {\n  " + tc.args + "\n}\n"
			prog, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", catalog, nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			reads := 0
			plan, diags := Build(Input{
				Program: prog, Env: config.Env{WorkDir: "/nowhere"},
				Import: func(_ string, _ cty.Value, _ *providers.Type, have cty.Value) (cty.Value, error) {
					reads++
					vals := have.AsValueMap()
					if asked := vals["room"]; !asked.IsNull() && asked.AsString() != tc.room {
						vals["room"] = text("")
					}
					return cty.ObjectVal(vals), nil
				},
			})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			for _, c := range plan.Changes {
				if c.Addr.Name != "a" {
					continue
				}
				if c.Action != tc.action || reads != tc.reads {
					t.Errorf("the plan is %s after %d reads, want %s after %d", c.Action, reads, tc.action, tc.reads)
				}
				for attr, want := range map[string]string{"key": tc.key, "room": tc.shown} {
					if got := c.Before.GetAttr(attr); !got.RawEquals(text(want)) {
						t.Errorf("%s is taken over as %#v, want %q", attr, got, want)
					}
				}
			}
		})
	}
}
