package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type agentLookup struct {
	ID               string            `cty:"id"                  is:"computed"     doc:"UUID of the agent."`
	AgentID          string            `cty:"agent_id"            is:"required"     doc:"UUID of the agent."`
	Name             string            `cty:"name"                is:"computed"     doc:"Name of the agent."`
	Instruction      string            `cty:"instruction"         is:"computed"     doc:"What it is told before every conversation."`
	ModelUUID        string            `cty:"model_uuid"          is:"computed"     doc:"UUID of its model."`
	ProjectID        string            `cty:"project_id"          is:"computed"     doc:"UUID of its project."`
	Region           string            `cty:"region"              is:"computed"     doc:"Slug of the region."`
	Description      string            `cty:"description"         is:"computed"     doc:"Free text."`
	Tags             []string          `cty:"tags"                is:"computed,set" doc:"Words to find it by."`
	KnowledgeBases   []string          `cty:"knowledge_base_uuid" is:"computed,set" doc:"UUIDs of the knowledge bases that it looks into."`
	OpenAIKeyUUID    string            `cty:"open_ai_key_uuid"    is:"computed"     doc:"UUID of the key for a model of OpenAI."`
	AnthropicKeyUUID string            `cty:"anthropic_key_uuid"  is:"computed"     doc:"UUID of the key for a model of Anthropic."`
	K                int               `cty:"k"                   is:"computed"     doc:"How many results of knowledge bases it is given."`
	MaxTokens        int               `cty:"max_tokens"          is:"computed"     doc:"How many tokens an answer has at most."`
	Temperature      float64           `cty:"temperature"         is:"computed"     doc:"How freely it answers."`
	TopP             float64           `cty:"top_p"               is:"computed"     doc:"How many words it chooses from."`
	RetrievalMethod  string            `cty:"retrieval_method"    is:"computed"     doc:"How it looks things up."`
	ProvideCitations bool              `cty:"provide_citations"   is:"computed"     doc:"Whether its answers say where they are from."`
	Deployment       []agentDeployment `cty:"deployment"          is:"computed"     doc:"How it is deployed."`
	IfCase           string            `cty:"if_case"             is:"computed"     doc:"When another agent routes to it."`
	URL              string            `cty:"url"                 is:"computed"     doc:"URL of the agent."`
	UserID           string            `cty:"user_id"             is:"computed"     doc:"Number of the user that it belongs to."`
	CreatedAt        string            `cty:"created_at"          is:"computed"     doc:"Time of creation, RFC 3339."`
	UpdatedAt        string            `cty:"updated_at"          is:"computed"     doc:"Time of the last change, RFC 3339."`
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
	*x = agentLookup{
		ID: a.ID, AgentID: a.ID, Name: a.Name, Instruction: a.Instruction, ModelUUID: a.ModelUUID, ProjectID: a.ProjectID, Region: a.Region,
		Description: a.Description, Tags: a.Tags, KnowledgeBases: a.KnowledgeBases, OpenAIKeyUUID: a.OpenAIKeyUUID,
		AnthropicKeyUUID: a.AnthropicKeyUUID, K: a.K, MaxTokens: a.MaxTokens, Temperature: *a.Temperature, TopP: *a.TopP,
		RetrievalMethod: a.RetrievalMethod, ProvideCitations: *a.ProvideCitations, Deployment: a.Deployment, IfCase: a.IfCase,
		URL: a.URL, UserID: a.UserID, CreatedAt: a.CreatedAt, UpdatedAt: when(got.UpdatedAt),
	}
	return nil
}
