package digitalocean

import (
	"context"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// agentFacts is what data sources show of an agent beside its UUID.
type agentFacts struct {
	Name             string            `cty:"name"              is:"computed"     doc:"Name of the agent."`
	Instruction      string            `cty:"instruction"       is:"computed"     doc:"What it is told before every conversation."`
	ModelUUID        string            `cty:"model_uuid"        is:"computed"     doc:"UUID of its model."`
	ProjectID        string            `cty:"project_id"        is:"computed"     doc:"UUID of its project."`
	Region           string            `cty:"region"            is:"computed"     doc:"Slug of the region."`
	Description      string            `cty:"description"       is:"computed"     doc:"Free text."`
	Tags             []string          `cty:"tags"              is:"computed,set" doc:"Words to find it by."`
	IfCase           string            `cty:"if_case"           is:"computed"     doc:"When another agent routes to it."`
	K                int               `cty:"k"                 is:"computed"     doc:"How many results of knowledge bases it is given."`
	MaxTokens        int               `cty:"max_tokens"        is:"computed"     doc:"How many tokens an answer has at most."`
	Temperature      float64           `cty:"temperature"       is:"computed"     doc:"How freely it answers."`
	TopP             float64           `cty:"top_p"             is:"computed"     doc:"How many words it chooses from."`
	RetrievalMethod  string            `cty:"retrieval_method"  is:"computed"     doc:"How it looks things up."`
	ProvideCitations bool              `cty:"provide_citations" is:"computed"     doc:"Whether its answers say where they are from."`
	URL              string            `cty:"url"               is:"computed"     doc:"URL of the agent."`
	UserID           string            `cty:"user_id"           is:"computed"     doc:"Number of the user that it belongs to."`
	CreatedAt        string            `cty:"created_at"        is:"computed"     doc:"Time of creation, RFC 3339."`
	Deployment       []agentDeployment `cty:"deployment"        is:"computed"     doc:"How it is deployed."`
}

// agentSummary is what lists show of an agent.
type agentSummary struct {
	AgentID string `cty:"agent_id" is:"computed" doc:"UUID of the agent."`
	agentFacts
}

func (x gradientAgent) summary() agentSummary {
	s := agentSummary{AgentID: x.ID}
	providers.Shape(&s, x)
	return s
}

type agentList struct {
	ID           string         `cty:"id"            is:"computed"     doc:"Always agents."`
	OnlyDeployed bool           `cty:"only_deployed" is:"optional"     doc:"Whether agents that do not run are left out."`
	Filters      []listFilter   `cty:"filter"        is:"optional,set" doc:"What an agent has to match; all of them count."`
	Sorts        []listSort     `cty:"sort"          is:"optional"     doc:"What the agents are ordered by, most important first."`
	Agents       []agentSummary `cty:"agents"        is:"computed"     doc:"The agents that match."`
}

var agentsData = providers.DataSource[*client, agentList]{
	Type: "digitalocean_gradientai_agents",
	Doc:  "The AI agents of the account.",
	Read: readAgentList,
	Examples: []string{
		exampleAgent + `

data "digitalocean_gradientai_agents" "example" {
  only_deployed = true

  filter {
    key    = "name"
    values = [digitalocean_gradientai_agent.support.name]
  }
}`,
	},
}

func readAgentList(ctx context.Context, c *client, x *agentList) (err error) {
	x.ID = "agents"
	all := viewed(shown(ctx, c, gradientAgentType, gradientAgent{}), gradientAgent.summary)
	if x.OnlyDeployed {
		all = kept(all, func(a agentSummary) bool {
			return len(a.Deployment) > 0 && a.Deployment[0].Status == "STATUS_RUNNING"
		})
	}
	x.Agents, err = selected(all, x.Filters, x.Sorts)
	return err
}

// kept yields the items that keep likes.
func kept[T any](items iter.Seq2[T, error], keep func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for x, err := range items {
			if (err != nil || keep(x)) && !yield(x, err) {
				return
			}
		}
	}
}

type agentsByKey struct {
	ID     string         `cty:"id"     is:"computed" doc:"UUID of the key."`
	UUID   string         `cty:"uuid"   is:"required" doc:"UUID of the key."`
	Agents []agentSummary `cty:"agents" is:"computed" doc:"The agents that use the key."`
}

var agentsByOpenAIKeyData = providers.DataSource[*client, agentsByKey]{
	Type: "digitalocean_gradientai_agents_by_openai_api_key",
	Doc:  "The agents that use a key of OpenAI.",
	Read: readAgentsByOpenAIKey,
	Examples: []string{
		exampleOpenAIKey + `

data "digitalocean_gradientai_agents_by_openai_api_key" "example" {
  uuid = digitalocean_gradientai_openai_api_key.ml.uuid
}`,
	},
}

const exampleOpenAIKey = `resource "digitalocean_gradientai_openai_api_key" "ml" {
  name               = "ml"
  api_key_wo         = "sk-proj-0123456789abcdef"
  api_key_wo_version = 1
}`

func readAgentsByOpenAIKey(ctx context.Context, c *client, x *agentsByKey) error {
	x.ID = x.UUID
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]*godo.Agent, *godo.Response, error) {
		return c.AgentPlatform.ListAgentsByOpenAIAPIKey(ctx, x.UUID, opt)
	}
	all := pages(ctx, fetch, func(a *gradientAgent, got **godo.Agent) error {
		a.fill(&agentAnswer{Agent: **got})
		return nil
	})
	for a, err := range viewed(all, gradientAgent.summary) {
		if err != nil {
			return err
		}
		x.Agents = append(x.Agents, a)
	}
	return nil
}
