package fake

import (
	"time"
)

// visibleAfter is how long what is terminated, deleted or failed is still shown.
const visibleAfter = time.Hour

// natGateway lets a private subnet reach out.
type natGateway struct {
	meta
	VPC        string    `json:"vpc_id"`
	Subnet     string    `json:"subnet_id"`
	Private    bool      `json:"private"` // without a public address
	Allocation string    `json:"allocation_id"`
	Interface  string    `json:"network_interface_id"`
	PrivateIP  string    `json:"private_ip"`
	PublicIP   string    `json:"public_ip"`
	Failure    string    `json:"failure_code"` // "" when it works
	Message    string    `json:"failure_message"`
	ReadyAt    time.Time `json:"ready_at"` // available or failed
	DeletedAt  time.Time `json:"deleted_at"`
	GoneAt     time.Time `json:"gone_at"` // deleted, no longer deleting
}

func (*natGateway) kind() kind {
	return kind{prefix: "nat", tagType: "natgateway", notFound: "NatGatewayNotFound", message: "NAT gateway %s was not found",
		malformed: "NatGatewayMalformed"}
}

func (n *natGateway) Hidden() bool { return !n.DeletedAt.IsZero() || n.Failure != "" }

func (n *natGateway) state(now time.Time) string {
	switch {
	case due(n.GoneAt, now):
		return "deleted"
	case !n.DeletedAt.IsZero():
		return "deleting"
	case now.Before(n.ReadyAt):
		return "pending"
	case n.Failure != "":
		return "failed"
	}
	return "available"
}

// natAddress is the address of a NAT gateway in an answer.
type natAddress struct {
	Allocation  string `xml:"allocationId,omitempty"`
	Interface   string `xml:"networkInterfaceId,omitempty"`
	PrivateIP   string `xml:"privateIp,omitempty"`
	PublicIP    string `xml:"publicIp,omitempty"`
	Association string `xml:"associationId,omitempty"`
	Primary     bool   `xml:"isPrimary"`
	Status      string `xml:"status"`
}

// natView is a NAT gateway in an answer.
type natView struct {
	ID           string          `xml:"natGatewayId"`
	Subnet       string          `xml:"subnetId"`
	VPC          string          `xml:"vpcId"`
	State        string          `xml:"state"`
	Connectivity string          `xml:"connectivityType"`
	Created      string          `xml:"createTime"`
	Deleted      string          `xml:"deleteTime,omitempty"`
	Failure      string          `xml:"failureCode,omitempty"`
	Message      string          `xml:"failureMessage,omitempty"`
	Addresses    set[natAddress] `xml:"natGatewayAddressSet"`
	Tags         set[tagView]    `xml:"tagSet"`
}

func (c *Cloud) natOperations() map[string]operation {
	return map[string]operation{"CreateNatGateway": c.createNAT, "DescribeNatGateways": c.describeNATs, "DeleteNatGateway": c.deleteNAT}
}

// natParams are the parameters of CreateNatGateway.
type natParams struct {
	SubnetID         string `q:"SubnetId,required"`
	AllocationID     string `q:"AllocationId"`
	ConnectivityType string `q:",enum=public|private"`
	PrivateIPAddress string `q:"PrivateIpAddress"`
	ClientToken      string
	tagged
}

func (c *Cloud) createNAT(q *call) (any, error) {
	var in natParams
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := in.forType("natgateway")
	if err != nil {
		return nil, err
	}
	id, err := c.repeated(q)
	if err != nil {
		return nil, err
	}
	n, again := c.s.EC2.NATs.Find(id)
	if !again {
		if n, err = c.newNAT(q, in, tags); err != nil {
			return nil, err
		}
		c.remember(q, n.ID)
	}
	view := c.natView(q, n)
	if !again {
		view.State, view.Failure, view.Message = "pending", "", ""
	}
	return struct {
		Token string  `xml:"clientToken,omitempty"`
		NAT   natView `xml:"natGateway"`
	}{in.ClientToken, view}, nil
}

