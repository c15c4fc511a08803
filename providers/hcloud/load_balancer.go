package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type loadBalancer struct {
	providers.Aside

	ID               string            `cty:"id"                 is:"computed"        doc:"Number of the load balancer."`
	Name             string            `cty:"name"               is:"required"        doc:"Name, unique in the project."`
	Type             string            `cty:"load_balancer_type" is:"required"        doc:"Name of its type, such as lb11: how much it can carry."`
	Location         string            `cty:"location"           is:"default,replace,or=network_zone" doc:"Name of the location, such as fsn1; any of network_zone if absent."`
	NetworkZone      string            `cty:"network_zone"       is:"default,replace" doc:"Zone of networks, such as eu-central; that of location if absent."`
	Algorithm        []lbAlgorithm     `cty:"algorithm"          is:"default,max=1"   doc:"How targets are chosen."`
	Labels           map[string]string `cty:"labels"             is:"optional"        doc:"Labels of the user."`
	Targets          []lbServerTarget  `cty:"target"             is:"default,set"     doc:"Deprecated: use hcloud_load_balancer_target."`
	DeleteProtection bool              `cty:"delete_protection"  is:"else=false"      doc:"Whether it cannot be deleted."`
	IPv4             string            `cty:"ipv4"               is:"computed"        doc:"Its public IPv4 address."`
	IPv6             string            `cty:"ipv6"               is:"computed"        doc:"Its public IPv6 address."`
	NetworkID        int               `cty:"network_id"         is:"computed"        doc:"Number of the network it is attached to; 0 is none."`
	NetworkIP        string            `cty:"network_ip"         is:"computed"        doc:"Its address in that network."`
}

type lbAlgorithm struct {
	Type string `cty:"type" is:"default" doc:"round_robin or least_connections."`
}

type lbServerTarget struct {
	Type         string `cty:"type"           is:"required"   doc:"server; others are shown, not made here."`
	ServerID     int    `cty:"server_id"      is:"optional,ref=hcloud_server" doc:"Number of the server."`
	UsePrivateIP bool   `cty:"use_private_ip" is:"else=false" doc:"Whether its address in the network is used."`
}

const loadBalancerExample = `resource "hcloud_load_balancer" "example" {
  name               = "api"
  load_balancer_type = "lb11"
  location           = "fsn1"
}`

var loadBalancerType = providers.Resource[*client, loadBalancer]{
	Type:      "hcloud_load_balancer",
	Doc:       "A load balancer in front of servers; what it does with whom is said by its parts.",
	Create:    createLoadBalancer,
	Read:      readLoadBalancer,
	Update:    updateLoadBalancer,
	Delete:    deleteLoadBalancer,
	Find:      findLoadBalancer,
	List:      listLoadBalancers,
	Mark:      providers.InLabels,
	Check:     checkLoadBalancer,
	Foresee:   foreseeLoadBalancer,
	Protected: func(x loadBalancer) error { return protected(x.DeleteProtection) },
	Lock:      func(x loadBalancer) string { return lbLock(x.ID) },
	Natural:   func(x loadBalancer) string { return x.Name },
	Explain: map[string]string{
		"location":     "a load balancer stays where it was made, and its addresses with it",
		"network_zone": "a load balancer stays where it was made, and its addresses with it",
	},
	Examples: []string{
		loadBalancerExample,
		serverExample + `

resource "hcloud_load_balancer" "example" {
  name               = "api-v2"
  load_balancer_type = "lb21"
  location           = "fsn1"
  labels             = { team = "ml" }

  target {
    type      = "server"
    server_id = hcloud_server.example.id
  }

  algorithm {
    type = "least_connections"
  }
}`,
		`resource "hcloud_load_balancer" "example" {
  name               = "api-v2"
  load_balancer_type = "lb21"
  network_zone       = "us-east"
}`,
	},
}

