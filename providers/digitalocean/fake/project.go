package fake

import (
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// project groups resources. One is the default, which new resources go to.
type project struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Purpose     string    `json:"purpose"`
	Environment string    `json:"environment"`
	Default     bool      `json:"is_default"`
	First       bool      `json:"first"` // the one every account is born with
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func (p *project) Key() string   { return p.ID }
func (p *project) Title() string { return p.Name }
func (p *project) Hidden() bool  { return p.First }

// projectSpec is the body of create, PUT and PATCH. Nil fields were not sent.
type projectSpec struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Purpose     *string `json:"purpose"`
	Environment *string `json:"environment"`
	Default     *bool   `json:"is_default"`
}

// purposes are the values the control panel offers; others are kept behind "Other: ".
var purposes = []string{"Just trying out DigitalOcean", "Class project / Educational purposes", "Website or blog",
	"Web Application", "Service or API", "Mobile Application", "Machine learning / AI / Data processing", "IoT",
	"Operational / Developer tooling"}

func (c *Cloud) addDefaultProject(now time.Time) {
	c.s.Projects.Add(&project{ID: c.s.IDs.UUID(), Name: "Default", Description: "Default project", Default: true, First: true,
		Purpose: "Just trying out DigitalOcean", Environment: "Development", CreatedAt: now, UpdatedAt: now})
}

func (c *Cloud) defaultProject() *project {
	i := slices.IndexFunc(c.s.Projects, func(p *project) bool { return p.Default })
	return c.s.Projects[max(i, 0)]
}

// homeFor is the place of a new resource.
func (c *Cloud) homeFor(q *request, id string) (home, error) {
	if id == "" {
		return home{c.defaultProject().ID, q.now}, nil
	}
	if _, found := c.s.Projects.Find(id); !found {
		return home{}, invalid("project %s not found", id)
	}
	return home{id, q.now}, nil
}

func (c *Cloud) createProject(q *request) (reply, error) {
	var in projectSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == nil || in.Purpose == nil {
		return reply{}, invalid("name and purpose are required")
	}
	if err := c.checkProject("", &in); err != nil {
		return reply{}, err
	}
	p := &project{ID: c.s.IDs.UUID(), CreatedAt: q.now}
	c.fillProject(q, p, &in)
	c.s.Projects.Add(p)
	return created(map[string]any{"project": p.view()})
}

func (c *Cloud) checkProject(id string, in *projectSpec) error {
	tooLong := func(s *string, n int) bool { return s != nil && len(*s) > n }
	switch {
	case in.Name != nil && *in.Name == "", tooLong(in.Name, 175):
		return invalid("name must have 1 to 175 characters")
	case tooLong(in.Description, 255), tooLong(in.Purpose, 255):
		return invalid("description and purpose must have at most 255 characters")
	case in.Purpose != nil && *in.Purpose == "":
		return invalid("purpose is required")
	case in.Environment != nil && environment(*in.Environment) == "" && *in.Environment != "":
		return invalid("environment must be Development, Staging or Production")
	}
	for _, p := range c.s.Projects {
		if in.Name != nil && p.Name == *in.Name && p.ID != id {
			return conflict("name is already in use")
		}
	}
	return nil
}

// environment returns the API's spelling, "" for what it does not know.
func environment(s string) string {
	for _, e := range []string{"Development", "Staging", "Production"} {
		if strings.EqualFold(s, e) {
			return e
		}
	}
	return ""
}

func (c *Cloud) fillProject(q *request, p *project, in *projectSpec) {
	p.UpdatedAt = q.now
	give(&p.Name, in.Name)
	give(&p.Description, in.Description)
	if in.Purpose != nil {
		p.Purpose = *in.Purpose
		if !slices.Contains(purposes, p.Purpose) && !strings.HasPrefix(p.Purpose, "Other: ") {
			p.Purpose = "Other: " + p.Purpose
		}
	}
	if in.Environment != nil {
		p.Environment = environment(*in.Environment)
	}
	if in.Default != nil && *in.Default {
		c.defaultProject().Default = false
		p.Default = true
	}
}

func (p *project) view() map[string]any {
	return map[string]any{
		"id": p.ID, "owner_uuid": accountUUID, "owner_id": ownerID, "name": p.Name, "description": p.Description,
		"purpose": p.Purpose, "environment": p.Environment, "is_default": p.Default,
		"created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt),
	}
}

// findProject reads the id in the path, which may be "default".
func (c *Cloud) findProject(q *request) (*project, error) {
	id := q.PathValue("id")
	if id == "default" {
		return c.defaultProject(), nil
	}
	p, found := c.s.Projects.Find(id)
	if !found {
		return nil, notFound()
	}
	return p, nil
}

func (c *Cloud) readProject(q *request) (reply, error) {
	p, err := c.findProject(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"project": p.view()})
}

func (c *Cloud) listProjects(q *request) (reply, error) {
	return list(q, "projects", c.s.Projects, (*project).view)
}

// replaceProject is PUT: all fields must be sent. A null counts as sent.
func (c *Cloud) replaceProject(q *request) (reply, error) {
	var sent map[string]any
	if err := q.decode(&sent); err != nil {
		return reply{}, err
	}
	for _, f := range []string{"name", "description", "purpose", "environment", "is_default"} {
		if _, there := sent[f]; !there {
			return reply{}, invalid("%s is required", f)
		}
	}
	return c.patchProject(q)
}

