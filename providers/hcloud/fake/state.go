package fake

import (
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the content of the project, the JSON file as it is.
type state struct {
	IDs             fakecloud.IDs          `json:"ids"`
	Actions         table[*action]         `json:"actions"`
	Certificates    table[*certificate]    `json:"certificates"`
	Firewalls       table[*firewall]       `json:"firewalls"`
	FloatingIPs     table[*floatingIP]     `json:"floating_ips"`
	Images          table[*image]          `json:"images"`
	LoadBalancers   table[*loadBalancer]   `json:"load_balancers"`
	Networks        table[*network]        `json:"networks"`
	PlacementGroups table[*placementGroup] `json:"placement_groups"`
	PrimaryIPs      table[*primaryIP]      `json:"primary_ips"`
	Servers         table[*server]         `json:"servers"`
	SSHKeys         table[*sshKey]         `json:"ssh_keys"`
	Volumes         table[*volume]         `json:"volumes"`

	Addresses int `json:"addresses"` // that were given away, of either kind
}

// kinds are the tables by the kind's name in Inventory and in actions.
func (s *state) kinds() map[string]anyTable {
	return map[string]anyTable{
		"certificate":     &s.Certificates,
		"firewall":        &s.Firewalls,
		"floating_ip":     &s.FloatingIPs,
		"image":           &s.Images,
		"load_balancer":   &s.LoadBalancers,
		"network":         &s.Networks,
		"placement_group": &s.PlacementGroups,
		"primary_ip":      &s.PrimaryIPs,
		"server":          &s.Servers,
		"ssh_key":         &s.SSHKeys,
		"volume":          &s.Volumes,
	}
}

// object is anything with a number and a name.
type object interface {
	key() int64
	title() string
}

// table keeps objects in the order they were made.
type table[T object] []T

func (t table[T]) find(id int64) (found T, ok bool) {
	for _, x := range t {
		if x.key() == id {
			return x, true
		}
	}
	return found, false
}

// named finds an object by its name.
func (t table[T]) named(name string) (found T, ok bool) {
	for _, x := range t {
		if x.title() == name {
			return x, true
		}
	}
	return found, false
}

func (t *table[T]) add(x T) { *t = append(*t, x) }

func (t *table[T]) drop(id int64) {
	*t = slices.DeleteFunc(*t, func(x T) bool { return x.key() == id })
}

// inPath is find for what the path of a request names.
func inPath[T object](q *request, t table[T], kind string) (T, error) {
	id, err := q.id()
	if err != nil {
		return *new(T), err
	}
	return t.get(kind, id)
}

// get is find for what a request names.
func (t table[T]) get(kind string, id int64) (T, error) {
	x, found := t.find(id)
	if !found {
		return x, notFound(kind, id)
	}
	return x, nil
}

// anyTable is a table whose type does not matter.
type anyTable interface{ objects() []object }

func (t *table[T]) objects() []object {
	out := make([]object, len(*t))
	for i, x := range *t {
		out[i] = x
	}
	return out
}

// newID returns a number that nothing has.
func (c *Cloud) newID() int64 { return int64(c.s.IDs.Number(10_000_000)) }

// Inventory returns a line "kind id name" for every live object, sorted. What is part
// of another one, such as the subnets of a network, stands in parts.
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	var lines []string
	for kind, t := range c.s.kinds() {
		for _, o := range t.objects() {
			lines = append(lines, strings.TrimSpace(kind+" "+itoa(o.key())+" "+o.title()))
			if p, ok := o.(interface{ parts() []string }); ok {
				for _, part := range p.parts() {
					lines = append(lines, kind+" "+itoa(o.key())+" "+part)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// settle makes happen what is due. It depends on the content and the clock only, so
// its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	for _, a := range slices.Clone(c.s.Actions) {
		if a.Status == running && !now.Before(a.EndsAt) {
			c.finish(a)
		}
	}
	c.settleServers(now)
}
