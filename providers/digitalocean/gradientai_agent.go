package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type gradientAgent struct {
	providers.Aside

	ID               string            `cty:"id"                  is:"computed"         doc:"UUID of the agent."`
	Name             string            `cty:"name"                is:"required"         doc:"Name of the agent."`
	Instruction      string            `cty:"instruction"         is:"required"         doc:"What it is told before every conversation."`
	ModelUUID        string            `cty:"model_uuid"          is:"required"         doc:"UUID of its model; see data digitalocean_gradientai_models."`
	ProjectID        string            `cty:"project_id"          is:"required,ref=digitalocean_project" doc:"UUID of its project."`
	Region           string            `cty:"region"              is:"required,replace" doc:"Slug of the region, such as tor1."`
	Description      string            `cty:"description"         is:"optional"         doc:"Free text."`
	Tags             []string          `cty:"tags"                is:"optional,set"     doc:"Words to find it by."`
	KnowledgeBases   []string          `cty:"knowledge_base_uuid" is:"optional,set,ref=digitalocean_gradientai_knowledge_base" doc:"UUIDs of knowledge bases that it looks into; others may be attached."`
	OpenAIKeyUUID    string            `cty:"open_ai_key_uuid"    is:"optional,ref=digitalocean_gradientai_openai_api_key" doc:"UUID of the key for a model of OpenAI."`
	AnthropicKeyUUID string            `cty:"anthropic_key_uuid"  is:"optional"         doc:"UUID of the key for a model of Anthropic."`
	WorkspaceUUID    string            `cty:"workspace_uuid"      is:"optional,replace,blind" doc:"UUID of the workspace that it is made in."`
	K                int               `cty:"k"                   is:"default"          doc:"How many results of knowledge bases it is given."`
	MaxTokens        int               `cty:"max_tokens"          is:"default"          doc:"How many tokens an answer has at most."`
	Temperature      *float64          `cty:"temperature"         is:"default"          doc:"How freely it answers, 0 to 1."`
	TopP             *float64          `cty:"top_p"               is:"default"          doc:"How many words it chooses from, 0 to 1."`
	RetrievalMethod  string            `cty:"retrieval_method"    is:"default"          doc:"How it looks things up, such as RETRIEVAL_METHOD_REWRITE."`
	ProvideCitations *bool             `cty:"provide_citations"   is:"default"          doc:"Whether its answers say where they are from."`
	Deployment       []agentDeployment `cty:"deployment"          is:"default,max=1"    doc:"How it is deployed."`
	IfCase           string            `cty:"if_case"             is:"computed"         doc:"When another agent routes to it."`
	URL              string            `cty:"url"                 is:"computed"         doc:"URL of the agent."`
	UserID           string            `cty:"user_id"             is:"computed"         doc:"Number of the user that it belongs to."`
	CreatedAt        string            `cty:"created_at"          is:"computed"         doc:"Time of creation, RFC 3339."`
}

type agentDeployment struct {
	Visibility string `cty:"visibility" is:"default"  doc:"VISIBILITY_PRIVATE, _PUBLIC, _PLAYGROUND or _DISABLED."`
	Name       string `cty:"name"       is:"computed" doc:"Name of the deployment."`
	UUID       string `cty:"uuid"       is:"computed" doc:"UUID of the deployment."`
	Status     string `cty:"status"     is:"computed,after=visibility" doc:"State, such as STATUS_RUNNING."`
	URL        string `cty:"url"        is:"computed,after=visibility" doc:"URL of its chat completions."`
	CreatedAt  string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
}

