package fake

import (
	"cmp"
	"slices"
	"time"
)

// loadBalancer hands requests on to Droplets, or, when it is global, to other
// load balancers.
type loadBalancer struct {
	ID        string    `json:"id"`
	IP        string    `json:"ip"`
	IPv6      string    `json:"ipv6"`
	VPC       string    `json:"vpc_uuid"`
	Spec      lbSpec    `json:"spec"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
	DeletedAt time.Time `json:"deleted_at"`
	// Letting are the certificates that a change has taken away, until when
	// they still count as used.
	Letting map[string]time.Time `json:"letting"`
	Broken  bool                 `json:"broken"` // ends in errored
	home
}

func (b *loadBalancer) Key() string   { return b.ID }
func (b *loadBalancer) Title() string { return b.Spec.Name }
func (b *loadBalancer) Hidden() bool  { return !b.DeletedAt.IsZero() }
func (b *loadBalancer) urn() string   { return "do:loadbalancer:" + b.ID }

// gone tells whether nothing depends on b any more: its network and its
// certificates are held longer than the API shows it.
func (b *loadBalancer) gone(now time.Time, o Options) bool {
	return !b.DeletedAt.IsZero() && !now.Before(b.DeletedAt.Add(o.DeleteLag+o.MemberLag))
}

func (b *loadBalancer) visible(now time.Time, o Options) bool {
	return b.DeletedAt.IsZero() || now.Before(b.DeletedAt.Add(o.DeleteLag))
}

// status is new while it is being made.
func (b *loadBalancer) status(now time.Time, o Options) string {
	switch {
	case now.Before(b.CreatedAt.Add(o.Boot)):
		return "new"
	case b.Broken:
		return "errored"
	}
	return "active"
}

// holds tells whether the certificate id cannot go because of b.
func (b *loadBalancer) holds(now time.Time, id string) bool {
	return slices.Contains(b.Spec.certificates(), id) || now.Before(b.Letting[id])
}

// exchange puts one certificate in the place of another.
func (b *loadBalancer) exchange(was, now string) {
	for i, r := range b.Spec.Rules {
		if r.Certificate == was {
			b.Spec.Rules[i].Certificate = now
		}
	}
	for i, d := range b.Spec.Domains {
		if d.Certificate == was {
			b.Spec.Domains[i].Certificate = now
		}
	}
}

func (c *Cloud) loadBalancerRoutes() map[string]handler {
	const one = "/v2/load_balancers/{id}"
	return map[string]handler{
		"POST /v2/load_balancers":             c.createLoadBalancer,
		"GET /v2/load_balancers":              c.listLoadBalancers,
		"GET " + one:                          c.readLoadBalancer,
		"PUT " + one:                          c.replaceLoadBalancer,
		"DELETE " + one:                       c.deleteLoadBalancer,
		"DELETE " + one + "/cache":            c.purgeLoadBalancerCache,
		"POST " + one + "/droplets":           c.addLoadBalancerDroplets,
		"DELETE " + one + "/droplets":         c.removeLoadBalancerDroplets,
		"POST " + one + "/forwarding_rules":   c.addForwardingRules,
		"DELETE " + one + "/forwarding_rules": c.removeForwardingRules,
	}
}

func (c *Cloud) createLoadBalancer(q *request) (reply, error) {
	var in lbSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkLoadBalancer(q, &in); err != nil {
		return reply{}, err
	}
	if len(c.liveLoadBalancers(q)) >= c.o.Quota.LoadBalancers {
		return reply{}, invalid("You have reached the limit of %d load balancers", c.o.Quota.LoadBalancers)
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return reply{}, err
	}
	b := &loadBalancer{CreatedAt: q.now, home: project, Letting: map[string]time.Time{}}
	if in.Type != globalLB {
		network, err := c.networkFor(q, in.VPC, in.Region)
		if err != nil {
			return reply{}, err
		}
		b.VPC = network.ID
	}
	b.ID, b.Spec = c.s.IDs.UUID(), in
	if b.IP = c.publicAddress(); in.Network == internalLB {
		b.IP = c.privateAddress(b.VPC)
	}
	if in.Stack == dualStack {
		b.IPv6 = c.publicIPv6()
	}
	c.s.LoadBalancers.Add(b)
	return accepted(map[string]any{"load_balancer": c.loadBalancerView(q, b)})
}

func (c *Cloud) liveLoadBalancers(q *request) []*loadBalancer {
	var out []*loadBalancer
	for _, b := range c.s.LoadBalancers {
		if b.visible(q.now, c.o) {
			out = append(out, b)
		}
	}
	return out
}

func (c *Cloud) findLoadBalancer(q *request) (*loadBalancer, error) {
	b, found := c.s.LoadBalancers.Find(q.PathValue("id"))
	if !found || !b.visible(q.now, c.o) {
		return nil, notFound()
	}
	return b, nil
}

func (c *Cloud) readLoadBalancer(q *request) (reply, error) {
	b, err := c.findLoadBalancer(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"load_balancer": c.loadBalancerView(q, b)})
}

func (c *Cloud) listLoadBalancers(q *request) (reply, error) {
	return list(q, "load_balancers", c.liveLoadBalancers(q), func(b *loadBalancer) map[string]any { return c.loadBalancerView(q, b) })
}

// idleLoadBalancer is for changes, of which one is carried out at a time.
func (c *Cloud) idleLoadBalancer(q *request) (*loadBalancer, error) {
	b, err := c.findLoadBalancer(q)
	switch {
	case err != nil:
		return nil, err
	case !b.DeletedAt.IsZero(), b.status(q.now, c.o) == "new", q.now.Before(b.ChangedAt.Add(c.o.Settle)):
		return nil, forbidden("Load Balancer can't be updated while it processes previous actions")
	}
	return b, nil
}

// replaceLoadBalancer is PUT: what is missing from the body gets its default.
func (c *Cloud) replaceLoadBalancer(q *request) (reply, error) {
	b, err := c.idleLoadBalancer(q)
	if err != nil {
		return reply{}, err
	}
	var in lbSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkLoadBalancer(q, &in); err != nil {
		return reply{}, err
	}
	was := b.Spec
	if in.Region != was.Region || in.Type != was.Type || in.Network != was.Network || in.Stack != was.Stack || cmp.Or(in.VPC, b.VPC) != b.VPC {
		return reply{}, invalid("region, type, network, network_stack and vpc_uuid of a load balancer can not be changed")
	}
	if in.Project != "" && in.Project != b.ProjectID {
		if b.home, err = c.homeFor(q, in.Project); err != nil {
			return reply{}, err
		}
	}
	c.changeLoadBalancer(q, b, in)
	return ok(map[string]any{"load_balancer": c.loadBalancerView(q, b)})
}

// changeLoadBalancer gives b another spec. Certificates that it does not have
// any more are let go of later.
func (c *Cloud) changeLoadBalancer(q *request, b *loadBalancer, in lbSpec) {
	for _, id := range b.Spec.certificates() {
		if !slices.Contains(in.certificates(), id) {
			b.Letting[id] = q.now.Add(c.o.MemberLag)
		}
	}
	b.Spec, b.ChangedAt = in, q.now
}

func (c *Cloud) deleteLoadBalancer(q *request) (reply, error) {
	b, err := c.findLoadBalancer(q)
	if err != nil {
		return reply{}, err
	}
	if b.DeletedAt.IsZero() {
		b.DeletedAt = q.now
		c.settle(q.now)
	}
	return noContent()
}

func (c *Cloud) purgeLoadBalancerCache(q *request) (reply, error) {
	if _, err := c.findLoadBalancer(q); err != nil {
		return reply{}, err
	}
	return noContent()
}

// amendLoadBalancer changes a part of a load balancer.
func (c *Cloud) amendLoadBalancer(q *request, change func(spec *lbSpec, in lbSpec)) (reply, error) {
	b, err := c.idleLoadBalancer(q)
	if err != nil {
		return reply{}, err
	}
	var in lbSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	spec := b.Spec
	spec.Rules, spec.DropletIDs = slices.Clone(spec.Rules), slices.Clone(spec.DropletIDs)
	change(&spec, in)
	if err := c.checkLoadBalancer(q, &spec); err != nil {
		return reply{}, err
	}
	c.changeLoadBalancer(q, b, spec)
	return noContent()
}

func (c *Cloud) addLoadBalancerDroplets(q *request) (reply, error) {
	return c.amendLoadBalancer(q, func(spec *lbSpec, in lbSpec) {
		for _, id := range in.DropletIDs {
			if !slices.Contains(spec.DropletIDs, id) {
				spec.DropletIDs = append(spec.DropletIDs, id)
			}
		}
	})
}

func (c *Cloud) removeLoadBalancerDroplets(q *request) (reply, error) {
	return c.amendLoadBalancer(q, func(spec *lbSpec, in lbSpec) {
		spec.DropletIDs = slices.DeleteFunc(spec.DropletIDs, func(id int) bool { return slices.Contains(in.DropletIDs, id) })
	})
}

func (c *Cloud) addForwardingRules(q *request) (reply, error) {
	return c.amendLoadBalancer(q, func(spec *lbSpec, in lbSpec) { spec.Rules = append(spec.Rules, in.Rules...) })
}

func (c *Cloud) removeForwardingRules(q *request) (reply, error) {
	return c.amendLoadBalancer(q, func(spec *lbSpec, in lbSpec) {
		spec.Rules = slices.DeleteFunc(spec.Rules, func(r lbRule) bool { return slices.Contains(in.Rules, r) })
	})
}

// dropletsBehind are those that a tag chooses, or that are named. Named ones
// leave when they are destroyed.
func (c *Cloud) dropletsBehind(q *request, b *loadBalancer) []int {
	ids := []int{}
	for _, d := range c.visibleDroplets(q) {
		if b.Spec.Tag != "" && hasTag(d.Tags, b.Spec.Tag) || slices.Contains(b.Spec.DropletIDs, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

func (c *Cloud) loadBalancerView(q *request, b *loadBalancer) map[string]any {
	s := b.Spec
	v := map[string]any{
		"id": b.ID, "name": s.Name, "ip": "", "status": b.status(q.now, c.o), "created_at": stamp(b.CreatedAt),
		"algorithm": s.Algorithm, "size_unit": s.Units, "size": s.slug(), "type": s.Type, "network": s.Network, "network_stack": s.Stack,
		"forwarding_rules": orEmpty(s.Rules), "health_check": s.Health, "sticky_sessions": s.Sticky,
		"droplet_ids": c.dropletsBehind(q, b), "tag": s.Tag, "project_id": b.ProjectID,
		"redirect_http_to_https": s.Redirect, "enable_proxy_protocol": s.Proxy, "enable_backend_keepalive": s.Keepalive,
		"disable_lets_encrypt_dns_records": s.NoRecords, "http_idle_timeout_seconds": s.Idle, "tls_cipher_policy": s.Ciphers,
		"firewall": map[string]any{"allow": orEmpty(s.Firewall.Allow), "deny": orEmpty(s.Firewall.Deny)},
	}
	if b.status(q.now, c.o) == "active" {
		v["ip"] = b.IP
		if b.IPv6 != "" {
			v["ipv6"] = b.IPv6
		}
	}
	if s.Type == globalLB {
		v["domains"], v["glb_settings"], v["target_load_balancer_ids"] = orEmpty(s.Domains), s.Global, orEmpty(s.Targets)
		return v
	}
	v["region"], v["vpc_uuid"] = regionView(s.Region), b.VPC
	return v
}
