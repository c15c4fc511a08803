package hcloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// foreseeLoadBalancer refuses a type that there is not, or that cannot carry the
// targets that the load balancer has.
func foreseeLoadBalancer(ctx context.Context, c *client, was *loadBalancer, want loadBalancer) error {
	if want.Type == "" || was != nil && was.Type == want.Type {
		return nil
	}
	all, err := gathered(providers.All(ctx, c, lbTypeList, lbType{}))
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
