package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
)

func TestExplained(t *testing.T) {
	typ := providers.Resource[client, server]{
		Type: "toy_server", Holds: "its files", Explain: map[string]string{"image": "a server starts from its image once"},
	}.Erase()
	rented := providers.Resource[client, server]{
		Type: "toy_rented",
		Loses: func(was *server, want server) string {
			switch {
			case was == nil:
				return "what was on it"
			case was.Image != want.Image:
				return "all files of " + was.Image
			}
			return ""
		},
	}.Erase()
	image := func(name string) cty.Value {
		vals := rented.Empty().AsValueMap()
		vals["image"] = cty.StringVal(name)
		return cty.ObjectVal(vals)
	}
	none := cty.NullVal(rented.ImpliedType())
	paths := func(names ...string) (list []cty.Path) {
		for _, name := range names {
			list = append(list, cty.GetAttrPath(name))
		}
		return list
	}
	for name, tc := range map[string]struct {
		typ    *providers.Type
		change planner.Change
		width  int
		want   string
	}{
		"one reason": {typ, planner.Change{Action: planner.Replace, ReplacePaths: paths("image")}, 0,
			"# image: a server starts from its image once\n# Lost with it: its files. To keep the object as it is:\n#   lifecycle { ignore_changes = [image] }\n"},
		"all that replaces has to be ignored": {typ, planner.Change{Action: planner.Replace, ReplacePaths: paths("image", "disk")}, 0,
			"# image: a server starts from its image once\n# Lost with it: its files. To keep the object as it is:\n#   lifecycle { ignore_changes = [image, disk] }\n"},
		"a narrow terminal": {typ, planner.Change{Action: planner.Replace, ReplacePaths: paths("image")}, 40,
			"# image: a server starts from its image\n# once\n# Lost with it: its files. To keep the\n# object as it is:\n#   lifecycle { ignore_changes = [image] }\n"},
		"replaced whatever its attributes are": {typ, planner.Change{Action: planner.Replace, Reason: planner.BecauseRequested, ReplacePaths: paths("image")}, 0,
			"# image: a server starts from its image once\n# Lost with it: its files.\n"},
		"nothing to explain": {typ, planner.Change{Action: planner.Replace, ReplacePaths: paths("disk")}, 0, ""},
		"as requested":       {typ, planner.Change{Action: planner.Replace}, 0, ""},
		"changed in place":   {typ, planner.Change{Action: planner.Update, ReplacePaths: paths("image")}, 0, ""},
		"lost by a change in place": {rented, planner.Change{Action: planner.Update, Before: image("a"), After: image("b")}, 0,
			"# Lost for ever: all files of a.\n"},
		"a change in place that loses nothing": {rented, planner.Change{Action: planner.Update, Before: image("a"), After: image("a")}, 0, ""},
		"lost by taking over":                  {rented, planner.Change{Action: planner.Create, Before: none, After: image("b")}, 0, "# Lost for ever: what was on it.\n"},
		"nothing is lost by what only goes":    {rented, planner.Change{Action: planner.Delete, Before: image("a"), After: none}, 0, ""},
		"of an unknown type":                   {nil, planner.Change{Action: planner.Replace, ReplacePaths: paths("image")}, 0, ""},
		"one attribute twice":                  {typ, planner.Change{Action: planner.Replace, ReplacePaths: paths("disk", "disk")}, 0, ""},
	} {
		got := explained(Style{Width: tc.width}, "# ", &tc.change, tc.typ)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
