package google

import (
	"testing"

	"cloud.google.com/go/compute/apiv1/computepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
)

func TestCheckRouter(t *testing.T) {
	for name, tc := range map[string]struct {
		bgp  routerBGP
		want string
	}{
		"usual":                  {routerBGP{ASN: 64514, AdvertiseMode: "DEFAULT", KeepaliveInterval: 20}, ""},
		"a long private number":  {routerBGP{ASN: 4200000000, AdvertiseMode: "DEFAULT", KeepaliveInterval: 20}, ""},
		"a public number":        {routerBGP{ASN: 15169, AdvertiseMode: "DEFAULT", KeepaliveInterval: 20}, "asn 15169"},
		"ranges by default":      {routerBGP{ASN: 64514, AdvertiseMode: "DEFAULT", KeepaliveInterval: 20, AdvertisedGroups: []string{"ALL_SUBNETS"}}, "CUSTOM"},
		"another mode":           {routerBGP{ASN: 64514, AdvertiseMode: "ALL", KeepaliveInterval: 20}, `advertise_mode "ALL"`},
		"another group":          {routerBGP{ASN: 64514, AdvertiseMode: "CUSTOM", KeepaliveInterval: 20, AdvertisedGroups: []string{"ALL"}}, `"ALL"`},
		"a range without prefix": {routerBGP{ASN: 64514, AdvertiseMode: "CUSTOM", KeepaliveInterval: 20, AdvertisedIPRanges: []advertisedRange{{"10.0.0.0", ""}}}, `range "10.0.0.0"`},
		"signs of life too rare": {routerBGP{ASN: 64514, AdvertiseMode: "DEFAULT", KeepaliveInterval: 61}, "keepalive_interval 61"},
	} {
		refuses(t, name, checkRouter(nil, router{Name: "ml", BGP: []routerBGP{tc.bgp}}), tc.want)
	}
}

func TestRouterKeepsWhatTheTypeDoesNotSpeakOf(t *testing.T) {
	got := &computepb.RouterBgp{
		Asn: ptr(uint32(64514)), IdentifierRange: ptr("169.254.8.8/30"), AdvertisedGroups: []string{"ALL_SUBNETS"},
		AdvertisedIpRanges: []*computepb.RouterAdvertisedIpRange{{Range: ptr("10.0.0.0/8")}},
	}
	x := router{BGP: []routerBGP{{ASN: 64515, AdvertiseMode: "DEFAULT", KeepaliveInterval: 30}}}
	want := &computepb.RouterBgp{
		Asn: ptr(uint32(64515)), IdentifierRange: ptr("169.254.8.8/30"), AdvertiseMode: ptr("DEFAULT"), KeepaliveInterval: ptr(uint32(30)),
	}
	if diff := cmp.Diff(want, x.bgp(got), protocmp.Transform()); diff != "" {
		t.Errorf("bgp (-want +got):\n%s", diff)
	}
}

