package fake

import (
	"slices"
	"strings"
)

// alertPolicy is a rule that tells people of a resource's load.
type alertPolicy struct {
	UUID string `json:"uuid"`
	alertSpec
}

func (p *alertPolicy) Key() string   { return p.UUID }
func (p *alertPolicy) Title() string { return p.Description }

// alertSpec is the body of create and PUT, all of which is required.
type alertSpec struct {
	Type        string        `json:"type"`
	Description string        `json:"description"`
	Compare     string        `json:"compare"`
	Value       *float32      `json:"value"`
	Window      string        `json:"window"`
	Entities    []string      `json:"entities"`
	Tags        []string      `json:"tags"`
	Alerts      *notification `json:"alerts"`
	Enabled     *bool         `json:"enabled"`
}

// notification is whom an alert tells. Both lists are required.
type notification struct {
	Email []string      `json:"email"`
	Slack []slackTarget `json:"slack"`
}

type slackTarget struct {
	URL     string `json:"url"`
	Channel string `json:"channel"`
}

// policyTypes are what alert policies measure.
var policyTypes = strings.Fields(`
v1/insights/droplet/load_1 v1/insights/droplet/load_5 v1/insights/droplet/load_15
v1/insights/droplet/memory_utilization_percent v1/insights/droplet/disk_utilization_percent v1/insights/droplet/cpu
v1/insights/droplet/disk_read v1/insights/droplet/disk_write
v1/insights/droplet/public_outbound_bandwidth v1/insights/droplet/public_inbound_bandwidth
v1/insights/droplet/private_outbound_bandwidth v1/insights/droplet/private_inbound_bandwidth
v1/insights/lbaas/avg_cpu_utilization_percent v1/insights/lbaas/connection_utilization_percent v1/insights/lbaas/droplet_health
v1/insights/lbaas/tls_connections_per_second_utilization_percent
v1/insights/lbaas/increase_in_http_error_rate_percentage_5xx v1/insights/lbaas/increase_in_http_error_rate_percentage_4xx
v1/insights/lbaas/increase_in_http_error_rate_count_5xx v1/insights/lbaas/increase_in_http_error_rate_count_4xx
v1/insights/lbaas/high_http_request_response_time v1/insights/lbaas/high_http_request_response_time_50p
v1/insights/lbaas/high_http_request_response_time_95p v1/insights/lbaas/high_http_request_response_time_99p
v1/dbaas/alerts/load_15_alerts v1/dbaas/alerts/memory_utilization_alerts v1/dbaas/alerts/disk_utilization_alerts v1/dbaas/alerts/cpu_alerts
v1/droplet/autoscale_alerts/current_instances v1/droplet/autoscale_alerts/target_instances
v1/droplet/autoscale_alerts/current_cpu_utilization v1/droplet/autoscale_alerts/target_cpu_utilization
v1/droplet/autoscale_alerts/current_memory_utilization v1/droplet/autoscale_alerts/target_memory_utilization
v1/droplet/autoscale_alerts/scale_up v1/droplet/autoscale_alerts/scale_down`)

func (c *Cloud) monitoringRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/monitoring/alerts":        c.createAlertPolicy,
		"GET /v2/monitoring/alerts":         c.listAlertPolicies,
		"GET /v2/monitoring/alerts/{id}":    c.readAlertPolicy,
		"PUT /v2/monitoring/alerts/{id}":    c.replaceAlertPolicy,
		"DELETE /v2/monitoring/alerts/{id}": c.deleteAlertPolicy,
	}
}

// check refuses what n lacks.
func (n *notification) check() error {
	if n == nil || n.Email == nil || n.Slack == nil {
		return badRequest("email and slack are required")
	}
	if len(n.Email)+len(n.Slack) == 0 {
		return badRequest("at least one email or slack notification is required")
	}
	for _, e := range n.Email {
		if !strings.Contains(e, "@") {
			return badRequest("%q is not a verified email of the account", e)
		}
	}
	for _, s := range n.Slack {
		if s.Channel == "" || !strings.HasPrefix(s.URL, "https://") {
			return badRequest("slack needs a channel and the url of a webhook")
		}
	}
	return nil
}

func (c *Cloud) checkAlertPolicy(in *alertSpec) error {
	switch {
	case in.Description == "" || in.Value == nil || in.Enabled == nil || in.Entities == nil || in.Tags == nil:
		return badRequest("description, value, enabled, entities and tags are required")
	case !slices.Contains(policyTypes, in.Type):
		return badRequest("type %q is not valid", in.Type)
	case in.Compare != "GreaterThan" && in.Compare != "LessThan":
		return badRequest("compare %q is not valid", in.Compare)
	case !slices.Contains([]string{"5m", "10m", "30m", "1h"}, in.Window):
		return badRequest("window %q is not valid", in.Window)
	case *in.Value < 0:
		return badRequest("value must not be negative")
	}
	for _, id := range in.Entities {
		known := true
		switch {
		case strings.HasPrefix(in.Type, "v1/insights/droplet/"):
			_, known = c.s.Droplets.Find(id)
		case strings.HasPrefix(in.Type, "v1/dbaas/"):
			_, known = c.s.Databases.Find(id)
		}
		if !known {
			return badRequest("entity %s does not exist", id)
		}
	}
	return in.Alerts.check()
}

func (c *Cloud) createAlertPolicy(q *request) (reply, error) {
	var in alertSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkAlertPolicy(&in); err != nil {
		return reply{}, err
	}
	p := &alertPolicy{UUID: c.s.IDs.UUID(), alertSpec: in}
	c.s.AlertPolicies.Add(p)
	return ok(map[string]any{"policy": p})
}

func (c *Cloud) findAlertPolicy(q *request) (*alertPolicy, error) {
	return get(c.s.AlertPolicies, q.PathValue("id"))
}

func (c *Cloud) readAlertPolicy(q *request) (reply, error) {
	p, err := c.findAlertPolicy(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"policy": p})
}

func (c *Cloud) listAlertPolicies(q *request) (reply, error) {
	return list(q, "policies", c.s.AlertPolicies, func(p *alertPolicy) *alertPolicy { return p })
}

func (c *Cloud) replaceAlertPolicy(q *request) (reply, error) {
	p, err := c.findAlertPolicy(q)
	if err != nil {
		return reply{}, err
	}
	var in alertSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	// What it watches already may have gone meanwhile.
	seen := in
	seen.Entities = slices.DeleteFunc(slices.Clone(in.Entities), func(id string) bool { return slices.Contains(p.Entities, id) })
	if in.Entities != nil && seen.Entities == nil {
		seen.Entities = []string{}
	}
	if err := c.checkAlertPolicy(&seen); err != nil {
		return reply{}, err
	}
	p.alertSpec = in
	return ok(map[string]any{"policy": p})
}

func (c *Cloud) deleteAlertPolicy(q *request) (reply, error) {
	if !c.s.AlertPolicies.Drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	return noContent()
}
