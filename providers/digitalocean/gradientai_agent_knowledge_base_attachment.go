package digitalocean

import (
	"context"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

type agentKnowledgeBase struct {
	ID            string `cty:"id"                  is:"computed" doc:"UUIDs of the agent and the knowledge base, a dash in between."`
	AgentUUID     string `cty:"agent_uuid"          is:"required,replace,ref=digitalocean_gradientai_agent" doc:"UUID of the agent."`
	KnowledgeBase string `cty:"knowledge_base_uuid" is:"required,replace,ref=digitalocean_gradientai_knowledge_base" doc:"UUID of the knowledge base."`
}

var agentKnowledgeBaseType = providers.Resource[*client, agentKnowledgeBase]{
	Type:     "digitalocean_gradientai_agent_knowledge_base_attachment",
	Doc:      "A knowledge base that an agent looks into.",
	Create:   createAgentKnowledgeBase,
	Read:     readAgentKnowledgeBase,
	Delete:   deleteAgentKnowledgeBase,
	List:     listAgentKnowledgeBases,
	Within:   func(x agentKnowledgeBase) string { return x.AgentUUID },
	Import:   importAgentKnowledgeBase,
	ImportID: func(x agentKnowledgeBase) string { return x.AgentUUID + "," + x.KnowledgeBase },
	Natural:  func(x agentKnowledgeBase) string { return x.KnowledgeBase },
	Lock:     func(x agentKnowledgeBase) string { return agentLock(x.AgentUUID) },
	Again:    true,
	Examples: []string{
		exampleAgentAndKnowledge + `

resource "digitalocean_gradientai_agent_knowledge_base_attachment" "example" {
  agent_uuid          = digitalocean_gradientai_agent.support.id
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id
}`,
		exampleAgentAndKnowledge + `

resource "digitalocean_gradientai_agent" "other" {
  name        = "research"
  region      = "tor1"
  project_id  = digitalocean_project.ai.id
  model_uuid  = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction = "You find papers."
}

resource "digitalocean_gradientai_agent_knowledge_base_attachment" "example" {
  agent_uuid          = digitalocean_gradientai_agent.other.id
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id
}`,
	},
}

const exampleAgent = exampleAIProject + `

resource "digitalocean_gradientai_agent" "support" {
  name        = "support"
  region      = "tor1"
  project_id  = digitalocean_project.ai.id
  model_uuid  = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction = "You answer questions about our training cluster."
}`

const exampleAgentAndKnowledge = exampleAgent + `

resource "digitalocean_gradientai_knowledge_base" "docs" {
  name                 = "docs"
  region               = "tor1"
  project_id           = digitalocean_project.ai.id
  embedding_model_uuid = "22653204-79ed-11ef-bf8f-4e013e2ddde4"

  datasources {
    web_crawler_data_source {
      base_url        = "https://docs.example.com/"
      crawling_option = "SCOPED"
    }
  }
}`

// agentLock names an agent among locks: what is attached to it is told one change
// at a time.
func agentLock(id string) string {
	if id == "" {
		return ""
	}
	return "agent " + id
}

func createAgentKnowledgeBase(ctx context.Context, c *client, x *agentKnowledgeBase, _ providers.Attempt) error {
	if _, _, err := c.AgentPlatform.AttachKnowledgeBaseToAgent(ctx, x.AgentUUID, x.KnowledgeBase); err != nil {
		return err
	}
	x.fill(x.AgentUUID, x.KnowledgeBase)
	return nil
}

func readAgentKnowledgeBase(ctx context.Context, c *client, x *agentKnowledgeBase) error {
	got, err := fetchAgent(ctx, c, x.AgentUUID)
	if err != nil {
		return err
	}
	if !got.has(x.KnowledgeBase) {
		return providers.ErrGone
	}
	x.fill(x.AgentUUID, x.KnowledgeBase)
	return nil
}

func deleteAgentKnowledgeBase(ctx context.Context, c *client, x agentKnowledgeBase) error {
	_, _, err := c.AgentPlatform.DetachKnowledgeBaseToAgent(ctx, x.AgentUUID, x.KnowledgeBase)
	return gone(err)
}

func listAgentKnowledgeBases(ctx context.Context, c *client, in agentKnowledgeBase) iter.Seq2[agentKnowledgeBase, error] {
	return ofAgent(ctx, c, in.AgentUUID, func(got *agentAnswer) []agentKnowledgeBase {
		all := make([]agentKnowledgeBase, len(got.KnowledgeBases))
		for i, kb := range got.KnowledgeBases {
			all[i].fill(in.AgentUUID, kb.Uuid)
		}
		return all
	})
}

// ofAgent yields what parts takes from an agent; nothing when there is no agent.
func ofAgent[T any](ctx context.Context, c *client, agent string, parts func(*agentAnswer) []T) iter.Seq2[T, error] {
	return presentOnly(agent, func(yield func(T, error) bool) {
		got, err := fetchAgent(ctx, c, agent)
		if err != nil {
			yield(*new(T), err)
			return
		}
		for _, x := range parts(got) {
			if !yield(x, nil) {
				return
			}
		}
	})
}

func importAgentKnowledgeBase(id string) (x agentKnowledgeBase, err error) {
	agent, kb, err := importOfAgent(id, "knowledge base")
	x.fill(agent, kb)
	return x, err
}

// importOfAgent splits the id of an agent, a comma and the id of what is called
// part.
func importOfAgent(id, part string) (agent, rest string, err error) {
	return halves(id, "the UUID of the agent, a comma and the UUID of the "+part)
}

func (x *agentKnowledgeBase) fill(agent, kb string) {
	x.ID, x.AgentUUID, x.KnowledgeBase = agent+"-"+kb, agent, kb
}
