package digitalocean

import (
	"context"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// indexingRunFacts is what the API shows of a run beside its UUID and state.
type indexingRunFacts struct {
	KnowledgeBaseUUID    string   `cty:"knowledge_base_uuid"   is:"computed" doc:"UUID of the knowledge base."`
	CompletedDatasources int      `cty:"completed_datasources" is:"computed" doc:"Number of sources that are done."`
	TotalDatasources     int      `cty:"total_datasources"     is:"computed" doc:"Number of sources."`
	Tokens               int      `cty:"tokens"                is:"computed" doc:"Number of tokens."`
	TotalItemsFailed     string   `cty:"total_items_failed"    is:"computed" doc:"Number of items that have failed."`
	TotalItemsIndexed    string   `cty:"total_items_indexed"   is:"computed" doc:"Number of items that are indexed."`
	TotalItemsSkipped    string   `cty:"total_items_skipped"   is:"computed" doc:"Number of items that were left out."`
	DataSourceUUIDs      []string `cty:"data_source_uuids"     is:"computed" doc:"UUIDs of the sources."`
	CreatedAt            string   `cty:"created_at"            is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt            string   `cty:"updated_at"            is:"computed" doc:"Time of the last change, RFC 3339."`
	StartedAt            string   `cty:"started_at"            is:"computed" doc:"Time of its start, RFC 3339."`
	FinishedAt           string   `cty:"finished_at"           is:"computed" doc:"Time of its end, RFC 3339."`
}

// indexingRun is all that the API shows of a run over what a knowledge base knows.
type indexingRun struct {
	UUID   string `cty:"uuid"   is:"computed" doc:"UUID of the job."`
	Phase  string `cty:"phase"  is:"computed" doc:"What it is at, such as BATCH_JOB_PHASE_RUNNING."`
	Status string `cty:"status" is:"computed" doc:"State, such as INDEX_JOB_STATUS_COMPLETED."`
	indexingRunFacts
}

func indexingRunOf(got *godo.LastIndexingJob) indexingRun {
	return indexingRun{UUID: got.Uuid, Phase: got.Phase, Status: got.Status, indexingRunFacts: indexingRunFacts{
		KnowledgeBaseUUID: got.KnowledgeBaseUuid, CompletedDatasources: got.CompletedDatasources,
		TotalDatasources: got.TotalDatasources, Tokens: got.Tokens, TotalItemsFailed: got.TotalItemsFailed,
		TotalItemsIndexed: got.TotalItemsIndexed, TotalItemsSkipped: got.TotalItemsSkipped, DataSourceUUIDs: got.DataSourceUuids,
		CreatedAt: when(got.CreatedAt), UpdatedAt: when(got.UpdatedAt), StartedAt: when(got.StartedAt), FinishedAt: when(got.FinishedAt),
	}}
}

type indexingJobLookup struct {
	ID     string `cty:"id"     is:"computed" doc:"UUID of the job."`
	UUID   string `cty:"uuid"   is:"required" doc:"UUID of the job."`
	Phase  string `cty:"phase"  is:"computed" doc:"What it is at, such as BATCH_JOB_PHASE_RUNNING."`
	Status string `cty:"status" is:"computed" doc:"State, such as INDEX_JOB_STATUS_COMPLETED."`
	indexingRunFacts
}

var indexingJobData = providers.DataSource[*client, indexingJobLookup]{
	Type: "digitalocean_gradientai_indexing_job",
	Doc:  "A run over what a knowledge base knows, by its UUID.",
	Read: lookUpIndexingJob,
	Examples: []string{
		exampleIndexingJobs + `

data "digitalocean_gradientai_indexing_job" "example" {
  uuid = data.digitalocean_gradientai_knowledge_base_indexing_jobs.docs.jobs[0].uuid
}`,
	},
}

const exampleIndexingJobs = exampleAgentAndKnowledge + `

data "digitalocean_gradientai_knowledge_base_indexing_jobs" "docs" {
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id
}`

func lookUpIndexingJob(ctx context.Context, c *client, x *indexingJobLookup) error {
	got, err := fetchIndexingJob(ctx, c, x.UUID)
	if err != nil {
		return noSuch(err, "indexing job", x.UUID)
	}
	*x = indexingJobLookup{ID: got.UUID, UUID: got.UUID, Phase: got.Phase, Status: got.Status, indexingRunFacts: got.indexingRunFacts}
	return nil
}

func fetchIndexingJob(ctx context.Context, c *client, id string) (indexingRun, error) {
	got, _, err := c.AgentPlatform.GetIndexingJob(ctx, id)
	if err != nil {
		return indexingRun{}, err
	}
	return indexingRunOf(&got.Job), nil
}

type indexingJobList struct {
	ID            string        `cty:"id"                  is:"computed" doc:"UUID of the knowledge base."`
	KnowledgeBase string        `cty:"knowledge_base_uuid" is:"required,ref=digitalocean_gradientai_knowledge_base" doc:"UUID of the knowledge base."`
	Jobs          []indexingRun `cty:"jobs"                is:"computed" doc:"The runs over what it knows."`
	Meta          []pageMeta    `cty:"meta"                is:"computed" doc:"How many there are; all are on one page."`
}

type pageMeta struct {
	Page  int `cty:"page"  is:"computed" doc:"Always 1."`
	Pages int `cty:"pages" is:"computed" doc:"Always 1."`
	Total int `cty:"total" is:"computed" doc:"Number of jobs."`
}

var indexingJobsData = providers.DataSource[*client, indexingJobList]{
	Type:     "digitalocean_gradientai_knowledge_base_indexing_jobs",
	Doc:      "The runs over what a knowledge base knows.",
	Read:     readIndexingJobList,
	Examples: []string{exampleIndexingJobs},
}

func readIndexingJobList(ctx context.Context, c *client, x *indexingJobList) error {
	var root struct {
		Jobs []godo.LastIndexingJob `json:"jobs"`
	}
	if err := call(ctx, c, "GET", knowledgePath+"/"+x.KnowledgeBase+"/indexing_jobs", nil, &root); err != nil {
		return noSuch(err, "knowledge base", x.KnowledgeBase)
	}
	x.ID, x.Meta = x.KnowledgeBase, []pageMeta{{1, 1, len(root.Jobs)}}
	for _, j := range root.Jobs {
		x.Jobs = append(x.Jobs, indexingRunOf(&j))
	}
	return nil
}

type indexedSourceList struct {
	ID      string          `cty:"id"                   is:"computed" doc:"UUID of the job."`
	Job     string          `cty:"indexing_job_uuid"    is:"required" doc:"UUID of the job."`
	Sources []indexedSource `cty:"indexed_data_sources" is:"computed" doc:"What the job goes through."`
}

type indexedSource struct {
	DataSourceUUID    string `cty:"data_source_uuid"    is:"computed" doc:"UUID of the source."`
	Status            string `cty:"status"              is:"computed" doc:"State, such as DATA_SOURCE_STATUS_UPDATED."`
	StartedAt         string `cty:"started_at"          is:"computed" doc:"Time of its start, RFC 3339."`
	CompletedAt       string `cty:"completed_at"        is:"computed" doc:"Time of its end, RFC 3339."`
	ErrorMsg          string `cty:"error_msg"           is:"computed" doc:"Code of what went wrong."`
	ErrorDetails      string `cty:"error_details"       is:"computed" doc:"What went wrong."`
	TotalFileCount    string `cty:"total_file_count"    is:"computed" doc:"Number of files."`
	IndexedFileCount  string `cty:"indexed_file_count"  is:"computed" doc:"Number of files that are indexed."`
	IndexedItemCount  string `cty:"indexed_item_count"  is:"computed" doc:"Number of items that are indexed."`
	FailedItemCount   string `cty:"failed_item_count"   is:"computed" doc:"Number of items that have failed."`
	SkippedItemCount  string `cty:"skipped_item_count"  is:"computed" doc:"Number of items that were left out."`
	RemovedItemCount  string `cty:"removed_item_count"  is:"computed" doc:"Number of items that were taken away."`
	TotalBytes        string `cty:"total_bytes"         is:"computed" doc:"Bytes of all files."`
	TotalBytesIndexed string `cty:"total_bytes_indexed" is:"computed" doc:"Bytes that are indexed."`
}

var indexedSourcesData = providers.DataSource[*client, indexedSourceList]{
	Type: "digitalocean_gradientai_indexing_job_data_sources",
	Doc:  "How far a run is with each source of a knowledge base.",
	Read: readIndexedSourceList,
	Examples: []string{
		exampleIndexingJobs + `

data "digitalocean_gradientai_indexing_job_data_sources" "example" {
  indexing_job_uuid = data.digitalocean_gradientai_knowledge_base_indexing_jobs.docs.jobs[0].uuid
}`,
	},
}

func readIndexedSourceList(ctx context.Context, c *client, x *indexedSourceList) error {
	got, _, err := c.AgentPlatform.ListIndexingJobDataSources(ctx, x.Job)
	if err != nil {
		return noSuch(err, "indexing job", x.Job)
	}
	x.ID = x.Job
	for _, s := range got.IndexedDataSources {
		x.Sources = append(x.Sources, indexedSource{
			DataSourceUUID: s.DataSourceUuid, Status: s.Status, StartedAt: when(s.StartedAt), CompletedAt: when(s.CompletedAt),
			ErrorMsg: s.ErrorMsg, ErrorDetails: s.ErrorDetails, TotalFileCount: s.TotalFileCount, IndexedFileCount: s.IndexedFileCount,
			IndexedItemCount: s.IndexedItemCount, FailedItemCount: s.FailedItemCount, SkippedItemCount: s.SkippedItemCount,
			RemovedItemCount: s.RemovedItemCount, TotalBytes: s.TotalBytes, TotalBytesIndexed: s.TotalBytesIndexed,
		})
	}
	return nil
}
