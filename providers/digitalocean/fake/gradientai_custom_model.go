package fake

import (
	"slices"
	"strings"
	"time"
)

// customModel is a model that was imported.
type customModel struct {
	UUID        string      `json:"uuid"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	SourceType  string      `json:"source_type"`
	Source      modelSource `json:"source_ref"`
	Tags        []string    `json:"tags"`
	License     string      `json:"license"`
	Parameters  string      `json:"parameters"`
	Input       []string    `json:"input_modalities"`
	Output      []string    `json:"output_modalities"`
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
	ReadyAt     time.Time   `json:"ready_at"`
	Failure     string      `json:"failure"` // why the import fails; "" when it does not
}

func (m *customModel) Key() string   { return m.UUID }
func (m *customModel) Title() string { return m.Name }

type modelSource struct {
	Repo   string `json:"repo_id,omitempty"`
	Commit string `json:"commit_sha,omitempty"`
	Access string `json:"access_type,omitempty"`
	Bucket string `json:"bucket,omitempty"`
	Region string `json:"region,omitempty"`
	Prefix string `json:"prefix,omitempty"`
	Token  string `json:"hf_token,omitempty"`
}

type modelTags struct {
	Tags []string `json:"tags"`
}

const fromHuggingFace, fromSpaces = "SOURCE_TYPE_HUGGINGFACE", "SOURCE_TYPE_SPACES_BUCKET"

func checkModelSource(kind string, s modelSource, accepted bool) error {
	switch {
	case !slices.Contains([]string{fromHuggingFace, fromSpaces, "SOURCE_TYPE_SDK_UPLOAD", "SOURCE_TYPE_FINE_TUNING"}, kind):
		return badRequest("source_type %q is not valid", kind)
	case kind == fromHuggingFace && !strings.Contains(s.Repo, "/"):
		return badRequest("repo_id %q is not a repository", s.Repo)
	case kind == fromSpaces && (s.Bucket == "" || s.Region == ""):
		return badRequest("bucket and region are required")
	case (s.Access == "ACCESS_TYPE_PRIVATE" || s.Access == "ACCESS_TYPE_GATED") && s.Token == "":
		return badRequest("hf_token is required for this repository")
	case s.Access == "ACCESS_TYPE_GATED" && !accepted:
		return badRequest("the terms and conditions of the model have to be accepted")
	}
	return nil
}

func (c *Cloud) importCustomModel(q *request) (reply, error) {
	var in struct {
		Name        string      `json:"name"`
		Description string      `json:"description"`
		SourceType  string      `json:"source_type"`
		Source      modelSource `json:"source_ref"`
		Tags        *modelTags  `json:"tags"`
		Region      string      `json:"preferred_gpu_region"`
		Accepted    bool        `json:"accept_terms_and_conditions"`
		KeepToken   bool        `json:"accept_hf_token_storage"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == "" {
		return reply{}, badRequest("name is required")
	}
	if err := checkModelSource(in.SourceType, in.Source, in.Accepted); err != nil {
		return reply{}, err
	}
	m := &customModel{
		UUID: c.s.IDs.UUID(), Name: in.Name, Description: in.Description, SourceType: in.SourceType, Source: in.Source,
		CreatedAt: q.now, UpdatedAt: q.now, ReadyAt: q.now.Add(c.o.Boot), Input: []string{"text"}, Output: []string{"text"},
	}
	if in.Tags != nil {
		m.Tags = in.Tags.Tags
	}
	if m.SourceType == fromHuggingFace {
		m.License, m.Parameters = "apache-2.0", "7000000000"
		if m.Source.Commit == "" {
			m.Source.Commit = "8c22764a7e3675c50d4c7c9a4edb474456022b16"
		}
		if strings.HasSuffix(m.Source.Repo, "/missing") {
			m.Failure = "repository not found: " + m.Source.Repo
		}
	}
	m.Source.Token = ""
	c.s.CustomModels.Add(m)
	return ok(map[string]any{"model": m.view(q.now), "validation_steps": []any{}})
}

// view shows of the source only what the importer has resolved.
func (m *customModel) view(now time.Time) map[string]any {
	v := map[string]any{
		"uuid": m.UUID, "name": m.Name, "description": m.Description, "source_type": m.SourceType, "tags": modelTags{orEmpty(m.Tags)},
		"source_ref": map[string]any{"repo_id": m.Source.Repo, "commit_sha": m.Source.Commit}, "status": "STATUS_READY",
		"created_at": stamp(m.CreatedAt), "updated_at": stamp(m.UpdatedAt), "team_id": "1", "active_deployments": []any{},
	}
	switch {
	case now.Before(m.ReadyAt):
		v["status"] = "STATUS_IMPORTING"
		return v
	case m.Failure != "":
		v["status"], v["error_message"] = "STATUS_FAILED", m.Failure
		return v
	}
	v["architecture"], v["context_length"], v["file_count"], v["total_size_bytes"] = "LlamaForCausalLM", 8192, 12, "14000000000"
	v["license"], v["parameters"], v["input_modalities"], v["output_modalities"] = m.License, m.Parameters, m.Input, m.Output
	v["cost_estimate_per_month"], v["storage_region"] = 0, "tor1"
	return v
}

func (c *Cloud) readCustomModel(q *request) (reply, error) {
	m, err := get(c.s.CustomModels, q.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"model": m.view(q.now)})
}

func (c *Cloud) listCustomModels(q *request) (reply, error) {
	status := q.URL.Query().Get("status")
	found := slices.DeleteFunc(slices.Clone(c.s.CustomModels), func(m *customModel) bool {
		return status != "" && m.view(q.now)["status"] != status
	})
	return list(q, "models", found, func(m *customModel) map[string]any { return m.view(q.now) })
}

// updateCustomModel ignores what only models from buckets take.
func (c *Cloud) updateCustomModel(q *request) (reply, error) {
	m, err := get(c.s.CustomModels, q.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	var in struct {
		UUID        string     `json:"uuid"`
		Name        *string    `json:"name"`
		Description *string    `json:"description"`
		Tags        *modelTags `json:"tags"`
		License     *string    `json:"license"`
		Parameters  *string    `json:"parameters"`
		Input       []string   `json:"input_modalities"`
		Output      []string   `json:"output_modalities"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	give(&m.Description, in.Description)
	if in.Tags != nil {
		m.Tags = in.Tags.Tags
	}
	if m.SourceType == fromSpaces {
		give(&m.License, in.License)
		give(&m.Parameters, in.Parameters)
		if len(in.Input) > 0 {
			m.Input = in.Input
		}
		if len(in.Output) > 0 {
			m.Output = in.Output
		}
	}
	m.UpdatedAt = q.now
	return ok(map[string]any{"model": m.view(q.now)})
}

func (c *Cloud) deleteCustomModel(q *request) (reply, error) {
	if !c.s.CustomModels.Drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	return ok(map[string]any{"status": "DELETE_CUSTOM_MODEL_STATUS_SUCCESS"})
}