func createLoadBalancer(ctx context.Context, c *client, x *loadBalancer, a providers.Attempt) error {
	o := hcloud.LoadBalancerCreateOpts{
		Name: x.Name, LoadBalancerType: &hcloud.LoadBalancerType{Name: x.Type}, Labels: marked(x.Labels, a),
	}
	if err := c.locateLoadBalancer(ctx, x, &o); err != nil {
		return err
	}
	for _, alg := range x.Algorithm {
		if alg.Type != "" {
			o.Algorithm = &hcloud.LoadBalancerAlgorithm{Type: hcloud.LoadBalancerAlgorithmType(alg.Type)}
		}
	}
	for _, t := range x.Targets {
		o.Targets = append(o.Targets, hcloud.LoadBalancerCreateOptsTarget{
			Type: hcloud.LoadBalancerTargetTypeServer, UsePrivateIP: &t.UsePrivateIP,
			Server: hcloud.LoadBalancerCreateOptsTargetServer{Server: serverOf(t.ServerID)},
		})
	}
	got, resp, err := c.LoadBalancer.Create(ctx, o)
	if err != nil {
		return err
	}
	protect := x.DeleteProtection
	if err := x.fill(got.LoadBalancer); err != nil {
		return err
	}
	return followed(protect, started(got.Action, resp, nil))
}

// locateLoadBalancer says where a new load balancer is: the API takes a location or a
// zone, not both.
func (c *client) locateLoadBalancer(ctx context.Context, x *loadBalancer, o *hcloud.LoadBalancerCreateOpts) error {
	switch {
	case x.Location == "" && x.NetworkZone == "":
		return errors.New("location or network_zone has to be set")
	case x.Location == "":
		o.NetworkZone = hcloud.NetworkZone(x.NetworkZone)
		return nil
	}
	o.Location = &hcloud.Location{Name: x.Location}
	if x.NetworkZone == "" {
		return nil
	}
	l, _, err := c.Location.GetByName(ctx, x.Location)
	if err == nil && l != nil && string(l.NetworkZone) != x.NetworkZone {
		err = fmt.Errorf("location %q is in network_zone %q, not in %q: drop one of them", x.Location, l.NetworkZone, x.NetworkZone)
	}
	return err
}

