package fake

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// autoscalePool keeps a number of Droplets. Nothing uses its members, so that a
// pool that follows their load stays at its minimum.
type autoscalePool struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Config    poolConfig   `json:"config"`
	Template  poolTemplate `json:"droplet_template"`
	Made      int          `json:"made"` // members so far
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
	DeletedAt time.Time    `json:"deleted_at"`
}

// poolConfig is either a number or a range.
type poolConfig struct {
	Target   int     `json:"target_number_instances,omitempty"`
	Min      int     `json:"min_instances,omitempty"`
	Max      int     `json:"max_instances,omitempty"`
	CPU      float64 `json:"target_cpu_utilization,omitempty"`
	Memory   float64 `json:"target_memory_utilization,omitempty"`
	Cooldown int     `json:"cooldown_minutes,omitempty"`
}

// poolTemplate is what new members are made of.
type poolTemplate struct {
	Name     string   `json:"name,omitempty"`
	Region   string   `json:"region"`
	Size     string   `json:"size"`
	Image    string   `json:"image"`
	SSHKeys  []string `json:"ssh_keys"`
	Tags     []string `json:"tags"`
	VPC      string   `json:"vpc_uuid"`
	Agent    bool     `json:"with_droplet_agent"`
	Project  string   `json:"project_id"`
	IPv6     bool     `json:"ipv6"`
	UserData string   `json:"user_data"`
	Public   *bool    `json:"public_networking"`
}

// poolSpec is the body of a create and of an update, which replaces all.
type poolSpec struct {
	Name     string        `json:"name"`
	Config   *poolConfig   `json:"config"`
	Template *poolTemplate `json:"droplet_template"`
}

func (p *autoscalePool) Key() string   { return p.ID }
func (p *autoscalePool) Title() string { return p.Name }
func (p *autoscalePool) Hidden() bool  { return !p.DeletedAt.IsZero() }

// poolPath is where pools are, among the paths of Droplets: a mux of their own
// serves them, as /droplets/autoscale/{id} and /droplets/{id}/actions overlap.
const poolPath = "/v2/droplets/autoscale"

func (c *Cloud) autoscaleRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST " + poolPath:                       c.createAutoscale,
		"GET " + poolPath:                        c.listAutoscalePools,
		"GET " + poolPath + "/{id}":              c.readAutoscalePool,
		"PUT " + poolPath + "/{id}":              c.replaceAutoscale,
		"DELETE " + poolPath + "/{id}":           c.releaseAutoscale,
		"DELETE " + poolPath + "/{id}/dangerous": c.deleteAutoscale,
		"GET " + poolPath + "/{id}/members":      c.listAutoscaleMembers,
	} {
		mux.HandleFunc(pattern, c.locked(h))
	}
	return mux
}

// routesOf returns the mux that serves r.
func (c *Cloud) routesOf(r *http.Request) *http.ServeMux {
	if r.URL.Path == poolPath || strings.HasPrefix(r.URL.Path, poolPath+"/") {
		return c.pools
	}
	return c.mux
}

func (p *autoscalePool) view(now time.Time, members int) map[string]any {
	v := map[string]any{
		"id": p.ID, "name": p.Name, "config": p.Config, "droplet_template": p.Template,
		"created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt), "status": "active",
		"active_resources_count": members, "current_utilization": map[string]any{"memory": 0, "cpu": 0},
	}
	if !p.DeletedAt.IsZero() {
		v["status"] = "deleting"
	}
	return v
}

func (c *Cloud) autoscaleView(q *request, p *autoscalePool) map[string]any {
	active := 0
	for _, d := range c.membersOf(p) {
		if !q.now.Before(d.ActiveAt) {
			active++
		}
	}
	return p.view(q.now, active)
}

