package fake

import "slices"

// address is an Elastic IP address. It is associated while Interface is set.
type address struct {
	meta
	IP          string `json:"public_ip"`
	Association string `json:"association_id"`
	Interface   string `json:"network_interface_id"`
}

func (*address) kind() kind {
	return kind{prefix: "eipalloc", tagType: "elastic-ip", notFound: "InvalidAllocationID.NotFound", message: "The allocation ID '%s' does not exist"}
}

// addressView is an address in an answer.
type addressView struct {
	IP          string       `xml:"publicIp"`
	ID          string       `xml:"allocationId"`
	Domain      string       `xml:"domain"`
	Pool        string       `xml:"publicIpv4Pool"`
	BorderGroup string       `xml:"networkBorderGroup"`
	Instance    string       `xml:"instanceId,omitempty"`
	Association string       `xml:"associationId,omitempty"`
	Interface   string       `xml:"networkInterfaceId,omitempty"`
	Owner       string       `xml:"networkInterfaceOwnerId,omitempty"`
	PrivateIP   string       `xml:"privateIpAddress,omitempty"`
	Tags        set[tagView] `xml:"tagSet"`
}

func (c *Cloud) addressOperations() map[string]operation {
	return map[string]operation{"AllocateAddress": c.allocateAddress, "DescribeAddresses": c.describeAddresses,
		"AssociateAddress": c.associateAddress, "DisassociateAddress": c.disassociateAddress, "ReleaseAddress": c.releaseAddress}
}

