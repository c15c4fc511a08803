package hcloud

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// lbType is a type of load balancers, as data sources show it.
type lbType struct {
	ID                      int    `cty:"id"                        is:"computed" doc:"Number of the type."`
	Name                    string `cty:"name"                      is:"computed" doc:"Name of the type."`
	Description             string `cty:"description"               is:"computed" doc:"Its description."`
	MaxAssignedCertificates int    `cty:"max_assigned_certificates" is:"computed" doc:"How many certificates it can have."`
	MaxConnections          int    `cty:"max_connections"           is:"computed" doc:"How many connections it can hold open."`
	MaxServices             int    `cty:"max_services"              is:"computed" doc:"How many services it can have."`
	MaxTargets              int    `cty:"max_targets"               is:"computed" doc:"How many targets it can have."`
	IsDeprecated            bool   `cty:"is_deprecated"             is:"computed" doc:"Whether it is being withdrawn."`
	DeprecationAnnounced    string `cty:"deprecation_announced"     is:"computed" doc:"Time at which that was said, RFC 3339."`
	UnavailableAfter        string `cty:"unavailable_after"         is:"computed" doc:"Time from which none can be made, RFC 3339."`
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

func lbTypes(ctx context.Context, c *client) (all []lbType, err error) {
	for t, err := range providers.All(ctx, c, lbTypeList, lbType{}) {
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (x *lbType) fill(got *hcloud.LoadBalancerType) error {
	*x = lbType{
		ID: int(got.ID), Name: got.Name, Description: got.Description, MaxAssignedCertificates: got.MaxAssignedCertificates,
		MaxConnections: got.MaxConnections, MaxServices: got.MaxServices, MaxTargets: got.MaxTargets, IsDeprecated: got.IsDeprecated(),
	}
	if x.IsDeprecated {
		x.DeprecationAnnounced = got.DeprecationAnnounced().Format(time.RFC3339)
		x.UnavailableAfter = got.UnavailableAfter().Format(time.RFC3339)
	}
	return nil
}

// foreseeLoadBalancer refuses a type that there is not, or that cannot carry the
// targets that the load balancer has.
func foreseeLoadBalancer(ctx context.Context, c *client, was *loadBalancer, want loadBalancer) error {
	if want.Type == "" || was != nil && was.Type == want.Type {
		return nil
	}
	all, err := lbTypes(ctx, c)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range all {
		if t.Name == want.Type {
			return t.carries(was)
		}
		names = append(names, t.Name)
	}
	return fmt.Errorf("load_balancer_type %q does not exist: choose one of %s", want.Type, strings.Join(names, ", "))
}

// carries returns why a load balancer that is there cannot become one of the type.
func (x lbType) carries(was *loadBalancer) error {
	if was == nil {
		return nil
	}
	if n := len(was.Targets); n > x.MaxTargets {
		return fmt.Errorf("load_balancer_type %q carries %d targets and the load balancer has %d: take some away first", x.Name, x.MaxTargets, n)
	}
	return nil
}
