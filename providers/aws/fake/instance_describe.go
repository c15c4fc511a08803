package fake

import "slices"

func (c *Cloud) describeInstances(q *call) (any, error) {
	var in struct {
		IDs []string `q:"InstanceId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if len(in.IDs) > 0 && in.MaxResults != nil {
		return nil, badMix("The parameter instancesSet cannot be used with the parameter maxResults")
	}
	found, next, err := list(c, q, c.s.EC2.Instances, in.listing, in.IDs, c.instanceFields(q))
	if err != nil {
		return nil, err
	}
	var reservations [][]*instance
	for _, i := range found {
		at := slices.IndexFunc(reservations, func(r []*instance) bool { return r[0].Reservation == i.Reservation })
		if at < 0 {
			reservations = append(reservations, []*instance{i})
		} else {
			reservations[at] = append(reservations[at], i)
		}
	}
	return struct {
		Reservations set[reservationView] `xml:"reservationSet"`
		Next         string               `xml:"nextToken,omitempty"`
	}{setOf(reservations, func(made []*instance) reservationView { return c.reservationView(q, made) }), next}, nil
}

// instanceFields are the filters on instances.
func (c *Cloud) instanceFields(q *call) fields[*instance] {
	view := func(get func(instanceView) string) func(*instance) []string {
		return one(func(i *instance) string { return get(c.instanceView(q, i)) })
	}
	each := func(get func(*networkInterface) []string) func(*instance) []string {
		return func(i *instance) []string {
			var out []string
			for _, n := range c.interfacesOf(i) {
				out = append(out, get(n)...)
			}
			return out
		}
	}
	groups := each(func(n *networkInterface) []string { return n.Groups })
	names := each(func(n *networkInterface) []string {
		var out []string
		for _, g := range c.groupNames(n.Groups).Items {
			out = append(out, g.Name)
		}
		return out
	})
	disks := func(get func(mappingView) string) func(*instance) []string {
		return func(i *instance) []string {
			var out []string
			for _, d := range c.instanceView(q, i).Disks.Items {
				out = append(out, get(d))
			}
			return out
		}
	}
	return fields[*instance]{
		"instance-id":         one((*instance).Key),
		"instance-state-name": one(func(i *instance) string { return string(i.state(q.now)) }),
		"instance-state-code": one(func(i *instance) string { return itoa(i.state(q.now).code()) }),
		"vpc-id":              view(func(v instanceView) string { return v.VPC }), "subnet-id": view(func(v instanceView) string { return v.Subnet }),
		"availability-zone": view(func(v instanceView) string { return v.Placement.Zone }),
		"client-token":      view(func(v instanceView) string { return v.ClientToken }), "image-id": view(func(v instanceView) string { return v.Image }),
		"instance-type": view(func(v instanceView) string { return v.Type }), "key-name": view(func(v instanceView) string { return v.Key }),
		"private-ip-address": view(func(v instanceView) string { return v.PrivateIP }), "ip-address": view(func(v instanceView) string { return v.PublicIP }),
		"private-dns-name": view(func(v instanceView) string { return v.PrivateDNS }), "dns-name": view(func(v instanceView) string { return v.PublicDNS }),
		"instance-lifecycle": view(func(v instanceView) string { return v.Lifecycle }), "spot-instance-request-id": view(func(v instanceView) string { return v.Spot }),
		"reservation-id": one(func(i *instance) string { return i.Reservation }), "owner-id": func(*instance) []string { return []string{c.o.Account} },
		"architecture": view(func(v instanceView) string { return v.Arch }), "hypervisor": view(func(v instanceView) string { return v.Hypervisor }),
		"virtualization-type": view(func(v instanceView) string { return v.Virtualization }), "tenancy": view(func(v instanceView) string { return v.Placement.Tenancy }),
		"root-device-name": view(func(v instanceView) string { return v.Root }), "root-device-type": view(func(v instanceView) string { return v.RootType }),
		"launch-time": view(func(v instanceView) string { return v.LaunchedAt }), "monitoring-state": view(func(v instanceView) string { return v.Monitoring }),
		"iam-instance-profile.arn": one(func(i *instance) string {
			if u := c.profileOf(i); u != nil {
				return u.ARN
			}
			return ""
		}),
		"instance.group-id": groups, "group-id": groups, "network-interface.group-id": groups,
		"instance.group-name": names, "group-name": names, "network-interface.group-name": names,
		"network-interface.network-interface-id":         each(func(n *networkInterface) []string { return []string{n.ID} }),
		"network-interface.subnet-id":                    each(func(n *networkInterface) []string { return []string{n.Subnet} }),
		"network-interface.vpc-id":                       each(func(n *networkInterface) []string { return []string{n.VPC} }),
		"network-interface.addresses.private-ip-address": each(func(n *networkInterface) []string { return []string{n.PrivateIP} }),
		"block-device-mapping.volume-id":                 disks(func(d mappingView) string { return d.Volume }),
		"block-device-mapping.device-name":               disks(func(d mappingView) string { return d.Device }),
		"block-device-mapping.status":                    disks(func(d mappingView) string { return d.Status }),
		"metadata-options.http-tokens":                   one(func(i *instance) string { return i.Metadata.Tokens }),
		"metadata-options.http-endpoint":                 one(func(i *instance) string { return i.Metadata.Endpoint }),
	}
}
