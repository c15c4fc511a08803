package fake

import (
	"strings"
	"time"
)

// namespace is a place for functions.
type namespace struct {
	UUID      string    `json:"uuid"`
	Label     string    `json:"label"`
	Region    string    `json:"region"`
	AccessKey string    `json:"key"`
	CreatedAt time.Time `json:"created_at"`
}

func (n *namespace) Key() string   { return "fn-" + n.UUID }
func (n *namespace) Title() string { return n.Label }

// maxNamespaces is how many an account may have.
const maxNamespaces = 10

func (c *Cloud) functionRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/functions/namespaces":        c.createNamespace,
		"GET /v2/functions/namespaces":         c.listNamespaces,
		"GET /v2/functions/namespaces/{id}":    c.readNamespace,
		"DELETE /v2/functions/namespaces/{id}": c.deleteNamespace,
	}
}

func (n *namespace) view() map[string]any {
	return map[string]any{
		"api_host": "https://faas-" + n.Region + ".example.com", "namespace": n.Key(), "uuid": n.UUID, "label": n.Label,
		"region": n.Region, "key": n.AccessKey, "created_at": stamp(n.CreatedAt), "updated_at": stamp(n.CreatedAt),
	}
}

func (c *Cloud) createNamespace(q *request) (reply, error) {
	var in struct {
		Label  string `json:"label"`
		Region string `json:"region"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Label == "" || !regionExists(in.Region) {
		return reply{}, invalid("a label and a region are required")
	}
	for _, n := range c.s.Namespaces {
		if n.Label == in.Label {
			return reply{}, invalid("a namespace with this label exists")
		}
	}
	if len(c.s.Namespaces) >= maxNamespaces {
		return reply{}, invalid("namespace limit reached")
	}
	n := &namespace{UUID: c.s.IDs.UUID(), Label: in.Label, Region: in.Region, CreatedAt: q.now}
	n.AccessKey = strings.ReplaceAll(c.s.IDs.UUID()+c.s.IDs.UUID(), "-", "")
	c.s.Namespaces.Add(n)
	return ok(map[string]any{"namespace": n.view()})
}

func (c *Cloud) listNamespaces(*request) (reply, error) {
	views := []any{}
	for _, n := range c.s.Namespaces {
		views = append(views, n.view())
	}
	return ok(map[string]any{"namespaces": views})
}

func (c *Cloud) readNamespace(q *request) (reply, error) {
	n, found := c.s.Namespaces.Find(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"namespace": n.view()})
}

func (c *Cloud) deleteNamespace(q *request) (reply, error) {
	if !c.s.Namespaces.Drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	return noContent()
}