func TestCheckRouterNAT(t *testing.T) {
	good := routerNAT{Name: "ml", Router: "r", Type: "PUBLIC", NATIPAllocateOption: "AUTO_ONLY", SourceSubnetworkIPRangesToNAT: "ALL_SUBNETWORKS_ALL_IP_RANGES"}
	listed := func(x *routerNAT, s natSubnetwork) {
		x.SourceSubnetworkIPRangesToNAT, x.Subnetworks = "LIST_OF_SUBNETWORKS", []natSubnetwork{s}
	}
	dynamic := func(x *routerNAT, least, most int) {
		x.EnableDynamicPortAllocation, x.MinPortsPerVM, x.MaxPortsPerVM = ptr(true), least, most
	}
	for name, tc := range map[string]struct {
		change func(*routerNAT)
		want   string
	}{
		"as it is":                {func(*routerNAT) {}, ""},
		"no option":               {func(x *routerNAT) { x.NATIPAllocateOption = "" }, `nat_ip_allocate_option ""`},
		"private":                 {func(x *routerNAT) { x.Type, x.NATIPAllocateOption = "PRIVATE", "" }, ""},
		"private with addresses":  {func(x *routerNAT) { x.Type = "PRIVATE" }, "type PRIVATE"},
		"manual without address":  {func(x *routerNAT) { x.NATIPAllocateOption = "MANUAL_ONLY" }, "needs nat_ips"},
		"manual":                  {func(x *routerNAT) { x.NATIPAllocateOption, x.NATIPs = "MANUAL_ONLY", []string{"a"} }, ""},
		"automatic with address":  {func(x *routerNAT) { x.NATIPs = []string{"a"} }, "nat_ips"},
		"automatic with draining": {func(x *routerNAT) { x.DrainNATIPs = []string{"a"} }, "drain_nat_ips"},
		"manual with a tier": {func(x *routerNAT) {
			x.NATIPAllocateOption, x.NATIPs, x.AutoNetworkTier = "MANUAL_ONLY", []string{"a"}, "PREMIUM"
		}, "auto_network_tier"},
		"an unknown tier":       {func(x *routerNAT) { x.AutoNetworkTier = "GOLD" }, `"GOLD"`},
		"another source":        {func(x *routerNAT) { x.SourceSubnetworkIPRangesToNAT = "ALL" }, `"ALL"`},
		"a list of none":        {func(x *routerNAT) { x.SourceSubnetworkIPRangesToNAT = "LIST_OF_SUBNETWORKS" }, "0 subnetwork"},
		"a list beside all":     {func(x *routerNAT) { x.Subnetworks = []natSubnetwork{{Name: "s"}} }, "1 subnetwork"},
		"a list":                {func(x *routerNAT) { listed(x, natSubnetwork{"s", []string{"ALL_IP_RANGES"}, nil}) }, ""},
		"a list of some ranges": {func(x *routerNAT) { listed(x, natSubnetwork{"s", []string{"ALL"}, nil}) }, `"ALL"`},
		"names of ranges without the word": {func(x *routerNAT) {
			listed(x, natSubnetwork{"s", []string{"PRIMARY_IP_RANGE"}, []string{"pods"}})
		}, "secondary_ip_range_names"},
		"the word without names of ranges": {func(x *routerNAT) {
			listed(x, natSubnetwork{"s", []string{"LIST_OF_SECONDARY_IP_RANGES"}, nil})
		}, "secondary_ip_range_names"},
		"a subnetwork without ranges": {func(x *routerNAT) { listed(x, natSubnetwork{"s", nil, nil}) }, "source_ip_ranges_to_nat"},
		"a log of another kind":       {func(x *routerNAT) { x.LogConfig = []natLog{{ptr(true), "SOME"}} }, `filter "SOME"`},
		"dynamic":                     {func(x *routerNAT) { dynamic(x, 64, 2048) }, ""},
		"dynamic left to the cloud":   {func(x *routerNAT) { dynamic(x, 0, 0) }, ""},
		"dynamic, too few":            {func(x *routerNAT) { dynamic(x, 16, 0) }, "min_ports_per_vm 16"},
		"dynamic, no power of two":    {func(x *routerNAT) { dynamic(x, 64, 2000) }, "max_ports_per_vm 2000"},
		"dynamic, most below least":   {func(x *routerNAT) { dynamic(x, 64, 64) }, "max_ports_per_vm 64"},
		"most without dynamic":        {func(x *routerNAT) { x.MaxPortsPerVM = 2048 }, "enable_dynamic_port_allocation"},
		"dynamic and independent": {func(x *routerNAT) {
			dynamic(x, 64, 0)
			x.EnableEndpointIndependentMapping = ptr(true)
		}, "exclude each other"},
	} {
		want := good
		tc.change(&want)
		refuses(t, name, checkRouterNAT(nil, want), tc.want)
	}
}

