package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type loadBalancers struct {
	ID            string            `cty:"id"             is:"computed" doc:"Always load_balancers."`
	WithSelector  string            `cty:"with_selector"  is:"optional" doc:"Label selector that they match; absent means all."`
	LoadBalancers []loadBalancerRow `cty:"load_balancers" is:"computed" doc:"The load balancers that match."`
}

var loadBalancersData = providers.DataSource[*client, loadBalancers]{
	Type: "hcloud_load_balancers",
	Doc:  "The load balancers of the project, with their parts.",
	Read: readLoadBalancers,
	Examples: []string{
		loadBalancerExample + `

data "hcloud_load_balancers" "example" {
  depends_on = [hcloud_load_balancer.example]
}`,
	},
}

func readLoadBalancers(ctx context.Context, c *client, x *loadBalancers) (err error) {
	x.ID = "load_balancers"
	x.LoadBalancers, err = loadBalancerRows(ctx, c, x.WithSelector)
	return err
}
