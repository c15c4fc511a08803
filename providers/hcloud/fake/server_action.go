package fake

import "time"

func (c *Cloud) serverRoutes() map[string]handler {
	const one = "/v1/servers/{id}"
	routes := map[string]handler{
		"POST /v1/servers":        c.createServer,
		"GET /v1/servers":         c.listServers,
		"GET " + one:              c.readServer,
		"PUT " + one:              c.updateServer,
		"DELETE " + one:           c.deleteServer,
		"GET " + one + "/actions": c.listActionsOf("server"),
	}
	for name, h := range map[string]handler{
		"poweron":                     c.power("start_server"),
		"poweroff":                    c.power("stop_server"),
		"shutdown":                    c.power("shutdown_server"),
		"reboot":                      c.power("reboot_server"),
		"reset":                       c.power("reset_server"),
		"change_type":                 c.changeType,
		"enable_backup":               c.power("enable_backup"),
		"disable_backup":              c.power("disable_backup"),
		"attach_iso":                  c.attachISO,
		"detach_iso":                  c.power("detach_iso"),
		"enable_rescue":               c.enableRescue,
		"disable_rescue":              c.disableRescue,
		"change_protection":           c.protectServer,
		"attach_to_network":           c.attachToNetwork,
		"detach_from_network":         c.detachFromNetwork,
		"change_alias_ips":            c.changeAliasIPs,
		"add_to_placement_group":      c.addToGroup,
		"remove_from_placement_group": c.removeFromGroup,
		"change_dns_ptr":              c.pointServer,
	} {
		routes["POST "+one+"/actions/"+name] = h
	}
	return routes
}

func (c *Cloud) serverEffects() map[string]effect {
	return map[string]effect{
		"start_server":                c.onServer(func(s *server, _ *action) { s.start() }),
		"stop_server":                 c.onServer(func(s *server, _ *action) { s.Status = "off" }),
		"reboot_server":               c.onServer(func(s *server, _ *action) { s.start() }),
		"reset_server":                c.onServer(func(s *server, _ *action) { s.start() }),
		"shutdown_server":             c.onServer(func(s *server, a *action) { s.OffAt = a.EndsAt.Add(c.o.Settle) }),
		"delete_server":               c.onServer(func(s *server, _ *action) { c.drop(s) }),
		"change_server_type":          c.onServer(func(s *server, a *action) { s.resize(brought[retyping](a)) }),
		"enable_backup":               c.onServer(func(s *server, _ *action) { s.Backups = true }),
		"disable_backup":              c.onServer(func(s *server, _ *action) { s.Backups = false }),
		"attach_iso":                  c.onServer(func(s *server, a *action) { s.ISO = brought[int64](a) }),
		"detach_iso":                  c.onServer(func(s *server, _ *action) { s.ISO = 0 }),
		"enable_rescue":               c.onServer(func(s *server, a *action) { s.Rescue = brought[string](a) }),
		"disable_rescue":              c.onServer(func(s *server, _ *action) { s.Rescue = "" }),
		"add_to_placement_group":      c.onServer(func(s *server, a *action) { s.Group = brought[int64](a) }),
		"remove_from_placement_group": c.onServer(func(s *server, _ *action) { s.Group = 0 }),
		"server attach_to_network":    c.onServer(func(s *server, a *action) { s.Nets = append(s.Nets, brought[attachment](a)) }),
		"server detach_from_network":  c.onServer(func(s *server, a *action) { s.leave(a.of("network")) }),
		"change_alias_ips": c.onServer(func(s *server, a *action) {
			if n := s.netOf(a.of("network")); n != nil {
				n.Aliases = brought[[]string](a)
			}
		}),
	}
}

// onServer is an effect on the server of an action that is there still.
func (c *Cloud) onServer(f func(*server, *action)) effect {
	return func(a *action) {
		if s, found := c.s.Servers.find(a.of("server")); found {
			f(s, a)
		}
	}
}

// start lets s run: the rescue system is there for one start.
func (s *server) start() { s.Status, s.Rescue, s.OffAt = "running", "", time.Time{} }

// retyping is what a change of the type brings.
type retyping struct {
	Type string `json:"type"`
	Disk int    `json:"disk"`
}

// resize gives s another type, and starts it.
func (s *server) resize(to retyping) {
	s.Type, s.Disk = to.Type, to.Disk
	s.start()
}

// settleServers stops what has been shut down.
func (c *Cloud) settleServers(now time.Time) {
	for _, s := range c.s.Servers {
		if !s.OffAt.IsZero() && !now.Before(s.OffAt) && s.Status == "running" {
			s.Status, s.OffAt = "off", time.Time{}
		}
	}
}

// power answers an action without a body.
func (c *Cloud) power(command string) handler {
	return func(q *request) (reply, error) {
		s, err := acted(c, q, c.s.Servers, "server", nil)
		if err != nil {
			return fail(err)
		}
		return c.start(q, command, c.o.Settle, nil, s.subject()).reply()
	}
}

