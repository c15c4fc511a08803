package google

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
)

func (x *routerNAT) fill(router *computepb.Router, got *computepb.RouterNat) {
	x.Name = got.GetName()
	x.identify(path(router.GetSelfLink()))
	x.Type, x.NATIPAllocateOption, x.EndpointTypes = cmp.Or(got.GetType(), "PUBLIC"), got.GetNatIpAllocateOption(), got.GetEndpointTypes()
	x.NATIPs, x.DrainNATIPs = got.GetNatIps(), got.GetDrainNatIps()
	x.SourceSubnetworkIPRangesToNAT = got.GetSourceSubnetworkIpRangesToNat()
	x.MinPortsPerVM, x.MaxPortsPerVM = int(got.GetMinPortsPerVm()), int(got.GetMaxPortsPerVm())
	x.EnableDynamicPortAllocation = ptr(got.GetEnableDynamicPortAllocation())
	x.EnableEndpointIndependentMapping = ptr(got.GetEnableEndpointIndependentMapping())
	for _, t := range x.timeouts(got) {
		*t.own = t.usual
		if *t.api != nil {
			*t.own = int(**t.api)
		}
	}
	x.Subnetworks, x.LogConfig = nil, nil
	for _, s := range got.GetSubnetworks() {
		x.Subnetworks = append(x.Subnetworks, natSubnetwork{s.GetName(), s.GetSourceIpRangesToNat(), s.GetSecondaryIpRangeNames()})
	}
	if l := got.GetLogConfig(); l != nil {
		x.LogConfig = []natLog{{ptr(l.GetEnable()), l.GetFilter()}}
	}
}

// timeout is one in both worlds; the API may leave out the usual one.
type timeout struct {
	own   *int
	api   **int32
	usual int
}

func (x *routerNAT) timeouts(n *computepb.RouterNat) []timeout {
	return []timeout{
		{&x.UDPIdleTimeoutSec, &n.UdpIdleTimeoutSec, 30},
		{&x.ICMPIdleTimeoutSec, &n.IcmpIdleTimeoutSec, 30},
		{&x.TCPEstablishedIdleTimeoutSec, &n.TcpEstablishedIdleTimeoutSec, 1200},
		{&x.TCPTransitoryIdleTimeoutSec, &n.TcpTransitoryIdleTimeoutSec, 30},
		{&x.TCPTimeWaitTimeoutSec, &n.TcpTimeWaitTimeoutSec, 120},
	}
}

// change makes n, of the router with this path, as x has it. What is left to
// the cloud, and what x does not speak of, stays.
func (x *routerNAT) change(n *computepb.RouterNat, router string) {
	region := "projects/" + part(router, "projects") + "/regions/" + part(router, "regions")
	n.Name, n.Type, n.NatIpAllocateOption = ptr(x.Name), ptr(x.Type), text(x.NATIPAllocateOption)
	n.NatIps, n.DrainNatIps = linksIn(region+"/addresses/", x.NATIPs), linksIn(region+"/addresses/", x.DrainNATIPs)
	n.SourceSubnetworkIpRangesToNat, n.Subnetworks = ptr(x.SourceSubnetworkIPRangesToNAT), nil
	for _, s := range x.Subnetworks {
		n.Subnetworks = append(n.Subnetworks, &computepb.RouterNatSubnetworkToNat{
			Name: ptr(linkIn(region+"/subnetworks/", s.Name)), SourceIpRangesToNat: s.SourceIPRangesToNAT, SecondaryIpRangeNames: s.SecondaryIPRangeNames,
		})
	}
	if len(x.EndpointTypes) > 0 {
		n.EndpointTypes = x.EndpointTypes
	}
	n.AutoNetworkTier, n.LogConfig = text(x.AutoNetworkTier), nil
	for _, l := range x.LogConfig {
		n.LogConfig = &computepb.RouterNatLogConfig{Enable: l.Enable, Filter: ptr(l.Filter)}
	}
	if x.MinPortsPerVM != 0 {
		n.MinPortsPerVm = ptr(int32(x.MinPortsPerVM))
	}
	if n.MaxPortsPerVm = nil; x.MaxPortsPerVM != 0 {
		n.MaxPortsPerVm = ptr(int32(x.MaxPortsPerVM))
	}
	if x.EnableDynamicPortAllocation != nil {
		n.EnableDynamicPortAllocation = x.EnableDynamicPortAllocation
	}
	if x.EnableEndpointIndependentMapping != nil {
		n.EnableEndpointIndependentMapping = x.EnableEndpointIndependentMapping
	}
	for _, t := range x.timeouts(n) {
		*t.api = ptr(int32(*t.own))
	}
}

func spellRouterNAT(was routerNAT, x *routerNAT) {
	respell(was.Router, &x.Router)
	respell(was.Region, &x.Region)
	respellAll(was.NATIPs, x.NATIPs)
	respellAll(was.DrainNATIPs, x.DrainNATIPs)
	if x.AutoNetworkTier == "" && x.NATIPAllocateOption == "AUTO_ONLY" { // a state of Terraform has that of the project
		x.AutoNetworkTier = was.AutoNetworkTier
	}
	x.EndpointTypes = reordered(was.EndpointTypes, x.EndpointTypes)
	for i := range x.Subnetworks {
		for _, w := range was.Subnetworks {
			respell(w.Name, &x.Subnetworks[i].Name)
		}
	}
	// A log that is off is none.
	if len(was.LogConfig) == 0 && len(x.LogConfig) == 1 && !*x.LogConfig[0].Enable {
		x.LogConfig = nil
	}
}

