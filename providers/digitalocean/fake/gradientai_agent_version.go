package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// agentVersion is an agent as it was from one change to the next.
type agentVersion struct {
	Hash      string         `json:"hash"`
	Trigger   string         `json:"trigger"`
	CreatedAt time.Time      `json:"created_at"`
	View      map[string]any `json:"view"`
}

// keepVersion notes a as it is from now on.
func (c *Cloud) keepVersion(q *request, a *agent, trigger string) {
	bases, functions, children := []any{}, []any{}, []any{}
	for _, id := range a.KnowledgeBases {
		if kb, found := c.s.KnowledgeBases.Find(id); found {
			bases = append(bases, map[string]any{"uuid": id, "name": kb.Name, "is_deleted": false})
		}
	}
	for _, f := range a.Functions {
		functions = append(functions, map[string]any{"name": f.Name, "description": f.Description, "faas_name": f.FaasName, "faas_namespace": f.FaasNamespace, "is_deleted": false})
	}
	for _, r := range a.Routes {
		if child, found := c.s.Agents.Find(r.Child); found {
			children = append(children, map[string]any{"agent_name": child.Name, "child_agent_uuid": r.Child, "if_case": r.IfCase, "route_name": r.Name, "is_deleted": false})
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", a.UUID, len(a.Versions)))
	v := agentVersion{hex.EncodeToString(sum[:16]), trigger, q.now, map[string]any{
		"name": a.Name, "instruction": a.Instruction, "description": a.Description, "tags": orEmpty(a.Tags), "model_name": "model",
		"k": a.K, "max_tokens": a.MaxTokens, "temperature": a.Temperature, "top_p": a.TopP, "retrieval_method": a.Retrieval,
		"provide_citations": a.Citations, "attached_knowledgebases": bases, "attached_functions": functions, "attached_child_agents": children,
		"attached_guardrails": []any{},
	}}
	a.Versions = append(slices.Clone(a.Versions), v)
}

// listAgentVersions shows the newest first.
func (c *Cloud) listAgentVersions(q *request) (reply, error) {
	a, err := get(c.s.Agents, q.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	var views []map[string]any
	for i, v := range slices.Backward(a.Versions) {
		current := i == len(a.Versions)-1
		view := map[string]any{
			"id": itoa(i + 1), "agent_uuid": a.UUID, "version_hash": v.Hash, "trigger_action": v.Trigger, "created_by_email": "ml@example.com",
			"created_at": stamp(v.CreatedAt), "currently_applied": current, "can_rollback": !current,
		}
		for name, value := range v.View {
			view[name] = value
		}
		views = append(views, view)
	}
	return list(q, "agent_versions", views, func(v map[string]any) map[string]any { return v })
}