var gradientAgentType = providers.Resource[*client, gradientAgent]{
	Type:   "digitalocean_gradientai_agent",
	Doc:    "An AI agent: a model with an instruction, knowledge and functions, behind a URL.",
	Create: createAgent,
	Read:   readAgent,
	Update: updateAgent,
	Delete: deleteAgent,
	List:   listAgents,
	Mark:   providers.InTags,
	Normal: normalAgent,
	Check:  checkAgent,
	// Lists leave out what is attached.
	Shallow: true,
	Natural: func(x gradientAgent) string { return x.Name },
	Examples: []string{
		exampleAIProject + `

resource "digitalocean_gradientai_agent" "example" {
  name        = "support"
  region      = "tor1"
  project_id  = digitalocean_project.ai.id
  model_uuid  = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction = "You answer questions about our training cluster."
}`,
		exampleAIProject + `

resource "digitalocean_gradientai_agent" "example" {
  name             = "support-bot"
  region           = "tor1"
  project_id       = digitalocean_project.ai.id
  model_uuid       = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction      = "You answer questions about our training cluster, briefly."
  description      = "For the ML team."
  tags             = ["ml"]
  k                = 5
  max_tokens       = 512
  temperature      = 0
  retrieval_method = "RETRIEVAL_METHOD_REWRITE"

  deployment {
    visibility = "VISIBILITY_PUBLIC"
  }
}`,
		exampleAIProject + `

resource "digitalocean_gradientai_agent" "example" {
  name        = "support-bot"
  region      = "nyc1"
  project_id  = digitalocean_project.ai.id
  model_uuid  = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction = "You answer questions about our training cluster."
  temperature = 0.3
}`,
	},
}

const exampleAIProject = `resource "digitalocean_project" "ai" {
  name = "ai"
}`

// agentRequest makes an agent, or changes it; what is not named stays.
type agentRequest struct {
	Name             string   `json:"name"`
	Instruction      string   `json:"instruction"`
	ModelUUID        string   `json:"model_uuid"`
	ProjectID        string   `json:"project_id"`
	Description      string   `json:"description"`
	Tags             []string `json:"tags"`
	OpenAIKeyUUID    *string  `json:"open_ai_key_uuid,omitempty"`
	AnthropicKeyUUID *string  `json:"anthropic_key_uuid,omitempty"`
	*agentBirth
	*agentTuning
}

// agentBirth is what only a create takes, agentTuning what only an update does.
type agentBirth struct {
	Region         string   `json:"region"`
	KnowledgeBases []string `json:"knowledge_base_uuid,omitempty"`
	WorkspaceUUID  string   `json:"workspace_uuid,omitempty"`
}

type agentTuning struct {
	K                int      `json:"k,omitempty"`
	MaxTokens        int      `json:"max_tokens,omitempty"`
	Temperature      *float64 `json:"temperature,omitempty"`
	TopP             *float64 `json:"top_p,omitempty"`
	RetrievalMethod  string   `json:"retrieval_method,omitempty"`
	ProvideCitations *bool    `json:"provide_citations,omitempty"`
}

func (x *gradientAgent) request(tags []string) agentRequest {
	return agentRequest{
		Name: x.Name, Instruction: x.Instruction, ModelUUID: x.ModelUUID, ProjectID: x.ProjectID,
		Description: x.Description, Tags: append([]string{}, tags...),
	}
}

func (x *gradientAgent) tuning() agentTuning {
	return agentTuning{x.K, x.MaxTokens, x.Temperature, x.TopP, x.RetrievalMethod, x.ProvideCitations}
}

// named returns key for a request, nil when there is none and was none.
func named(was, key string) *string {
	if was == "" && key == "" {
		return nil
	}
	return &key
}

// createAgent leaves to updateAgent what a create does not take.
func createAgent(ctx context.Context, c *client, x *gradientAgent, a providers.Attempt) error {
	want := *x
	req := x.request(marked(x.Tags, providers.Attempt{Owner: a.Owner}))
	req.agentBirth = &agentBirth{x.Region, x.KnowledgeBases, x.WorkspaceUUID}
	req.OpenAIKeyUUID, req.AnthropicKeyUUID = named("", x.OpenAIKeyUUID), named("", x.AnthropicKeyUUID)
	var root struct {
		Agent agentAnswer `json:"agent"`
	}
	if err := call(ctx, c, "POST", agentsPath, req, &root); err != nil {
		return err
	}
	x.fill(&root.Agent)
	if want.tuning() != (agentTuning{}) || want.visibility() != "" {
		return providers.ErrAgain
	}
	return nil
}

