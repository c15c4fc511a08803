package ovh

import (
	"context"
	"net/http"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type vRacks struct {
	ID     string   `cty:"id"     is:"computed" doc:"Always vracks."`
	Result []string `cty:"result" is:"computed" doc:"Names of the vRacks of the account."`
}

var vRacksData = providers.DataSource[*client, vRacks]{
	Type: "ovh_vracks",
	Doc:  "The vRacks of the account.",
	Read: func(ctx context.Context, c *client, x *vRacks) error {
		x.ID = "vracks"
		err := call(ctx, c, http.MethodGet, "/vrack", nil, &x.Result)
		slices.Sort(x.Result)
		return err
	},
	Examples: []string{`data "ovh_vracks" "example" {}`},
}
