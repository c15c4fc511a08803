package fake

import (
	"fmt"
	"slices"
	"time"
)

// loadBalancer is a load balancer with its parts.
type loadBalancer struct {
	ID        int64       `json:"id"`
	Name      string      `json:"name"`
	Type      string      `json:"load_balancer_type"`
	Location  string      `json:"location"`
	Algorithm string      `json:"algorithm"`
	IPv4      string      `json:"ipv4"`
	IPv6      string      `json:"ipv6"`
	Pointers  pointers    `json:"dns_ptr,omitempty"`
	Private   bool        `json:"private"` // its public interface is off
	Nets      []lbNet     `json:"private_net"`
	Services  []lbService `json:"services"`
	Targets   []lbTarget  `json:"targets"`
	Protected bool        `json:"protected"`
	Labels    labels      `json:"labels"`
	CreatedAt time.Time   `json:"created"`
}

func (b *loadBalancer) key() int64       { return b.ID }
func (b *loadBalancer) title() string    { return b.Name }
func (b *loadBalancer) subject() subject { return subject{b.ID, "load_balancer"} }

// parts are its parts in Inventory.
func (b *loadBalancer) parts() []string {
	var all []string
	for _, n := range b.Nets {
		all = append(all, "network "+itoa(n.Network))
	}
	for _, s := range b.Services {
		all = append(all, fmt.Sprintf("service %d", s.ListenPort))
	}
	for _, t := range b.Targets {
		all = append(all, "target "+t.title())
	}
	return all
}

func (c *Cloud) loadBalancerRoutes() map[string]handler {
	const actions = "POST /v1/load_balancers/{id}/actions/"
	return map[string]handler{
		"POST /v1/load_balancers":             c.createLoadBalancer,
		"GET /v1/load_balancers":              c.listLoadBalancers,
		"GET /v1/load_balancers/{id}":         c.readLoadBalancer,
		"PUT /v1/load_balancers/{id}":         c.updateLoadBalancer,
		"DELETE /v1/load_balancers/{id}":      c.deleteLoadBalancer,
		"GET /v1/load_balancers/{id}/actions": c.listActionsOf("load_balancer"),
		actions + "change_protection":         c.protectLoadBalancer,
		actions + "change_dns_ptr":            c.pointLoadBalancer,
		actions + "change_algorithm":          c.changeAlgorithm,
		actions + "change_type":               c.changeLBType,
		actions + "add_service":               c.addService,
		actions + "update_service":            c.updateService,
		actions + "delete_service":            c.deleteService,
		actions + "add_target":                c.addTarget,
		actions + "remove_target":             c.removeTarget,
		actions + "attach_to_network":         c.attachLoadBalancer,
		actions + "detach_from_network":       c.detachLoadBalancer,
		actions + "enable_public_interface":   c.enablePublicInterface,
		actions + "disable_public_interface":  c.disablePublicInterface,
	}
}

func (c *Cloud) loadBalancerEffects() map[string]effect {
	return map[string]effect{
		"delete_load_balancer":      func(a *action) { c.s.LoadBalancers.drop(a.of("load_balancer")) },
		"change_algorithm":          c.onLoadBalancer(func(b *loadBalancer, a *action) { b.Algorithm = brought[string](a) }),
		"change_load_balancer_type": c.onLoadBalancer(func(b *loadBalancer, a *action) { b.Type = brought[string](a) }),
		"add_service":               c.onLoadBalancer(func(b *loadBalancer, a *action) { b.Services = append(b.Services, brought[lbService](a)) }),
		"update_service":            c.onLoadBalancer(func(b *loadBalancer, a *action) { b.replaceService(brought[lbService](a)) }),
		"delete_service":            c.onLoadBalancer(func(b *loadBalancer, a *action) { b.dropService(brought[int](a)) }),
		"add_target":                c.onLoadBalancer(func(b *loadBalancer, a *action) { b.Targets = append(b.Targets, brought[lbTarget](a)) }),
		"enable_public_interface":   c.onLoadBalancer(func(b *loadBalancer, _ *action) { b.Private = false }),
		"disable_public_interface":  c.onLoadBalancer(func(b *loadBalancer, _ *action) { b.Private = true }),
		"remove_target":             c.onLoadBalancer(func(b *loadBalancer, a *action) { b.dropTarget(brought[lbTarget](a)) }),

		"load_balancer attach_to_network":   c.onLoadBalancer(func(b *loadBalancer, a *action) { b.Nets = append(b.Nets, brought[lbNet](a)) }),
		"load_balancer detach_from_network": c.onLoadBalancer(func(b *loadBalancer, a *action) { b.leave(a.of("network")) }),
	}
}

