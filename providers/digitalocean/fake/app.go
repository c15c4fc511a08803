package fake

import (
	"encoding/json"
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

// appDeployment is one try to build and run a spec.
type appDeployment struct {
	ID        string         `json:"id"`
	Spec      map[string]any `json:"spec"`
	Cause     string         `json:"cause"`
	CreatedAt time.Time      `json:"created_at"`
	StoppedAt time.Time      `json:"stopped_at"` // a newer one has taken its place
	Canceled  bool           `json:"canceled"`
}

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

func (a *app) key() string   { return a.ID }
func (a *app) title() string { return textIn(a.Spec, "name") }

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
	if slices.ContainsFunc(c.s.Apps, func(a *app) bool { return a.title() == textIn(in.Spec, "name") && a.ID != id }) {
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
	c.s.Apps.add(a)
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

// deploy starts a deployment of the spec of a, in place of one that goes on.
func (c *Cloud) deploy(q *request, a *app, cause string) *appDeployment {
	for _, d := range a.Deployments {
		if c.phase(d, q.now) != "ACTIVE" && d.StoppedAt.IsZero() {
			d.StoppedAt = q.now
		}
	}
	d := &appDeployment{ID: c.s.IDs.UUID(), Spec: cloneObject(a.Spec), Cause: cause, CreatedAt: q.now}
	a.Deployments = append(a.Deployments, d)
	c.syncAlerts(q, a)
	return d
}

func cloneObject(m map[string]any) map[string]any {
	text, _ := json.Marshal(m) // what came as JSON
	out := map[string]any{}
	_ = json.Unmarshal(text, &out)
	return out
}

// flaw returns the component of d that cannot be deployed, and why: a branch or tag
// that is called missing does not exist here.
func (d *appDeployment) flaw() (component, string) {
	for _, p := range componentsOf(d.Spec) {
		for _, source := range []string{"git", "github", "gitlab", "bitbucket"} {
			if textIn(objectIn(p.fields, source), "branch") == "missing" {
				return p, "git clone failed: the branch missing does not exist"
			}
		}
		if image := objectIn(p.fields, "image"); textIn(image, "tag") == "missing" {
			return p, "the image " + textIn(image, "repository") + ":missing does not exist"
		}
	}
	return component{}, ""
}

// phases are those of a deployment, each a quarter of Options.Boot.
var phases = []string{"PENDING_BUILD", "BUILDING", "PENDING_DEPLOY", "DEPLOYING"}

func (c *Cloud) phase(d *appDeployment, now time.Time) string {
	_, why := d.flaw()
	end := d.CreatedAt.Add(c.o.Boot)
	if why != "" {
		end = d.CreatedAt.Add(c.o.Boot / 2)
	}
	switch {
	case d.Canceled:
		return "CANCELED"
	case !d.StoppedAt.IsZero() && d.StoppedAt.Before(end):
		return "SUPERSEDED"
	case !now.Before(end) && why != "":
		return "ERROR"
	case !now.Before(end):
		return "ACTIVE"
	}
	return phases[int(4*now.Sub(d.CreatedAt)/max(c.o.Boot, 1))%4]
}

// roles returns the deployments of a that are active, in progress and waiting; nil
// for none.
func (c *Cloud) roles(a *app, now time.Time) (active, running, pending *appDeployment) {
	for _, d := range a.Deployments {
		switch c.phase(d, now) {
		case "ACTIVE":
			active = d
		case "PENDING_BUILD":
			pending = d
		case "BUILDING", "PENDING_DEPLOY", "DEPLOYING":
			running = d
		}
	}
	return active, running, pending
}

func (c *Cloud) appView(q *request, a *app) map[string]any {
	host := a.title() + "-" + a.ID[:5] + ".ondigitalocean.app"
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

func (c *Cloud) deploymentView(q *request, a *app, d *appDeployment) map[string]any {
	phase := c.phase(d, q.now)
	if active, _, _ := c.roles(a, q.now); phase == "ACTIVE" && active != d {
		phase = "SUPERSEDED"
	}
	v := map[string]any{"id": d.ID, "spec": d.Spec, "cause": d.Cause, "created_at": stamp(d.CreatedAt), "updated_at": stamp(d.CreatedAt),
		"phase": phase, "phase_last_updated_at": stamp(d.CreatedAt), "tier_slug": "basic", "progress": d.progress(phase)}
	for _, kind := range []string{"services", "static_sites", "workers", "jobs", "functions"} {
		var parts []any
		for _, p := range objectsIn(d.Spec, kind) {
			parts = append(parts, map[string]any{"name": p["name"]})
		}
		if parts != nil {
			v[kind] = parts
		}
	}
	return v
}

// progress is how far d has come: building, then deploying.
func (d *appDeployment) progress(phase string) map[string]any {
	at := max(slices.Index([]string{"PENDING_BUILD", "BUILDING", "PENDING_DEPLOY", "DEPLOYING", "ACTIVE"}, phase), 0)
	status := func(step int) string {
		switch {
		case phase == "ERROR" && step == 0:
			return "ERROR"
		case at > 2*step+1 || phase == "ACTIVE":
			return "SUCCESS"
		case at == 2*step+1:
			return "RUNNING"
		}
		return "PENDING"
	}
	counts := map[string]int{}
	var steps []any
	for i, name := range []string{"build", "deploy"} {
		s := map[string]any{"name": name, "status": status(i)}
		counts[status(i)]++
		if part, why := d.flaw(); s["status"] == "ERROR" {
			s["steps"] = []any{map[string]any{"name": "build." + part.name(), "component_name": part.name(), "status": "ERROR",
				"message_base": "Building", "reason": map[string]any{"code": "SourceNotFound", "message": why}}}
		}
		steps = append(steps, s)
	}
	return map[string]any{"total_steps": 2, "pending_steps": counts["PENDING"], "running_steps": counts["RUNNING"],
		"success_steps": counts["SUCCESS"], "error_steps": counts["ERROR"], "steps": steps}
}

func (c *Cloud) findApp(q *request) (*app, error) {
	a, found := c.s.Apps.find(q.PathValue("id"))
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
	c.s.Apps.drop(a.ID)
	return ok(map[string]any{"id": a.ID})
}

func (c *Cloud) listAppDeployments(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	newest := slices.Clone(a.Deployments)
	slices.Reverse(newest)
	return list(q, "deployments", newest, func(d *appDeployment) map[string]any { return c.deploymentView(q, a, d) })
}

func (c *Cloud) createAppDeployment(q *request) (reply, error) {
	a, err := c.findApp(q)
	if err != nil {
		return reply{}, err
	}
	d := c.deploy(q, a, "manual")
	return ok(map[string]any{"deployment": c.deploymentView(q, a, d)})
}

func (c *Cloud) deploymentInPath(q *request) (*app, *appDeployment, error) {
	a, err := c.findApp(q)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range a.Deployments {
		if d.ID == q.PathValue("did") {
			return a, d, nil
		}
	}
	return nil, nil, missing("deployment not found")
}

func (c *Cloud) readAppDeployment(q *request) (reply, error) {
	a, d, err := c.deploymentInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"deployment": c.deploymentView(q, a, d)})
}

func (c *Cloud) cancelAppDeployment(q *request) (reply, error) {
	a, d, err := c.deploymentInPath(q)
	if err != nil {
		return reply{}, err
	}
	if !slices.Contains(phases, c.phase(d, q.now)) {
		return reply{}, invalid("deployment %s cannot be canceled", d.ID)
	}
	d.Canceled = true
	return ok(map[string]any{"deployment": c.deploymentView(q, a, d)})
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
