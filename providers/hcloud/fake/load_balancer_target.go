package fake

import (
	"net/netip"
	"slices"
)

// lbTarget is what a load balancer leads to: exactly one of its first three fields
// is set.
type lbTarget struct {
	Server   int64  `json:"server,omitempty"`
	Selector string `json:"label_selector,omitempty"`
	IP       string `json:"ip,omitempty"`
	Private  bool   `json:"use_private_ip"`
}

// same reports whether two targets are one, by whichever address it is reached.
func (t lbTarget) same(o lbTarget) bool {
	t.Private = o.Private
	return t == o
}

// title is the target in Inventory.
func (t lbTarget) title() string {
	switch {
	case t.Server != 0:
		return "server " + itoa(t.Server)
	case t.Selector != "":
		return "label_selector " + t.Selector
	}
	return "ip " + t.IP
}

func (c *Cloud) targetView(t lbTarget, b *loadBalancer) view {
	health := []view{}
	for _, s := range b.Services {
		health = append(health, view{"listen_port": s.ListenPort, "status": "unknown"})
	}
	v := view{"use_private_ip": t.Private, "health_status": health}
	switch {
	case t.Server != 0:
		v["type"], v["server"] = "server", view{"id": t.Server}
	case t.Selector != "":
		chosen := []view{}
		for _, id := range c.selected(t.Selector) {
			chosen = append(chosen, view{"type": "server", "server": view{"id": id}, "use_private_ip": t.Private, "health_status": health})
		}
		v["type"], v["label_selector"], v["targets"] = "label_selector", view{"selector": t.Selector}, chosen
	default:
		v["type"], v["ip"] = "ip", view{"ip": t.IP}
	}
	return v
}

// targetSpec is what is said of a target.
type targetSpec struct {
	Type   string `json:"type"`
	Server *struct {
		ID int64 `json:"id"`
	} `json:"server"`
	Selector *struct {
		Selector string `json:"selector"`
	} `json:"label_selector"`
	IP *struct {
		IP string `json:"ip"`
	} `json:"ip"`
	Private *bool `json:"use_private_ip"`
}

// target returns what is meant.
func (in *targetSpec) target() (lbTarget, error) {
	var t lbTarget
	give(&t.Private, in.Private)
	switch {
	case in.Type == "server" && in.Server != nil:
		t.Server = in.Server.ID
	case in.Type == "label_selector" && in.Selector != nil && in.Selector.Selector != "":
		t.Selector = in.Selector.Selector
	case in.Type == "ip" && in.IP != nil:
		t.IP = in.IP.IP
	default:
		return t, invalid("type", "must be one of server, label_selector, ip, and the field of that name is required")
	}
	return t, nil
}

// newTarget returns the target that is asked for, unless it is refused.
func (c *Cloud) newTarget(b *loadBalancer, in *targetSpec) (lbTarget, error) {
	t, err := in.target()
	switch {
	case err != nil:
		return t, err
	case slices.ContainsFunc(b.Targets, t.same):
		return t, refusal("target_already_defined", "target is already defined")
	case len(b.Targets) >= b.limits().targets:
		return t, refusal("resource_limit_exceeded", "load balancer target limit exceeded")
	case t.Private && t.IP != "":
		return t, invalid("use_private_ip", "must not be given for type ip")
	case t.IP != "":
		return t, c.checkTargetIP(t.IP)
	case t.Private && len(b.Nets) == 0:
		return t, refusal("load_balancer_not_attached_to_network", "the load balancer is not attached to a network")
	case !t.Private && b.Private:
		return t, refusal("targets_without_use_private_ip", "the load balancer has no public interface: targets need use_private_ip")
	case t.Selector != "":
		_, err = parseSelector(t.Selector)
		return t, err
	}
	return t, c.checkTargetServer(b, t)
}

// checkTargetServer refuses a server that the load balancer cannot reach.
func (c *Cloud) checkTargetServer(b *loadBalancer, t lbTarget) error {
	s, err := c.s.Servers.get("server", t.Server)
	switch {
	case err != nil:
		return err
	case zoneOf(s.Location) != zoneOf(b.Location):
		return invalid("server", "server and load balancer must be in the same network zone")
	case t.Private && s.netOf(b.Nets[0].Network) == nil:
		return refusal("server_not_attached_to_network", "server %d is not attached to the network of the load balancer", s.ID)
	case !t.Private && s.IPv4 == 0:
		return refusal("missing_ipv4", "server %d has no public IPv4 address", s.ID)
	}
	return nil
}

// checkTargetIP refuses what is no address of a dedicated server: of those that are
// not in the project nothing is known, and each is taken for one.
func (c *Cloud) checkTargetIP(ip string) error {
	if _, err := netip.ParseAddr(ip); err != nil {
		return invalid("ip", "is no valid IP address")
	}
	own := slices.ContainsFunc(c.s.FloatingIPs, func(f *floatingIP) bool { return f.IP == ip }) ||
		slices.ContainsFunc(c.s.PrimaryIPs, func(p *primaryIP) bool { return p.IP == ip }) ||
		slices.ContainsFunc(c.s.LoadBalancers, func(b *loadBalancer) bool { return b.IPv4 == ip || b.IPv6 == ip })
	if own {
		return refusal("cloud_resource_ip_not_allowed", "the IP belongs to a Hetzner Cloud resource")
	}
	return nil
}

func (b *loadBalancer) dropTarget(t lbTarget) { b.Targets = slices.DeleteFunc(b.Targets, t.same) }

func (c *Cloud) addTarget(q *request) (reply, error) {
	var in targetSpec
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	t, err := c.newTarget(b, &in)
	if err != nil {
		return fail(err)
	}
	return c.start(q, "add_target", c.o.Settle, t, b.subject()).reply()
}

func (c *Cloud) removeTarget(q *request) (reply, error) {
	var in targetSpec
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	t, err := in.target()
	if err != nil {
		return fail(err)
	}
	if !slices.ContainsFunc(b.Targets, t.same) {
		return fail(refusal("load_balancer_target_not_found", "target not found"))
	}
	return c.start(q, "remove_target", c.o.Settle, t, b.subject()).reply()
}
