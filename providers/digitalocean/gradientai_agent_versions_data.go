package digitalocean

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type agentVersionList struct {
	ID       string         `cty:"id"             is:"computed"     doc:"UUID of the agent."`
	AgentID  string         `cty:"agent_id"       is:"required,ref=digitalocean_gradientai_agent" doc:"UUID of the agent."`
	Filters  []listFilter   `cty:"filter"         is:"optional,set" doc:"What a version has to match; all of them count."`
	Sorts    []listSort     `cty:"sort"           is:"optional"     doc:"What the versions are ordered by, most important first."`
	Versions []agentVersion `cty:"agent_versions" is:"computed"     doc:"The versions that match, the newest first unless sorted."`
}

// agentVersion is an agent as it was from one change to the next.
type agentVersion struct {
	AgentUUID              string             `cty:"agent_uuid"               is:"computed" doc:"UUID of the agent."`
	AttachedChildAgents    []versionChild     `cty:"attached_child_agents"    is:"computed" doc:"Agents that it routed to."`
	AttachedFunctions      []versionFunction  `cty:"attached_functions"       is:"computed" doc:"Functions that it could call."`
	AttachedGuardrails     []versionGuardrail `cty:"attached_guardrails"      is:"computed" doc:"Guardrails that it had."`
	AttachedKnowledgeBases []versionKnowledge `cty:"attached_knowledge_bases" is:"computed" doc:"Knowledge bases that it had."`
	CanRollback            bool               `cty:"can_rollback"             is:"computed" doc:"Whether the agent can go back to it."`
	CreatedAt              string             `cty:"created_at"               is:"computed" doc:"Time of the change, RFC 3339."`
	CreatedByEmail         string             `cty:"created_by_email"         is:"computed" doc:"Address of who made the change."`
	CurrentlyApplied       bool               `cty:"currently_applied"        is:"computed" doc:"Whether the agent is so now."`
	Description            string             `cty:"description"              is:"computed" doc:"Free text."`
	ID                     string             `cty:"id"                       is:"computed" doc:"Number of the version."`
	Instruction            string             `cty:"instruction"              is:"computed" doc:"What it was told before every conversation."`
	K                      int                `cty:"k"                        is:"computed" doc:"How many results of knowledge bases it was given."`
	MaxTokens              int                `cty:"max_tokens"               is:"computed" doc:"How many tokens an answer had at most."`
	ModelName              string             `cty:"model_name"               is:"computed" doc:"Name of its model."`
	Name                   string             `cty:"name"                     is:"computed" doc:"Name of the agent."`
	ProvideCitations       bool               `cty:"provide_citations"        is:"computed" doc:"Whether its answers said where they were from."`
	RetrievalMethod        string             `cty:"retrieval_method"         is:"computed" doc:"How it looked things up."`
	Tags                   []string           `cty:"tags"                     is:"computed" doc:"Words to find it by."`
	Temperature            float64            `cty:"temperature"              is:"computed" doc:"How freely it answered, 0 to 1."`
	TopP                   float64            `cty:"top_p"                    is:"computed" doc:"How many words it chose from, 0 to 1."`
	TriggerAction          string             `cty:"trigger_action"           is:"computed" doc:"What the change was."`
	VersionHash            string             `cty:"version_hash"             is:"computed" doc:"Hash that names the version when going back."`
}

type versionChild struct {
	AgentName      string `cty:"agent_name"       is:"computed" doc:"Name of the agent."`
	ChildAgentUUID string `cty:"child_agent_uuid" is:"computed" doc:"UUID of the agent."`
	IfCase         string `cty:"if_case"          is:"computed" doc:"When it was routed to."`
	IsDeleted      bool   `cty:"is_deleted"       is:"computed" doc:"Whether it is gone."`
	RouteName      string `cty:"route_name"       is:"computed" doc:"Name of the route."`
}

type versionFunction struct {
	Description   string `cty:"description"    is:"computed" doc:"What it does."`
	FaasName      string `cty:"faas_name"      is:"computed" doc:"Name of the function in its namespace."`
	FaasNamespace string `cty:"faas_namespace" is:"computed" doc:"Namespace of the function."`
	IsDeleted     bool   `cty:"is_deleted"     is:"computed" doc:"Whether it is gone."`
	Name          string `cty:"name"           is:"computed" doc:"Name of the function."`
}

type versionGuardrail struct {
	IsDeleted bool   `cty:"is_deleted" is:"computed" doc:"Whether it is gone."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the guardrail."`
	Priority  int    `cty:"priority"   is:"computed" doc:"Which comes first."`
	UUID      string `cty:"uuid"       is:"computed" doc:"UUID of the guardrail."`
}

type versionKnowledge struct {
	IsDeleted bool   `cty:"is_deleted" is:"computed" doc:"Whether it is gone."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the knowledge base."`
	UUID      string `cty:"uuid"       is:"computed" doc:"UUID of the knowledge base."`
}

var agentVersionsData = providers.DataSource[*client, agentVersionList]{
	Type: "digitalocean_gradientai_agent_versions",
	Doc:  "What an agent has been, from one change to the next.",
	Read: readAgentVersionList,
	Examples: []string{
		exampleAgent + `

data "digitalocean_gradientai_agent_versions" "example" {
  agent_id = digitalocean_gradientai_agent.support.id

  filter {
    key    = "currently_applied"
    values = ["true"]
  }
}`,
	},
}

func readAgentVersionList(ctx context.Context, c *client, x *agentVersionList) (err error) {
	x.ID = x.AgentID
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]*godo.AgentVersion, *godo.Response, error) {
		got, resp, err := c.AgentPlatform.ListAgentVersions(ctx, x.AgentID, opt)
		return got, resp, noSuch(err, "agent", x.AgentID)
	}
	x.Versions, err = selected(pages(ctx, fetch, (*agentVersion).fill), x.Filters, x.Sorts)
	return err
}

func (x *agentVersion) fill(got **godo.AgentVersion) error {
	v := *got
	*x = agentVersion{
		AgentUUID: v.AgentUuid, CanRollback: v.CanRollback, CreatedAt: when(v.CreatedAt), CreatedByEmail: v.CreatedByEmail,
		CurrentlyApplied: v.CurrentlyApplied, Description: v.Description, ID: v.ID, Instruction: v.Instruction, K: int(v.K),
		MaxTokens: int(v.MaxTokens), ModelName: v.ModelName, Name: v.Name, ProvideCitations: v.ProvideCitations, RetrievalMethod: v.RetrievalMethod,
		Tags: userTags(v.Tags), Temperature: v.Temperature, TopP: v.TopP, TriggerAction: v.TriggerAction, VersionHash: v.VersionHash,
	}
	for _, a := range v.AttachedChildAgents {
		x.AttachedChildAgents = append(x.AttachedChildAgents, versionChild{a.AgentName, a.ChildAgentUuid, a.IfCase, a.IsDeleted, a.RouteName})
	}
	for _, f := range v.AttachedFunctions {
		x.AttachedFunctions = append(x.AttachedFunctions, versionFunction{f.Description, f.FaasName, f.FaasNamespace, f.IsDeleted, f.Name})
	}
	for _, g := range v.AttachedGuardrails {
		x.AttachedGuardrails = append(x.AttachedGuardrails, versionGuardrail{g.IsDeleted, g.Name, g.Priority, g.Uuid})
	}
	for _, k := range v.AttachedKnowledgeBases {
		x.AttachedKnowledgeBases = append(x.AttachedKnowledgeBases, versionKnowledge{k.IsDeleted, k.Name, k.Uuid})
	}
	return nil
}