// onLoadBalancer is an effect on the load balancer of an action that is there still.
func (c *Cloud) onLoadBalancer(f func(*loadBalancer, *action)) effect {
	return func(a *action) {
		if b, found := c.s.LoadBalancers.find(a.of("load_balancer")); found {
			f(b, a)
		}
	}
}

func (c *Cloud) loadBalancerView(b *loadBalancer) view {
	t, _ := findLBType(b.Type)
	v := view{
		"id": b.ID, "name": b.Name, "load_balancer_type": t.view(), "location": locationView(b.Location), "algorithm": view{"type": b.Algorithm},
		"public_net": view{
			"enabled": !b.Private,
			"ipv4":    view{"ip": b.IPv4, "dns_ptr": b.Pointers.of(b.IPv4)},
			"ipv6":    view{"ip": b.IPv6, "dns_ptr": b.Pointers.of(b.IPv6)},
		},
		"private_net": orEmpty(b.Nets), "services": orEmpty(b.Services), "protection": view{"delete": b.Protected}, "labels": b.Labels.shown(),
		"created": stamp(b.CreatedAt), "included_traffic": 21990232555520, "ingoing_traffic": nil, "outgoing_traffic": nil,
	}
	targets := []view{}
	for _, t := range b.Targets {
		targets = append(targets, c.targetView(t, b))
	}
	v["targets"] = targets
	return v
}

// loadBalancerSpec is the body of a create.
type loadBalancerSpec struct {
	naming
	Type      idName        `json:"load_balancer_type"`
	Location  *string       `json:"location"`
	Zone      *string       `json:"network_zone"`
	Public    *bool         `json:"public_interface"`
	Network   *int64        `json:"network"`
	Services  []serviceSpec `json:"services"`
	Targets   []targetSpec  `json:"targets"`
	Algorithm *struct {
		Type string `json:"type"`
	} `json:"algorithm"`
}

func (c *Cloud) createLoadBalancer(q *request) (reply, error) {
	var in loadBalancerSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.LoadBalancers, "load_balancer"); err != nil {
		return fail(err)
	}
	b := &loadBalancer{ID: c.newID(), Name: *in.Name, Algorithm: "round_robin", CreatedAt: q.now}
	give(&b.Labels, in.Labels)
	if err := c.specify(b, &in); err != nil {
		return fail(err)
	}
	b.IPv4, b.IPv6 = c.publicIPv4(), c.publicIPv6()
	c.s.LoadBalancers.add(b)
	made := c.start(q, "create_load_balancer", c.o.Boot, nil, b.subject())
	return created(view{"load_balancer": c.loadBalancerView(b), "action": made.view()})
}

