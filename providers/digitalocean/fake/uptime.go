package fake

import (
	"net/url"
	"slices"
)

// uptimeCheck looks at a service from outside.
type uptimeCheck struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Target  string   `json:"target"`
	Regions []string `json:"regions"`
	Enabled bool     `json:"enabled"`
}

func (u *uptimeCheck) Key() string   { return u.ID }
func (u *uptimeCheck) Title() string { return u.Name }

// uptimeAlert is told of by a check, which it goes with.
type uptimeAlert struct {
	ID            string        `json:"id"`
	CheckID       string        `json:"check_id"`
	Name          string        `json:"name"`
	Type          string        `json:"type"`
	Threshold     int           `json:"threshold"`
	Comparison    string        `json:"comparison"`
	Notifications *notification `json:"notifications"`
	Period        string        `json:"period"`
}

func (a *uptimeAlert) Key() string   { return a.ID }
func (a *uptimeAlert) Title() string { return a.Name }

func (c *Cloud) uptimeRoutes() map[string]handler {
	const check = "/v2/uptime/checks/{id}"
	return map[string]handler{
		"POST /v2/uptime/checks":              c.createUptimeCheck,
		"GET /v2/uptime/checks":               c.listUptimeChecks,
		"GET " + check:                        c.readUptimeCheck,
		"PUT " + check:                        c.updateUptimeCheck,
		"DELETE " + check:                     c.deleteUptimeCheck,
		"POST " + check + "/alerts":           c.createUptimeAlert,
		"GET " + check + "/alerts":            c.listUptimeAlerts,
		"GET " + check + "/alerts/{alert}":    c.readUptimeAlert,
		"PUT " + check + "/alerts/{alert}":    c.updateUptimeAlert,
		"DELETE " + check + "/alerts/{alert}": c.deleteUptimeAlert,
	}
}

// uptimeSpec is the body of create and PUT. A PUT leaves what it does not name.
type uptimeSpec struct {
	Name    *string  `json:"name"`
	Type    *string  `json:"type"`
	Target  *string  `json:"target"`
	Regions []string `json:"regions"`
	Enabled *bool    `json:"enabled"`
}

func (in *uptimeSpec) apply(u *uptimeCheck) error {
	give(&u.Name, in.Name)
	give(&u.Type, in.Type)
	give(&u.Target, in.Target)
	if in.Regions != nil {
		u.Regions = in.Regions
	}
	give(&u.Enabled, in.Enabled)
	target, err := url.Parse(u.Target)
	switch {
	case u.Name == "" || u.Target == "":
		return badRequest("name and target must not be empty")
	case !slices.Contains([]string{"ping", "http", "https"}, u.Type):
		return badRequest("type %q is not valid", u.Type)
	case u.Type != "ping" && (err != nil || target.Scheme != u.Type || target.Host == ""):
		return badRequest("target is not a URL of type %s", u.Type)
	}
	for _, r := range u.Regions {
		if !slices.Contains([]string{"us_east", "us_west", "eu_west", "se_asia"}, r) {
			return badRequest("region %q is not valid", r)
		}
	}
	return nil
}

func (c *Cloud) createUptimeCheck(q *request) (reply, error) {
	var in uptimeSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == nil || in.Target == nil || in.Regions == nil || in.Type == nil || in.Enabled == nil {
		return reply{}, badRequest("name, target, regions, type and enabled are required")
	}
	u := &uptimeCheck{}
	if err := in.apply(u); err != nil {
		return reply{}, err
	}
	u.ID = c.s.IDs.UUID()
	c.s.UptimeChecks.Add(u)
	return created(map[string]any{"check": u})
}

func (c *Cloud) findUptimeCheck(q *request) (*uptimeCheck, error) {
	return get(c.s.UptimeChecks, q.PathValue("id"))
}

func (c *Cloud) readUptimeCheck(q *request) (reply, error) {
	u, err := c.findUptimeCheck(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"check": u})
}

func (c *Cloud) listUptimeChecks(q *request) (reply, error) {
	return list(q, "checks", c.s.UptimeChecks, func(u *uptimeCheck) *uptimeCheck { return u })
}

