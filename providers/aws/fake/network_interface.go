package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// networkInterface is a place in a subnet. What has one keeps its subnet and its
// groups from being deleted.
type networkInterface struct {
	meta
	VPC         string    `json:"vpc_id"`
	Subnet      string    `json:"subnet_id"`
	Zone        string    `json:"availability_zone"`
	PrivateIP   string    `json:"private_ip_address"`
	PublicIP    string    `json:"public_ip"`    // lent by Amazon; Elastic addresses are in address
	WantsPublic bool      `json:"wants_public"` // has a public address while its instance runs
	Groups      []string  `json:"groups"`
	Description string    `json:"description"`
	Type        string    `json:"interface_type"` // interface, nat_gateway
	Requester   string    `json:"requester_id"`   // a service that manages it; "" for instances'
	Instance    string    `json:"instance_id"`
	Attachment  string    `json:"attachment_id"`
	AttachedAt  time.Time `json:"attached_at"`
	Keep        bool      `json:"keep"` // when its instance is terminated
	NoCheck     bool      `json:"no_source_dest_check"`
}

func (*networkInterface) kind() kind {
	return kind{prefix: "eni", tagType: "network-interface", notFound: "InvalidNetworkInterfaceID.NotFound",
		message: "The networkInterface ID '%s' does not exist"}
}

// addInterface puts an interface with the address ip, see privateAddress, into s.
// For instances the caller sets Instance; for other services Requester. Builtin
// keeps it out of Inventory.
func (c *Cloud) addInterface(q *call, s *subnet, ip string, groups []string) *networkInterface {
	i := &networkInterface{meta: c.newMeta(q, (*networkInterface)(nil).kind(), nil), VPC: s.VPC, Subnet: s.ID, Zone: s.Zone,
		PrivateIP: ip, Groups: groups, Type: "interface", AttachedAt: q.now}
	i.Attachment = "eni-attach-" + strings.TrimPrefix(i.ID, "eni-")
	c.s.EC2.Interfaces.Add(i)
	return i
}

// dropInterface deletes an interface and ends the association of its address.
func (c *Cloud) dropInterface(id string) {
	c.s.EC2.Interfaces.Drop(id)
	for _, a := range c.s.EC2.Addresses {
		if a.Interface == id && id != "" {
			a.Interface, a.Association = "", ""
		}
	}
}

// privateAddress returns wanted if it is free in s, or the first free address if
// none is wanted. Those in taken are not free either.
func (c *Cloud) privateAddress(s *subnet, wanted string, taken []string) (string, error) {
	block := netip.MustParsePrefix(s.CIDR)
	inUse := map[string]bool{}
	for _, ip := range taken {
		inUse[ip] = true
	}
	for _, i := range c.s.EC2.Interfaces {
		if i.Subnet == s.ID {
			inUse[i.PrivateIP] = true
		}
	}
	first := block.Addr()
	for range reserved - 1 {
		first = first.Next()
	}
	if wanted != "" {
		a, err := netip.ParseAddr(wanted)
		if err != nil || !block.Contains(a) || a.Less(first) || !block.Contains(a.Next()) {
			return "", badValue("Address %s does not fall within the subnet's address range", wanted)
		}
		if inUse[wanted] {
			return "", refusal("InvalidIPAddress.InUse", "Address %s is in use.", wanted)
		}
		return wanted, nil
	}
	for a := first; block.Contains(a.Next()); a = a.Next() {
		if !inUse[a.String()] {
			return a.String(), nil
		}
	}
	return "", refusal("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request.")
}

// interfacesOf returns the interfaces of an instance.
func (c *Cloud) interfacesOf(i *instance) []*networkInterface {
	return c.s.EC2.Interfaces.Where(func(n *networkInterface) bool { return n.Instance == i.ID })
}

// elasticOf returns the Elastic address of an interface, nil without one.
func (c *Cloud) elasticOf(i *networkInterface) *address {
	n := slices.IndexFunc(c.s.EC2.Addresses, func(a *address) bool { return a.Interface == i.ID })
	if n < 0 {
		return nil
	}
	return c.s.EC2.Addresses[n]
}

// publicIP returns the public address of an interface, "" without one.
func (c *Cloud) publicIP(i *networkInterface) string {
	if a := c.elasticOf(i); a != nil {
		return a.IP
	}
	return i.PublicIP
}

// mac is an interface's hardware address.
func (i *networkInterface) mac() string {
	n := i.Serial
	return fmt.Sprintf("02:5d:%02x:%02x:%02x:%02x", n>>24&0xff, n>>16&0xff, n>>8&0xff, n&0xff)
}

// interfaceAssociation is the public address of an interface in an answer.
type interfaceAssociation struct {
	IP          string `xml:"publicIp"`
	DNS         string `xml:"publicDnsName"`
	Owner       string `xml:"ipOwnerId"`
	Allocation  string `xml:"allocationId,omitempty"`
	Association string `xml:"associationId,omitempty"`
}

// interfaceAttachment is what an interface is attached to, in an answer.
type interfaceAttachment struct {
	ID       string `xml:"attachmentId"`
	Instance string `xml:"instanceId,omitempty"`
	Owner    string `xml:"instanceOwnerId,omitempty"`
	Index    int    `xml:"deviceIndex"`
	Card     int    `xml:"networkCardIndex"`
	Status   string `xml:"status"`
	At       string `xml:"attachTime"`
	Delete   bool   `xml:"deleteOnTermination"`
}

// interfaceAddress is one private address of an interface.
type interfaceAddress struct {
	IP          string                `xml:"privateIpAddress"`
	DNS         string                `xml:"privateDnsName,omitempty"`
	Primary     bool                  `xml:"primary"`
	Association *interfaceAssociation `xml:"association"`
}

