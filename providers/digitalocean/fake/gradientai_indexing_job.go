package fake

import (
	"slices"
	"time"
)

// indexingJob is a run over the sources of a knowledge base.
type indexingJob struct {
	UUID        string    `json:"uuid"`
	Sources     []string  `json:"sources"`
	StartsAt    time.Time `json:"starts_at"`
	EndsAt      time.Time `json:"ends_at"`
	CancelledAt time.Time `json:"cancelled_at"`
}

// startIndexing is what making a knowledge base ends with: its sources are indexed
// when its database is there.
func (c *Cloud) startIndexing(k *knowledgeBase) {
	j := &indexingJob{UUID: c.s.IDs.UUID(), StartsAt: k.ReadyAt, EndsAt: k.ReadyAt.Add(indexingTime)}
	for _, s := range k.Sources {
		j.Sources = append(j.Sources, s.UUID)
	}
	k.Jobs = append(k.Jobs, j)
}

// indexingTime is how long a run takes; nobody waits for its end.
const indexingTime = 10 * time.Minute

// state returns what a job is at, in three words of the API: of the job, its phase
// and its sources.
func (j *indexingJob) state(now time.Time) (status, phase, source string) {
	switch {
	case !j.CancelledAt.IsZero():
		return "INDEX_JOB_STATUS_CANCELLED", "BATCH_JOB_PHASE_CANCELLED", "DATA_SOURCE_STATUS_CANCELLED"
	case now.Before(j.StartsAt):
		return "INDEX_JOB_STATUS_PENDING", "BATCH_JOB_PHASE_PENDING", "DATA_SOURCE_STATUS_UNKNOWN"
	case now.Before(j.EndsAt):
		return "INDEX_JOB_STATUS_IN_PROGRESS", "BATCH_JOB_PHASE_RUNNING", "DATA_SOURCE_STATUS_IN_PROGRESS"
	}
	return "INDEX_JOB_STATUS_COMPLETED", "BATCH_JOB_PHASE_SUCCEEDED", "DATA_SOURCE_STATUS_UPDATED"
}

func (j *indexingJob) over(now time.Time) bool {
	return !j.CancelledAt.IsZero() || !now.Before(j.EndsAt)
}

func (j *indexingJob) view(k *knowledgeBase, now time.Time) map[string]any {
	status, phase, _ := j.state(now)
	v := map[string]any{
		"uuid": j.UUID, "knowledge_base_uuid": k.UUID, "data_source_uuids": j.Sources, "status": status, "phase": phase,
		"total_datasources": len(j.Sources), "completed_datasources": 0, "tokens": 0, "total_tokens": "0", "is_report_available": false,
		"created_at": stamp(k.CreatedAt), "updated_at": stamp(k.CreatedAt),
	}
	if !now.Before(j.StartsAt) {
		v["started_at"] = stamp(j.StartsAt)
	}
	switch {
	case !j.CancelledAt.IsZero():
		v["finished_at"], v["updated_at"] = stamp(j.CancelledAt), stamp(j.CancelledAt)
	case j.over(now):
		v["finished_at"], v["updated_at"] = stamp(j.EndsAt), stamp(j.EndsAt)
		v["completed_datasources"], v["tokens"], v["total_tokens"] = len(j.Sources), 1200, "1200"
	}
	return v
}

// findIndexingJob returns the job of the path and what it is of.
func (c *Cloud) findIndexingJob(q *request) (*indexingJob, *knowledgeBase, error) {
	for _, k := range c.s.KnowledgeBases {
		for _, j := range k.Jobs {
			if j.UUID == q.PathValue("id") {
				return j, k, nil
			}
		}
	}
	return nil, nil, notFound()
}

func (c *Cloud) readIndexingJob(q *request) (reply, error) {
	j, k, err := c.findIndexingJob(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"job": j.view(k, q.now)})
}

// cancelIndexingJob refuses what is over.
func (c *Cloud) cancelIndexingJob(q *request) (reply, error) {
	j, k, err := c.findIndexingJob(q)
	if err != nil {
		return reply{}, err
	}
	if j.over(q.now) {
		return reply{}, badRequest("the indexing job is not in progress")
	}
	j.CancelledAt = q.now
	return ok(map[string]any{"job": j.view(k, q.now)})
}

func (c *Cloud) listIndexingJobs(q *request) (reply, error) {
	var views []map[string]any
	for _, k := range c.s.KnowledgeBases {
		for _, j := range slices.Backward(k.Jobs) {
			views = append(views, j.view(k, q.now))
		}
	}
	return list(q, "jobs", views, func(v map[string]any) map[string]any { return v })
}

// listIndexingJobsOf has no pages.
func (c *Cloud) listIndexingJobsOf(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, j := range slices.Backward(k.Jobs) {
		views = append(views, j.view(k, q.now))
	}
	return ok(map[string]any{"jobs": views})
}

func (c *Cloud) listIndexedSources(q *request) (reply, error) {
	j, _, err := c.findIndexingJob(q)
	if err != nil {
		return reply{}, err
	}
	_, _, status := j.state(q.now)
	views := []any{}
	for _, id := range j.Sources {
		v := map[string]any{"data_source_uuid": id, "status": status, "total_file_count": "12", "total_bytes": "4096"}
		if !q.now.Before(j.StartsAt) {
			v["started_at"] = stamp(j.StartsAt)
		}
		if j.CancelledAt.IsZero() && j.over(q.now) {
			v["completed_at"], v["indexed_file_count"], v["indexed_item_count"], v["total_bytes_indexed"] = stamp(j.EndsAt), "12", "12", "4096"
		}
		views = append(views, v)
	}
	return ok(map[string]any{"indexed_data_sources": views})
}
