package planner

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/state"
)

// What an object does not let go of goes only together with it.
func TestBound(t *testing.T) {
	herds := toyCatalog().Of("toy").Resources.Of("toy_flock").Schema.Attr("herd")
	const stone = "resource \"toy_stone\" \"a\" {\n  shape = \"square\"\n}\n"
	for name, tc := range map[string]struct {
		src     string
		replace string
		want    []string
	}{
		"replaced":                  {stone + "resource \"toy_flock\" \"f\" {\n  herd {\n    stone = toy_stone.a.id\n  }\n}\n", "", []string{"toy_flock.f does not let go of toy_stone.a"}},
		"deleted":                   {"resource \"toy_flock\" \"f\" {}\n", "", []string{"toy_flock.f does not let go of toy_stone.a"}},
		"replaced, and so is it":    {stone + "resource \"toy_flock\" \"f\" {\n  herd {\n    stone = toy_stone.a.id\n  }\n}\n", "toy_flock.f", nil},
		"stays":                     {"resource \"toy_stone\" \"a\" {\n  shape = \"round\"\n}\nresource \"toy_flock\" \"f\" {}\n", "", nil},
		"deleted, and so is it":     {"", "", nil},
		"named twice, kept in one":  {stone + "resource \"toy_flock\" \"f\" {\n  herd {\n    stone = \"s1\"\n  }\n  herd {\n    stone = \"s2\"\n  }\n}\n", "", nil},
		"another one, which is new": {stone + "resource \"toy_stone\" \"b\" {}\nresource \"toy_flock\" \"f\" {\n  herd {\n    stone = toy_stone.b.id\n  }\n}\n", "", []string{"toy_flock.f does not let go of toy_stone.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := toyInput(t, tc.src,
				prior(t, "toy_stone.a", attrs{"id": str("s1"), "shape": str("round")}),
				prior(t, "toy_flock.f", attrs{"id": str("f1"), "herd": herds.BlockValue([]cty.Value{attrs{"stone": str("s1")}.object(herds.Block)})}))
			if tc.replace != "" {
				addr, err := state.ParseAddr(tc.replace)
				if err != nil {
					t.Fatal(err)
				}
				in.Replace = []state.Addr{addr}
			}
			_, diags := Build(in)
			if got := summaries(diags); !slices.Equal(got, tc.want) {
				t.Errorf("errors %q, want %q", got, tc.want)
			}
		})
	}
}