func (c *Cloud) changeType(q *request) (reply, error) {
	var in struct {
		Type        idName `json:"server_type"`
		UpgradeDisk bool   `json:"upgrade_disk"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	t, found := findServerType(string(in.Type))
	l, _ := findLocation(s.Location)
	was, _ := findServerType(s.Type)
	switch {
	case !found:
		return fail(invalid("server_type", "server type '%s' not found", in.Type))
	case s.Status != "off":
		return fail(refusal("server_not_stopped", "the server has to be powered off"))
	case t.name == s.Type && (!in.UpgradeDisk || t.disk == s.Disk):
		return fail(refusal("invalid_server_type", "server has this type already"))
	case t.architecture() != was.architecture():
		return fail(refusal("invalid_server_type", "server type has another architecture"))
	case t.disk < s.Disk:
		return fail(refusal("invalid_server_type", "the disk of the server does not fit: %d GB", s.Disk))
	case !c.sold(t, l):
		return fail(refusal("resource_unavailable", "server type %s is not available in %s", t.name, l.name))
	}
	to := retyping{t.name, s.Disk}
	if in.UpgradeDisk {
		to.Disk = t.disk
	}
	return c.start(q, "change_server_type", c.o.Settle, to, s.subject()).reply()
}

func (c *Cloud) attachISO(q *request) (reply, error) {
	var in struct {
		ISO idName `json:"iso"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	i, found := findISO(string(in.ISO))
	t, _ := findServerType(s.Type)
	switch {
	case !found:
		return fail(notFound("iso", string(in.ISO)))
	case i.architecture != "" && i.architecture != t.architecture():
		return fail(invalid("iso", "iso has another architecture than the server"))
	case s.ISO != 0:
		return fail(refusal("invalid_input", "server has an iso attached already"))
	}
	return c.start(q, "attach_iso", c.o.Settle, i.id, s.subject()).reply()
}

func (c *Cloud) enableRescue(q *request) (reply, error) {
	var in struct {
		Type    *string `json:"type"`
		SSHKeys []int64 `json:"ssh_keys"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	kind := "linux64"
	give(&kind, in.Type)
	if kind != "linux64" {
		return fail(invalid("type", "must be linux64"))
	}
	for _, id := range in.SSHKeys {
		if _, err := c.s.SSHKeys.get("ssh_key", id); err != nil {
			return fail(err)
		}
	}
	a := c.start(q, "enable_rescue", c.o.Settle, kind, s.subject())
	return created(view{"action": a.view(), "root_password": c.s.IDs.Text(20)})
}

func (c *Cloud) disableRescue(q *request) (reply, error) {
	s, err := acted(c, q, c.s.Servers, "server", nil)
	if err != nil {
		return fail(err)
	}
	if s.Rescue == "" {
		return fail(refusal("rescue_not_enabled", "rescue mode is not enabled"))
	}
	return c.start(q, "disable_rescue", c.o.Settle, nil, s.subject()).reply()
}

// protectServer takes both protections together, as the API does.
func (c *Cloud) protectServer(q *request) (reply, error) {
	var in struct {
		Delete  *bool `json:"delete"`
		Rebuild *bool `json:"rebuild"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	protected, unbuilding := s.Protected, s.Unbuilding
	give(&protected, in.Delete)
	give(&unbuilding, in.Rebuild)
	if protected != unbuilding {
		return fail(invalid("rebuild", "must have the value of delete"))
	}
	s.Protected, s.Unbuilding = protected, unbuilding
	return c.start(q, "change_protection", c.o.Settle, nil, s.subject()).reply()
}

func (c *Cloud) addToGroup(q *request) (reply, error) {
	var in struct {
		Group int64 `json:"placement_group"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	switch {
	case s.Status != "off":
		return fail(refusal("server_not_stopped", "the server has to be powered off"))
	case s.Group != 0:
		return fail(refusal("already_in_placement_group", "server is in placement group %d", s.Group))
	}
	if err := c.checkGroup(in.Group); err != nil {
		return fail(err)
	}
	return c.start(q, "add_to_placement_group", c.o.Settle, in.Group, s.subject()).reply()
}

func (c *Cloud) removeFromGroup(q *request) (reply, error) {
	s, err := acted(c, q, c.s.Servers, "server", nil)
	if err != nil {
		return fail(err)
	}
	switch {
	case s.Status != "off":
		return fail(refusal("server_not_stopped", "the server has to be powered off"))
	case s.Group == 0:
		return fail(refusal("not_in_placement_group", "server is in no placement group"))
	}
	return c.start(q, "remove_from_placement_group", c.o.Settle, nil, s.subject()).reply()
}

// pointServer changes the name of one of the public addresses of a server.
func (c *Cloud) pointServer(q *request) (reply, error) {
	var in pointing
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	for _, id := range []int64{s.IPv4, s.IPv6} {
		if p, found := c.s.PrimaryIPs.find(id); found && in.point(&p.Pointers, p.IP) == nil {
			return c.start(q, "change_dns_ptr", c.o.Settle, nil, s.subject()).reply()
		}
	}
	return fail(invalid("ip", "is no address of the server, or dns_ptr is no domain name"))
}
