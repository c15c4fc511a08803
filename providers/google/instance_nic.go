package google

import (
	"cloud.google.com/go/compute/apiv1/computepb"
)

type networkInterface struct {
	Network           string         `cty:"network"            is:"default,after=subnetwork"               doc:"Name or URL; absent means that of the subnetwork, or default."`
	Subnetwork        string         `cty:"subnetwork"         is:"default,after=network"                  doc:"Name or URL; needed in networks of custom mode."`
	SubnetworkProject string         `cty:"subnetwork_project" is:"default,after=network,after=subnetwork" doc:"Project of the subnetwork, when it is shared."`
	NetworkIP         string         `cty:"network_ip"         is:"default,after=network,after=subnetwork" doc:"Internal address; it changes with the subnetwork alone."`
	Name              string         `cty:"name"               is:"computed"                               doc:"Name of the interface, such as nic0."`
	NICType           string         `cty:"nic_type"           is:"default,replace"                        doc:"GVNIC or VIRTIO_NET."`
	StackType         string         `cty:"stack_type"         is:"default,replace"                        doc:"IPV4_ONLY or IPV4_IPV6."`
	QueueCount        int            `cty:"queue_count"        is:"default,replace"                        doc:"How many queues it has in each direction."`
	AccessConfigs     []accessConfig `cty:"access_config"      is:"optional,max=1"                         doc:"Gives it an external address."`
	AliasIPRanges     []aliasRange   `cty:"alias_ip_range"     is:"optional"                               doc:"Further internal addresses."`
}

type accessConfig struct {
	NatIP       string `cty:"nat_ip"       is:"default,after=network_tier,after=machine_type,after=min_cpu_platform,after=service_account" doc:"External address that is reserved; absent means any while it runs."`
	NetworkTier string `cty:"network_tier" is:"default"                    doc:"PREMIUM or STANDARD."`
}

type aliasRange struct {
	IPCIDRRange         string `cty:"ip_cidr_range"         is:"required" doc:"Range in CIDR notation, or its size such as /24."`
	SubnetworkRangeName string `cty:"subnetwork_range_name" is:"optional" doc:"Secondary range that it is of; absent means the primary one."`
}

func (x *instance) fillInterfaces(list []*computepb.NetworkInterface) {
	x.NetworkInterfaces = nil
	for _, n := range list {
		nic := networkInterface{
			Network: n.GetNetwork(), Subnetwork: n.GetSubnetwork(), SubnetworkProject: part(n.GetSubnetwork(), "projects"),
			NetworkIP: n.GetNetworkIP(), Name: n.GetName(), NICType: n.GetNicType(), StackType: n.GetStackType(), QueueCount: int(n.GetQueueCount()),
		}
		for _, a := range n.GetAccessConfigs() {
			nic.AccessConfigs = append(nic.AccessConfigs, accessConfig{a.GetNatIP(), a.GetNetworkTier()})
		}
		for _, a := range n.GetAliasIpRanges() {
			nic.AliasIPRanges = append(nic.AliasIPRanges, aliasRange{a.GetIpCidrRange(), a.GetSubnetworkRangeName()})
		}
		x.NetworkInterfaces = append(x.NetworkInterfaces, nic)
	}
}

func (n networkInterface) request(project, region string) *computepb.NetworkInterface {
	nic := &computepb.NetworkInterface{
		Network: text(linkIn("projects/"+project+"/global/networks/", n.Network)), Subnetwork: text(n.subnetworkLink(project, region)),
		NetworkIP: text(n.NetworkIP), NicType: text(n.NICType), StackType: text(n.StackType), AliasIpRanges: aliasRanges(n.AliasIPRanges),
	}
	if n.QueueCount != 0 {
		nic.QueueCount = ptr(int32(n.QueueCount))
	}
	for _, a := range n.AccessConfigs {
		nic.AccessConfigs = append(nic.AccessConfigs, a.request())
	}
	return nic
}

func (n networkInterface) subnetworkLink(project, region string) string {
	if n.SubnetworkProject != "" {
		project = n.SubnetworkProject
	}
	return linkIn("projects/"+project+"/regions/"+region+"/subnetworks/", n.Subnetwork)
}

func (a accessConfig) request() *computepb.AccessConfig {
	return &computepb.AccessConfig{Type: ptr("ONE_TO_ONE_NAT"), Name: ptr("external-nat"), NatIP: text(a.NatIP), NetworkTier: text(a.NetworkTier)}
}

func aliasRanges(list []aliasRange) []*computepb.AliasIpRange {
	var out []*computepb.AliasIpRange
	for _, a := range list {
		out = append(out, &computepb.AliasIpRange{IpCidrRange: ptr(a.IPCIDRRange), SubnetworkRangeName: text(a.SubnetworkRangeName)})
	}
	return out
}