// interfaceView is a network interface in an answer.
type interfaceView struct {
	ID          string                `xml:"networkInterfaceId"`
	Subnet      string                `xml:"subnetId"`
	VPC         string                `xml:"vpcId"`
	Zone        string                `xml:"availabilityZone,omitempty"`
	Description string                `xml:"description"`
	Owner       string                `xml:"ownerId"`
	Requester   string                `xml:"requesterId,omitempty"`
	Managed     *bool                 `xml:"requesterManaged"`
	Status      string                `xml:"status"`
	MAC         string                `xml:"macAddress"`
	IP          string                `xml:"privateIpAddress"`
	DNS         string                `xml:"privateDnsName,omitempty"`
	Check       bool                  `xml:"sourceDestCheck"`
	Groups      set[groupName]        `xml:"groupSet"`
	Attachment  *interfaceAttachment  `xml:"attachment"`
	Association *interfaceAssociation `xml:"association"`
	Tags        *set[tagView]         `xml:"tagSet"`
	Addresses   set[interfaceAddress] `xml:"privateIpAddressesSet"`
	IPv6        set[string]           `xml:"ipv6AddressesSet"`
	Type        string                `xml:"interfaceType"`
}

// interfaceView shows an interface as DescribeNetworkInterfaces does. The one in
// an instance has less, see instanceInterface.
func (c *Cloud) interfaceView(i *networkInterface) interfaceView {
	managed, tags := i.Requester != "", tagViews(i.Tags)
	view := interfaceView{ID: i.ID, Subnet: i.Subnet, VPC: i.VPC, Zone: i.Zone, Description: i.Description, Owner: c.o.Account,
		Requester: i.Requester, Managed: &managed, Status: "in-use", MAC: i.mac(), IP: i.PrivateIP, Check: !i.NoCheck,
		DNS: privateDNS(i.Region, i.PrivateIP), Groups: c.groupNames(i.Groups), Tags: &tags, Type: i.Type,
		Attachment: &interfaceAttachment{ID: i.Attachment, Instance: i.Instance, Owner: c.o.Account, Status: "attached",
			At: stamp(i.AttachedAt), Delete: !i.Keep}}
	if i.Type == "nat_gateway" {
		view.Check = false
		view.Attachment.Index = 1
	}
	if ip := c.publicIP(i); ip != "" {
		view.Association = &interfaceAssociation{IP: ip, DNS: c.publicDNS(i.VPC, i.Region, ip), Owner: "amazon"}
		if a := c.elasticOf(i); a != nil {
			view.Association.Owner, view.Association.Allocation, view.Association.Association = c.o.Account, a.ID, a.Association
		}
	}
	view.Addresses.Items = []interfaceAddress{{i.PrivateIP, view.DNS, true, view.Association}}
	return view
}

// privateDNS is the name of a private address.
func privateDNS(region, ip string) string {
	domain := region + ".compute.internal"
	if region == "us-east-1" {
		domain = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(ip, ".", "-") + "." + domain
}

// publicDNS is the name of a public address, "" in a VPC without such names.
func (c *Cloud) publicDNS(vpcID, region, ip string) string {
	if v, found := c.s.EC2.VPCs.Find(vpcID); !found || !v.DNSNames {
		return ""
	}
	domain := region + ".compute.amazonaws.com"
	if region == "us-east-1" {
		domain = "compute-1.amazonaws.com"
	}
	return "ec2-" + strings.ReplaceAll(ip, ".", "-") + "." + domain
}

func (c *Cloud) interfaceOperations() map[string]operation {
	return map[string]operation{"DescribeNetworkInterfaces": c.describeInterfaces}
}

func (c *Cloud) describeInterfaces(q *call) (any, error) {
	var in struct {
		IDs []string `q:"NetworkInterfaceId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	type eni = *networkInterface
	names := func(i eni) []string {
		var out []string
		for _, g := range c.groupNames(i.Groups).Items {
			out = append(out, g.Name)
		}
		return out
	}
	ip := one(func(i eni) string { return i.PrivateIP })
	found, next, err := list(c, q, c.s.EC2.Interfaces, in.listing, in.IDs, fields[eni]{
		"network-interface-id": one(eni.Key), "subnet-id": one(func(i eni) string { return i.Subnet }),
		"vpc-id": one(func(i eni) string { return i.VPC }), "availability-zone": one(func(i eni) string { return i.Zone }),
		"group-id": func(i eni) []string { return i.Groups }, "group-name": names,
		"private-ip-address": ip, "addresses.private-ip-address": ip, "mac-address": one(eni.mac),
		"attachment.instance-id":           one(func(i eni) string { return i.Instance }),
		"attachment.attachment-id":         one(func(i eni) string { return i.Attachment }),
		"attachment.delete-on-termination": flag(func(i eni) bool { return !i.Keep }),
		"association.public-ip":            one(c.publicIP), "description": one(func(i eni) string { return i.Description }),
		"interface-type": one(func(i eni) string { return i.Type }), "requester-id": one(func(i eni) string { return i.Requester }),
		"requester-managed": flag(func(i eni) bool { return i.Requester != "" }),
		"source-dest-check": flag(func(i eni) bool { return c.interfaceView(i).Check }),
		"status":            func(eni) []string { return []string{"in-use"} },
		"owner-id":          func(eni) []string { return []string{c.o.Account} },
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Interfaces set[interfaceView] `xml:"networkInterfaceSet"`
		Next       string             `xml:"nextToken,omitempty"`
	}{setOf(found, c.interfaceView), next}, nil
}
