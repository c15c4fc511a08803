package hcloud

import (
	"context"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// lbType is a type of load balancers, as data sources show it.
type lbType struct {
	ID                      string `cty:"id"                        is:"default"  doc:"Number of the type."`
	Name                    string `cty:"name"                      is:"default"  doc:"Name of the type, such as lb11."`
	Description             string `cty:"description"               is:"computed" doc:"Its description."`
	MaxAssignedCertificates int    `cty:"max_assigned_certificates" is:"computed" doc:"How many certificates it can have."`
	MaxConnections          int    `cty:"max_connections"           is:"computed" doc:"How many connections it can hold open."`
	MaxServices             int    `cty:"max_services"              is:"computed" doc:"How many services it can have."`
	MaxTargets              int    `cty:"max_targets"               is:"computed" doc:"How many targets it can have."`
	IsDeprecated            bool   `cty:"is_deprecated"             is:"computed" doc:"Whether it is being withdrawn."`
	DeprecationAnnounced    string `cty:"deprecation_announced"     is:"computed" doc:"Time at which that was said, RFC 3339."`
	UnavailableAfter        string `cty:"unavailable_after"         is:"computed" doc:"Time from which none can be made, RFC 3339."`
}

var loadBalancerTypeData = providers.DataSource[*client, lbType]{
	Type: "hcloud_load_balancer_type",
	Doc:  "A type of load balancers by id or name.",
	Read: lookUpLBType,
	Examples: []string{
		`data "hcloud_load_balancer_type" "example" {
  name = "lb11"
}`,
	},
}

func lookUpLBType(ctx context.Context, c *client, x *lbType) error {
	return catalogued(providers.All(ctx, c, lbTypeList, lbType{}), x, x.ID, x.Name, func(t lbType) (string, string) { return t.ID, t.Name })
}

// lbTypeList is what plans and data sources share of a look.
var lbTypeList = providers.Resource[*client, lbType]{
	Type: "load balancer types",
	List: func(ctx context.Context, c *client, _ lbType) iter.Seq2[lbType, error] {
		return pages(ctx, func(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.LoadBalancerType, *hcloud.Response, error) {
			return c.LoadBalancerType.List(ctx, hcloud.LoadBalancerTypeListOpts{ListOpts: o})
		}, "", (*lbType).fill)
	},
}

func (x *lbType) fill(got *hcloud.LoadBalancerType) error {
	*x = lbType{
		ID: text(got.ID), Name: got.Name, Description: got.Description, MaxAssignedCertificates: got.MaxAssignedCertificates,
		MaxConnections: got.MaxConnections, MaxServices: got.MaxServices, MaxTargets: got.MaxTargets,
	}
	x.IsDeprecated, x.DeprecationAnnounced, x.UnavailableAfter = going(got.DeprecatableResource)
	return nil
}
