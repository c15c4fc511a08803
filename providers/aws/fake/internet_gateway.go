package fake

import "slices"

// internetGateway lets a VPC speak with the internet. It is attached at once.
type internetGateway struct {
	meta
	VPC string `json:"vpc_id"` // "" when detached
}

func (*internetGateway) kind() kind {
	return kind{prefix: "igw", tagType: "internet-gateway", notFound: "InvalidInternetGatewayID.NotFound",
		message: "The internetGateway ID '%s' does not exist"}
}

// gatewayUse is a gateway's attachment in an answer.
type gatewayUse struct {
	VPC   string `xml:"vpcId"`
	State string `xml:"state"`
}

// gatewayView is an internet gateway in an answer.
type gatewayView struct {
	ID    string          `xml:"internetGatewayId"`
	Owner string          `xml:"ownerId"`
	Uses  set[gatewayUse] `xml:"attachmentSet"`
	Tags  set[tagView]    `xml:"tagSet"`
}

func (c *Cloud) gatewayOperations() map[string]operation {
	return map[string]operation{
		"CreateInternetGateway": c.createGateway, "DescribeInternetGateways": c.describeGateways,
		"AttachInternetGateway": c.attachGateway, "DetachInternetGateway": c.detachGateway, "DeleteInternetGateway": c.deleteGateway,
	}
}

func (c *Cloud) createGateway(q *call) (any, error) {
	var in tagged
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := in.forType("internet-gateway")
	if err != nil {
		return nil, err
	}
	if len(c.s.EC2.Gateways.Where(func(g *internetGateway) bool { return g.Region == q.region })) >= c.o.Quota.InternetGateways {
		return nil, refusal("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
	}
	g := &internetGateway{meta: c.newMeta(q, (*internetGateway)(nil).kind(), tags)}
	c.s.EC2.Gateways.Add(g)
	return struct {
		Gateway gatewayView `xml:"internetGateway"`
	}{c.gatewayView(g)}, nil
}

func (c *Cloud) gatewayView(g *internetGateway) gatewayView {
	view := gatewayView{ID: g.ID, Owner: c.o.Account, Tags: tagViews(g.Tags)}
	if g.VPC != "" {
		view.Uses.Items = []gatewayUse{{g.VPC, "available"}}
	}
	return view
}

func (c *Cloud) describeGateways(q *call) (any, error) {
	var in struct {
		IDs []string `q:"InternetGatewayId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, next, err := list(c, q, c.s.EC2.Gateways, in.listing, in.IDs, fields[*internetGateway]{
		"internet-gateway-id": one((*internetGateway).Key),
		"owner-id":            one(func(*internetGateway) string { return c.o.Account }),
		"attachment.vpc-id":   one(func(g *internetGateway) string { return g.VPC }),
		"attachment.state": func(g *internetGateway) []string {
			if g.VPC == "" {
				return nil
			}
			return []string{"available"}
		},
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Gateways set[gatewayView] `xml:"internetGatewaySet"`
		Next     string           `xml:"nextToken,omitempty"`
	}{setOf(found, c.gatewayView), next}, nil
}

// gatewayCall reads the parameters of attach and detach.
func (c *Cloud) gatewayCall(q *call) (*internetGateway, *vpc, error) {
	var in struct {
		ID    string `q:"InternetGatewayId,required"`
		VpcID string `q:"VpcId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, nil, err
	}
	g, err := lookup(c, q, c.s.EC2.Gateways, in.ID)
	if err != nil {
		return nil, nil, err
	}
	v, err := lookup(c, q, c.s.EC2.VPCs, in.VpcID)
	return g, v, err
}

func (c *Cloud) attachGateway(q *call) (any, error) {
	g, v, err := c.gatewayCall(q)
	if err != nil {
		return nil, err
	}
	if g.VPC != "" {
		return nil, refusal("Resource.AlreadyAssociated", "resource %s is already attached to network %s", g.ID, g.VPC)
	}
	if _, has := c.gatewayOf(v.ID); has {
		return nil, badValue("Network %s already has an internet gateway attached", v.ID)
	}
	g.VPC = v.ID
	return done{true}, nil
}

// gatewayOf returns the internet gateway of a VPC.
func (c *Cloud) gatewayOf(vpcID string) (*internetGateway, bool) {
	i := slices.IndexFunc(c.s.EC2.Gateways, func(g *internetGateway) bool { return g.VPC == vpcID })
	if i < 0 {
		return nil, false
	}
	return c.s.EC2.Gateways[i], true
}

func (c *Cloud) detachGateway(q *call) (any, error) {
	g, v, err := c.gatewayCall(q)
	if err != nil {
		return nil, err
	}
	if g.VPC != v.ID {
		return nil, refusal("Gateway.NotAttached", "resource %s is not attached to network %s", g.ID, v.ID)
	}
	if slices.ContainsFunc(c.s.EC2.Interfaces, func(i *networkInterface) bool { return i.VPC == v.ID && c.publicIP(i) != "" }) {
		return nil, refusal("DependencyViolation", "Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", v.ID)
	}
	g.VPC = ""
	return done{true}, nil
}

func (c *Cloud) deleteGateway(q *call) (any, error) {
	var in struct {
		ID string `q:"InternetGatewayId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	g, err := lookup(c, q, c.s.EC2.Gateways, in.ID)
	if err != nil {
		return nil, err
	}
	if g.VPC != "" {
		return nil, refusal("DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", g.ID)
	}
	c.s.EC2.Gateways.Drop(g.ID)
	return done{true}, nil
}
