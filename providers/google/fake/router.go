package fake

import (
	"slices"
	"strings"
)

// router is a Cloud Router with its NATs.
type router struct {
	head
	Network                     string             `json:"network,omitempty"`
	Region                      string             `json:"region,omitempty"`
	Bgp                         *routerBGP         `json:"bgp,omitempty"`
	BgpPeers                    []*routerPeer      `json:"bgpPeers,omitempty"`
	Interfaces                  []*routerInterface `json:"interfaces,omitempty"`
	Md5AuthenticationKeys       []*routerKey       `json:"md5AuthenticationKeys,omitempty"`
	Nats                        []*routerNat       `json:"nats,omitempty"`
	EncryptedInterconnectRouter bool               `json:"encryptedInterconnectRouter"`
	NccGateway                  string             `json:"nccGateway,omitempty"`
	Params                      *resourceParams    `json:"params,omitempty"`
}

// routerBGP is what a router tells its peers.
type routerBGP struct {
	Asn                int                `json:"asn,omitempty"`
	AdvertiseMode      string             `json:"advertiseMode,omitempty" enum:"CUSTOM,DEFAULT"`
	AdvertisedGroups   []string           `json:"advertisedGroups,omitempty" enum:"ALL_SUBNETS"`
	AdvertisedIPRanges []*advertisedRange `json:"advertisedIpRanges,omitempty"`
	IdentifierRange    string             `json:"identifierRange,omitempty"`
	KeepaliveInterval  int                `json:"keepaliveInterval,omitempty"`
}

// advertisedRange is a range a router announces.
type advertisedRange struct {
	Range       string `json:"range,omitempty"`
	Description string `json:"description,omitempty"`
}

// routerPeer is a BGP session; kept, not run.
type routerPeer struct {
	Name                    string             `json:"name,omitempty"`
	InterfaceName           string             `json:"interfaceName,omitempty"`
	IPAddress               string             `json:"ipAddress,omitempty"`
	PeerIPAddress           string             `json:"peerIpAddress,omitempty"`
	PeerAsn                 int                `json:"peerAsn,omitempty"`
	AdvertisedRoutePriority int                `json:"advertisedRoutePriority,omitempty"`
	AdvertiseMode           string             `json:"advertiseMode,omitempty" enum:"CUSTOM,DEFAULT"`
	AdvertisedGroups        []string           `json:"advertisedGroups,omitempty" enum:"ALL_SUBNETS"`
	AdvertisedIPRanges      []*advertisedRange `json:"advertisedIpRanges,omitempty"`
	Enable                  string             `json:"enable,omitempty" enum:"FALSE,TRUE"`
}

// routerInterface is an end of a tunnel or an attachment; kept, not run.
type routerInterface struct {
	Name                         string `json:"name,omitempty"`
	IPRange                      string `json:"ipRange,omitempty"`
	IPVersion                    string `json:"ipVersion,omitempty" enum:"IPV4,IPV6"`
	LinkedVpnTunnel              string `json:"linkedVpnTunnel,omitempty"`
	LinkedInterconnectAttachment string `json:"linkedInterconnectAttachment,omitempty"`
	PrivateIPAddress             string `json:"privateIpAddress,omitempty"`
	Subnetwork                   string `json:"subnetwork,omitempty"`
}

// routerKey authenticates a peer.
type routerKey struct {
	Name string `json:"name,omitempty"`
	Key  string `json:"key,omitempty"`
}

func (r *router) assign(m map[string]any) error { return fill(r, m) }

// region is the name of the region in the path.
func (r *router) region() string { return strings.Split(r.Key(), "/")[3] }