// newNAT makes a NAT gateway. What is wrong with its network shows later, as a failure.
func (c *Cloud) newNAT(q *call, in natParams, tags map[string]string) (*natGateway, error) {
	s, err := lookup(c, q, c.s.EC2.Subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	private := in.ConnectivityType == "private"
	if private == (in.AllocationID != "") {
		if private {
			return nil, badMix("A private NAT gateway cannot have an Elastic IP address")
		}
		return nil, missingParameter("AllocationId")
	}
	var a *address
	if !private {
		if a, err = lookup(c, q, c.s.EC2.Addresses, in.AllocationID); err != nil {
			return nil, err
		}
	}
	ip, err := c.privateAddress(s, in.PrivateIPAddress, nil)
	if err != nil {
		return nil, err
	}
	if len(c.s.EC2.NATs.Where(func(n *natGateway) bool {
		other, found := c.s.EC2.Subnets.Find(n.Subnet)
		return found && other.Zone == s.Zone && !n.Hidden()
	})) >= c.o.Quota.NATGateways {
		return nil, refusal("NatGatewayLimitExceeded", "Performing this operation would exceed the limit of %d NAT gateways", c.o.Quota.NATGateways)
	}
	n := &natGateway{meta: c.newMeta(q, (*natGateway)(nil).kind(), tags), VPC: s.VPC, Subnet: s.ID, Private: private,
		Allocation: in.AllocationID, ReadyAt: q.now.Add(c.o.Settle)}
	c.s.EC2.NATs.Add(n)
	if _, attached := c.gatewayOf(s.VPC); !private && !attached {
		n.Failure, n.Message = "Gateway.NotAttached", "Network "+s.VPC+" has no Internet gateway attached"
		return n, nil
	}
	if a != nil && a.Interface != "" {
		n.Failure, n.Message = "Resource.AlreadyAssociated", "Elastic IP address ["+a.ID+"] is already associated"
		return n, nil
	}
	i := c.addInterface(q, s, ip, nil)
	i.Builtin, i.Requester, i.Type, i.Description = true, "amazon-aws", "nat_gateway", "Interface for NAT Gateway "+n.ID
	n.Interface, n.PrivateIP = i.ID, ip
	if a != nil {
		a.Interface, a.Association, n.PublicIP = i.ID, c.newID("eipassoc"), a.IP
	}
	return n, nil
}

func (c *Cloud) natView(q *call, n *natGateway) natView {
	view := natView{ID: n.ID, Subnet: n.Subnet, VPC: n.VPC, State: n.state(q.now), Connectivity: "public", Created: stamp(n.CreatedAt), Tags: tagViews(n.Tags)}
	if n.Private {
		view.Connectivity = "private"
	}
	if due(n.GoneAt, q.now) {
		view.Deleted = stamp(n.GoneAt)
	}
	if view.State == "failed" {
		view.Failure, view.Message = n.Failure, n.Message
	}
	a := natAddress{Allocation: n.Allocation, Interface: n.Interface, PrivateIP: n.PrivateIP, PublicIP: n.PublicIP, Primary: true, Status: "succeeded"}
	if e, found := c.s.EC2.Addresses.Find(n.Allocation); found && e.Interface == n.Interface {
		a.Association = e.Association
	}
	view.Addresses.Items = []natAddress{a}
	return view
}

func (c *Cloud) describeNATs(q *call) (any, error) {
	var in struct {
		IDs []string `q:"NatGatewayId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, next, err := list(c, q, c.s.EC2.NATs, in.listing, in.IDs, fields[*natGateway]{
		"nat-gateway-id": one((*natGateway).Key), "vpc-id": one(func(n *natGateway) string { return n.VPC }),
		"subnet-id": one(func(n *natGateway) string { return n.Subnet }),
		"state":     one(func(n *natGateway) string { return n.state(q.now) }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		NATs set[natView] `xml:"natGatewaySet"`
		Next string       `xml:"nextToken,omitempty"`
	}{setOf(found, func(n *natGateway) natView { return c.natView(q, n) }), next}, nil
}

func (c *Cloud) deleteNAT(q *call) (any, error) {
	var in struct {
		ID string `q:"NatGatewayId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	n, err := lookup(c, q, c.s.EC2.NATs, in.ID)
	if err != nil {
		return nil, err
	}
	if due(n.GoneAt, q.now) {
		return nil, n.kind().unknown(n.ID)
	}
	if n.DeletedAt.IsZero() {
		n.DeletedAt, n.GoneAt = q.now, q.now.Add(c.o.DeleteLag)
	}
	c.settleNAT(n, q.now)
	return struct {
		ID string `xml:"natGatewayId"`
	}{n.ID}, nil
}

// settleNAT takes interface and address from a NAT gateway that is gone, and
// forgets it an hour later.
func (c *Cloud) settleNAT(n *natGateway, now time.Time) {
	if due(n.GoneAt, now) {
		c.dropInterface(n.Interface)
	}
	end := n.GoneAt
	if n.Failure != "" && end.IsZero() {
		end = n.ReadyAt
	}
	if !end.IsZero() && due(end.Add(visibleAfter), now) {
		c.s.EC2.NATs.Drop(n.ID)
	}
}
