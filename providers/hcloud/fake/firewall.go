package fake

import (
	"slices"
	"time"
)

// firewall is a set of rules with what it is applied to.
type firewall struct {
	ID        int64          `json:"id"`
	Name      string         `json:"name"`
	Rules     []firewallRule `json:"rules"`
	Selectors []string       `json:"selectors"` // of servers; others name the firewall themselves
	Labels    labels         `json:"labels"`
	CreatedAt time.Time      `json:"created"`
}

func (f *firewall) key() int64       { return f.ID }
func (f *firewall) title() string    { return f.Name }
func (f *firewall) subject() subject { return subject{f.ID, "firewall"} }

// applied is what a firewall is applied to, a server or those with some labels: one
// of the fields is set.
type applied struct {
	Server   int64  `json:"server,omitempty"`
	Selector string `json:"selector,omitempty"`
}

// appliedSpec is how requests and answers have it.
type appliedSpec struct {
	Type   string `json:"type"`
	Server *struct {
		ID int64 `json:"id"`
	} `json:"server"`
	Selector *struct {
		Selector string `json:"selector"`
	} `json:"label_selector"`
}

// appliedTo returns what f is applied to.
func (c *Cloud) appliedTo(f *firewall) []applied {
	var all []applied
	for _, s := range c.s.Servers {
		if slices.Contains(s.Firewalls, f.ID) {
			all = append(all, applied{Server: s.ID})
		}
	}
	for _, s := range f.Selectors {
		all = append(all, applied{Selector: s})
	}
	return all
}

