package hcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type rdns struct {
	ID             string `cty:"id"               is:"computed"         doc:"Letter of what has the address, its number and the address, with dashes."`
	ServerID       int    `cty:"server_id"        is:"optional,replace,ref=hcloud_server"        doc:"Number of the server that has the address."`
	PrimaryIPID    int    `cty:"primary_ip_id"    is:"optional,replace,ref=hcloud_primary_ip"    doc:"Number of the primary IP."`
	FloatingIPID   int    `cty:"floating_ip_id"   is:"optional,replace,ref=hcloud_floating_ip"   doc:"Number of the floating IP."`
	LoadBalancerID int    `cty:"load_balancer_id" is:"optional,replace,ref=hcloud_load_balancer" doc:"Number of the load balancer that has the address."`
	IPAddress      string `cty:"ip_address"       is:"required,replace" doc:"The address."`
	DNSPtr         string `cty:"dns_ptr"          is:"required"         doc:"Name that it leads to."`
}

var rdnsType = providers.Resource[*client, rdns]{
	Type:   "hcloud_rdns",
	Doc:    "The name that a public address leads to, in the reverse DNS.",
	Create: createRDNS,
	Read:   readRDNS,
	Update: updateRDNS,
	Delete: deleteRDNS,
	List:   listRDNS,
	Within: func(x rdns) string { return x.holder() },
	Import: parseRDNS,
	Check:  checkRDNS,
	// Every address of IPv4 has a name from the start.
	Again:   true,
	Natural: func(x rdns) string { return natural(x.holderID(), x.holder(), x.IPAddress) },
	// That of a server is listed with its primary IP.
	Collections: []rdns{{PrimaryIPID: 1}, {FloatingIPID: 1}, {LoadBalancerID: 1}},
	Examples: []string{
		primaryIPExample + `

resource "hcloud_rdns" "example" {
  primary_ip_id = hcloud_primary_ip.example.id
  ip_address    = hcloud_primary_ip.example.ip_address
  dns_ptr       = "api.example.com"
}`,
		primaryIPExample + `

resource "hcloud_rdns" "example" {
  primary_ip_id = hcloud_primary_ip.example.id
  ip_address    = hcloud_primary_ip.example.ip_address
  dns_ptr       = "models.example.com"
}`,
		serverExample + `

resource "hcloud_rdns" "example" {
  server_id  = hcloud_server.example.id
  ip_address = hcloud_server.example.ipv6_address
  dns_ptr    = "models.example.com"
}`,
		floatingIPExample + `

resource "hcloud_rdns" "example" {
  floating_ip_id = hcloud_floating_ip.example.id
  ip_address     = hcloud_floating_ip.example.ip_address
  dns_ptr        = "models.example.com"
}`,
		loadBalancerExample + `

resource "hcloud_rdns" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  ip_address       = hcloud_load_balancer.example.ipv6
  dns_ptr          = "models.example.com"
}`,
	},
}

func createRDNS(ctx context.Context, c *client, x *rdns, _ providers.Attempt) error {
	err := c.point(ctx, *x, &x.DNSPtr)
	if err == nil || providers.OperationOf(err) != "" {
		x.ID = x.id()
	}
	return err
}

// readRDNS takes the name that an address has from the start for none.
func readRDNS(ctx context.Context, c *client, x *rdns) error {
	key, err := parseRDNS(x.ID)
	if err != nil {
		return err
	}
	holder, err := c.holderOf(ctx, key)
	if err != nil {
		return err
	}
	name, err := holder.GetDNSPtrForIP(net.ParseIP(key.IPAddress))
	if err != nil || name == "" || name == usualName(key.IPAddress) {
		return providers.ErrGone
	}
	key.DNSPtr = name
	*x = key
	return nil
}

func updateRDNS(ctx context.Context, c *client, was rdns, x *rdns) error {
	x.ID = was.ID
	return c.point(ctx, was, &x.DNSPtr)
}

func deleteRDNS(ctx context.Context, c *client, x rdns) error {
	return gone(c.point(ctx, x, nil))
}

// listRDNS lists the names of the kind of holders that in has.
func listRDNS(ctx context.Context, c *client, in rdns) iter.Seq2[rdns, error] {
	switch {
	case in.ServerID != 0:
		return pointers(ctx, c.listServers, func(s *hcloud.Server) (rdns, map[string]string) {
			names := map[string]string{}
			for ip, name := range s.PublicNet.IPv6.DNSPtr {
				names[ip] = name
			}
			names[address(s.PublicNet.IPv4.IP)] = s.PublicNet.IPv4.DNSPtr
			return rdns{ServerID: int(s.ID)}, names
		})
	case in.FloatingIPID != 0:
		return pointers(ctx, c.listFloatingIPs, func(f *hcloud.FloatingIP) (rdns, map[string]string) {
			return rdns{FloatingIPID: int(f.ID)}, f.DNSPtr
		})
	case in.LoadBalancerID != 0:
		return pointers(ctx, c.listLoadBalancers, func(b *hcloud.LoadBalancer) (rdns, map[string]string) {
			n := b.PublicNet
			return rdns{LoadBalancerID: int(b.ID)}, map[string]string{address(n.IPv4.IP): n.IPv4.DNSPtr, address(n.IPv6.IP): n.IPv6.DNSPtr}
		})
	}
	return pointers(ctx, c.listPrimaryIPs, func(p *hcloud.PrimaryIP) (rdns, map[string]string) {
		return rdns{PrimaryIPID: int(p.ID)}, p.DNSPtr
	})
}

