package fake

import (
	"net/netip"
	"strconv"
	"strings"
)

// rule is one inbound or outbound permission.
type rule struct {
	Protocol     string `json:"protocol"`
	Ports        string `json:"ports"`
	Sources      *peers `json:"sources,omitempty"`
	Destinations *peers `json:"destinations,omitempty"`
}

// peers are the other end of a rule.
type peers struct {
	Addresses     []string `json:"addresses,omitempty"`
	DropletIDs    []int    `json:"droplet_ids,omitempty"`
	LoadBalancers []string `json:"load_balancer_uids,omitempty"`
	Kubernetes    []string `json:"kubernetes_ids,omitempty"`
	Tags          []string `json:"tags,omitempty"`
}

func (p *peers) empty() bool {
	return p == nil || len(p.Addresses)+len(p.DropletIDs)+len(p.LoadBalancers)+len(p.Kubernetes)+len(p.Tags) == 0
}

// checkRules refuses wrong rules and normalises the others.
func (c *Cloud) checkRules(q *request, in *firewallSpec) error {
	for _, r := range in.Inbound {
		if r.Destinations != nil {
			return invalid("inbound rules can not have destinations")
		}
		if err := c.checkRule(q, r, r.Sources, "sources"); err != nil {
			return err
		}
	}
	for _, r := range in.Outbound {
		if r.Sources != nil {
			return invalid("outbound rules can not have sources")
		}
		if err := c.checkRule(q, r, r.Destinations, "destinations"); err != nil {
			return err
		}
	}
	normalise(in.Inbound)
	normalise(in.Outbound)
	return nil
}

func (c *Cloud) checkRule(q *request, r rule, p *peers, field string) error {
	switch r.Protocol {
	case "tcp", "udp":
		if !validPorts(r.Ports) {
			return invalid("invalid ports %q", r.Ports)
		}
	case "icmp":
	default:
		return invalid("invalid protocol %q", r.Protocol)
	}
	if p.empty() {
		return invalid("%s must not be empty", field)
	}
	if len(p.Addresses) > maxRuleAddresses {
		return invalid("a rule can have at most %d addresses", maxRuleAddresses)
	}
	for _, a := range p.Addresses {
		if _, err := netip.ParseAddr(a); err != nil {
			if _, err := netip.ParsePrefix(a); err != nil {
				return invalid("invalid address %q", a)
			}
		}
	}
	for _, id := range p.LoadBalancers {
		if b, found := c.s.LoadBalancers.Find(id); !found || !b.visible(q.now, c.o) {
			return invalid("load balancer %s not found", id)
		}
	}
	for _, id := range p.Kubernetes {
		if k, found := c.s.Clusters.Find(id); !found || k.Hidden() {
			return invalid("kubernetes cluster %s not found", id)
		}
	}
	return c.checkTargets(q, p.DropletIDs, p.Tags)
}

// validPorts accepts a port, a range, "0" and "all".
func validPorts(s string) bool {
	if s == "0" || strings.EqualFold(s, "all") {
		return true
	}
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	a, errA := strconv.ParseUint(from, 10, 16)
	b, errB := strconv.ParseUint(to, 10, 16)
	return errA == nil && errB == nil && 0 < a && a <= b
}