// selected returns the numbers of the servers that a selector chooses.
func (c *Cloud) selected(text string) []int64 {
	ids := []int64{}
	sel, _ := parseSelector(text) // which was checked when it came
	for _, s := range c.s.Servers {
		if sel.matches(s.Labels) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// firewallsOf returns the numbers of the firewalls that protect a server.
func (c *Cloud) firewallsOf(s *server) []int64 {
	ids := slices.Clone(s.Firewalls)
	for _, f := range c.s.Firewalls {
		chosen := func(text string) bool { return slices.Contains(c.selected(text), s.ID) }
		if !slices.Contains(ids, f.ID) && slices.ContainsFunc(f.Selectors, chosen) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func (c *Cloud) firewallView(f *firewall) view {
	to := []view{}
	onServer := func(id int64) view { return view{"type": "server", "server": view{"id": id}} }
	for _, a := range c.appliedTo(f) {
		if a.Selector == "" {
			to = append(to, onServer(a.Server))
			continue
		}
		chosen := []view{}
		for _, id := range c.selected(a.Selector) {
			chosen = append(chosen, onServer(id))
		}
		to = append(to, view{"type": "label_selector", "label_selector": view{"selector": a.Selector}, "applied_to_resources": chosen})
	}
	return view{
		"id": f.ID, "name": f.Name, "rules": orEmpty(f.Rules), "applied_to": to, "labels": f.Labels.shown(), "created": stamp(f.CreatedAt),
	}
}

func (c *Cloud) firewallRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/firewalls":             c.createFirewall,
		"GET /v1/firewalls":              c.listFirewalls,
		"GET /v1/firewalls/{id}":         c.readFirewall,
		"PUT /v1/firewalls/{id}":         c.updateFirewall,
		"DELETE /v1/firewalls/{id}":      c.deleteFirewall,
		"GET /v1/firewalls/{id}/actions": c.listActionsOf("firewall"),

		"POST /v1/firewalls/{id}/actions/set_rules":             c.setRules,
		"POST /v1/firewalls/{id}/actions/apply_to_resources":    c.applyFirewall,
		"POST /v1/firewalls/{id}/actions/remove_from_resources": c.removeFirewall,
	}
}

func (c *Cloud) firewallEffects() map[string]effect {
	return map[string]effect{
		"set_firewall_rules": c.onFirewall(func(f *firewall, a *action) { f.Rules = brought[[]firewallRule](a) }),
		"apply_firewall": c.onFirewall(func(f *firewall, a *action) {
			to := brought[applied](a)
			if to.Selector != "" && !slices.Contains(f.Selectors, to.Selector) {
				f.Selectors = append(f.Selectors, to.Selector)
			}
			if s, found := c.s.Servers.find(to.Server); found && !slices.Contains(s.Firewalls, f.ID) {
				s.Firewalls = append(s.Firewalls, f.ID)
			}
		}),
		"remove_firewall": c.onFirewall(func(f *firewall, a *action) {
			from := brought[applied](a)
			f.Selectors = slices.DeleteFunc(f.Selectors, func(text string) bool { return text == from.Selector })
			if s, found := c.s.Servers.find(from.Server); found {
				s.Firewalls = slices.DeleteFunc(s.Firewalls, func(id int64) bool { return id == f.ID })
			}
		}),
	}
}

// onFirewall is an effect on the firewall of an action that is there still.
func (c *Cloud) onFirewall(f func(*firewall, *action)) effect {
	return func(a *action) {
		if x, found := c.s.Firewalls.find(a.of("firewall")); found {
			f(x, a)
		}
	}
}

func (c *Cloud) createFirewall(q *request) (reply, error) {
	var in struct {
		naming
		Rules   []firewallRule `json:"rules"`
		ApplyTo []appliedSpec  `json:"apply_to"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.Firewalls, "firewall"); err != nil {
		return fail(err)
	}
	if err := checkRules(in.Rules); err != nil {
		return fail(err)
	}
	f := &firewall{ID: c.newID(), Name: *in.Name, Rules: in.Rules, CreatedAt: q.now}
	give(&f.Labels, in.Labels)
	to, err := c.appliedOf(in.ApplyTo, "apply_to")
	if err != nil {
		return fail(err)
	}
	c.s.Firewalls.add(f)
	return created(view{"firewall": c.firewallView(f), "actions": c.startEach(q, "apply_firewall", f, to)})
}

// startEach starts an action for each of what a firewall is applied to.
func (c *Cloud) startEach(q *request, command string, f *firewall, to []applied) []view {
	views := []view{}
	for _, a := range to {
		on := []subject{f.subject()}
		if a.Server != 0 {
			on = append(on, subject{a.Server, "server"})
		}
		views = append(views, c.start(q, command, c.o.Settle, a, on...).view())
	}
	return views
}

// appliedOf reads what a request says a firewall is applied to.
func (c *Cloud) appliedOf(specs []appliedSpec, field string) ([]applied, error) {
	var out []applied
	for _, s := range specs {
		switch {
		case s.Type == "label_selector" && s.Selector != nil && s.Selector.Selector != "":
			if _, err := parseSelector(s.Selector.Selector); err != nil {
				return nil, err
			}
			out = append(out, applied{Selector: s.Selector.Selector})
		case s.Type == "server" && s.Server != nil:
			on, found := c.s.Servers.find(s.Server.ID)
			switch {
			case !found:
				return nil, refusal("firewall_resource_not_found", "server %d not found", s.Server.ID)
			case on.IPv4 == 0 && on.IPv6 == 0:
				return nil, refusal("private_net_only_server", "server %d has no public interface", on.ID)
			}
			if err := c.idle(on.subject()); err != nil {
				return nil, err
			}
			out = append(out, applied{Server: on.ID})
		default:
			return nil, invalid(field, "type must be one of server, label_selector, and the field of that name is required")
		}
	}
	return out, nil
}

func (c *Cloud) listFirewalls(q *request) (reply, error) {
	return list(q, "firewalls", c.s.Firewalls, c.firewallView, "name")
}

func (c *Cloud) readFirewall(q *request) (reply, error) {
	return read(q, c.s.Firewalls, "firewall", c.firewallView)
}

func (c *Cloud) updateFirewall(q *request) (reply, error) {
	return update(q, c.s.Firewalls, "firewall", func(f *firewall) (*string, *labels) { return &f.Name, &f.Labels }, c.firewallView)
}

func (c *Cloud) deleteFirewall(q *request) (reply, error) {
	f, err := acted(c, q, c.s.Firewalls, "firewall", nil)
	if err != nil {
		return fail(err)
	}
	if len(c.appliedTo(f)) > 0 {
		return fail(refusal("resource_in_use", "firewall with ID %d is still in use", f.ID))
	}
	c.s.Firewalls.drop(f.ID)
	return noContent()
}

func (c *Cloud) setRules(q *request) (reply, error) {
	var in struct {
		Rules *[]firewallRule `json:"rules"`
	}
	f, err := acted(c, q, c.s.Firewalls, "firewall", &in)
	if err != nil {
		return fail(err)
	}
	if in.Rules == nil {
		return fail(invalid("rules", "is required"))
	}
	if err := checkRules(*in.Rules); err != nil {
		return fail(err)
	}
	set := []view{c.start(q, "set_firewall_rules", c.o.Settle, *in.Rules, f.subject()).view()}
	for range c.appliedTo(f) { // where they come into force
		set = append(set, c.start(q, "apply_firewall", c.o.Settle, applied{}, f.subject()).view())
	}
	return created(view{"actions": set})
}

func (c *Cloud) applyFirewall(q *request) (reply, error) {
	var in struct {
		ApplyTo []appliedSpec `json:"apply_to"`
	}
	f, err := acted(c, q, c.s.Firewalls, "firewall", &in)
	if err != nil {
		return fail(err)
	}
	to, err := c.appliedOf(in.ApplyTo, "apply_to")
	switch {
	case err != nil:
		return fail(err)
	case len(to) == 0:
		return fail(invalid("apply_to", "is required"))
	case slices.ContainsFunc(to, func(a applied) bool { return slices.Contains(c.appliedTo(f), a) }):
		return fail(refusal("firewall_already_applied", "firewall with ID %d is already applied to the resource", f.ID))
	}
	return created(view{"actions": c.startEach(q, "apply_firewall", f, to)})
}

func (c *Cloud) removeFirewall(q *request) (reply, error) {
	var in struct {
		RemoveFrom []appliedSpec `json:"remove_from"`
	}
	f, err := acted(c, q, c.s.Firewalls, "firewall", &in)
	if err != nil {
		return fail(err)
	}
	from, err := c.appliedOf(in.RemoveFrom, "remove_from")
	switch {
	case err != nil:
		return fail(err)
	case len(from) == 0:
		return fail(invalid("remove_from", "is required"))
	}
	return created(view{"actions": c.startEach(q, "remove_firewall", f, from)})
}