func (c *Cloud) routers() *family[*router] {
	return &family[*router]{
		c: c, collection: "routers", kind: "compute#router", table: &c.s.Routers,
		fresh: func() *router { return new(router) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeRouter,
		view:     func(_ *request, r *router) map[string]any { return visible(r) },
		guard:    func(*request, *router, *operation) error { return nil },
	}
}

func (c *Cloud) completeRouter(q *request, r *router, _ *operation) error {
	if r.Network == "" {
		return required("resource.network")
	}
	n, err := referTo(c, q, c.s.Networks, "resource.network", r.Network, "networks")
	if err != nil {
		return err
	}
	if count(c.s.Routers, q.project(), "", every[*router]) >= c.o.Quota.Routers {
		return quotaExceeded("ROUTERS", c.o.Quota.Routers, "globally")
	}
	r.Network, r.Region, r.Params = n.SelfLink, link("projects/"+q.project()+"/regions/"+q.PathValue("region")), nil
	return c.checkRouter(q, r)
}

// checkRouter fills what a client may leave out and refuses what does not fit.
func (c *Cloud) checkRouter(q *request, r *router) error {
	if b := r.Bgp; b != nil {
		if !privateASN(b.Asn) {
			return invalidField("resource.bgp.asn", b.Asn, "Must be a private ASN, as defined in RFC6996 (64512 - 65534, 4200000000 - 4294967294), or 16550.")
		}
		if b.AdvertiseMode == "" {
			b.AdvertiseMode = "DEFAULT"
		}
		if b.AdvertiseMode == "DEFAULT" && len(b.AdvertisedGroups)+len(b.AdvertisedIPRanges) > 0 {
			return invalidField("resource.bgp.advertiseMode", b.AdvertiseMode, "Advertised groups and ranges need the mode CUSTOM.")
		}
		if b.KeepaliveInterval == 0 {
			b.KeepaliveInterval = 20
		}
		if b.KeepaliveInterval < 20 || b.KeepaliveInterval > 60 {
			return invalidField("resource.bgp.keepaliveInterval", b.KeepaliveInterval, "Must be between 20 and 60, inclusive.")
		}
	}
	names := map[string]bool{}
	for i, n := range r.Nats {
		if err := c.checkNat(q, r, n, i); err != nil {
			return err
		}
		if names[n.Name] {
			return invalidField(natField(i, "name"), n.Name, "NAT names must be unique within a router.")
		}
		names[n.Name] = true
	}
	return c.checkCoverage(r)
}

func privateASN(n int) bool {
	return n == 16550 || n >= 64512 && n <= 65534 || n >= 4200000000 && n <= 4294967294
}

// routerFields are those that can change.
var routerFields = []string{"bgp", "bgpPeers", "interfaces", "nats", "md5AuthenticationKeys", "description"}

func (c *Cloud) patchRouter(q *request) (reply, error) {
	return c.routers().patch(q, routerFields, func(_, r *router, _ map[string]any) error {
		return c.checkRouter(q, r)
	})
}

// updateRouter is PUT: what is not sent goes away.
func (c *Cloud) updateRouter(q *request) (reply, error) {
	var in router
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.routers().change(q, "update", func(r *router) error {
		if in.Network != "" && !strings.HasSuffix(shortLink(r.Network), shortLink(in.Network)) {
			return invalidField("resource.network", in.Network, "The field cannot be changed by this method.")
		}
		h := r.head
		h.Description = in.Description
		in.head, in.Network, in.Region, in.Params = h, r.Network, r.Region, nil
		*r = in
		return c.checkRouter(q, r)
	})
}

// routerStatus answers what the router does; an automatic NAT gets one address.
func (c *Cloud) routerStatus(q *request) (reply, error) {
	r, err := c.routers().find(q)
	if err != nil {
		return fail(err)
	}
	var nats []map[string]any
	for _, n := range r.Nats {
		v := map[string]any{"name": n.Name, "numVmEndpointsWithNatMappings": c.natted(r)}
		var ips []string
		for _, ip := range n.NatIPs {
			if a, found := c.s.Addrs.Find(shortLink(ip)); found {
				ips = append(ips, a.Address)
			}
		}
		if n.NatIPAllocateOption == "MANUAL_ONLY" {
			v["userAllocatedNatIps"], v["userAllocatedNatIpResources"] = ips, n.NatIPs
		}
		nats = append(nats, v)
	}
	return ok(map[string]any{
		"kind":   "compute#routerStatusResponse",
		"result": map[string]any{"network": r.Network, "natStatus": nats},
	})
}

// natted counts the instances behind r.
func (c *Cloud) natted(r *router) int {
	n := 0
	for _, i := range c.s.Instances {
		if slices.ContainsFunc(i.NetworkInterfaces, func(nic *networkInterface) bool {
			return nic.Network == r.Network && len(nic.AccessConfigs) == 0 && regionOf(i.zone()) == r.region()
		}) {
			n++
		}
	}
	return n
}
