package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type lbTypesShown struct {
	ID                string   `cty:"id"                  is:"computed" doc:"Always load_balancer_types."`
	LoadBalancerTypes []lbType `cty:"load_balancer_types" is:"computed" doc:"All types of load balancers."`
}

var loadBalancerTypesData = providers.DataSource[*client, lbTypesShown]{
	Type:     "hcloud_load_balancer_types",
	Doc:      "All types of load balancers.",
	Read:     readLBTypes,
	Examples: []string{`data "hcloud_load_balancer_types" "example" {}`},
}

func readLBTypes(ctx context.Context, c *client, x *lbTypesShown) (err error) {
	x.ID = "load_balancer_types"
	x.LoadBalancerTypes, err = gathered(providers.All(ctx, c, lbTypeList, lbType{}))
	return err
}