func checkRouterNAT(_ *routerNAT, want routerNAT) error {
	listed := want.SourceSubnetworkIPRangesToNAT == "LIST_OF_SUBNETWORKS"
	sources := []string{"ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS"}
	if err := checkName(want.Name); err != nil {
		return err
	}
	switch option := want.NATIPAllocateOption; {
	case want.Type != "PUBLIC" && want.Type != "PRIVATE":
		return fmt.Errorf("type %q is neither PUBLIC nor PRIVATE", want.Type)
	case want.Type == "PUBLIC" && option != "AUTO_ONLY" && option != "MANUAL_ONLY":
		return fmt.Errorf("nat_ip_allocate_option %q is neither AUTO_ONLY nor MANUAL_ONLY", option)
	case want.Type == "PRIVATE" && option != "":
		return fmt.Errorf("nat_ip_allocate_option %q: a NAT gateway of type PRIVATE has no addresses", option)
	case option == "MANUAL_ONLY" && len(want.NATIPs) == 0:
		return errors.New("nat_ip_allocate_option MANUAL_ONLY needs nat_ips")
	case option != "MANUAL_ONLY" && len(want.NATIPs)+len(want.DrainNATIPs) > 0:
		return errors.New("nat_ips and drain_nat_ips need nat_ip_allocate_option MANUAL_ONLY")
	case option != "AUTO_ONLY" && want.AutoNetworkTier != "":
		return fmt.Errorf("auto_network_tier %q needs nat_ip_allocate_option AUTO_ONLY", want.AutoNetworkTier)
	case !slices.Contains([]string{"", "PREMIUM", "STANDARD"}, want.AutoNetworkTier):
		return fmt.Errorf("auto_network_tier %q is neither PREMIUM nor STANDARD", want.AutoNetworkTier)
	case !slices.Contains(sources, want.SourceSubnetworkIPRangesToNAT):
		return fmt.Errorf("source_subnetwork_ip_ranges_to_nat %q is none of %s, %s and %s", want.SourceSubnetworkIPRangesToNAT, sources[0], sources[1], sources[2])
	case listed != (len(want.Subnetworks) > 0):
		return fmt.Errorf("source_subnetwork_ip_ranges_to_nat %s with %d subnetwork blocks: they belong to LIST_OF_SUBNETWORKS, which needs one", want.SourceSubnetworkIPRangesToNAT, len(want.Subnetworks))
	}
	for _, s := range want.Subnetworks {
		if err := s.check(); err != nil {
			return err
		}
	}
	for _, l := range want.LogConfig {
		if !slices.Contains([]string{"ERRORS_ONLY", "TRANSLATIONS_ONLY", "ALL"}, l.Filter) {
			return fmt.Errorf("filter %q of log_config is none of ERRORS_ONLY, TRANSLATIONS_ONLY and ALL", l.Filter)
		}
	}
	return checkPorts(want)
}

func (s natSubnetwork) check() error {
	for _, r := range s.SourceIPRangesToNAT {
		if !slices.Contains([]string{"ALL_IP_RANGES", "PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"}, r) {
			return fmt.Errorf("source_ip_ranges_to_nat: %q is none of ALL_IP_RANGES, PRIMARY_IP_RANGE and LIST_OF_SECONDARY_IP_RANGES", r)
		}
	}
	switch listed := slices.Contains(s.SourceIPRangesToNAT, "LIST_OF_SECONDARY_IP_RANGES"); {
	case len(s.SourceIPRangesToNAT) == 0:
		return fmt.Errorf("source_ip_ranges_to_nat of subnetwork %s is empty", lastPart(s.Name))
	case listed != (len(s.SecondaryIPRangeNames) > 0):
		return fmt.Errorf("subnetwork %s has %d secondary_ip_range_names: they belong to LIST_OF_SECONDARY_IP_RANGES, which needs one", lastPart(s.Name), len(s.SecondaryIPRangeNames))
	}
	return nil
}

func checkPorts(want routerNAT) error {
	powerOfTwo := func(n int) bool { return bits.OnesCount(uint(n)) == 1 }
	dynamic := want.EnableDynamicPortAllocation != nil && *want.EnableDynamicPortAllocation
	switch least, most := want.MinPortsPerVM, want.MaxPortsPerVM; {
	case least < 0 || least > 65536:
		return fmt.Errorf("min_ports_per_vm %d is not between 2 and 65536", least)
	case dynamic && want.EnableEndpointIndependentMapping != nil && *want.EnableEndpointIndependentMapping:
		return errors.New("enable_dynamic_port_allocation and enable_endpoint_independent_mapping exclude each other")
	case most != 0 && !dynamic:
		return fmt.Errorf("max_ports_per_vm %d needs enable_dynamic_port_allocation", most)
	case dynamic && least != 0 && (least < 32 || !powerOfTwo(least)):
		return fmt.Errorf("min_ports_per_vm %d: with enable_dynamic_port_allocation it is a power of two of at least 32", least)
	case most != 0 && (most <= least || most > 65536 || !powerOfTwo(most)):
		return fmt.Errorf("max_ports_per_vm %d is no power of two above min_ports_per_vm and up to 65536", most)
	}
	return nil
}
