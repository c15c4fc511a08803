package fake

import (
	"strconv"
	"time"
)

// vSwitch is a network between servers.
type vSwitch struct {
	ID        int              `json:"id"`
	Name      string           `json:"name"`
	VLAN      int              `json:"vlan"`
	Cancelled bool             `json:"cancelled"`
	Servers   []*vSwitchMember `json:"servers"`
	Until     time.Time        `json:"until"` // it is changed until then
}

// vSwitchMember is a server on it, or on its way.
type vSwitchMember struct {
	Number   int  `json:"server_number"`
	Changing bool `json:"changing"`
	Leaving  bool `json:"leaving"`
}

func (v *vSwitch) view() map[string]any {
	return map[string]any{"id": v.ID, "name": v.Name, "vlan": v.VLAN, "cancelled": v.Cancelled}
}

func (c *Cloud) listVSwitches(*request) (reply, error) {
	list := []map[string]any{}
	for _, v := range c.s.VSwitches {
		list = append(list, v.view())
	}
	return ok(list)
}

// vswitch returns what the path names.
func (c *Cloud) vswitch(q *request) (*vSwitch, error) {
	for _, v := range c.s.VSwitches {
		if strconv.Itoa(v.ID) == q.PathValue("id") {
			return v, nil
		}
	}
	return nil, notFound("NOT_FOUND", "vSwitch with id %s not found", q.PathValue("id"))
}

func (c *Cloud) readVSwitch(q *request) (reply, error) {
	v, err := c.vswitch(q)
	if err != nil {
		return reply{}, err
	}
	body := v.view()
	servers := []map[string]any{}
	for _, s := range v.Servers {
		m, status := c.find(s.Number), "ready"
		if s.Changing {
			status = "processing"
		}
		servers = append(servers, map[string]any{"server_ip": m.IP, "server_ipv6_net": m.IPv6Net, "server_number": m.Number, "status": status})
	}
	body["server"], body["subnet"], body["cloud_network"] = servers, []any{}, []any{}
	return ok(body)
}

// nameAndVLAN reads the form of a create and of a change.
func nameAndVLAN(q *request) (string, int, error) {
	if err := q.fields([]string{"name", "vlan"}); err != nil {
		return "", 0, err
	}
	vlan, err := strconv.Atoi(q.form.Get("vlan"))
	if err != nil || vlan < 4000 || vlan > 4091 {
		return "", 0, invalid("vlan")
	}
	return q.form.Get("name"), vlan, nil
}

func (c *Cloud) createVSwitch(q *request) (reply, error) {
	name, vlan, err := nameAndVLAN(q)
	if err != nil {
		return reply{}, err
	}
	if len(c.s.VSwitches) >= 100 {
		return reply{}, conflict("VSWITCH_LIMIT_REACHED", "The maximum count of vSwitches is reached")
	}
	v := &vSwitch{ID: c.s.IDs.Number(4320), Name: name, VLAN: vlan}
	c.s.VSwitches = append(c.s.VSwitches, v)
	return created(v.view())
}

// changeable returns what the path names unless a change of it goes on.
func (c *Cloud) changeable(q *request) (*vSwitch, error) {
	v, err := c.vswitch(q)
	if err == nil && v.Cancelled {
		err = conflict("CONFLICT", "The vSwitch is already cancelled")
	}
	if err == nil && q.now.Before(v.Until) {
		err = conflict("VSWITCH_IN_PROCESS", "There is a update running, therefore the vswitch can not be updated")
	}
	return v, err
}

func (c *Cloud) changeVSwitch(q *request) (reply, error) {
	v, err := c.changeable(q)
	if err != nil {
		return reply{}, err
	}
	name, vlan, err := nameAndVLAN(q)
	if err != nil {
		return reply{}, err
	}
	if vlan != v.VLAN {
		for _, s := range v.Servers {
			if err := c.vlanFree(s.Number, vlan, v); err != nil {
				return reply{}, err
			}
			s.Changing = true
		}
		v.Until = q.now.Add(c.o.Settle)
	}
	v.Name, v.VLAN = name, vlan
	return reply{Status: 201}, nil // without a body, as documented
}

// vlanFree refuses a second vSwitch with a VLAN on one server.
func (c *Cloud) vlanFree(number, vlan int, but *vSwitch) error {
	on := 0
	for _, v := range c.s.VSwitches {
		for _, s := range v.Servers {
			if s.Number != number || v == but || v.Cancelled {
				continue
			}
			if v.VLAN == vlan {
				return conflict("VSWITCH_VLAN_NOT_UNIQUE", "The vlan is not unique for server %d", number)
			}
			on++
		}
	}
	if on >= 5 {
		return conflict("VSWITCH_PER_SERVER_LIMIT_REACHED", "Server %d is on the maximum count of vSwitches", number)
	}
	return nil
}

// cancelVSwitch ends it at once, its servers with it.
func (c *Cloud) cancelVSwitch(q *request) (reply, error) {
	v, err := c.vswitch(q)
	switch {
	case err != nil:
		return reply{}, err
	case v.Cancelled:
		return reply{}, conflict("CONFLICT", "The vSwitch is already cancelled")
	}
	if err := q.fields([]string{"cancellation_date"}); err != nil {
		return reply{}, err
	}
	if q.form.Get("cancellation_date") != "now" {
		return reply{}, invalid("cancellation_date")
	}
	v.Cancelled, v.Servers = true, nil
	return done()
}

// numbers reads the servers of a form.
func (c *Cloud) numbers(q *request) ([]int, error) {
	if err := q.fields([]string{"server[]"}); err != nil {
		return nil, err
	}
	var list []int
	for _, text := range q.form["server[]"] {
		n, err := strconv.Atoi(text)
		if err != nil || c.find(n) == nil {
			return nil, notFound("SERVER_NOT_FOUND", "Server with id %s not found", text)
		}
		list = append(list, n)
	}
	return list, nil
}

func (v *vSwitch) member(number int) *vSwitchMember {
	for _, s := range v.Servers {
		if s.Number == number {
			return s
		}
	}
	return nil
}

func (c *Cloud) connectServers(q *request) (reply, error) {
	v, err := c.changeable(q)
	if err != nil {
		return reply{}, err
	}
	list, err := c.numbers(q)
	if err != nil {
		return reply{}, err
	}
	for _, n := range list {
		if v.member(n) != nil {
			return reply{}, invalid("server")
		}
		if err := c.vlanFree(n, v.VLAN, v); err != nil {
			return reply{}, err
		}
	}
	if len(v.Servers)+len(list) > 100 {
		return reply{}, conflict("VSWITCH_SERVER_LIMIT_REACHED", "The maximum number of servers is reached for this vSwitch")
	}
	for _, n := range list {
		v.Servers = append(v.Servers, &vSwitchMember{Number: n, Changing: true})
	}
	v.Until = q.now.Add(c.o.Settle)
	return reply{Status: 201}, nil
}

func (c *Cloud) disconnectServers(q *request) (reply, error) {
	v, err := c.changeable(q)
	if err != nil {
		return reply{}, err
	}
	list, err := c.numbers(q)
	if err != nil {
		return reply{}, err
	}
	for _, n := range list {
		if v.member(n) == nil {
			return reply{}, notFound("SERVER_NOT_FOUND", "Server with id %d is not connected", n)
		}
	}
	for _, n := range list {
		v.member(n).Changing, v.member(n).Leaving = true, true
	}
	v.Until = q.now.Add(c.o.Settle)
	return done()
}