func (c *Cloud) updateUptimeCheck(q *request) (reply, error) {
	u, err := c.findUptimeCheck(q)
	if err != nil {
		return reply{}, err
	}
	var in uptimeSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	changed := *u
	if err := in.apply(&changed); err != nil {
		return reply{}, err
	}
	*u = changed
	return ok(map[string]any{"check": u})
}

// deleteUptimeCheck takes its alerts along.
func (c *Cloud) deleteUptimeCheck(q *request) (reply, error) {
	if !c.s.UptimeChecks.Drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	c.s.UptimeAlerts = slices.DeleteFunc(c.s.UptimeAlerts, func(a *uptimeAlert) bool { return a.CheckID == q.PathValue("id") })
	return noContent()
}

// decodeAlert reads the body of an alert's create or PUT, which replaces all.
func (q *request) decodeAlert() (*uptimeAlert, error) {
	in := &uptimeAlert{}
	if err := q.decode(in); err != nil {
		return nil, err
	}
	switch {
	case in.Name == "" || in.Notifications == nil || in.Period == "":
		return nil, badRequest("name, type, notifications and period are required")
	case !slices.Contains([]string{"latency", "down", "down_global", "ssl_expiry"}, in.Type):
		return nil, badRequest("type %q is not valid", in.Type)
	case !slices.Contains([]string{"", "greater_than", "less_than"}, in.Comparison):
		return nil, badRequest("comparison %q is not valid", in.Comparison)
	case !slices.Contains([]string{"2m", "3m", "5m", "10m", "15m", "30m", "1h"}, in.Period):
		return nil, badRequest("period %q is not valid", in.Period)
	case in.Type == "latency" && (in.Threshold <= 0 || in.Comparison == ""):
		return nil, badRequest("latency needs threshold and comparison")
	}
	return in, in.Notifications.check()
}

// view leaves out what is not set: an empty word is none of the documented ones.
func (a *uptimeAlert) view() map[string]any {
	out := map[string]any{
		"id": a.ID, "name": a.Name, "type": a.Type, "threshold": a.Threshold,
		"notifications": a.Notifications, "period": a.Period,
	}
	if a.Comparison != "" {
		out["comparison"] = a.Comparison
	}
	return out
}

func (c *Cloud) createUptimeAlert(q *request) (reply, error) {
	u, err := c.findUptimeCheck(q)
	if err != nil {
		return reply{}, err
	}
	a, err := q.decodeAlert()
	if err != nil {
		return reply{}, err
	}
	a.ID, a.CheckID = c.s.IDs.UUID(), u.ID
	c.s.UptimeAlerts.Add(a)
	return created(map[string]any{"alert": a.view()})
}

func (c *Cloud) findUptimeAlert(q *request) (*uptimeAlert, error) {
	a, found := c.s.UptimeAlerts.Find(q.PathValue("alert"))
	if !found || a.CheckID != q.PathValue("id") {
		return nil, notFound()
	}
	return a, nil
}

func (c *Cloud) readUptimeAlert(q *request) (reply, error) {
	a, err := c.findUptimeAlert(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"alert": a.view()})
}

func (c *Cloud) listUptimeAlerts(q *request) (reply, error) {
	u, err := c.findUptimeCheck(q)
	if err != nil {
		return reply{}, err
	}
	mine := slices.DeleteFunc(slices.Clone(c.s.UptimeAlerts), func(a *uptimeAlert) bool { return a.CheckID != u.ID })
	return list(q, "alerts", mine, (*uptimeAlert).view)
}

func (c *Cloud) updateUptimeAlert(q *request) (reply, error) {
	a, err := c.findUptimeAlert(q)
	if err != nil {
		return reply{}, err
	}
	in, err := q.decodeAlert()
	if err != nil {
		return reply{}, err
	}
	in.ID, in.CheckID = a.ID, a.CheckID
	*a = *in
	return ok(map[string]any{"alert": a.view()})
}

func (c *Cloud) deleteUptimeAlert(q *request) (reply, error) {
	a, err := c.findUptimeAlert(q)
	if err != nil {
		return reply{}, err
	}
	c.s.UptimeAlerts.Drop(a.ID)
	return noContent()
}
