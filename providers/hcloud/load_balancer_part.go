package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// A load balancer shows its services, its targets and its networks itself: they have
// no lists of their own.

// loadBalancerList is what the types of a load balancer and its parts share of a look.
var loadBalancerList = providers.Resource[*client, *hcloud.LoadBalancer]{
	Type: "load balancers with their parts",
	List: func(ctx context.Context, c *client, _ *hcloud.LoadBalancer) iter.Seq2[*hcloud.LoadBalancer, error] {
		return pages(ctx, c.listLoadBalancers, "", itself)
	},
}

// itself lists a load balancer as the SDK has it.
func itself(x **hcloud.LoadBalancer, got *hcloud.LoadBalancer) error {
	*x = got
	return nil
}

func (c *client) listLoadBalancers(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.LoadBalancer, *hcloud.Response, error) {
	return c.LoadBalancer.List(ctx, hcloud.LoadBalancerListOpts{ListOpts: o})
}

func fetchLoadBalancer(ctx context.Context, c *client, id string) (*hcloud.LoadBalancer, error) {
	return byID(ctx, id, c.LoadBalancer.GetByID)
}

// behind returns the load balancer that a new part is to be of: the API says of one
// that does not exist what it says of a part.
func behind(ctx context.Context, c *client, id string) (*hcloud.LoadBalancer, error) {
	got, err := fetchLoadBalancer(ctx, c, id)
	if errors.Is(err, providers.ErrGone) {
		return nil, fmt.Errorf("there is no load balancer %s", id)
	}
	return got, err
}

// lbLock is Lock of a load balancer and its parts: the API changes one at a time.
func lbLock(id string) string {
	if id == "" {
		return ""
	}
	return "load balancer " + id
}
