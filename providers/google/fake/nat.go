package fake

import (
	"fmt"
	"math/bits"
)

// routerNat is a NAT gateway, a part of its router.
type routerNat struct {
	Name                             string           `json:"name,omitempty"`
	Type                             string           `json:"type,omitempty" enum:"PRIVATE,PUBLIC"`
	NatIPAllocateOption              string           `json:"natIpAllocateOption,omitempty" enum:"AUTO_ONLY,MANUAL_ONLY"`
	NatIPs                           []string         `json:"natIps,omitempty"`
	DrainNatIPs                      []string         `json:"drainNatIps,omitempty"`
	SourceSubnetworkIPRangesToNat    string           `json:"sourceSubnetworkIpRangesToNat,omitempty" enum:"ALL_SUBNETWORKS_ALL_IP_RANGES,ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES,LIST_OF_SUBNETWORKS"`
	SourceSubnetworkIPRangesToNat64  string           `json:"sourceSubnetworkIpRangesToNat64,omitempty" enum:"ALL_IPV6_SUBNETWORKS,LIST_OF_IPV6_SUBNETWORKS"`
	Subnetworks                      []*natSubnetwork `json:"subnetworks,omitempty"`
	AutoNetworkTier                  string           `json:"autoNetworkTier,omitempty" enum:"FIXED_STANDARD,PREMIUM,STANDARD,STANDARD_OVERRIDES_FIXED_STANDARD"`
	EndpointTypes                    []string         `json:"endpointTypes,omitempty" enum:"ENDPOINT_TYPE_MANAGED_PROXY_LB,ENDPOINT_TYPE_SWG,ENDPOINT_TYPE_VM"`
	EnableDynamicPortAllocation      bool             `json:"enableDynamicPortAllocation"`
	EnableEndpointIndependentMapping bool             `json:"enableEndpointIndependentMapping"`
	MinPortsPerVM                    int              `json:"minPortsPerVm,omitempty"`
	MaxPortsPerVM                    int              `json:"maxPortsPerVm,omitempty"`
	IcmpIdleTimeoutSec               int              `json:"icmpIdleTimeoutSec,omitempty"`
	TCPEstablishedIdleTimeoutSec     int              `json:"tcpEstablishedIdleTimeoutSec,omitempty"`
	TCPTransitoryIdleTimeoutSec      int              `json:"tcpTransitoryIdleTimeoutSec,omitempty"`
	TCPTimeWaitTimeoutSec            int              `json:"tcpTimeWaitTimeoutSec,omitempty"`
	UDPIdleTimeoutSec                int              `json:"udpIdleTimeoutSec,omitempty"`
	LogConfig                        *natLog          `json:"logConfig,omitempty"`
}

// natSubnetwork is a subnetwork a NAT serves.
type natSubnetwork struct {
	Name                  string   `json:"name,omitempty"`
	SourceIPRangesToNat   []string `json:"sourceIpRangesToNat,omitempty" enum:"ALL_IP_RANGES,LIST_OF_SECONDARY_IP_RANGES,PRIMARY_IP_RANGE"`
	SecondaryIPRangeNames []string `json:"secondaryIpRangeNames,omitempty"`
}

// natLog says what is logged.
type natLog struct {
	Enable bool   `json:"enable"`
	Filter string `json:"filter,omitempty" enum:"ALL,ERRORS_ONLY,TRANSLATIONS_ONLY"`
}

func natField(i int, name string) string { return fmt.Sprintf("resource.nats[%d].%s", i, name) }

// checkNat fills what a client may leave out of NAT number i of r, and refuses
// what does not fit.
func (c *Cloud) checkNat(q *request, r *router, n *routerNat, i int) error {
	if err := checkName(natField(i, "name"), n.Name); err != nil {
		return err
	}
	n.defaults()
	listed := n.SourceSubnetworkIPRangesToNat == "LIST_OF_SUBNETWORKS"
	switch {
	case n.SourceSubnetworkIPRangesToNat == "":
		return required(natField(i, "sourceSubnetworkIpRangesToNat"))
	case n.Type == "PUBLIC" && n.NatIPAllocateOption == "":
		return required(natField(i, "natIpAllocateOption"))
	case n.NatIPAllocateOption == "AUTO_ONLY" && len(n.NatIPs)+len(n.DrainNatIPs) > 0:
		return invalidField(natField(i, "natIps"), n.NatIPs, "NAT IPs must be empty when the allocate option is AUTO_ONLY.")
	case n.NatIPAllocateOption == "MANUAL_ONLY" && len(n.NatIPs) == 0:
		return invalidField(natField(i, "natIps"), "", "At least one NAT IP must be specified when the allocate option is MANUAL_ONLY.")
	case listed && len(n.Subnetworks) == 0:
		return invalidField(natField(i, "subnetworks"), "", "Subnetworks must be specified with LIST_OF_SUBNETWORKS.")
	case !listed && len(n.Subnetworks) > 0:
		return invalidField(natField(i, "subnetworks"), "", "Subnetworks can only be specified with LIST_OF_SUBNETWORKS.")
	case n.LogConfig != nil && n.LogConfig.Filter == "":
		n.LogConfig.Filter = "ALL"
	}
	if err := n.checkPorts(i); err != nil {
		return err
	}
	if err := c.checkNatAddresses(q, r, n, i); err != nil {
		return err
	}
	return c.checkNatSubnetworks(q, r, n, i)
}

