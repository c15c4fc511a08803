package digitalocean

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// memberKinds are words for the kinds in URNs.
var memberKinds = map[string]string{
	"dbaas": "database cluster", "droplet": "droplet", "kubernetes": "Kubernetes cluster", "loadbalancer": "load balancer",
}

// networkMembers describes what is in a network. A token that may not see them sees
// none: the deletion itself will tell.
func networkMembers(ctx context.Context, c *client, id string) ([]string, error) {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]*godo.VPCMember, *godo.Response, error) {
		return c.VPCs.ListMembers(ctx, id, nil, opt)
	}
	var out []string
	for m, err := range pages(ctx, fetch, whole[*godo.VPCMember]) {
		if err != nil && classify(err).Kind == providers.Fatal {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, describeMember(m))
	}
	return out, nil
}

func describeMember(m *godo.VPCMember) string {
	kind := "member"
	if parts := strings.SplitN(m.URN, ":", 3); len(parts) == 3 {
		kind = parts[1]
		if words, ok := memberKinds[kind]; ok {
			kind = words
		}
	}
	return fmt.Sprintf("%s %q (%s)", kind, m.Name, m.URN)
}

// attachedTo describes what keeps a network and is no member of it.
func attachedTo(ctx context.Context, c *client, id string) ([]string, error) {
	var out []string
	for g, err := range pages(ctx, c.natGateways, whole[*godo.VPCNATGateway]) {
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(g.VPCs, func(v *godo.IngressVPC) bool { return v.VpcUUID == id }) {
			out = append(out, fmt.Sprintf("NAT gateway %q (%s)", g.Name, g.ID))
		}
	}
	for p, err := range pages(ctx, c.VPCs.ListVPCPeerings, whole[*godo.VPCPeering]) {
		if err != nil {
			return nil, err
		}
		if slices.Contains(p.VPCIDs, id) {
			out = append(out, fmt.Sprintf("peering %q (%s)", p.Name, p.ID))
		}
	}
	return out, nil
}

// maxNamed is how many of those in the way are named.
const maxNamed = 10

// occupied says who is in the way of deleting x, which err refused.
func occupied(x vpc, by []string, err error) error {
	rest := ""
	if len(by) > maxNamed {
		rest = fmt.Sprintf(" and %d more", len(by)-maxNamed)
		by = by[:maxNamed]
	}
	return &busyError{err: err, message: fmt.Sprintf("network %q (%s) cannot be deleted while it is used by %s%s: what is being deleted leaves it after a while, timeouts { delete = \"10m\" } waits longer; delete the rest, or move it to another network",
		x.Name, x.ID, strings.Join(by, ", "), rest)}
}