func TestRouterNATKeepsWhatTheTypeDoesNotSpeakOf(t *testing.T) {
	n := &computepb.RouterNat{
		Name: ptr("ml"), Rules: []*computepb.RouterNatRule{{RuleNumber: ptr(uint32(1))}}, NatIps: []string{"projects/p/regions/r/addresses/a"},
		MinPortsPerVm: ptr(int32(128)), MaxPortsPerVm: ptr(int32(256)), EnableDynamicPortAllocation: ptr(true), LogConfig: &computepb.RouterNatLogConfig{Enable: ptr(true)},
	}
	x := routerNAT{
		Name: "ml", Type: "PUBLIC", NATIPAllocateOption: "MANUAL_ONLY", NATIPs: []string{"b"}, SourceSubnetworkIPRangesToNAT: "LIST_OF_SUBNETWORKS",
		Subnetworks: []natSubnetwork{{"s", []string{"ALL_IP_RANGES"}, nil}}, UDPIdleTimeoutSec: 30, ICMPIdleTimeoutSec: 31,
		TCPEstablishedIdleTimeoutSec: 1200, TCPTransitoryIdleTimeoutSec: 32, TCPTimeWaitTimeoutSec: 120,
	}
	x.change(n, "projects/p/regions/r/routers/ro")
	want := &computepb.RouterNat{
		Name: ptr("ml"), Type: ptr("PUBLIC"), Rules: []*computepb.RouterNatRule{{RuleNumber: ptr(uint32(1))}},
		NatIpAllocateOption: ptr("MANUAL_ONLY"), NatIps: []string{"projects/p/regions/r/addresses/b"}, SourceSubnetworkIpRangesToNat: ptr("LIST_OF_SUBNETWORKS"),
		Subnetworks:   []*computepb.RouterNatSubnetworkToNat{{Name: ptr("projects/p/regions/r/subnetworks/s"), SourceIpRangesToNat: []string{"ALL_IP_RANGES"}}},
		MinPortsPerVm: ptr(int32(128)), EnableDynamicPortAllocation: ptr(true),
		UdpIdleTimeoutSec: ptr(int32(30)), IcmpIdleTimeoutSec: ptr(int32(31)), TcpEstablishedIdleTimeoutSec: ptr(int32(1200)),
		TcpTransitoryIdleTimeoutSec: ptr(int32(32)), TcpTimeWaitTimeoutSec: ptr(int32(120)),
	}
	if diff := cmp.Diff(want, n, protocmp.Transform()); diff != "" {
		t.Errorf("changed gateway (-want +got):\n%s", diff)
	}
}

func TestSpellRouterNATKeepsWhatTheUserWrote(t *testing.T) {
	const url = "https://www.googleapis.com/compute/v1/projects/p/regions/r/"
	was := routerNAT{
		Router: "projects/p/regions/r/routers/ro", NATIPs: []string{"b", "projects/p/regions/r/addresses/a"},
		Subnetworks: []natSubnetwork{{"s", []string{"ALL_IP_RANGES"}, nil}},
	}
	read := routerNAT{
		Router: "ro", NATIPs: []string{url + "addresses/b", url + "addresses/a"},
		Subnetworks: []natSubnetwork{{url + "subnetworks/s", []string{"ALL_IP_RANGES"}, nil}}, LogConfig: []natLog{{ptr(false), "ALL"}},
	}
	if spellRouterNAT(was, &read); !cmp.Equal(was, read) {
		t.Errorf("spelled (-want +got):\n%s", cmp.Diff(was, read))
	}
	logged := routerNAT{LogConfig: []natLog{{ptr(true), "ALL"}}}
	if spellRouterNAT(was, &logged); len(logged.LogConfig) != 1 {
		t.Error("a log that is on has gone")
	}
}

func TestPathOfNAT(t *testing.T) {
	for id, want := range map[string][2]string{
		"p/europe-west3/ro/n": {"projects/p/regions/europe-west3/routers/ro", "n"},
		"":                    {"projects//regions//routers/", ""},
	} {
		if router, name := pathOfNAT(id); router != want[0] || name != want[1] {
			t.Errorf("id %q: router %q, name %q, want %q", id, router, name, want)
		}
	}
}
