package fake

import (
	"reflect"
	"slices"
	"time"
)

// agent is an AI agent.
type agent struct {
	UUID           string          `json:"uuid"`
	Name           string          `json:"name"`
	Instruction    string          `json:"instruction"`
	Model          string          `json:"model_uuid"`
	Project        string          `json:"project_id"`
	Region         string          `json:"region"`
	Description    string          `json:"description"`
	Tags           []string        `json:"tags"`
	KnowledgeBases []string        `json:"knowledge_bases"`
	OpenAIKey      string          `json:"open_ai_key_uuid"`
	K              int             `json:"k"`
	MaxTokens      int             `json:"max_tokens"`
	Temperature    float32         `json:"temperature"`
	TopP           float32         `json:"top_p"`
	Retrieval      string          `json:"retrieval_method"`
	Citations      bool            `json:"provide_citations"`
	Visibility     string          `json:"visibility"`
	Deployment     string          `json:"deployment_uuid"`
	CreatedAt      time.Time       `json:"created_at"`
	RunningAt      time.Time       `json:"running_at"`
	Functions      []agentFunction `json:"functions"`
	Routes         []agentRoute    `json:"routes"`
	Versions       []agentVersion  `json:"versions"` // newest last
}

func (a *agent) Key() string   { return a.UUID }
func (a *agent) Title() string { return a.Name }

// agentSpec is the body of create and PUT. Nil fields were not sent.
type agentSpec struct {
	Name           *string  `json:"name"`
	Instruction    *string  `json:"instruction"`
	Model          *string  `json:"model_uuid"`
	Project        *string  `json:"project_id"`
	Region         string   `json:"region"`
	Description    *string  `json:"description"`
	Tags           []string `json:"tags"`
	KnowledgeBases []string `json:"knowledge_base_uuid"`
	OpenAIKey      *string  `json:"open_ai_key_uuid"`
	K              *int     `json:"k"`
	MaxTokens      *int     `json:"max_tokens"`
	Temperature    *float32 `json:"temperature"`
	TopP           *float32 `json:"top_p"`
	Retrieval      *string  `json:"retrieval_method"`
	Citations      *bool    `json:"provide_citations"`
}

// applyAgent changes a by in, or refuses.
func (c *Cloud) applyAgent(a *agent, in *agentSpec) error {
	give(&a.Name, in.Name)
	give(&a.Instruction, in.Instruction)
	give(&a.Model, in.Model)
	give(&a.Project, in.Project)
	give(&a.Description, in.Description)
	give(&a.OpenAIKey, in.OpenAIKey)
	if in.Tags != nil {
		a.Tags = in.Tags
	}
	switch {
	case a.Name == "" || a.Instruction == "":
		return badRequest("name and instruction are required")
	case !uuidPattern.MatchString(a.Model):
		return badRequest("model %q does not exist", a.Model)
	}
	if _, found := c.s.OpenAIKeys.Find(a.OpenAIKey); a.OpenAIKey != "" && !found {
		return badRequest("OpenAI key %q does not exist", a.OpenAIKey)
	}
	return c.checkPlace(a.Project, a.Region)
}

// tune sets what only a PUT takes.
func (a *agent) tune(in *agentSpec) error {
	give(&a.K, in.K)
	give(&a.MaxTokens, in.MaxTokens)
	give(&a.Temperature, in.Temperature)
	give(&a.TopP, in.TopP)
	give(&a.Retrieval, in.Retrieval)
	give(&a.Citations, in.Citations)
	methods := []string{"RETRIEVAL_METHOD_REWRITE", "RETRIEVAL_METHOD_STEP_BACK", "RETRIEVAL_METHOD_SUB_QUERIES", "RETRIEVAL_METHOD_NONE"}
	switch {
	case !slices.Contains(methods, a.Retrieval):
		return badRequest("retrieval_method %q is not valid", a.Retrieval)
	case a.Temperature < 0 || a.Temperature > 1 || a.TopP < 0 || a.TopP > 1:
		return badRequest("temperature and top_p are between 0 and 1")
	case a.K < 0 || a.MaxTokens < 0:
		return badRequest("k and max_tokens must not be negative")
	}
	return nil
}