func (c *Cloud) patchProject(q *request) (reply, error) {
	p, err := c.findProject(q)
	if err != nil {
		return reply{}, err
	}
	var in projectSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkProject(p.ID, &in); err != nil {
		return reply{}, err
	}
	if in.Default != nil && !*in.Default && p.Default {
		return reply{}, invalid("the default project can not be unset; make another one the default")
	}
	c.fillProject(q, p, &in)
	return ok(map[string]any{"project": p.view()})
}

func (c *Cloud) deleteProject(q *request) (reply, error) {
	p, err := c.findProject(q)
	if err != nil {
		return reply{}, err
	}
	precondition := func(message string) error {
		return unmet("%s", message)
	}
	if p.Default {
		return reply{}, precondition("cannot delete the default project")
	}
	if len(c.resourcesOf(q, p)) > 0 {
		return reply{}, precondition("cannot delete a project with resources. move or remove the resources first")
	}
	c.s.Projects.Drop(p.ID)
	return noContent()
}

// placed is a resource that is in a project.
type placed struct {
	urn, uri string
	home     home
	move     func(home)
}

func (c *Cloud) placedResources(q *request) []placed {
	var out []placed
	add := func(urn, uri string, h *home) {
		out = append(out, placed{urn, uri, *h, func(to home) { *h = to }})
	}
	for _, d := range c.visibleDroplets(q) {
		out = append(out, placed{d.urn(), "droplets/" + d.Key(), d.home, func(to home) { c.moveDroplet(d, to) }})
	}
	for _, v := range c.s.Volumes {
		add(v.urn(), "volumes/"+v.ID, &v.home)
	}
	for _, r := range c.s.ReservedIPs {
		add(r.urn(), "reserved_ips/"+r.IP, &r.home)
	}
	for _, d := range c.s.Databases {
		add(d.urn(), "databases/"+d.ID, &d.home)
	}
	for _, v := range c.s.VPCs {
		add("do:vpc:"+v.ID, "vpcs/"+v.ID, &v.home)
	}
	for _, b := range c.liveLoadBalancers(q) {
		add(b.urn(), "load_balancers/"+b.ID, &b.home)
	}
	for _, k := range c.s.Clusters {
		if !k.Hidden() {
			add(k.urn(), "kubernetes/clusters/"+k.ID, &k.home)
		}
	}
	for _, a := range c.s.Apps {
		add("do:app:"+a.ID, "apps/"+a.ID, &a.home)
	}
	for _, d := range c.s.Domains {
		add(d.urn(), "domains/"+d.Name, &d.home)
	}
	for name, h := range c.spaces.homes() {
		out = append(out, placed{"do:space:" + name, "spaces/" + name, h, func(to home) { c.spaces.move(name, to) }})
	}
	return out
}

func (c *Cloud) resourcesOf(q *request, p *project) []placed {
	out := slices.DeleteFunc(c.placedResources(q), func(r placed) bool { return r.home.ProjectID != p.ID })
	slices.SortFunc(out, func(a, b placed) int { return strings.Compare(a.urn, b.urn) })
	return out
}

func (r placed) view(status string) map[string]any {
	return map[string]any{"urn": r.urn, "assigned_at": stamp(r.home.AssignedAt), "status": status,
		"links": map[string]any{"self": "https://api.digitalocean.com/v2/" + r.uri}}
}

func (c *Cloud) listProjectResources(q *request) (reply, error) {
	p, err := c.findProject(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "resources", c.resourcesOf(q, p), func(r placed) map[string]any { return r.view("ok") })
}

var urnPattern = providers.NewPattern(`^do:(app|dbaas|domain|droplet|floatingip|reservedip|loadbalancer|space|volume|kubernetes|vpc):.+`)

// moveDroplet takes the addresses of d along.
func (c *Cloud) moveDroplet(d *droplet, to home) {
	d.home = to
	for _, r := range c.s.ReservedIPs {
		if r.DropletID == d.ID {
			r.home = to
		}
	}
}

// checkMoves refuses to part an address from its Droplet.
func (c *Cloud) checkMoves(p *project, urns []string) error {
	for _, r := range c.s.ReservedIPs {
		if r.DropletID == 0 || r.ProjectID == p.ID || !slices.Contains(urns, r.urn()) {
			continue
		}
		if !slices.Contains(urns, "do:droplet:"+itoa(r.DropletID)) {
			return unmet("Cannot move a Reserved IP with an associated Droplet. Move the Droplet instead")
		}
	}
	return nil
}

// assignResources moves resources here; what does not exist is reported, not
// refused. Reserved IPs go by either name.
func (c *Cloud) assignResources(q *request) (reply, error) {
	p, err := c.findProject(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Resources []string `json:"resources"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	for i, urn := range in.Resources {
		if !urnPattern.MatchString(urn) {
			return reply{}, invalid("%q is not a valid urn", urn)
		}
		in.Resources[i] = strings.Replace(urn, "do:reservedip:", "do:floatingip:", 1)
	}
	if err := c.checkMoves(p, in.Resources); err != nil {
		return reply{}, err
	}
	all := c.placedResources(q)
	views := []any{}
	for _, urn := range in.Resources {
		i := slices.IndexFunc(all, func(r placed) bool { return r.urn == urn })
		if i < 0 {
			views = append(views, placed{urn: urn, home: home{AssignedAt: q.now}}.view("not_found"))
			continue
		}
		status := "already_assigned"
		if all[i].home.ProjectID != p.ID {
			status, all[i].home = "assigned", home{p.ID, q.now}
			all[i].move(all[i].home)
		}
		views = append(views, all[i].view(status))
	}
	return ok(map[string]any{"resources": views})
}