func readLoadBalancer(ctx context.Context, c *client, x *loadBalancer) error {
	got, err := fetchLoadBalancer(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updateLoadBalancer starts the first change that is not made yet.
func updateLoadBalancer(ctx context.Context, c *client, was loadBalancer, x *loadBalancer) error {
	x.ID = was.ID
	got, err := fetchLoadBalancer(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if labels := withMarks(x.Labels, got.Labels); got.Name != x.Name || !maps.Equal(got.Labels, labels) {
		if got, _, err = c.LoadBalancer.Update(ctx, got, hcloud.LoadBalancerUpdateOpts{Name: x.Name, Labels: labels}); err != nil {
			return gone(err)
		}
	}
	algorithm := string(got.Algorithm.Type)
	if len(x.Algorithm) > 0 {
		algorithm = x.Algorithm[0].Type
	}
	switch {
	case got.Protection.Delete != x.DeleteProtection:
		err = more(c.LoadBalancer.ChangeProtection(ctx, got, hcloud.LoadBalancerChangeProtectionOpts{Delete: &x.DeleteProtection}))
	case got.LoadBalancerType.Name != x.Type:
		err = more(c.LoadBalancer.ChangeType(ctx, got, hcloud.LoadBalancerChangeTypeOpts{LoadBalancerType: &hcloud.LoadBalancerType{Name: x.Type}}))
	case string(got.Algorithm.Type) != algorithm:
		err = more(c.LoadBalancer.ChangeAlgorithm(ctx, got, hcloud.LoadBalancerChangeAlgorithmOpts{Type: hcloud.LoadBalancerAlgorithmType(algorithm)}))
	case !slices.Equal(was.Targets, x.Targets):
		err = c.retarget(ctx, got, x)
	default:
		err = x.fill(got)
	}
	return gone(err)
}

// retarget starts the first change that brings the servers behind a load balancer to
// what the deprecated blocks say.
func (c *client) retarget(ctx context.Context, got *hcloud.LoadBalancer, x *loadBalancer) error {
	have := serverTargets(got)
	for _, t := range have {
		if t.ServerID != 0 && !slices.Contains(x.Targets, t) {
			return more(c.LoadBalancer.RemoveServerTarget(ctx, got, serverOf(t.ServerID)))
		}
	}
	for _, t := range x.Targets {
		if t.ServerID != 0 && !slices.Contains(have, t) {
			return more(c.LoadBalancer.AddServerTarget(ctx, got, hcloud.LoadBalancerAddServerTargetOpts{Server: serverOf(t.ServerID), UsePrivateIP: &t.UsePrivateIP}))
		}
	}
	return x.fill(got)
}

func deleteLoadBalancer(ctx context.Context, c *client, x loadBalancer) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	got, resp, err := c.LoadBalancer.DeleteWithResult(ctx, &hcloud.LoadBalancer{ID: id})
	return gone(started(got.Action, resp, err))
}

func findLoadBalancer(ctx context.Context, c *client, x *loadBalancer, a providers.Attempt) (bool, error) {
	return born(ctx, c.listLoadBalancers, x, a, (*loadBalancer).fill, func(x *loadBalancer) string { return x.ID })
}

func listLoadBalancers(ctx context.Context, c *client, _ loadBalancer) iter.Seq2[loadBalancer, error] {
	return partsOf(ctx, c, loadBalancerList, func(got *hcloud.LoadBalancer) []loadBalancer {
		var x loadBalancer
		_ = x.fill(got) // it is ready as soon as it is there
		return []loadBalancer{x}
	})
}

func (x *loadBalancer) fill(got *hcloud.LoadBalancer) error {
	x.ID, x.Name, x.Type, x.Location = text(got.ID), got.Name, got.LoadBalancerType.Name, got.Location.Name
	x.NetworkZone, x.DeleteProtection = string(got.Location.NetworkZone), got.Protection.Delete
	x.Algorithm = []lbAlgorithm{{string(got.Algorithm.Type)}}
	x.Targets = serverTargets(got)
	x.IPv4, x.IPv6 = address(got.PublicNet.IPv4.IP), address(got.PublicNet.IPv6.IP)
	x.NetworkID, x.NetworkIP = 0, ""
	if len(got.PrivateNet) > 0 {
		x.NetworkID, x.NetworkIP = int(got.PrivateNet[0].Network.ID), address(got.PrivateNet[0].IP)
	}
	x.Labels, x.Owner = userLabels(got.Labels)
	return nil
}

// serverTargets returns the targets of a load balancer as the deprecated blocks have
// them.
func serverTargets(got *hcloud.LoadBalancer) []lbServerTarget {
	var all []lbServerTarget
	for _, t := range got.Targets {
		x := lbServerTarget{Type: string(t.Type), UsePrivateIP: t.UsePrivateIP}
		if t.Server != nil {
			x.ServerID = numberOf(t.Server.Server)
		}
		all = append(all, x)
	}
	return all
}

func checkLoadBalancer(was *loadBalancer, want loadBalancer) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Type == "":
		return errors.New("load_balancer_type must not be empty")
	}
	algorithms := []string{"", string(hcloud.LoadBalancerAlgorithmTypeRoundRobin), string(hcloud.LoadBalancerAlgorithmTypeLeastConnections)}
	for _, a := range want.Algorithm {
		if !slices.Contains(algorithms, a.Type) {
			return fmt.Errorf("algorithm: type %q is neither round_robin nor least_connections", a.Type)
		}
	}
	if was != nil && slices.Equal(was.Targets, want.Targets) {
		return checkLabels(want.Labels)
	}
	for _, t := range want.Targets {
		if t.Type != string(hcloud.LoadBalancerTargetTypeServer) || t.ServerID == 0 {
			return errors.New("target: only type = \"server\" with a server_id can be said here; use hcloud_load_balancer_target for others")
		}
	}
	return checkLabels(want.Labels)
}