// specify fills b with what is asked for, unless that is refused.
func (c *Cloud) specify(b *loadBalancer, in *loadBalancerSpec) error {
	t, found := findLBType(string(in.Type))
	switch {
	case !found:
		return invalid("load_balancer_type", "load balancer type %q does not exist", in.Type)
	case len(c.s.LoadBalancers) >= c.o.Quota.LoadBalancers:
		return refusal("resource_limit_exceeded", "load balancer limit exceeded")
	case in.Algorithm != nil && !isAlgorithm(in.Algorithm.Type):
		return invalid("algorithm", "must be one of round_robin, least_connections")
	case in.Location != nil && in.Zone != nil:
		return invalid("location", "must not be given together with network_zone")
	case in.Location == nil && in.Zone == nil:
		return invalid("location", "is required without network_zone")
	}
	i := slices.IndexFunc(locations, func(l location) bool {
		return in.Location != nil && l.name == *in.Location || in.Zone != nil && l.zone == *in.Zone
	})
	if i < 0 {
		return invalid("location", "does not exist")
	}
	b.Type, b.Location = t.name, locations[i].name
	if in.Algorithm != nil {
		b.Algorithm = in.Algorithm.Type
	}
	b.Private = in.Public != nil && !*in.Public
	if in.Network != nil {
		n, err := c.join(b, lbJoining{Network: *in.Network})
		if err != nil {
			return err
		}
		b.Nets = append(b.Nets, n)
	}
	for _, spec := range in.Services {
		s, err := c.newService(b, &spec)
		if err != nil {
			return err
		}
		b.Services = append(b.Services, s)
	}
	for _, spec := range in.Targets {
		t, err := c.newTarget(b, &spec)
		if err != nil {
			return err
		}
		b.Targets = append(b.Targets, t)
	}
	return nil
}

func isAlgorithm(name string) bool { return name == "round_robin" || name == "least_connections" }

func (c *Cloud) listLoadBalancers(q *request) (reply, error) {
	return list(q, "load_balancers", c.s.LoadBalancers, c.loadBalancerView, "name")
}

func (c *Cloud) readLoadBalancer(q *request) (reply, error) {
	return read(q, c.s.LoadBalancers, "load_balancer", c.loadBalancerView)
}

func (c *Cloud) updateLoadBalancer(q *request) (reply, error) {
	return update(q, c.s.LoadBalancers, "load_balancer", func(b *loadBalancer) (*string, *labels) { return &b.Name, &b.Labels }, c.loadBalancerView)
}

func (c *Cloud) deleteLoadBalancer(q *request) (reply, error) {
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", nil)
	if err != nil {
		return fail(err)
	}
	if b.Protected {
		return fail(refusal("protected", "load balancer deletion is protected"))
	}
	return c.start(q, "delete_load_balancer", c.o.Settle, nil, b.subject()).reply()
}

func (c *Cloud) protectLoadBalancer(q *request) (reply, error) {
	b, err := protect(c, q, c.s.LoadBalancers, "load_balancer", func(b *loadBalancer) *bool { return &b.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, b.subject()).reply()
}

func (c *Cloud) changeAlgorithm(q *request) (reply, error) {
	var in struct {
		Type string `json:"type"`
	}
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	if !isAlgorithm(in.Type) {
		return fail(invalid("type", "must be one of round_robin, least_connections"))
	}
	return c.start(q, "change_algorithm", c.o.Settle, in.Type, b.subject()).reply()
}

func (c *Cloud) changeLBType(q *request) (reply, error) {
	var in struct {
		Type idName `json:"load_balancer_type"`
	}
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	t, found := findLBType(string(in.Type))
	switch {
	case !found:
		return fail(invalid("load_balancer_type", "load balancer type %q does not exist", in.Type))
	case t.name == b.Type, len(b.Services) > t.services, len(b.Targets) > t.targets, len(b.certificates()) > t.certificates:
		return fail(refusal("invalid_load_balancer_type", "the load balancer type does not fit for the given load balancer"))
	}
	return c.start(q, "change_load_balancer_type", c.o.Settle, t.name, b.subject()).reply()
}

func (c *Cloud) pointLoadBalancer(q *request) (reply, error) {
	return point(c, q, c.s.LoadBalancers, "load_balancer", func(b *loadBalancer) (*pointers, []string) {
		return &b.Pointers, []string{b.IPv4, b.IPv6}
	})
}

// publicIPv6 returns an address of IPv6 that nobody has, from the range for
// documentation.
func (c *Cloud) publicIPv6() string {
	c.s.Addresses++
	return fmt.Sprintf("2001:db8:%x:%x::1", c.s.Addresses>>16, c.s.Addresses&0xffff)
}