func readAgent(ctx context.Context, c *client, x *gradientAgent) error {
	got, err := fetchAgent(ctx, c, x.ID)
	if err != nil {
		return err
	}
	x.fill(got)
	return settledAgent(&got.Agent)
}

func updateAgent(ctx context.Context, c *client, was gradientAgent, x *gradientAgent) error {
	now, err := fetchAgent(ctx, c, was.ID)
	if err != nil {
		return err
	}
	req, tuning := x.request(marked(x.Tags, providers.Attempt{Owner: ownerOf(now.Tags)})), x.tuning()
	req.agentTuning = &tuning
	req.OpenAIKeyUUID, req.AnthropicKeyUUID = named(was.OpenAIKeyUUID, x.OpenAIKeyUUID), named(was.AnthropicKeyUUID, x.AnthropicKeyUUID)
	if err := call(ctx, c, "PUT", agentsPath+"/"+was.ID, req, nil); err != nil {
		return err
	}
	if to := x.visibility(); to != "" && (now.Deployment == nil || now.Deployment.Visibility != to) {
		_, _, err := c.AgentPlatform.UpdateAgentVisibility(ctx, was.ID, &godo.AgentVisibilityUpdateRequest{Uuid: was.ID, Visibility: to})
		if err != nil {
			return err
		}
	}
	for _, kb := range without(was.KnowledgeBases, x.KnowledgeBases) {
		if !now.has(kb) {
			continue
		}
		if _, _, err := c.AgentPlatform.DetachKnowledgeBaseToAgent(ctx, was.ID, kb); gone(err) != nil && gone(err) != providers.ErrGone {
			return err
		}
	}
	for _, kb := range x.KnowledgeBases {
		if now.has(kb) {
			continue
		}
		if _, _, err := c.AgentPlatform.AttachKnowledgeBaseToAgent(ctx, was.ID, kb); err != nil {
			return err
		}
	}
	x.ID = was.ID
	if now, err = fetchAgent(ctx, c, was.ID); err != nil {
		return err
	}
	x.fill(now)
	return nil
}

func deleteAgent(ctx context.Context, c *client, x gradientAgent) error {
	_, _, err := c.AgentPlatform.DeleteAgent(ctx, x.ID)
	return gone(err)
}

func listAgents(ctx context.Context, c *client, _ gradientAgent) iter.Seq2[gradientAgent, error] {
	return pages(ctx, c.AgentPlatform.ListAgents, func(x *gradientAgent, got **godo.Agent) error {
		x.fill(&agentAnswer{Agent: **got})
		return settledAgent(*got)
	})
}

// settledAgent returns ErrNotReady while got is being deployed, and ErrBroken when
// that has failed.
func settledAgent(got *godo.Agent) error {
	if got.Deployment == nil {
		return nil
	}
	switch got.Deployment.Status {
	case "STATUS_WAITING_FOR_DEPLOYMENT", "STATUS_DEPLOYING", "STATUS_BUILDING":
		return providers.ErrNotReady
	case "STATUS_FAILED":
		return fmt.Errorf("its deployment has failed: %w", providers.ErrBroken)
	}
	return nil
}

func (x *gradientAgent) visibility() string {
	if len(x.Deployment) == 0 {
		return ""
	}
	return x.Deployment[0].Visibility
}