func (c *Cloud) createAgent(q *request) (reply, error) {
	var in agentSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	a := &agent{
		Region: in.Region, K: 10, MaxTokens: 2048, Temperature: 0.7, TopP: 0.9, Retrieval: "RETRIEVAL_METHOD_NONE",
		Visibility: "VISIBILITY_PRIVATE", CreatedAt: q.now, RunningAt: q.now.Add(c.o.Boot),
	}
	if in.Region == "" {
		return reply{}, badRequest("region is required")
	}
	if err := c.applyAgent(a, &in); err != nil {
		return reply{}, err
	}
	for _, id := range in.KnowledgeBases {
		if _, found := c.s.KnowledgeBases.Find(id); !found {
			return reply{}, badRequest("knowledge base %q does not exist", id)
		}
	}
	a.KnowledgeBases = in.KnowledgeBases
	a.UUID, a.Deployment = c.s.IDs.UUID(), c.s.IDs.UUID()
	c.keepVersion(q, a, "AGENT_CREATED")
	c.s.Agents.Add(a)
	return ok(map[string]any{"agent": c.agentView(q, a)})
}

// summary is what lists show of an agent.
func (a *agent) summary(now time.Time) map[string]any {
	status := "STATUS_RUNNING"
	if now.Before(a.RunningAt) {
		status = "STATUS_DEPLOYING"
	}
	url := "https://" + a.UUID + ".agents.example.com"
	return map[string]any{
		"uuid": a.UUID, "name": a.Name, "instruction": a.Instruction, "project_id": a.Project, "region": a.Region, "description": a.Description,
		"tags": orEmpty(a.Tags), "k": a.K, "max_tokens": a.MaxTokens, "temperature": a.Temperature, "top_p": a.TopP,
		"retrieval_method": a.Retrieval, "provide_citations": a.Citations, "url": url, "user_id": itoa(ownerID),
		"created_at": stamp(a.CreatedAt), "updated_at": stamp(a.CreatedAt), "model": modelView(a.Model, "model"),
		"deployment": map[string]any{"uuid": a.Deployment, "name": "agent-" + a.Deployment[:8], "status": status, "visibility": a.Visibility, "url": url,
			"created_at": stamp(a.CreatedAt), "updated_at": stamp(a.CreatedAt)},
	}
}

func (c *Cloud) agentView(q *request, a *agent) map[string]any {
	out := a.summary(q.now)
	bases, children := []any{}, []any{}
	for _, id := range a.KnowledgeBases {
		if kb, found := c.s.KnowledgeBases.Find(id); found {
			bases = append(bases, kb.view())
		}
	}
	for _, r := range a.Routes {
		if child, found := c.s.Agents.Find(r.Child); found {
			view := child.summary(q.now)
			view["route_uuid"], view["route_name"], view["if_case"] = r.UUID, r.Name, r.IfCase
			children = append(children, view)
		}
	}
	out["knowledge_bases"], out["child_agents"], out["functions"] = bases, children, orEmpty(a.Functions)
	if k, found := c.s.OpenAIKeys.Find(a.OpenAIKey); found {
		out["openai_api_key"] = k.view()
	}
	return out
}

// withAgent answers with the agent of the path after f has changed it.
func (c *Cloud) withAgent(q *request, f func(*agent) error) (reply, error) {
	a, found := c.s.Agents.Find(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	changed := *a
	if err := f(&changed); err != nil {
		return reply{}, err
	}
	if !reflect.DeepEqual(changed, *a) {
		c.keepVersion(q, &changed, "AGENT_UPDATED")
	}
	*a = changed
	return ok(map[string]any{"agent": c.agentView(q, a)})
}

func (c *Cloud) readAgent(q *request) (reply, error) {
	return c.withAgent(q, func(*agent) error { return nil })
}

func (c *Cloud) listAgents(q *request) (reply, error) {
	return list(q, "agents", c.s.Agents, func(a *agent) map[string]any { return a.summary(q.now) })
}

func (c *Cloud) updateAgent(q *request) (reply, error) {
	var in agentSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.withAgent(q, func(a *agent) error {
		if err := c.applyAgent(a, &in); err != nil {
			return err
		}
		return a.tune(&in)
	})
}

// deleteAgent takes the routes to it along.
func (c *Cloud) deleteAgent(q *request) (reply, error) {
	id := q.PathValue("id")
	out, err := c.readAgent(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Agents.Drop(id)
	for _, a := range c.s.Agents {
		a.Routes = slices.DeleteFunc(a.Routes, func(r agentRoute) bool { return r.Child == id })
	}
	return out, nil
}

func (c *Cloud) setVisibility(q *request) (reply, error) {
	var in struct {
		Visibility string `json:"visibility"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.withAgent(q, func(a *agent) error {
		known := []string{"VISIBILITY_DISABLED", "VISIBILITY_PLAYGROUND", "VISIBILITY_PUBLIC", "VISIBILITY_PRIVATE"}
		switch {
		case !slices.Contains(known, in.Visibility):
			return badRequest("visibility %q is not valid", in.Visibility)
		case q.now.Before(a.RunningAt):
			return badRequest("the agent is not ready: try again when it is deployed")
		}
		a.Visibility = in.Visibility
		return nil
	})
}