// membersOf returns the live members of p, oldest first.
func (c *Cloud) membersOf(p *autoscalePool) []*droplet {
	var out []*droplet
	for _, d := range c.s.Droplets {
		if d.Pool == p.ID && d.DeletedAt.IsZero() {
			out = append(out, d)
		}
	}
	return out
}

func (c *Cloud) createAutoscale(q *request) (reply, error) {
	in, err := c.autoscaleBody(q)
	if err != nil {
		return reply{}, err
	}
	p := &autoscalePool{ID: c.s.IDs.UUID(), Name: in.Name, Config: *in.Config, Template: *in.Template, CreatedAt: q.now, UpdatedAt: q.now}
	c.makeTags(p.Template.Tags)
	c.s.AutoscalePools.Add(p)
	c.scale(q, p)
	return accepted(map[string]any{"autoscale_pool": c.autoscaleView(q, p)})
}

// autoscaleBody reads and checks what a pool is to be.
func (c *Cloud) autoscaleBody(q *request) (poolSpec, error) {
	var in poolSpec
	if err := q.decode(&in); err != nil {
		return in, err
	}
	if in.Name == "" || in.Config == nil || in.Template == nil {
		return in, invalid("name, config and droplet_template are required")
	}
	if err := in.Config.check(); err != nil {
		return in, err
	}
	if len(in.Template.SSHKeys) == 0 {
		return in, invalid("droplet_template: ssh_keys must not be empty")
	}
	if _, err := c.member(q, in.Template, in.Name); err != nil {
		return in, err
	}
	in.Template.Tags = c.spell(in.Template.Tags)
	in.Template.Public = new(in.Template.Public == nil || *in.Template.Public)
	return in, nil
}

func (f *poolConfig) check() error {
	dynamic := f.Min != 0 || f.Max != 0 || f.CPU != 0 || f.Memory != 0 || f.Cooldown != 0
	within := func(v float64) bool { return v == 0 || v >= 0.05 && v <= 1 }
	switch {
	case f.Target != 0 && dynamic:
		return invalid("config: target_number_instances excludes all others")
	case f.Target < 0 || f.Target > 1000:
		return invalid("config: target_number_instances must be between 1 and 1000")
	case f.Target != 0:
		return nil
	case f.Min < 1 || f.Min > 500:
		return invalid("config: min_instances must be between 1 and 500")
	case f.Max < f.Min || f.Max > 1000:
		return invalid("config: max_instances must be between min_instances and 1000")
	case f.CPU == 0 && f.Memory == 0:
		return invalid("config: a target for CPU or memory utilization is required")
	case !within(f.CPU) || !within(f.Memory):
		return invalid("config: utilization targets must be between 0.05 and 1")
	case f.Cooldown != 0 && (f.Cooldown < 5 || f.Cooldown > 20):
		return invalid("config: cooldown_minutes must be between 5 and 20")
	}
	return nil
}

// member returns what a Droplet made of t would be.
func (c *Cloud) member(q *request, t *poolTemplate, name string) (*droplet, error) {
	text := func(s string) json.RawMessage { b, _ := json.Marshal(s); return b }
	spec := dropletSpec{
		Region: t.Region, Size: t.Size, Image: text(t.Image), Tags: t.Tags, VPC: t.VPC, Agent: &t.Agent,
		Project: t.Project, IPv6: t.IPv6, UserData: t.UserData, Public: t.Public,
	}
	for _, key := range t.SSHKeys {
		spec.SSHKeys = append(spec.SSHKeys, text(key))
	}
	d, _, err := c.checkDroplet(q, &spec, []string{name})
	return d, err
}

// scale makes and deletes members until p has as many as it is to have. What
// cannot be made, such as a size out of stock, is left for the next time.
func (c *Cloud) scale(q *request, p *autoscalePool) {
	have := c.membersOf(p)
	most, least := p.Config.Max, p.Config.Min
	if p.Config.Target > 0 {
		most, least = p.Config.Target, p.Config.Target
	}
	for i := most; i < len(have); i++ {
		have[i].DeletedAt = q.now
	}
	for n := len(have); n < least; n++ {
		p.Made++
		name := p.Name + "-" + itoa(p.Made)
		base, err := c.member(q, &p.Template, name)
		if err != nil {
			return
		}
		base.Pool = p.ID
		c.addDroplet(q, base, name)
	}
}