func (c *Cloud) allocateAddress(q *call) (any, error) {
	var in struct {
		Domain             string `q:",enum=vpc|standard"`
		PublicIpv4Pool     string
		NetworkBorderGroup string
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.Domain == "standard" {
		return nil, badValue("Value (standard) for parameter domain is invalid. EC2-Classic is retired.")
	}
	if in.PublicIpv4Pool != "" && in.PublicIpv4Pool != "amazon" {
		return nil, refusal("InvalidPublicIpv4PoolID.NotFound", "The public IPv4 pool ID '%s' does not exist", in.PublicIpv4Pool)
	}
	if in.NetworkBorderGroup != "" && in.NetworkBorderGroup != q.region {
		return nil, badValue("Invalid value '%s' for networkBorderGroup", in.NetworkBorderGroup)
	}
	tags, err := in.forType("elastic-ip")
	if err != nil {
		return nil, err
	}
	if len(c.s.EC2.Addresses.Where(func(a *address) bool { return a.Region == q.region })) >= c.o.Quota.Addresses {
		return nil, refusal("AddressLimitExceeded", "The maximum number of addresses has been reached.")
	}
	a := &address{meta: c.newMeta(q, (*address)(nil).kind(), tags), IP: c.publicAddress()}
	c.s.EC2.Addresses.Add(a)
	return struct {
		IP          string `xml:"publicIp"`
		ID          string `xml:"allocationId"`
		Domain      string `xml:"domain"`
		Pool        string `xml:"publicIpv4Pool"`
		BorderGroup string `xml:"networkBorderGroup"`
	}{a.IP, a.ID, "vpc", "amazon", q.region}, nil
}

func (c *Cloud) addressView(a *address) addressView {
	view := addressView{IP: a.IP, ID: a.ID, Domain: "vpc", Pool: "amazon", BorderGroup: a.Region, Tags: tagViews(a.Tags)}
	if i, found := c.s.EC2.Interfaces.Find(a.Interface); found {
		view.Association, view.Interface, view.Owner = a.Association, i.ID, c.o.Account
		view.PrivateIP, view.Instance = i.PrivateIP, i.Instance
	}
	return view
}

func (c *Cloud) describeAddresses(q *call) (any, error) {
	var in struct {
		Filters []filter `q:"Filter"`
		IDs     []string `q:"AllocationId"`
		IPs     []string `q:"PublicIp"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, err := byID(c, q, c.s.EC2.Addresses, in.IDs)
	if err != nil {
		return nil, err
	}
	for _, ip := range in.IPs {
		if _, err := c.addressByIP(q, ip); err != nil {
			return nil, err
		}
	}
	if len(in.IPs) > 0 {
		found = slices.DeleteFunc(found, func(a *address) bool { return !slices.Contains(in.IPs, a.IP) })
	}
	view := func(get func(addressView) string) func(*address) []string {
		return one(func(a *address) string { return get(c.addressView(a)) })
	}
	found, err = match(found, in.Filters, fields[*address]{
		"allocation-id": one((*address).Key), "public-ip": view(func(v addressView) string { return v.IP }),
		"association-id":             view(func(v addressView) string { return v.Association }),
		"domain":                     view(func(v addressView) string { return v.Domain }),
		"instance-id":                view(func(v addressView) string { return v.Instance }),
		"network-border-group":       view(func(v addressView) string { return v.BorderGroup }),
		"network-interface-id":       view(func(v addressView) string { return v.Interface }),
		"network-interface-owner-id": view(func(v addressView) string { return v.Owner }),
		"private-ip-address":         view(func(v addressView) string { return v.PrivateIP }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Addresses set[addressView] `xml:"addressesSet"`
	}{setOf(found, c.addressView)}, nil
}

func (c *Cloud) addressByIP(q *call, ip string) (*address, error) {
	for _, a := range c.s.EC2.Addresses {
		if a.IP == ip && c.seen(q, a) {
			return a, nil
		}
	}
	return nil, refusal("InvalidAddress.NotFound", "Address '%s' not found.", ip)
}

// anAddress finds the address that a call names by id or by itself.
func (c *Cloud) anAddress(q *call, id, ip string) (*address, error) {
	switch {
	case id != "" && ip != "":
		return nil, badMix("You may specify public IP or allocation id, but not both in the same call")
	case ip != "":
		return c.addressByIP(q, ip)
	case id == "":
		return nil, refusal("MissingParameter", "Either public IP or allocation id must be specified")
	}
	return lookup(c, q, c.s.EC2.Addresses, id)
}

func (c *Cloud) associateAddress(q *call) (any, error) {
	var in struct {
		AllocationID       string `q:"AllocationId"`
		PublicIP           string `q:"PublicIp"`
		InstanceID         string `q:"InstanceId"`
		InterfaceID        string `q:"NetworkInterfaceId"`
		PrivateIPAddress   string `q:"PrivateIpAddress"`
		AllowReassociation *bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	a, err := c.anAddress(q, in.AllocationID, in.PublicIP)
	if err != nil {
		return nil, err
	}
	i, err := c.addressTarget(q, in.InstanceID, in.InterfaceID)
	if err != nil {
		return nil, err
	}
	if in.PrivateIPAddress != "" && in.PrivateIPAddress != i.PrivateIP {
		return nil, badValue("Private IP address %s is not assigned to interface %s", in.PrivateIPAddress, i.ID)
	}
	if _, has := c.gatewayOf(i.VPC); !has {
		return nil, refusal("Gateway.NotAttached", "Network %s is not attached to any internet gateway", i.VPC)
	}
	answer := struct {
		Return bool   `xml:"return"`
		ID     string `xml:"associationId"`
	}{Return: true}
	if a.Interface == i.ID {
		answer.ID = a.Association
		return answer, nil
	}
	if err := c.mayMove(a, in.AllowReassociation); err != nil {
		return nil, err
	}
	for _, other := range c.s.EC2.Addresses {
		if other.Interface == i.ID {
			other.Association, other.Interface = "", ""
		}
	}
	c.release(a)
	a.Interface, a.Association = i.ID, c.newID("eipassoc")
	i.PublicIP = "" // the address it had goes back to Amazon
	answer.ID = a.Association
	return answer, nil
}

// addressTarget is the interface an address shall be for.
func (c *Cloud) addressTarget(q *call, instanceID, interfaceID string) (*networkInterface, error) {
	if (instanceID == "") == (interfaceID == "") {
		return nil, badMix("Exactly one of instance id and network interface id must be specified")
	}
	if interfaceID != "" {
		i, err := lookup(c, q, c.s.EC2.Interfaces, interfaceID)
		if err == nil && i.Requester != "" {
			err = refusal("AuthFailure", "You do not have permission to access the specified resource.")
		}
		return i, err
	}
	m, err := lookup(c, q, c.s.EC2.Instances, instanceID)
	if err != nil {
		return nil, err
	}
	switch state := m.state(q.now); state {
	case running, stopped, stopping:
	default:
		return nil, refusal("InvalidInstanceID", "The %s instance '%s' is not in a valid state for this operation.", state, m.ID)
	}
	own := c.interfacesOf(m)
	if len(own) != 1 {
		return nil, refusal("InvalidInstanceID", "There are multiple interfaces attached to instance '%s'. Please specify an interface ID for the operation instead.", m.ID)
	}
	return own[0], nil
}

// mayMove refuses to take an address from where it is, if that is not allowed.
func (c *Cloud) mayMove(a *address, allowed *bool) error {
	if a.Interface == "" {
		return nil
	}
	if i, found := c.s.EC2.Interfaces.Find(a.Interface); found && i.Requester != "" {
		return refusal("AuthFailure", "You do not have permission to access the specified resource.")
	}
	if allowed != nil && !*allowed {
		return refusal("Resource.AlreadyAssociated", "resource %s is already associated with associate-id %s", a.ID, a.Association)
	}
	return nil
}

// release ends a's association. An interface that was launched with a public
// address gets a new one.
func (c *Cloud) release(a *address) {
	i, found := c.s.EC2.Interfaces.Find(a.Interface)
	a.Association, a.Interface = "", ""
	if !found || !i.WantsPublic {
		return
	}
	if m, found := c.s.EC2.Instances.Find(i.Instance); found && m.Stopped.IsZero() && m.Terminated.IsZero() {
		i.PublicIP = c.publicAddress()
	}
}

func (c *Cloud) disassociateAddress(q *call) (any, error) {
	var in struct {
		AssociationID string `q:"AssociationId"`
		PublicIP      string `q:"PublicIp"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if (in.AssociationID == "") == (in.PublicIP == "") {
		return nil, refusal("MissingParameter", "Either public IP or association id must be specified")
	}
	var a *address
	var err error
	if in.PublicIP != "" {
		a, err = c.addressByIP(q, in.PublicIP)
	} else if i := slices.IndexFunc(c.s.EC2.Addresses, func(a *address) bool { return a.Association == in.AssociationID && a.Region == q.region }); i >= 0 {
		a = c.s.EC2.Addresses[i]
	} else {
		err = refusal("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", in.AssociationID)
	}
	if err == nil {
		err = c.mayMove(a, nil)
	}
	if err != nil {
		return nil, err
	}
	c.release(a)
	return done{true}, nil
}

func (c *Cloud) releaseAddress(q *call) (any, error) {
	var in struct {
		AllocationID       string `q:"AllocationId"`
		PublicIP           string `q:"PublicIp"`
		NetworkBorderGroup string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	a, err := c.anAddress(q, in.AllocationID, in.PublicIP)
	if err != nil {
		return nil, err
	}
	if in.NetworkBorderGroup != "" && in.NetworkBorderGroup != q.region {
		return nil, refusal("InvalidAddress.NotFound", "Address '%s' not found.", a.IP)
	}
	if a.Interface != "" {
		return nil, refusal("InvalidIPAddress.InUse", "Address %s is in use.", a.IP)
	}
	c.s.EC2.Addresses.Drop(a.ID)
	return done{true}, nil
}