// pointers yields the names that somebody has given to the addresses of a collection.
func pointers[S any](ctx context.Context, list fetch[S], of func(*S) (rdns, map[string]string)) iter.Seq2[rdns, error] {
	return func(yield func(rdns, error) bool) {
		for got, err := range pages(ctx, list, "", whole[S]) {
			if err != nil {
				yield(rdns{}, err)
				return
			}
			x, names := of(&got)
			for ip, name := range names {
				if ip == "" || name == "" || name == usualName(ip) {
					continue
				}
				x.IPAddress, x.DNSPtr = ip, name
				x.ID = x.id()
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// point gives an address a name; nil takes it away.
func (c *client) point(ctx context.Context, x rdns, name *string) error {
	ip := net.ParseIP(x.IPAddress)
	switch x.holder() {
	case "s":
		return started(c.RDNS.ChangeDNSPtr(ctx, &hcloud.Server{ID: int64(x.ServerID)}, ip, name))
	case "p":
		return started(c.RDNS.ChangeDNSPtr(ctx, &hcloud.PrimaryIP{ID: int64(x.PrimaryIPID)}, ip, name))
	case "f":
		return started(c.RDNS.ChangeDNSPtr(ctx, &hcloud.FloatingIP{ID: int64(x.FloatingIPID)}, ip, name))
	}
	return started(c.RDNS.ChangeDNSPtr(ctx, &hcloud.LoadBalancer{ID: int64(x.LoadBalancerID)}, ip, name))
}

// holderOf returns what has the address of x.
func (c *client) holderOf(ctx context.Context, x rdns) (hcloud.RDNSSupporter, error) {
	switch x.holder() {
	case "s":
		return there(c.Server.GetByID(ctx, int64(x.ServerID)))
	case "p":
		return there(c.PrimaryIP.GetByID(ctx, int64(x.PrimaryIPID)))
	case "f":
		return there(c.FloatingIP.GetByID(ctx, int64(x.FloatingIPID)))
	}
	return there(c.LoadBalancer.GetByID(ctx, int64(x.LoadBalancerID)))
}

// holder is the letter of what has the address, as ids have it; "" for nothing.
func (x rdns) holder() string {
	switch {
	case x.ServerID != 0:
		return "s"
	case x.PrimaryIPID != 0:
		return "p"
	case x.FloatingIPID != 0:
		return "f"
	case x.LoadBalancerID != 0:
		return "l"
	}
	return ""
}

func (x rdns) holderID() int {
	return cmp.Or(x.ServerID, x.PrimaryIPID, x.FloatingIPID, x.LoadBalancerID)
}

func (x rdns) id() string { return fmt.Sprintf("%s-%d-%s", x.holder(), x.holderID(), x.IPAddress) }

// parseRDNS takes an id apart.
func parseRDNS(id string) (rdns, error) {
	parts := strings.SplitN(id, "-", 3)
	if len(parts) != 3 {
		parts = []string{"", "", ""}
	}
	n, err := number(parts[1])
	ip, bad := netip.ParseAddr(parts[2])
	x := rdns{ID: id, IPAddress: ip.String()}
	switch parts[0] {
	case "s":
		x.ServerID = int(n)
	case "p":
		x.PrimaryIPID = int(n)
	case "f":
		x.FloatingIPID = int(n)
	case "l":
		x.LoadBalancerID = int(n)
	}
	if err != nil || bad != nil || x.holder() == "" {
		return rdns{}, fmt.Errorf("id %q is not s, p, f or l for server, primary IP, floating IP or load balancer, a dash, its number, a dash and the address, as in p-4711-192.0.2.1", id)
	}
	return x, nil
}

// usualName is the name that an IPv4 address of Hetzner has while it has no other.
func usualName(ip string) string {
	parts := strings.Split(ip, ".")
	slices.Reverse(parts)
	return "static." + strings.Join(parts, ".") + ".clients.your-server.de"
}

func checkRDNS(_ *rdns, want rdns) error {
	n := 0
	for _, id := range []int{want.ServerID, want.PrimaryIPID, want.FloatingIPID, want.LoadBalancerID} {
		if id != 0 {
			n++
		}
	}
	ip, err := netip.ParseAddr(want.IPAddress)
	switch {
	case n != 1:
		return errors.New("exactly one of server_id, primary_ip_id, floating_ip_id and load_balancer_id has to be set")
	case err != nil:
		return fmt.Errorf("ip_address %q is no IP address", want.IPAddress)
	case ip.String() != want.IPAddress:
		return fmt.Errorf("ip_address %q: write it as the API does, %s", want.IPAddress, ip)
	case want.DNSPtr == usualName(want.IPAddress):
		return fmt.Errorf("dns_ptr %q is what the address leads to without this resource: leave it out", want.DNSPtr)
	case !hostName.MatchString(want.DNSPtr):
		return fmt.Errorf("dns_ptr %q is no domain name such as api.example.com", want.DNSPtr)
	}
	return nil
}
