package digitalocean

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// knowledgeFacts is what data sources show of a knowledge base beside its UUID.
type knowledgeFacts struct {
	Name               string   `cty:"name"                 is:"computed"     doc:"Name of the knowledge base."`
	ProjectID          string   `cty:"project_id"           is:"computed"     doc:"UUID of its project."`
	Region             string   `cty:"region"               is:"computed"     doc:"Slug of the region."`
	EmbeddingModelUUID string   `cty:"embedding_model_uuid" is:"computed"     doc:"UUID of the model that indexes it."`
	DatabaseID         string   `cty:"database_id"          is:"computed"     doc:"UUID of the OpenSearch cluster that it is in."`
	Tags               []string `cty:"tags"                 is:"computed,set" doc:"Words to find it by."`
	IsPublic           bool     `cty:"is_public"            is:"computed"     doc:"Whether it is one that everybody may use."`
	CreatedAt          string   `cty:"created_at"           is:"computed"     doc:"Time of creation, RFC 3339."`
}

// knowledgeSummary is what lists show of a knowledge base.
type knowledgeSummary struct {
	UUID string `cty:"uuid" is:"computed" doc:"UUID of the knowledge base."`
	knowledgeFacts
}

func (x knowledgeBase) summary() knowledgeSummary {
	s := knowledgeSummary{UUID: x.ID}
	providers.Shape(&s, x)
	return s
}

type knowledgeList struct {
	ID             string             `cty:"id"              is:"computed"     doc:"Always knowledge_bases."`
	Filters        []listFilter       `cty:"filter"          is:"optional,set" doc:"What a knowledge base has to match; all of them count."`
	Sorts          []listSort         `cty:"sort"            is:"optional"     doc:"What they are ordered by, most important first."`
	KnowledgeBases []knowledgeSummary `cty:"knowledge_bases" is:"computed"     doc:"The knowledge bases that match."`
}

var knowledgeBasesData = providers.DataSource[*client, knowledgeList]{
	Type: "digitalocean_gradientai_knowledge_bases",
	Doc:  "The knowledge bases of the account.",
	Read: readKnowledgeList,
	Examples: []string{
		exampleAgentAndKnowledge + `

data "digitalocean_gradientai_knowledge_bases" "example" {
  filter {
    key    = "name"
    values = [digitalocean_gradientai_knowledge_base.docs.name]
  }
}`,
	},
}

func readKnowledgeList(ctx context.Context, c *client, x *knowledgeList) (err error) {
	x.ID = "knowledge_bases"
	all := viewed(shown(ctx, c, knowledgeBaseType, knowledgeBase{}), knowledgeBase.summary)
	x.KnowledgeBases, err = selected(all, x.Filters, x.Sorts)
	return err
}

type knowledgeLookup struct {
	ID   string `cty:"id"   is:"computed" doc:"UUID of the knowledge base."`
	UUID string `cty:"uuid" is:"required" doc:"UUID of the knowledge base."`
	knowledgeFacts
	AddedToAgentAt  string            `cty:"added_to_agent_at" is:"computed" doc:"Time at which an agent got it, RFC 3339."`
	UpdatedAt       string            `cty:"updated_at"        is:"computed" doc:"Time of the last change, RFC 3339."`
	LastIndexingJob []indexingJob     `cty:"last_indexing_job" is:"computed" doc:"The last run over what it knows."`
	Datasources     []knowledgeSource `cty:"datasources"       is:"computed" doc:"What it knows."`
}

// indexingJob is a run over what a knowledge base knows.
type indexingJob struct {
	UUID       string `cty:"uuid"        is:"computed" doc:"UUID of the job."`
	Status     string `cty:"status"      is:"computed" doc:"State, such as INDEX_JOB_STATUS_COMPLETED."`
	Phase      string `cty:"phase"       is:"computed" doc:"What it is at."`
	CreatedAt  string `cty:"created_at"  is:"computed" doc:"Time of creation, RFC 3339."`
	StartedAt  string `cty:"started_at"  is:"computed" doc:"Time of its start, RFC 3339."`
	FinishedAt string `cty:"finished_at" is:"computed" doc:"Time of its end, RFC 3339."`
}

func indexingJobOf(got *godo.LastIndexingJob) []indexingJob {
	if got == nil {
		return nil
	}
	return []indexingJob{{got.Uuid, got.Status, got.Phase, when(got.CreatedAt), when(got.StartedAt), when(got.FinishedAt)}}
}

var knowledgeBaseData = providers.DataSource[*client, knowledgeLookup]{
	Type: "digitalocean_gradientai_knowledge_base",
	Doc:  "A knowledge base by its UUID.",
	Read: lookUpKnowledgeBase,
	Examples: []string{
		exampleAgentAndKnowledge + `

data "digitalocean_gradientai_knowledge_base" "example" {
  uuid = digitalocean_gradientai_knowledge_base.docs.id
}`,
	},
}

func lookUpKnowledgeBase(ctx context.Context, c *client, x *knowledgeLookup) error {
	var root knowledgeAnswer
	if err := call(ctx, c, "GET", knowledgePath+"/"+x.UUID, nil, &root); err != nil {
		return noSuch(err, "knowledge base", x.UUID)
	}
	got := &root.KnowledgeBase
	var k knowledgeBase
	k.fill(got)
	providers.Shape(x, k)
	x.AddedToAgentAt, x.UpdatedAt, x.LastIndexingJob = when(got.AddedToAgentAt), when(got.UpdatedAt), indexingJobOf(got.LastIndexingJob)
	there, err := knowledgeSources(ctx, c, k.ID)
	for _, p := range there {
		x.Datasources = append(x.Datasources, p.knowledgeSource)
	}
	return err
}

type knowledgeSourceList struct {
	ID            string            `cty:"id"                  is:"computed" doc:"UUID of the knowledge base."`
	KnowledgeBase string            `cty:"knowledge_base_uuid" is:"required" doc:"UUID of the knowledge base."`
	Datasources   []knowledgeSource `cty:"datasources"         is:"computed" doc:"What it knows."`
}

var knowledgeSourcesData = providers.DataSource[*client, knowledgeSourceList]{
	Type: "digitalocean_gradientai_knowledge_base_data_sources",
	Doc:  "What a knowledge base knows.",
	Read: readKnowledgeSourceList,
	Examples: []string{
		exampleAgentAndKnowledge + `

data "digitalocean_gradientai_knowledge_base_data_sources" "example" {
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id
}`,
	},
}

func readKnowledgeSourceList(ctx context.Context, c *client, x *knowledgeSourceList) error {
	x.ID = x.KnowledgeBase
	there, err := knowledgeSources(ctx, c, x.ID)
	for _, p := range there {
		x.Datasources = append(x.Datasources, p.knowledgeSource)
	}
	return noSuch(err, "knowledge base", x.ID)
}
