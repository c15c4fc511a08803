package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// What a type says of an object stands in the plans that make or change it, once
// all that is configured is known.
func TestCaution(t *testing.T) {
	sharp := `resource "toy_stone" "a" { shape = "sharp" }`
	for name, tc := range map[string]struct {
		config string
		priors []Prior
		want   []string
	}{
		"a new one":             {sharp, nil, []string{"Look at toy_stone.a again: it cuts"}},
		"one that changes":      {sharp, []Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("flat")})}, []string{"Look at toy_stone.a again: it cuts"}},
		"one that stays":        {sharp, []Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("sharp")})}, nil},
		"one without an edge":   {`resource "toy_stone" "a" { shape = "flat" }`, nil, nil},
		"one that is not known": {block("web", webConfig) + `resource "toy_stone" "a" { shape = toy_server.web.id }`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := Build(toyInput(t, tc.config, tc.priors...))
			var got []string
			for _, d := range diags {
				if d.Severity == hcl.DiagWarning {
					got = append(got, d.Summary+": "+d.Detail)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
