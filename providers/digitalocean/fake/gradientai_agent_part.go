package fake

import (
	"encoding/json"
	"slices"
)

// agentFunction is a function that an agent may call; its JSON is the API's.
type agentFunction struct {
	UUID          string          `json:"uuid"`
	Name          string          `json:"name"`
	Description   string          `json:"description"`
	FaasName      string          `json:"faas_name"`
	FaasNamespace string          `json:"faas_namespace"`
	InputSchema   json.RawMessage `json:"input_schema,omitempty"`
	OutputSchema  json.RawMessage `json:"output_schema,omitempty"`
}

// agentRoute leads from an agent to another.
type agentRoute struct {
	UUID   string `json:"uuid"`
	Child  string `json:"child"`
	Name   string `json:"name"`
	IfCase string `json:"if_case"`
}

func (c *Cloud) attachKnowledgeBase(q *request) (reply, error) {
	return c.withAgent(q, func(a *agent) error {
		id := q.PathValue("base")
		if _, found := c.s.KnowledgeBases.Find(id); !found {
			return notFound()
		}
		if !slices.Contains(a.KnowledgeBases, id) {
			a.KnowledgeBases = append(slices.Clone(a.KnowledgeBases), id)
		}
		return nil
	})
}

func (c *Cloud) detachKnowledgeBase(q *request) (reply, error) {
	return c.withAgent(q, func(a *agent) error {
		i := slices.Index(a.KnowledgeBases, q.PathValue("base"))
		if i < 0 {
			return notFound()
		}
		a.KnowledgeBases = slices.Delete(slices.Clone(a.KnowledgeBases), i, i+1)
		return nil
	})
}

// decodeFunction reads the body that attaches or changes a function.
func (c *Cloud) decodeFunction(q *request) (agentFunction, error) {
	var in struct {
		agentFunction
		FunctionName string `json:"function_name"`
	}
	if err := q.decode(&in); err != nil {
		return agentFunction{}, err
	}
	in.Name = in.FunctionName
	if in.Name == "" || in.Description == "" || len(in.InputSchema) == 0 {
		return agentFunction{}, badRequest("function_name, description and input_schema are required")
	}
	if _, found := c.s.Namespaces.Find(in.FaasNamespace); !found {
		return agentFunction{}, badRequest("namespace %q does not exist", in.FaasNamespace)
	}
	return in.agentFunction, nil
}

func (c *Cloud) attachFunction(q *request) (reply, error) {
	f, err := c.decodeFunction(q)
	if err != nil {
		return reply{}, err
	}
	return c.withAgent(q, func(a *agent) error {
		if slices.ContainsFunc(a.Functions, func(o agentFunction) bool { return o.Name == f.Name }) {
			return badRequest("a function of that name is attached to the agent")
		}
		f.UUID = c.s.IDs.UUID()
		a.Functions = append(slices.Clone(a.Functions), f)
		return nil
	})
}

func (c *Cloud) updateFunction(q *request) (reply, error) {
	f, err := c.decodeFunction(q)
	if err != nil {
		return reply{}, err
	}
	return c.withAgent(q, func(a *agent) error {
		i := a.function(q.PathValue("function"))
		if i < 0 {
			return notFound()
		}
		f.UUID = a.Functions[i].UUID
		a.Functions = slices.Clone(a.Functions)
		a.Functions[i] = f
		return nil
	})
}

// function returns the index of the function with an id, -1 for none.
func (a *agent) function(id string) int {
	return slices.IndexFunc(a.Functions, func(f agentFunction) bool { return f.UUID == id })
}

func (c *Cloud) detachFunction(q *request) (reply, error) {
	return c.withAgent(q, func(a *agent) error {
		i := a.function(q.PathValue("function"))
		if i < 0 {
			return notFound()
		}
		a.Functions = slices.Delete(slices.Clone(a.Functions), i, i+1)
		return nil
	})
}

// changeChild lets change work on the routes of the agent of the path; i is the
// index of that to the child, -1 for none.
func (c *Cloud) changeChild(q *request, change func(routes []agentRoute, i int) ([]agentRoute, error)) (reply, error) {
	child := q.PathValue("child")
	if _, found := c.s.Agents.Find(child); !found || child == q.PathValue("id") {
		return reply{}, notFound()
	}
	_, err := c.withAgent(q, func(a *agent) (err error) {
		i := slices.IndexFunc(a.Routes, func(r agentRoute) bool { return r.Child == child })
		a.Routes, err = change(slices.Clone(a.Routes), i)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"child_agent_uuid": child, "parent_agent_uuid": q.PathValue("id")})
}

// routeSpec is the body of the requests that make and change routes.
type routeSpec struct {
	Name   string `json:"route_name"`
	IfCase string `json:"if_case"`
}

func (c *Cloud) attachChild(q *request) (reply, error) {
	var in routeSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.changeChild(q, func(routes []agentRoute, i int) ([]agentRoute, error) {
		if i >= 0 {
			routes[i].Name, routes[i].IfCase = in.Name, in.IfCase
			return routes, nil
		}
		return append(routes, agentRoute{c.s.IDs.UUID(), q.PathValue("child"), in.Name, in.IfCase}), nil
	})
}

func (c *Cloud) updateChild(q *request) (reply, error) {
	var in routeSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.changeChild(q, func(routes []agentRoute, i int) ([]agentRoute, error) {
		if i < 0 {
			return nil, notFound()
		}
		routes[i].Name, routes[i].IfCase = in.Name, in.IfCase
		return routes, nil
	})
}

func (c *Cloud) detachChild(q *request) (reply, error) {
	return c.changeChild(q, func(routes []agentRoute, i int) ([]agentRoute, error) {
		if i < 0 {
			return nil, notFound()
		}
		return slices.Delete(routes, i, i+1), nil
	})
}
