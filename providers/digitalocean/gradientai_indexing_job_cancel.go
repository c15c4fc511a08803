package digitalocean

import (
	"context"
	"iter"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type indexingJobCancel struct {
	ID     string `cty:"id"     is:"computed"         doc:"UUID of the job."`
	UUID   string `cty:"uuid"   is:"required,replace" doc:"UUID of the job that is to end."`
	Status string `cty:"status" is:"computed"         doc:"State, such as INDEX_JOB_STATUS_CANCELLED."`
	Phase  string `cty:"phase"  is:"computed"         doc:"What it was at."`
	indexingRunFacts
}

var indexingJobCancelType = providers.Resource[*client, indexingJobCancel]{
	Type:   "digitalocean_gradientai_indexing_job_cancel",
	Doc:    "The end of a run over what a knowledge base knows. It stays ended.",
	Create: cancelIndexingJob,
	Read:   readIndexingJobCancel,
	Delete: func(context.Context, *client, indexingJobCancel) error { return providers.ErrGone },
	List:   listIndexingJobCancels,
	Within: func(x indexingJobCancel) string { return x.UUID },
	Again:  true,
	// It is an act, not a thing.
	Redundant: true,
	Examples: []string{
		exampleIndexingJobs + `

resource "digitalocean_gradientai_indexing_job_cancel" "example" {
  uuid = data.digitalocean_gradientai_knowledge_base_indexing_jobs.docs.jobs[0].uuid
}`,
	},
}

// cancelIndexingJob lets a job be that is over already: the API refuses to end it.
func cancelIndexingJob(ctx context.Context, c *client, x *indexingJobCancel, _ providers.Attempt) error {
	got, _, err := c.AgentPlatform.CancelIndexingJob(ctx, x.UUID)
	if err == nil {
		x.fill(indexingRunOf(&got.Job))
		return nil
	}
	if now, look := fetchIndexingJob(ctx, c, x.UUID); look == nil && now.over() {
		x.fill(now)
		return nil
	}
	return err
}

func readIndexingJobCancel(ctx context.Context, c *client, x *indexingJobCancel) error {
	got, err := fetchIndexingJob(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return nil
}

// listIndexingJobCancels yields the job of in when it is over.
func listIndexingJobCancels(ctx context.Context, c *client, in indexingJobCancel) iter.Seq2[indexingJobCancel, error] {
	return func(yield func(indexingJobCancel, error) bool) {
		if in.UUID == "" {
			return
		}
		got, err := fetchIndexingJob(ctx, c, in.UUID)
		if gone(err) == providers.ErrGone || err == nil && !got.over() {
			return
		}
		in.fill(got)
		yield(in, err)
	}
}

// over reports whether the job has ended, one way or another.
func (r indexingRun) over() bool {
	return r.FinishedAt != "" || strings.HasSuffix(r.Status, "_CANCELLED")
}

func (x *indexingJobCancel) fill(got indexingRun) {
	*x = indexingJobCancel{ID: got.UUID, UUID: got.UUID, Status: got.Status, Phase: got.Phase, indexingRunFacts: got.indexingRunFacts}
}
