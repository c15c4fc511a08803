package fake

import (
	"encoding/json"
	"slices"
	"time"
)

// appDeployment is one try to build and run a spec.
type appDeployment struct {
	ID        string         `json:"id"`
	Spec      map[string]any `json:"spec"`
	Cause     string         `json:"cause"`
	CreatedAt time.Time      `json:"created_at"`
	StoppedAt time.Time      `json:"stopped_at"` // a newer one has taken its place
	Canceled  bool           `json:"canceled"`
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
