package fake

import (
	"slices"
	"strings"
	"time"
)

// app is an app on App Platform.
type app struct {
	ID          string           `json:"id"`
	Spec        map[string]any   `json:"spec"`
	Deployments []*appDeployment `json:"deployments"` // newest last
	Alerts      []*appAlert      `json:"alerts"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	home
}

func (a *app) Key() string   { return a.ID }
func (a *app) Title() string { return textIn(a.Spec, "name") }

func (c *Cloud) appRoutes() map[string]handler {
	const one = "/v2/apps/{id}"
	return map[string]handler{
		"POST /v2/apps":                                c.createApp,
		"GET /v2/apps":                                 c.listApps,
		"GET " + one:                                   c.readApp,
		"PUT " + one:                                   c.updateApp,
		"DELETE " + one:                                c.deleteApp,
		"GET " + one + "/deployments":                  c.listAppDeployments,
		"POST " + one + "/deployments":                 c.createAppDeployment,
		"GET " + one + "/deployments/{did}":            c.readAppDeployment,
		"POST " + one + "/deployments/{did}/cancel":    c.cancelAppDeployment,
		"GET " + one + "/alerts":                       c.listAppAlerts,
		"POST " + one + "/alerts/{alert}/destinations": c.setAppDestinations,
		"GET /v2/apps/regions":                         c.listAppRegions,
	}
}

// specIn reads the spec in a body and completes it. id is the app that may keep its
// name.
func (c *Cloud) specIn(q *request, id string) (map[string]any, string, error) {
	var in struct {
		Spec    map[string]any `json:"spec"`
		Project string         `json:"project_id"`
	}
	if err := q.decode(&in); err != nil {
		return nil, "", err
	}
	if in.Spec == nil {
		return nil, "", invalid("spec is required")
	}
	if err := c.checkSpec(in.Spec); err != nil {
		return nil, "", err
	}
	if slices.ContainsFunc(c.s.Apps, func(a *app) bool { return a.Title() == textIn(in.Spec, "name") && a.ID != id }) {
		return nil, "", conflict("an app with the name %q already exists", textIn(in.Spec, "name"))
	}
	c.completeSpec(in.Spec)
	return in.Spec, in.Project, nil
}

func (c *Cloud) createApp(q *request) (reply, error) {
	spec, project, err := c.specIn(q, "")
	if err != nil {
		return reply{}, err
	}
	in, err := c.homeFor(q, project)
	if err != nil {
		return reply{}, err
	}
	a := &app{ID: c.s.IDs.UUID(), Spec: spec, CreatedAt: q.now, UpdatedAt: q.now, home: in}
	c.s.Apps.Add(a)
	c.deploy(q, a, "initial deployment")
	return ok(map[string]any{"app": c.appView(q, a)})
}

// updateApp replaces the spec; the region of an app stays.
func (c *Cloud) updateApp(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	spec, _, err := c.specIn(q, a.ID)
	if err != nil {
		return reply{}, err
	}
	if spec["region"] != a.Spec["region"] {
		return reply{}, invalid("spec.region cannot be changed")
	}
	a.Spec, a.UpdatedAt = spec, q.now
	c.deploy(q, a, "app spec updated")
	return ok(map[string]any{"app": c.appView(q, a)})
}

func (c *Cloud) appView(q *request, a *app) map[string]any {
	host := a.Title() + "-" + a.ID[:5] + ".ondigitalocean.app"
	v := map[string]any{
		"id": a.ID, "owner_uuid": "a-team", "spec": a.Spec, "created_at": stamp(a.CreatedAt), "updated_at": stamp(a.UpdatedAt),
		"project_id": a.ProjectID, "tier_slug": "basic", "region": appRegionView(textIn(a.Spec, "region")),
		"default_ingress": "https://" + host, "live_url_base": "https://" + host,
		"last_deployment_created_at": stamp(a.Deployments[len(a.Deployments)-1].CreatedAt),
	}
	if textIn(objectIn(a.Spec, "egress"), "type") == "DEDICATED_IP" {
		v["dedicated_ips"] = []any{map[string]any{"ip": "198.51.100.8", "id": a.ID, "status": "ASSIGNED"}}
	}
	active, running, pending := c.roles(a, q.now)
	if active != nil {
		v["active_deployment"] = c.deploymentView(q, a, active)
		if domains := objectsIn(active.Spec, "domains"); len(domains) > 0 {
			host = textIn(domains[0], "domain")
		}
		v["live_url"], v["live_domain"] = "https://"+host, host
	}
	if running != nil {
		v["in_progress_deployment"] = c.deploymentView(q, a, running)
	}
	if pending != nil {
		v["pending_deployment"] = c.deploymentView(q, a, pending)
	}
	return v
}

func (c *Cloud) findApp(q *request) (*app, error) {
	a, found := c.s.Apps.Find(q.PathValue("id"))
	if !found {
		return nil, missing("app not found")
	}
	return a, nil
}

func (c *Cloud) readApp(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"app": c.appView(q, a)})
}

func (c *Cloud) listApps(q *request) (reply, error) {
	return list(q, "apps", c.s.Apps, func(a *app) map[string]any { return c.appView(q, a) })
}

func (c *Cloud) deleteApp(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Apps.Drop(a.ID)
	return ok(map[string]any{"id": a.ID})
}

func appRegionView(slug string) map[string]any {
	return map[string]any{"slug": slug, "label": strings.ToUpper(slug), "disabled": false, "data_centers": []string{slug + "1"}, "default": slug == "nyc"}
}

func (c *Cloud) listAppRegions(*request) (reply, error) {
	var views []any
	for _, slug := range appRegions {
		views = append(views, appRegionView(slug))
	}
	return ok(map[string]any{"regions": views})
}
