package fake

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"time"
)

// failover is an address that can lead to any server.
type failover struct {
	IP     string    `json:"ip"`
	Server int       `json:"server_number"` // that it was ordered for
	Active string    `json:"active_server_ip"`
	Until  time.Time `json:"until"` // it is switched until then
}

func (c *Cloud) failoverView(f *failover) map[string]any {
	return map[string]any{"failover": map[string]any{
		"ip": f.IP, "netmask": "255.255.255.255", "server_ip": c.find(f.Server).IP, "server_ipv6_net": c.find(f.Server).IPv6Net,
		"server_number": f.Server, "active_server_ip": f.Active,
	}}
}

func (c *Cloud) listFailovers(*request) (reply, error) {
	if len(c.s.Failovers) == 0 {
		return reply{}, notFound("NOT_FOUND", "No failover found")
	}
	list := []map[string]any{}
	for _, f := range c.s.Failovers {
		list = append(list, c.failoverView(f))
	}
	return ok(list)
}

// failover returns what the path names.
func (c *Cloud) failover(q *request) (*failover, error) {
	ip := q.PathValue("ip")
	for _, f := range c.s.Failovers {
		if f.IP == ip {
			return f, nil
		}
	}
	if _, err := netip.ParseAddr(ip); err == nil && c.o.AnyServer {
		f := &failover{IP: ip, Server: c.s.Servers[0].Number, Active: c.s.Servers[0].IP}
		c.s.Failovers = append(c.s.Failovers, f)
		return f, nil
	}
	return nil, notFound("NOT_FOUND", "Failover IP %s not found", ip)
}

func (c *Cloud) readFailover(q *request) (reply, error) {
	f, err := c.failover(q)
	if err != nil {
		return reply{}, err
	}
	return ok(c.failoverView(f))
}

func (c *Cloud) leadFailover(q *request) (reply, error) {
	f, err := c.failover(q)
	if err != nil {
		return reply{}, err
	}
	if err := q.fields([]string{"active_server_ip"}); err != nil {
		return reply{}, err
	}
	to := q.form.Get("active_server_ip")
	m := c.owner(to)
	switch {
	case m == nil || !c.o.AnyServer && to != m.IP && to != m.IPv6Net:
		return reply{}, notFound("FAILOVER_NEW_SERVER_NOT_FOUND", "The new failover server is not found")
	case to == f.Active:
		return reply{}, conflict("FAILOVER_ALREADY_ROUTED", "The failover is already routed to the selected server")
	case q.now.Before(f.Until):
		return reply{}, conflict("FAILOVER_LOCKED", "Switching the failover is blocked due to another running switch")
	}
	f.Active, f.Until = to, q.now.Add(c.o.Settle)
	return ok(c.failoverView(f))
}

// Reverse DNS: an entry is what somebody has set.

func rdnsView(ip, name string) map[string]any {
	return map[string]any{"rdns": map[string]any{"ip": ip, "ptr": name}}
}

func (c *Cloud) listRDNS(*request) (reply, error) {
	if len(c.s.Names) == 0 {
		return reply{}, notFound("NOT_FOUND", "No reverse dns entries found")
	}
	list := []map[string]any{}
	for _, ip := range slices.Sorted(maps.Keys(c.s.Names)) {
		list = append(list, rdnsView(ip, c.s.Names[ip]))
	}
	return ok(list)
}

// address returns the address in the path, which has to be one of the account.
func (c *Cloud) address(q *request) (string, error) {
	ip := q.PathValue("ip")
	if c.owner(ip) == nil {
		return "", notFound("IP_NOT_FOUND", "The IP address %s was not found", ip)
	}
	return ip, nil
}

func (c *Cloud) readRDNS(q *request) (reply, error) {
	ip, err := c.address(q)
	if err != nil {
		return reply{}, err
	}
	if c.s.Names[ip] == "" {
		return reply{}, notFound("RDNS_NOT_FOUND", "The IP address %s has no reverse dns entry yet", ip)
	}
	return ok(rdnsView(ip, c.s.Names[ip]))
}

var hostNames = regexp.MustCompile(`^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)+$`)

func (c *Cloud) setRDNS(q *request) (reply, error) {
	ip, err := c.address(q)
	if err != nil {
		return reply{}, err
	}
	if err := q.fields([]string{"ptr"}); err != nil {
		return reply{}, err
	}
	name := q.form.Get("ptr")
	if !hostNames.MatchString(name) {
		return reply{}, invalid("ptr")
	}
	status := 200
	if c.s.Names[ip] == "" {
		status = 201
	}
	c.s.Names[ip] = name
	return reply{Status: status, Body: rdnsView(ip, name)}, nil
}

func (c *Cloud) deleteRDNS(q *request) (reply, error) {
	ip, err := c.address(q)
	if err != nil {
		return reply{}, err
	}
	if c.s.Names[ip] == "" {
		return reply{}, notFound("RDNS_NOT_FOUND", "The IP address %s has no reverse dns entry yet", ip)
	}
	delete(c.s.Names, ip)
	return done()
}