// settleAutoscale keeps the pools at their size and ends those that are empty.
func (c *Cloud) settleAutoscale(now time.Time) {
	for _, p := range append([]*autoscalePool(nil), c.s.AutoscalePools...) {
		switch {
		case p.DeletedAt.IsZero():
			c.scale(&request{now: now}, p)
		case !now.Before(p.DeletedAt.Add(c.o.Settle)):
			c.s.AutoscalePools.Drop(p.ID)
		}
	}
}

func (c *Cloud) findAutoscale(q *request) (*autoscalePool, error) {
	p, found := c.s.AutoscalePools.Find(q.PathValue("id"))
	if !found {
		return nil, missing("autoscale group with id %s not found", q.PathValue("id"))
	}
	return p, nil
}

func (c *Cloud) readAutoscalePool(q *request) (reply, error) {
	p, err := c.findAutoscale(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"autoscale_pool": c.autoscaleView(q, p)})
}

func (c *Cloud) listAutoscalePools(q *request) (reply, error) {
	var found []*autoscalePool
	for _, p := range c.s.AutoscalePools {
		if name := q.URL.Query().Get("name"); name == "" || name == p.Name {
			found = append(found, p)
		}
	}
	return list(q, "autoscale_pools", found, func(p *autoscalePool) map[string]any { return c.autoscaleView(q, p) })
}

// replaceAutoscale changes all of a pool: what the body lacks has its default again.
// Members that are there stay as they are.
func (c *Cloud) replaceAutoscale(q *request) (reply, error) {
	p, err := c.findAutoscale(q)
	if err != nil {
		return reply{}, err
	}
	in, err := c.autoscaleBody(q)
	if err != nil {
		return reply{}, err
	}
	p.Name, p.Config, p.Template, p.UpdatedAt = in.Name, *in.Config, *in.Template, q.now
	c.makeTags(p.Template.Tags)
	c.scale(q, p)
	return ok(map[string]any{"autoscale_pool": c.autoscaleView(q, p)})
}

// releaseAutoscale ends a pool and leaves its members as Droplets like any other.
func (c *Cloud) releaseAutoscale(q *request) (reply, error) {
	return c.endAutoscale(q, func(d *droplet) { d.Pool = "" })
}

// deleteAutoscale ends a pool and its members.
func (c *Cloud) deleteAutoscale(q *request) (reply, error) {
	if q.Header.Get("X-Dangerous") != "true" {
		return reply{}, badRequest("the header X-Dangerous must be true")
	}
	return c.endAutoscale(q, func(d *droplet) { d.DeletedAt = q.now })
}

func (c *Cloud) endAutoscale(q *request, each func(*droplet)) (reply, error) {
	p, err := c.findAutoscale(q)
	if err != nil {
		return reply{}, err
	}
	if p.DeletedAt.IsZero() {
		p.DeletedAt = q.now
	}
	for _, d := range c.membersOf(p) {
		each(d)
	}
	return accepted(nil)
}

func (c *Cloud) listAutoscaleMembers(q *request) (reply, error) {
	p, err := c.findAutoscale(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "droplets", c.membersOf(p), func(d *droplet) map[string]any {
		status := d.Status
		if q.now.Before(d.ActiveAt) {
			status = "provisioning"
		}
		return map[string]any{
			"droplet_id": d.ID, "created_at": stamp(d.CreatedAt), "updated_at": stamp(d.CreatedAt), "health_status": "healthy",
			"status": status, "current_utilization": map[string]any{"memory": 0, "cpu": 0},
		}
	})
}
