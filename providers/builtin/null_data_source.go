package builtin

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type nullDataSource struct {
	ID      string             `cty:"id"                   is:"computed" doc:"Always static."`
	Inputs  map[string]*string `cty:"inputs"               is:"optional" doc:"Texts that are copied to outputs."`
	Outputs map[string]*string `cty:"outputs"              is:"computed" doc:"A copy of the inputs."`
	Random  string             `cty:"random"               is:"computed" doc:"A random number, another one each time."`
	Default string             `cty:"has_computed_default" is:"default"  doc:"A text that is returned; default if absent."`
}

var nullDataSourceData = providers.DataSource[none, nullDataSource]{
	Type: "null_data_source",
	Doc:  "A copy of its arguments; locals do the same.",
	Read: func(_ context.Context, _ none, x *nullDataSource) error {
		x.ID, x.Outputs, x.Random = "static", x.Inputs, randomNumber()
		if x.Default == "" {
			x.Default = "default"
		}
		return nil
	},
	Examples: []string{
		`data "null_data_source" "example" {
  inputs = { region = "fra1" }
}`,
	},
}