func (n *routerNat) defaults() {
	if n.Type == "" {
		n.Type = "PUBLIC"
	}
	if n.NatIPAllocateOption == "AUTO_ONLY" && n.AutoNetworkTier == "" {
		n.AutoNetworkTier = "PREMIUM"
	}
	if len(n.EndpointTypes) == 0 {
		n.EndpointTypes = []string{"ENDPOINT_TYPE_VM"}
	}
	for _, f := range []struct {
		field *int
		value int
	}{
		{&n.IcmpIdleTimeoutSec, 30}, {&n.TCPEstablishedIdleTimeoutSec, 1200}, {&n.TCPTransitoryIdleTimeoutSec, 30},
		{&n.TCPTimeWaitTimeoutSec, 120}, {&n.UDPIdleTimeoutSec, 30},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
}

func powerOfTwo(n int) bool { return n > 0 && bits.OnesCount(uint(n)) == 1 }

func (n *routerNat) checkPorts(i int) error {
	switch {
	case n.MinPortsPerVM < 0 || n.MinPortsPerVM > 65536:
		return invalidField(natField(i, "minPortsPerVm"), n.MinPortsPerVM, "Must be between 2 and 65536.")
	case !n.EnableDynamicPortAllocation && n.MaxPortsPerVM != 0:
		return invalidField(natField(i, "maxPortsPerVm"), n.MaxPortsPerVM, "Max ports per VM can only be set with dynamic port allocation.")
	case n.EnableDynamicPortAllocation && n.EnableEndpointIndependentMapping:
		return invalidField(natField(i, "enableEndpointIndependentMapping"), true, "Endpoint independent mapping must be off with dynamic port allocation.")
	case n.EnableDynamicPortAllocation && n.MinPortsPerVM != 0 && (!powerOfTwo(n.MinPortsPerVM) || n.MinPortsPerVM < 32):
		return invalidField(natField(i, "minPortsPerVm"), n.MinPortsPerVM, "Must be a power of two of at least 32 with dynamic port allocation.")
	case n.MaxPortsPerVM != 0 && (!powerOfTwo(n.MaxPortsPerVM) || n.MaxPortsPerVM <= n.MinPortsPerVM):
		return invalidField(natField(i, "maxPortsPerVm"), n.MaxPortsPerVM, "Must be a power of two greater than the minimum.")
	}
	return nil
}

// checkNatAddresses wants static external addresses of the region that nobody else uses.
func (c *Cloud) checkNatAddresses(q *request, r *router, n *routerNat, i int) error {
	for _, list := range [][]string{n.NatIPs, n.DrainNatIPs} {
		for j, ip := range list {
			a, err := referTo(c, q, c.s.Addrs, fmt.Sprintf("%s[%d]", natField(i, "natIps"), j), ip, "addresses")
			if err != nil {
				return err
			}
			if a.AddressType != "EXTERNAL" || base(a.Region) != r.region() {
				return invalidField(natField(i, "natIps"), ip, "NAT IPs must be external addresses in the region of the router.")
			}
			for _, user := range c.users(a) {
				if user != r.SelfLink {
					return inUse("address", a.Key(), shortLink(user))
				}
			}
			list[j] = a.SelfLink
		}
	}
	return nil
}

func (c *Cloud) checkNatSubnetworks(q *request, r *router, n *routerNat, i int) error {
	for j, s := range n.Subnetworks {
		field := fmt.Sprintf("%s[%d]", natField(i, "subnetworks"), j)
		found, err := referTo(c, q, c.s.Subnetworks, field+".name", s.Name, "subnetworks")
		if err != nil {
			return err
		}
		switch {
		case found.Network != r.Network || found.region() != r.region():
			return invalidField(field+".name", s.Name, "The subnetwork must be in the network and region of the router.")
		case len(s.SourceIPRangesToNat) == 0:
			return required(field + ".sourceIpRangesToNat")
		case s.secondary() != (len(s.SecondaryIPRangeNames) > 0):
			return invalidField(field+".secondaryIpRangeNames", s.SecondaryIPRangeNames, "Must be given with LIST_OF_SECONDARY_IP_RANGES, and only then.")
		}
		s.Name = found.SelfLink
	}
	return nil
}

func (s *natSubnetwork) secondary() bool {
	for _, r := range s.SourceIPRangesToNat {
		if r == "LIST_OF_SECONDARY_IP_RANGES" {
			return true
		}
	}
	return false
}

// checkCoverage refuses two NATs for the same subnetwork, on any routers of the
// network and region. A NAT for all subnetworks is alone there.
func (c *Cloud) checkCoverage(r *router) error {
	var nats []*routerNat
	for _, other := range c.s.Routers {
		if other.SelfLink != r.SelfLink && other.Network == r.Network && other.region() == r.region() {
			nats = append(nats, other.Nats...)
		}
	}
	for _, n := range r.Nats {
		for _, other := range nats {
			if n.Type == other.Type && n.overlaps(other) {
				return invalidField("resource.nats", n.Name, "NAT '%s' already serves the same subnetworks in this region.", other.Name)
			}
		}
		nats = append(nats, n)
	}
	return nil
}

func (n *routerNat) overlaps(other *routerNat) bool {
	if len(n.Subnetworks) == 0 || len(other.Subnetworks) == 0 {
		return true
	}
	for _, a := range n.Subnetworks {
		for _, b := range other.Subnetworks {
			if a.Name == b.Name {
				return true
			}
		}
	}
	return false
}