// fill shows of the knowledge bases those that are named, or all while nothing is
// known: others may be attached by resources of their own.
func (x *gradientAgent) fill(got *agentAnswer) {
	imported := x.Name == ""
	x.ID, x.Name, x.Instruction, x.ProjectID, x.Region = got.Uuid, got.Name, got.Instruction, got.ProjectId, got.Region
	x.ModelUUID, x.OpenAIKeyUUID, x.AnthropicKeyUUID = "", "", ""
	if got.Model != nil {
		x.ModelUUID = got.Model.Uuid
	}
	if got.OpenAI != nil {
		x.OpenAIKeyUUID = got.OpenAI.Uuid
	}
	if got.AnthropicApiKey != nil {
		x.AnthropicKeyUUID = got.AnthropicApiKey.Uuid
	}
	x.Description, x.Owner, x.Tags = got.Description, ownerOf(got.Tags), userTags(got.Tags)
	x.K, x.MaxTokens, x.RetrievalMethod = got.K, got.MaxTokens, got.RetrievalMethod
	x.Temperature, x.TopP, x.ProvideCitations = new(asFloat32(got.Temperature)), new(asFloat32(got.TopP)), new(got.ProvideCitations)
	x.IfCase, x.URL, x.UserID, x.CreatedAt = got.IfCase, got.Url, got.UserId, when(got.CreatedAt)
	if imported {
		for _, kb := range got.KnowledgeBases {
			x.KnowledgeBases = append(x.KnowledgeBases, kb.Uuid)
		}
	}
	x.KnowledgeBases = slices.DeleteFunc(slices.Clone(x.KnowledgeBases), func(id string) bool { return !got.has(id) })
	x.Deployment = nil
	if d := got.Deployment; d != nil {
		x.Deployment = []agentDeployment{{d.Visibility, d.Name, d.Uuid, d.Status, d.Url, when(d.CreatedAt)}}
	}
}

func normalAgent(x *gradientAgent) {
	x.Region = strings.ToLower(x.Region)
	for _, f := range []**float64{&x.Temperature, &x.TopP} {
		if *f != nil {
			*f = new(asFloat32(**f))
		}
	}
}

var (
	visibilities     = []string{"VISIBILITY_PRIVATE", "VISIBILITY_PUBLIC", "VISIBILITY_PLAYGROUND", "VISIBILITY_DISABLED"}
	retrievalMethods = []string{"RETRIEVAL_METHOD_REWRITE", "RETRIEVAL_METHOD_STEP_BACK", "RETRIEVAL_METHOD_SUB_QUERIES", "RETRIEVAL_METHOD_NONE"}
)

func checkAgent(was *gradientAgent, x gradientAgent) error {
	if err := checkProjects("", x.ProjectID); err != nil {
		return err
	}
	changed := was == nil || was.RetrievalMethod != x.RetrievalMethod
	seen := was == nil || was.visibility() != x.visibility()
	switch {
	case x.Name == "" || x.Instruction == "":
		return errors.New("name and instruction must not be empty")
	case !uuidPattern.MatchString(x.ModelUUID):
		return fmt.Errorf("model_uuid %q is not a UUID: data digitalocean_gradientai_models lists them", x.ModelUUID)
	case x.Temperature != nil && (*x.Temperature < 0 || *x.Temperature > 1):
		return fmt.Errorf("temperature %v is not between 0 and 1", *x.Temperature)
	case x.TopP != nil && (*x.TopP < 0 || *x.TopP > 1):
		return fmt.Errorf("top_p %v is not between 0 and 1", *x.TopP)
	case changed && x.RetrievalMethod != "" && !slices.Contains(retrievalMethods, x.RetrievalMethod):
		return fmt.Errorf("retrieval_method %q is none of %s", x.RetrievalMethod, strings.Join(retrievalMethods, ", "))
	case seen && x.visibility() != "" && !slices.Contains(visibilities, x.visibility()):
		return fmt.Errorf("visibility %q of deployment is none of %s", x.visibility(), strings.Join(visibilities, ", "))
	}
	return nil
}
