package fake

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// vRack connects servers, or interfaces of them.
type vRack struct {
	Name       string   `json:"name"`
	Servers    []string `json:"servers"`
	Interfaces []string `json:"interfaces"`
	Tasks      []*task  `json:"tasks"`
}

// kinds are what a vRack connects, by the API's name, and what its tasks are called.
var kinds = map[string]string{
	"dedicatedServer": "DedicatedServerToBridgeDomain", "dedicatedServerInterface": "DedicatedServerInterfaceToBridgeDomain",
}

// members returns the list of what is connected of a kind.
func (v *vRack) members(kind string) *[]string {
	if kind == "dedicatedServer" {
		return &v.Servers
	}
	return &v.Interfaces
}

// finish makes happen what a task brings.
func (v *vRack) finish(t *task) {
	t.Done = true
	for kind, name := range kinds {
		list := v.members(kind)
		switch t.Function {
		case "add" + name:
			*list = append(*list, t.Target)
		case "remove" + name:
			*list = slices.DeleteFunc(*list, func(m string) bool { return m == t.Target })
		}
	}
}

// vrack returns the vRack and the kind that the path names.
func (c *Cloud) vrack(q *request) (*vRack, string, error) {
	name, kind := q.PathValue("vrack"), q.PathValue("kind")
	if kind != "" && kinds[kind] == "" {
		return nil, "", refusal(404, "Client::NotFound", "Got an invalid (or empty) URL")
	}
	for _, v := range c.s.VRacks {
		if v.Name == name {
			return v, kind, nil
		}
	}
	if c.o.AnyServer && strings.HasPrefix(name, "pn-") {
		v := &vRack{Name: name}
		c.s.VRacks = append(c.s.VRacks, v)
		return v, kind, nil
	}
	return nil, "", notFound("serviceName", name)
}

func (c *Cloud) listVRacks(*request) (reply, error) {
	names := []string{}
	for _, v := range c.s.VRacks {
		names = append(names, v.Name)
	}
	return ok(names)
}

func (c *Cloud) listMembers(q *request) (reply, error) {
	v, kind, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	return ok(append([]string{}, *v.members(kind)...))
}

func (c *Cloud) readMember(q *request) (reply, error) {
	v, kind, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	if !slices.Contains(*v.members(kind), q.PathValue("member")) {
		return reply{}, notFound(kind, q.PathValue("member"))
	}
	return ok(map[string]string{"vrack": v.Name, kind: q.PathValue("member")})
}

// exists reports whether the account has what is to be connected.
func (c *Cloud) exists(kind, member string) bool {
	if kind == "dedicatedServer" {
		return c.find(member) != nil
	}
	for _, m := range c.s.Servers {
		for _, v := range m.VNIs {
			if v.UUID == member && v.Mode == "vrack" {
				return true
			}
		}
	}
	return c.o.AnyServer
}

func (c *Cloud) connect(q *request) (reply, error) {
	v, kind, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	in := map[string]string{}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	member := in[kind]
	if len(in) != 1 || member == "" {
		return reply{}, badRequest("Missing %s", kind)
	}
	if !c.exists(kind, member) {
		return reply{}, notFound(kind, member)
	}
	for _, other := range c.s.VRacks {
		switch {
		case slices.Contains(*other.members(kind), member):
			return reply{}, conflict("%s is already in vRack %s", member, other.Name)
		case other.busy(member):
			return reply{}, conflict("A task on %s is in progress", member)
		}
	}
	return c.begin(q, v, "add"+kinds[kind], member)
}

// busy reports whether something goes on with a member.
func (v *vRack) busy(member string) bool {
	return slices.ContainsFunc(v.Tasks, func(t *task) bool { return t.Target == member })
}

func (c *Cloud) begin(q *request, v *vRack, function, member string) (reply, error) {
	t := &task{ID: c.s.IDs.Number(5_000_000), Function: function, Target: member, Started: q.now, Until: q.now.Add(c.o.Settle)}
	v.Tasks = append(v.Tasks, t)
	return ok(v.taskView(t, q.now))
}

func (v *vRack) taskView(t *task, now time.Time) map[string]any {
	return map[string]any{
		"id": t.ID, "function": t.Function, "targetDomain": t.Target, "status": t.status(now), "serviceName": v.Name, "orderId": nil,
		"lastUpdate": now.Format(time.RFC3339), "todoDate": t.Started.Format(time.RFC3339),
	}
}

func (c *Cloud) disconnect(q *request) (reply, error) {
	v, kind, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	member := q.PathValue("member")
	switch {
	case !slices.Contains(*v.members(kind), member):
		return reply{}, notFound(kind, member)
	case v.busy(member):
		return reply{}, conflict("A task on %s is in progress", member)
	}
	return c.begin(q, v, "remove"+kinds[kind], member)
}

func (c *Cloud) listVRackTasks(q *request) (reply, error) {
	v, _, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	ids := []int{}
	for _, t := range v.Tasks {
		ids = append(ids, t.ID)
	}
	return ok(ids)
}

func (c *Cloud) readVRackTask(q *request) (reply, error) {
	v, _, err := c.vrack(q)
	if err != nil {
		return reply{}, err
	}
	for _, t := range v.Tasks {
		if strconv.Itoa(t.ID) == q.PathValue("task") {
			return ok(v.taskView(t, q.now))
		}
	}
	return reply{}, notFound("taskId", q.PathValue("task"))
}
