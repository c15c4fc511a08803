package fake

import (
	"slices"
	"strings"
	"time"
)

// appAlert tells people of an app. It comes with a deployment.
type appAlert struct {
	ID        string         `json:"id"`
	Component string         `json:"component_name"`
	Spec      map[string]any `json:"spec"`
	Emails    []string       `json:"emails"`
	Slack     []slackWebhook `json:"slack_webhooks"`
	ComesAt   time.Time      `json:"comes_at"`
}

type slackWebhook struct {
	Channel string `json:"channel"`
	URL     string `json:"url"`
}

// syncAlerts makes the alerts of a those of its spec. New ones come when the
// deployment is over.
func (c *Cloud) syncAlerts(q *request, a *app) {
	had := a.Alerts
	a.Alerts = nil
	add := func(component string, in map[string]any) {
		for _, spec := range objectsIn(in, "alerts") {
			i := slices.IndexFunc(had, func(x *appAlert) bool { return x.Component == component && x.Spec["rule"] == spec["rule"] })
			alert := &appAlert{ID: c.s.IDs.UUID(), Component: component, ComesAt: q.now.Add(c.o.Boot)}
			if i >= 0 {
				alert = had[i]
			}
			alert.Spec = spec
			a.Alerts = append(a.Alerts, alert)
		}
	}
	add("", a.Spec)
	for _, p := range componentsOf(a.Spec) {
		add(p.name(), p.fields)
	}
}

func (x *appAlert) view() map[string]any {
	v := map[string]any{"id": x.ID, "spec": x.Spec, "emails": orEmpty(x.Emails), "slack_webhooks": orEmpty(x.Slack), "phase": "ACTIVE"}
	if x.Component != "" {
		v["component_name"] = x.Component
	}
	return v
}

func (c *Cloud) listAppAlerts(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, x := range a.Alerts {
		if !q.now.Before(x.ComesAt) {
			views = append(views, x.view())
		}
	}
	return ok(map[string]any{"alerts": views})
}

func (c *Cloud) setAppDestinations(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	i := slices.IndexFunc(a.Alerts, func(x *appAlert) bool { return x.ID == q.PathValue("alert") && !q.now.Before(x.ComesAt) })
	if i < 0 {
		return reply{}, missing("alert not found")
	}
	var in struct {
		Emails []string       `json:"emails"`
		Slack  []slackWebhook `json:"slack_webhooks"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	for _, mail := range in.Emails {
		if !strings.Contains(mail, "@") {
			return reply{}, invalid("invalid email %q", mail)
		}
	}
	for _, s := range in.Slack {
		if s.Channel == "" || !strings.HasPrefix(s.URL, "https://") {
			return reply{}, invalid("invalid slack webhook")
		}
	}
	a.Alerts[i].Emails, a.Alerts[i].Slack = in.Emails, in.Slack
	return ok(map[string]any{"alert": a.Alerts[i].view()})
}
