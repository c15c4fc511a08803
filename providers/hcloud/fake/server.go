package fake

import (
	"maps"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// server is a virtual machine. Status is what it settles to: off or running.
type server struct {
	ID         int64        `json:"id"`
	Name       string       `json:"name"`
	Type       string       `json:"server_type"`
	Location   string       `json:"location"`
	Image      int64        `json:"image"`
	Disk       int          `json:"disk"`
	Status     string       `json:"status"`
	OffAt      time.Time    `json:"off_at"` // when a shutdown has stopped it; zero for never
	IPv4       int64        `json:"ipv4,omitempty"`
	IPv6       int64        `json:"ipv6,omitempty"`
	Nets       []attachment `json:"private_net"`
	Firewalls  []int64      `json:"firewalls"`
	Group      int64        `json:"placement_group,omitempty"`
	SSHKeys    []int64      `json:"ssh_keys"`
	UserData   string       `json:"user_data"`
	Backups    bool         `json:"backups"`
	Rescue     string       `json:"rescue"`
	ISO        int64        `json:"iso,omitempty"`
	Protected  bool         `json:"protected"`
	Unbuilding bool         `json:"rebuild_protected"`
	Labels     labels       `json:"labels"`
	CreatedAt  time.Time    `json:"created"`
}

func (s *server) key() int64       { return s.ID }
func (s *server) title() string    { return s.Name }
func (s *server) subject() subject { return subject{s.ID, "server"} }

// parts are what Inventory shows beside the server.
func (s *server) parts() []string {
	var lines []string
	for _, n := range s.Nets {
		lines = append(lines, "network "+itoa(n.Network)+" "+n.IP)
	}
	return lines
}

// addressOf is the number of the public address of a kind.
func (s *server) addressOf(kind string) *int64 {
	if kind == "ipv4" {
		return &s.IPv4
	}
	return &s.IPv6
}

// serverSpec is the body of a create.
type serverSpec struct {
	naming
	Type      idName       `json:"server_type"`
	Image     idName       `json:"image"`
	Location  *idName      `json:"location"`
	SSHKeys   []int64      `json:"ssh_keys"`
	UserData  string       `json:"user_data"`
	Start     *bool        `json:"start_after_create"`
	Networks  []int64      `json:"networks"`
	Group     int64        `json:"placement_group"`
	PublicNet *publicSpec  `json:"public_net"`
	Firewalls []firewallID `json:"firewalls"`
}

// publicSpec says what addresses a new server gets.
type publicSpec struct {
	EnableIPv4 *bool `json:"enable_ipv4"`
	EnableIPv6 *bool `json:"enable_ipv6"`
	IPv4       int64 `json:"ipv4"`
	IPv6       int64 `json:"ipv6"`
}

// firewallID names a firewall of a new server.
type firewallID struct {
	Firewall int64 `json:"firewall"`
}

// maxUserData is how many bytes of user data there may be.
const maxUserData = 32 << 10

var hostname = providers.NewPattern(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)

func (c *Cloud) createServer(q *request) (reply, error) {
	var in serverSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	s, err := c.checkServer(q, &in)
	if err != nil {
		return fail(err)
	}
	s.ID, s.CreatedAt, s.Status = c.newID(), q.now, "running"
	give(&s.Labels, in.Labels)
	if in.Start != nil && !*in.Start {
		s.Status = "off"
	}
	c.s.Servers.add(s)
	c.address(q, s, in.PublicNet)
	for _, id := range in.Networks {
		a, err := c.place(s, joining{Network: id})
		if err != nil {
			c.drop(s)
			return fail(err)
		}
		s.Nets = append(s.Nets, a)
	}
	made := c.start(q, "create_server", c.o.Boot/2, nil, s.subject())
	next := []view{}
	if s.Status == "running" {
		next = append(next, c.start(q, "start_server", c.o.Boot, nil, s.subject()).view())
	}
	var password any
	if len(in.SSHKeys) == 0 {
		password = c.s.IDs.Text(20)
	}
	return created(view{"server": c.serverView(s), "action": made.view(), "next_actions": next, "root_password": password})
}

// checkServer refuses what cannot be made, and returns the server without what is
// given to it.
func (c *Cloud) checkServer(q *request, in *serverSpec) (*server, error) {
	if err := checkNew(in.naming, c.s.Servers, "server"); err != nil {
		return nil, err
	}
	switch {
	case !hostname.MatchString(*in.Name) || len(*in.Name) > 253:
		return nil, invalid("name", "is not a valid hostname")
	case len(in.UserData) > maxUserData:
		return nil, invalid("user_data", "is too long: at most %d bytes", maxUserData)
	case len(c.s.Servers) >= c.o.Quota.Servers:
		return nil, refusal("resource_limit_exceeded", "server limit exceeded")
	}
	t, place, err := c.placeOfServer(in)
	if err != nil {
		return nil, err
	}
	i, found := c.imageFor(string(in.Image), t.architecture())
	switch {
	case !found:
		return nil, invalid("image", "image '%s' not found", in.Image)
	case i.Architecture != t.architecture():
		return nil, invalid("image", "image has another architecture than the server type")
	case i.DiskSize > t.disk:
		return nil, invalid("image", "image does not fit on the disk")
	case !i.RetiredAt.IsZero() && !q.now.Before(i.RetiredAt.AddDate(0, 3, 0)):
		return nil, refusal("unavailable", "image is not available any more")
	}
	for _, id := range in.SSHKeys {
		if _, err := c.s.SSHKeys.get("ssh_key", id); err != nil {
			return nil, err
		}
	}
	if err := c.checkGroup(in.Group); err != nil {
		return nil, err
	}
	if err := c.checkPublicNet(in.PublicNet, place); err != nil {
		return nil, err
	}
	firewalls, err := c.checkFirewalls(in.Firewalls)
	return &server{
		Name: *in.Name, Type: t.name, Location: place, Image: i.ID, Disk: t.disk, Group: in.Group, SSHKeys: in.SSHKeys,
		UserData: in.UserData, Firewalls: firewalls,
	}, err
}

// placeOfServer returns the type of a new server, and where it is made.
func (c *Cloud) placeOfServer(in *serverSpec) (serverType, string, error) {
	t, found := findServerType(string(in.Type))
	if !found {
		return t, "", invalid("server_type", "server type '%s' not found", in.Type)
	}
	if in.Location == nil {
		i := slices.IndexFunc(locations, func(l location) bool { return c.sold(t, l) })
		if i < 0 {
			return t, "", refusal("resource_unavailable", "server type %s is not available", t.name)
		}
		return t, locations[i].name, nil
	}
	l, found := findLocation(string(*in.Location))
	switch {
	case !found:
		return t, "", invalid("location", "location '%s' not found", *in.Location)
	case !t.in(l) || t.retired(l, c.Now()):
		return t, "", invalid("server_type", "unsupported location for server type")
	case !c.sold(t, l):
		return t, "", refusal("resource_unavailable", "server type %s is not available in %s", t.name, l.name)
	}
	return t, l.name, nil
}

// checkFirewalls returns the numbers of firewalls, which have to be there.
func (c *Cloud) checkFirewalls(list []firewallID) ([]int64, error) {
	var ids []int64
	for _, f := range list {
		if _, err := c.s.Firewalls.get("firewall", f.Firewall); err != nil {
			return nil, err
		}
		ids = append(ids, f.Firewall)
	}
	return ids, nil
}

// checkPublicNet refuses addresses that a new server cannot get.
func (c *Cloud) checkPublicNet(in *publicSpec, place string) error {
	if in == nil {
		return nil
	}
	for kind, wanted := range map[string]struct {
		id int64
		on *bool
	}{"ipv4": {in.IPv4, in.EnableIPv4}, "ipv6": {in.IPv6, in.EnableIPv6}} {
		if wanted.id == 0 {
			continue
		}
		p, err := c.s.PrimaryIPs.get("primary_ip", wanted.id)
		switch {
		case err != nil:
			return err
		case wanted.on != nil && !*wanted.on:
			return invalid("public_net", "an address is given to a public interface without %s", kind)
		case p.Type != kind:
			return refusal("primary_ip_version_mismatch", "primary ip %d is not of type %s", p.ID, kind)
		case p.Assignee != 0:
			return refusal("primary_ip_assigned", "primary ip %d is assigned to server %d", p.ID, p.Assignee)
		case p.Location != place:
			return refusal("primary_ip_datacenter_mismatch", "primary ip is in %s, the server in %s", p.Location, place)
		}
	}
	return nil
}

// address gives a new server its public addresses.
func (c *Cloud) address(q *request, s *server, in *publicSpec) {
	if in == nil {
		in = &publicSpec{}
	}
	for _, wanted := range []struct {
		kind string
		id   int64
		on   *bool
	}{{"ipv4", in.IPv4, in.EnableIPv4}, {"ipv6", in.IPv6, in.EnableIPv6}} {
		if wanted.on != nil && !*wanted.on {
			continue
		}
		p, found := c.s.PrimaryIPs.find(wanted.id)
		if !found {
			p = c.newPrimaryIP(q, "", wanted.kind, s.Location)
			p.Name, p.AutoDelete = "primary_ip-"+itoa(p.ID), true
		}
		c.give(p, s.ID)
	}
}

func (c *Cloud) listServers(q *request) (reply, error) {
	return list(q, "servers", c.s.Servers, c.serverView, "name", "status")
}

func (c *Cloud) readServer(q *request) (reply, error) {
	return read(q, c.s.Servers, "server", c.serverView)
}

func (c *Cloud) updateServer(q *request) (reply, error) {
	s, err := inPath(q, c.s.Servers, "server")
	if err != nil {
		return fail(err)
	}
	var in naming
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if in.Name != nil && !hostname.MatchString(*in.Name) {
		return fail(invalid("name", "is not a valid hostname"))
	}
	if err := check(in, c.s.Servers, "server", s.ID); err != nil {
		return fail(err)
	}
	give(&s.Name, in.Name)
	give(&s.Labels, in.Labels)
	return ok(view{"server": c.serverView(s)})
}

func (c *Cloud) deleteServer(q *request) (reply, error) {
	s, err := acted(c, q, c.s.Servers, "server", nil)
	if err != nil {
		return fail(err)
	}
	if s.Protected {
		return fail(refusal("protected", "server is delete protected"))
	}
	return ok(view{"action": c.start(q, "delete_server", c.o.Settle, nil, s.subject()).view()})
}

// drop ends s for good: addresses that came with it go with it, others stay.
func (c *Cloud) drop(s *server) {
	for _, p := range slices.Clone(c.s.PrimaryIPs) {
		switch {
		case p.Assignee != s.ID:
		case p.AutoDelete:
			c.s.PrimaryIPs.drop(p.ID)
		default:
			p.Assignee = 0
		}
	}
	c.release(s)
	c.s.Servers.drop(s.ID)
}

// checkGroup refuses a placement group that cannot take another server.
func (c *Cloud) checkGroup(id int64) error {
	if id == 0 {
		return nil
	}
	g, err := c.s.PlacementGroups.get("placement_group", id)
	if err != nil {
		return err
	}
	if len(c.membersOf(g)) >= 10 {
		return refusal("placement_error", "placement group has 10 servers, the most it can have")
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
