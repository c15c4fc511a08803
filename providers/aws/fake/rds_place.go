package fake

import (
	"slices"
	"strings"
)

// place finds the subnet group, the zones and the security groups of d.
func (c *Cloud) place(q *call, d *dbInstance, in dbParams) (*dbSubnetGroup, error) {
	var g *dbSubnetGroup
	var err error
	if in.DBSubnetGroupName == "" {
		g, err = c.defaultDBGroup(q)
	} else {
		g, err = c.findDBGroup(q, in.DBSubnetGroupName)
	}
	if err != nil {
		return nil, err
	}
	d.Group, d.VPC = g.ARN, g.VPC
	if in.MultiAZ && in.AvailabilityZone != "" {
		return nil, badMix("Requesting a specific availability zone is not valid for Multi-AZ instances.")
	}
	if in.AvailabilityZone != "" {
		if _, found := findZone(q.region, in.AvailabilityZone); !found {
			return nil, badValue("Invalid availability zone: %s", in.AvailabilityZone)
		}
	}
	zones := c.dbZones(g)
	if in.AvailabilityZone != "" && !slices.Contains(zones, in.AvailabilityZone) {
		return nil, refusal("InvalidVPCNetworkStateFault", "Cannot create a %s database instance because there is not a subnet in %s, the targeted availability zone. "+
			"Create a new subnet in %s and target that availability zone again, or retry the launch with no availability zone, or choose from these availability zones: %s.",
			in.DBInstanceClass, in.AvailabilityZone, in.AvailabilityZone, strings.Join(zones, ", "))
	}
	if err := c.chooseZones(d, zones, in.AvailabilityZone); err != nil {
		return nil, err
	}
	d.Public = in.PubliclyAccessible == nil && c.checkPublic(g.VPC) == nil
	if len(in.VpcSecurityGroupIDs) == 0 {
		for _, group := range c.s.EC2.Groups {
			if group.VPC == g.VPC && group.Name == "default" {
				d.Groups = []string{group.ID}
			}
		}
	}
	return g, nil
}

// chooseZones takes the wanted zone, or the first that has the class of d; and
// another for the standby.
func (c *Cloud) chooseZones(d *dbInstance, zones []string, wanted string) error {
	var stock []string
	for _, z := range zones {
		if !c.dbSoldOut(d.Shape.Class, z) && (wanted == "" || wanted == z) {
			stock = append(stock, z)
		}
	}
	need := 1
	if d.Shape.MultiAZ {
		need = 2
	}
	if len(stock) < need {
		return refusal("InsufficientDBInstanceCapacity", "Cannot create a database instance because %s is not available in the requested availability zones. "+
			"Please choose a different instance class or availability zone.", d.Shape.Class)
	}
	d.Zone = stock[0]
	if d.Shape.MultiAZ {
		d.SecondZone = stock[1]
	}
	return nil
}

// reachesInternet tells whether a VPC has an internet gateway.
func (c *Cloud) reachesInternet(vpcID string) bool {
	return slices.ContainsFunc(c.s.EC2.Gateways, func(g *internetGateway) bool { return g.VPC == vpcID })
}

// checkPublic refuses to show an instance to an internet that cannot be reached.
func (c *Cloud) checkPublic(vpcID string) error {
	if !c.reachesInternet(vpcID) {
		return refusal("InvalidVPCNetworkStateFault", "Cannot create a publicly accessible DBInstance.  The specified VPC has no internet gateway attached. Update the VPC and then try again")
	}
	if v, found := c.s.EC2.VPCs.Find(vpcID); found && !(v.DNSSupport && v.DNSNames) {
		return refusal("InvalidVPCNetworkStateFault", "Cannot create a publicly accessible DBInstance.  The specified VPC does not support DNS resolution, DNS hostnames, or both. Update the VPC and then try again")
	}
	return nil
}

// checkFirewalls wants security groups of the VPC.
func (c *Cloud) checkFirewalls(q *call, vpcID string, ids []string) error {
	for _, id := range ids {
		g, err := lookup(c, q, c.s.EC2.Groups, id)
		if err != nil {
			return badValue("Invalid security group , groupId= %s, groupName=.", id)
		}
		if g.VPC != vpcID {
			return badMix("The DB instance and EC2 security group are in different VPCs. The DB instance is in %s and the EC2 security group is in %s", vpcID, g.VPC)
		}
	}
	return nil
}

// connect gives d an interface in each of zones.
func (c *Cloud) connect(q *call, d *dbInstance, g *dbSubnetGroup, zones ...string) error {
	type seat struct {
		in *subnet
		ip string
	}
	var seats []seat
	for _, zone := range zones {
		i := slices.IndexFunc(g.Subnets, func(id string) bool {
			s, found := c.s.EC2.Subnets.Find(id)
			return found && s.Zone == zone
		})
		if zone == "" || i < 0 {
			continue
		}
		s, _ := c.s.EC2.Subnets.Find(g.Subnets[i])
		ip, err := c.privateAddress(s, "", nil)
		if err != nil {
			return refusal("InvalidVPCNetworkStateFault", "The DB subnet group %s doesn't have enough IP addresses for the operation.", g.Name)
		}
		seats = append(seats, seat{s, ip})
	}
	for _, at := range seats {
		i := c.addInterface(q, at.in, at.ip, d.Groups)
		i.Builtin, i.Requester, i.Description = true, rdsRequester, "RDSNetworkInterface"
		d.Interfaces = append(d.Interfaces, i.ID)
	}
	c.showInternet(d)
	if _, kept := c.s.RDS.Groups.Find(g.ARN); !kept {
		c.s.RDS.Groups.Add(g)
	}
	return nil
}

// showInternet gives the first interface of d a public address, or takes it away.
func (c *Cloud) showInternet(d *dbInstance) {
	for n, id := range d.Interfaces {
		i, found := c.s.EC2.Interfaces.Find(id)
		switch {
		case !found:
		case !d.Public || n > 0:
			i.PublicIP = ""
		case i.PublicIP == "":
			i.PublicIP = c.publicAddress()
		}
	}
}
