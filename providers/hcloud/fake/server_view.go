package fake

func (c *Cloud) serverView(s *server) view {
	t, _ := findServerType(s.Type)
	v := view{
		"id": s.ID, "name": s.Name, "status": c.statusOf(s), "created": stamp(s.CreatedAt), "public_net": c.publicNet(s), "private_net": []view{},
		"server_type": c.serverTypeView(t), "location": locationView(s.Location), "image": nil, "iso": nil, "rescue_enabled": s.Rescue != "",
		"locked": c.busy(s.subject()), "backup_window": nil, "included_traffic": int64(20) << 40, "outgoing_traffic": 0, "ingoing_traffic": 0,
		"protection": view{"delete": s.Protected, "rebuild": s.Unbuilding}, "labels": s.Labels.shown(), "volumes": c.volumesOf(s), "load_balancers": c.loadBalancersOf(s),
		"primary_disk_size": s.Disk, "placement_group": nil,
	}
	nets := []view{}
	for _, a := range s.Nets {
		nets = append(nets, view{"network": a.Network, "ip": a.IP, "alias_ips": orEmpty(a.Aliases), "mac_address": a.MAC})
	}
	v["private_net"] = nets
	if i, found := c.imageFor(itoa(s.Image), ""); found {
		v["image"] = i.view()
	}
	if i, found := findISO(itoa(s.ISO)); found {
		v["iso"] = i.view()
	}
	if s.Backups {
		v["backup_window"] = "22-02"
	}
	if g, found := c.s.PlacementGroups.find(s.Group); found {
		v["placement_group"] = c.placementGroupView(g)
	}
	return v
}

// statusOf is the state of s: what is under way shows in it.
func (c *Cloud) statusOf(s *server) string {
	for _, a := range c.s.Actions {
		if a.Status != running || a.of("server") != s.ID {
			continue
		}
		switch a.Command {
		case "create_server":
			return "initializing"
		case "start_server":
			return "starting"
		case "delete_server":
			return "deleting"
		case "change_server_type":
			return "migrating"
		}
	}
	return s.Status
}

// publicNet shows the public addresses of s; null for those that it does not have.
func (c *Cloud) publicNet(s *server) view {
	v := view{"ipv4": nil, "ipv6": nil, "floating_ips": c.floatingIPsOf(s)}
	if p, found := c.s.PrimaryIPs.find(s.IPv4); found {
		v["ipv4"] = view{"id": p.ID, "ip": p.IP, "blocked": false, "dns_ptr": p.Pointers.of(p.IP)}
	}
	if p, found := c.s.PrimaryIPs.find(s.IPv6); found {
		v["ipv6"] = view{"id": p.ID, "ip": p.IP, "blocked": false, "dns_ptr": p.Pointers.views(p.IP)}
	}
	firewalls := []view{}
	for _, id := range c.firewallsOf(s) {
		firewalls = append(firewalls, view{"id": id, "status": "applied"})
	}
	v["firewalls"] = firewalls
	return v
}
