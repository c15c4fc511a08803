package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type agentLookup struct {
	ID      string `cty:"id"       is:"computed" doc:"UUID of the agent."`
	AgentID string `cty:"agent_id" is:"required" doc:"UUID of the agent."`
	agentFacts
	KnowledgeBases   []string `cty:"knowledge_base_uuid" is:"computed,set" doc:"UUIDs of the knowledge bases that it looks into."`
	OpenAIKeyUUID    string   `cty:"open_ai_key_uuid"    is:"computed"     doc:"UUID of the key for a model of OpenAI."`
	AnthropicKeyUUID string   `cty:"anthropic_key_uuid"  is:"computed"     doc:"UUID of the key for a model of Anthropic."`
	UpdatedAt        string   `cty:"updated_at"          is:"computed"     doc:"Time of the last change, RFC 3339."`
}

var agentData = providers.DataSource[*client, agentLookup]{
	Type: "digitalocean_gradientai_agent",
	Doc:  "An AI agent by its UUID.",
	Read: lookUpAgent,
	Examples: []string{
		exampleAgent + `

data "digitalocean_gradientai_agent" "example" {
  agent_id = digitalocean_gradientai_agent.support.id
}`,
	},
}

func lookUpAgent(ctx context.Context, c *client, x *agentLookup) error {
	got, err := fetchAgent(ctx, c, x.AgentID)
	if err != nil {
		return noSuch(err, "agent", x.AgentID)
	}
	var a gradientAgent
	a.fill(got)
	providers.Shape(x, a)
	x.UpdatedAt = when(got.UpdatedAt)
	return nil
}
