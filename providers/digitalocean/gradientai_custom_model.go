package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type customModel struct {
	providers.Aside

	ID                   string            `cty:"id"                          is:"computed"         doc:"UUID of the model."`
	Name                 string            `cty:"name"                        is:"required,replace" doc:"Name of the model."`
	Description          string            `cty:"description"                 is:"optional"         doc:"Free text."`
	Tags                 []string          `cty:"tags"                        is:"optional,set"     doc:"Words to find it by."`
	SourceType           string            `cty:"source_type"                 is:"required,replace" doc:"SOURCE_TYPE_HUGGINGFACE, _SPACES_BUCKET, _SDK_UPLOAD or _FINE_TUNING."`
	SourceRef            []modelSource     `cty:"source_ref"                  is:"required,blind,max=1" doc:"Where the model is imported from."`
	PreferredGPURegion   string            `cty:"preferred_gpu_region"        is:"optional,replace,blind" doc:"Slug of the region of GPUs where it is to be."`
	AcceptTerms          bool              `cty:"accept_terms_and_conditions" is:"else=false,blind" doc:"Whether the terms of who made the model are accepted."`
	License              string            `cty:"license"                     is:"default"          doc:"Licence of the model; of a bucket it can be set."`
	Parameters           string            `cty:"parameters"                  is:"default"          doc:"Number of its parameters; of a bucket it can be set."`
	InputModalities      []string          `cty:"input_modalities"            is:"default"          doc:"What it takes, such as text; of a bucket it can be set."`
	OutputModalities     []string          `cty:"output_modalities"           is:"default"          doc:"What it answers, such as text; of a bucket it can be set."`
	UUID                 string            `cty:"uuid"                        is:"computed"         doc:"The same as id."`
	Status               string            `cty:"status"                      is:"computed"         doc:"State, such as STATUS_READY."`
	ErrorMessage         string            `cty:"error_message"               is:"computed"         doc:"Why the import has failed."`
	Architecture         string            `cty:"architecture"                is:"computed"         doc:"Architecture of the model."`
	TotalSizeBytes       string            `cty:"total_size_bytes"            is:"computed"         doc:"Bytes of all files."`
	FileCount            int               `cty:"file_count"                  is:"computed"         doc:"Number of files."`
	ContextLength        int               `cty:"context_length"              is:"computed"         doc:"Most tokens that it looks at."`
	CostEstimatePerMonth int               `cty:"cost_estimate_per_month"     is:"computed"         doc:"Estimated price of a month in USD."`
	TeamID               string            `cty:"team_id"                     is:"computed"         doc:"Number of the team that it belongs to."`
	StorageRegion        string            `cty:"storage_region"              is:"computed"         doc:"Slug of the region where its files are."`
	CreatedAt            string            `cty:"created_at"                  is:"computed"         doc:"Time of creation, RFC 3339."`
	UpdatedAt            string            `cty:"updated_at"                  is:"computed,after=description,after=tags,after=license,after=parameters,after=input_modalities,after=output_modalities" doc:"Time of the last change, RFC 3339."`
	ActiveDeployments    []modelDeployment `cty:"active_deployments"          is:"computed"         doc:"Dedicated inferences that run it."`
}

// modelSource is where a model is imported from. The API shows only the first two.
type modelSource struct {
	RepoID     string `cty:"repo_id"     is:"optional,replace" doc:"Repository at Hugging Face, such as org/model."`
	CommitSHA  string `cty:"commit_sha"  is:"default,replace"  doc:"Commit of the repository; its newest if absent."`
	AccessType string `cty:"access_type" is:"optional,replace" doc:"ACCESS_TYPE_PUBLIC, ACCESS_TYPE_PRIVATE or ACCESS_TYPE_GATED."`
	Bucket     string `cty:"bucket"      is:"optional,replace,ref=digitalocean_spaces_bucket.name" doc:"Name of the bucket."`
	Region     string `cty:"region"      is:"optional,replace" doc:"Slug of the region of the bucket."`
	Prefix     string `cty:"prefix"      is:"optional,replace" doc:"What the names of the files begin with."`
	HFToken    string `cty:"hf_token"    is:"optional,sensitive" doc:"Token of Hugging Face; another one is used by the next import."`
}

type modelDeployment struct {
	ID              string `cty:"id"               is:"computed" doc:"UUID of the dedicated inference."`
	Name            string `cty:"name"             is:"computed" doc:"Name of the dedicated inference."`
	RegionSlug      string `cty:"region_slug"      is:"computed" doc:"Slug of the region."`
	State           string `cty:"state"            is:"computed" doc:"State, such as ACTIVE."`
	PublicEndpoint  string `cty:"public_endpoint"  is:"computed" doc:"Host name on the internet."`
	PrivateEndpoint string `cty:"private_endpoint" is:"computed" doc:"Host name in its network."`
	CreatedAt       string `cty:"created_at"       is:"computed" doc:"Time of creation."`
	UpdatedAt       string `cty:"updated_at"       is:"computed" doc:"Time of the last change."`
}

var customModelType = providers.Resource[*client, customModel]{
	Type:    "digitalocean_gradientai_custom_model",
	Doc:     "A model of one's own, imported from Hugging Face or a bucket.",
	Create:  createCustomModel,
	Read:    readCustomModel,
	Update:  updateCustomModel,
	Delete:  deleteCustomModel,
	List:    listCustomModels,
	Mark:    providers.InTags,
	Check:   checkCustomModel,
	Natural: func(x customModel) string { return x.Name },
	Asks: func(x customModel) []string {
		if len(x.SourceRef) > 0 {
			return nil
		}
		return []string{"source_ref.bucket", "source_ref.region"}
	},
	Explain: map[string]string{
		"name":        "the API does not rename models",
		"source_type": "a model is imported once",
	},
	Examples: []string{
		`resource "digitalocean_gradientai_custom_model" "example" {
  name        = "qwen"
  source_type = "SOURCE_TYPE_HUGGINGFACE"

  source_ref {
    repo_id = "Qwen/Qwen2.5-7B-Instruct"
  }
}`,
		`resource "digitalocean_gradientai_custom_model" "example" {
  name        = "qwen"
  description = "Answers questions about our training cluster."
  source_type = "SOURCE_TYPE_HUGGINGFACE"
  tags        = ["ml"]

  source_ref {
    repo_id = "Qwen/Qwen2.5-7B-Instruct"
  }
}`,
		`resource "digitalocean_spaces_bucket" "models" {
  name   = "mlinfra-example-models"
  region = "fra1"
}

resource "digitalocean_gradientai_custom_model" "example" {
  name             = "churn"
  source_type      = "SOURCE_TYPE_SPACES_BUCKET"
  license          = "proprietary"
  parameters       = "1500000000"
  input_modalities = ["text", "image"]

  source_ref {
    bucket = digitalocean_spaces_bucket.models.name
    region = "fra1"
    prefix = "churn/"
  }
}`,
	},
}

// customModelsPath is where models of one's own are in the API.
const customModelsPath = "v2/gen-ai/custom_models"

// createCustomModel leaves what only models from buckets take to updateCustomModel.
func createCustomModel(ctx context.Context, c *client, x *customModel, a providers.Attempt) error {
	want := *x
	got, _, err := c.AgentPlatform.ImportCustomModel(ctx, &godo.CustomModelImportRequest{
		Name: x.Name, SourceType: godo.CustomModelSourceType(x.SourceType), SourceRef: x.source(), Description: x.Description,
		PreferredGpuRegion: x.PreferredGPURegion, AcceptTermsAndConditions: x.AcceptTerms,
		Tags: &godo.CustomModelTags{Tags: marked(x.Tags, providers.Attempt{Owner: a.Owner})},
	})
	if err != nil {
		return err
	}
	if got.Model == nil || got.Model.Uuid == "" {
		return refusedImport(got)
	}
	x.fill(got.Model)
	if want.redescribed(nil) {
		return providers.ErrAgain
	}
	return nil
}

// refusedImport says why an import has made no model.
func refusedImport(got *godo.CustomModelImportResponse) error {
	reasons := []string{}
	if got.Error != "" {
		reasons = append(reasons, got.Error)
	}
	for _, s := range got.ValidationSteps {
		if !s.Passed {
			reasons = append(reasons, s.Name+": "+s.Error)
		}
	}
	return fmt.Errorf("the model is not imported: %s", strings.Join(reasons, "; "))
}

// redescribed reports whether x says something else than was, or than nothing, of
// what the import finds out of most models.
func (x customModel) redescribed(was *customModel) bool {
	if was == nil {
		was = &customModel{}
	}
	return x.License != was.License || x.Parameters != was.Parameters ||
		!slices.Equal(x.InputModalities, was.InputModalities) || !slices.Equal(x.OutputModalities, was.OutputModalities)
}

func readCustomModel(ctx context.Context, c *client, x *customModel) error {
	got, _, err := c.AgentPlatform.GetCustomModel(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if got == nil {
		return providers.ErrGone
	}
	x.fill(got)
	return imported(got)
}

// modelChange changes what is said of a model. godo leaves out what is empty.
type modelChange struct {
	Description      string    `json:"description"`
	Tags             modelTags `json:"tags"`
	License          string    `json:"license,omitempty"`
	Parameters       string    `json:"parameters,omitempty"`
	InputModalities  []string  `json:"input_modalities,omitempty"`
	OutputModalities []string  `json:"output_modalities,omitempty"`
}

type modelTags struct {
	Tags []string `json:"tags"`
}

// updateCustomModel sends what only models from buckets take of these alone: of
// others the API ignores it.
func updateCustomModel(ctx context.Context, c *client, was customModel, x *customModel) error {
	now, _, err := c.AgentPlatform.GetCustomModel(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	if now == nil {
		return providers.ErrGone
	}
	owner := providers.Attempt{Owner: ownerOf(tagsOfModel(now))}
	body := modelChange{Description: x.Description, Tags: modelTags{orNone(marked(x.Tags, owner))}}
	if x.SourceType == fromBucket {
		body.License, body.Parameters, body.InputModalities, body.OutputModalities = x.License, x.Parameters, x.InputModalities, x.OutputModalities
	}
	if err := call(ctx, c, "PATCH", customModelsPath+"/"+was.ID+"/metadata", body, nil); err != nil {
		return gone(err)
	}
	x.ID = was.ID
	return readCustomModel(ctx, c, x)
}

// deleteCustomModel is refused beside success while something runs the model.
func deleteCustomModel(ctx context.Context, c *client, x customModel) error {
	got, _, err := c.AgentPlatform.DeleteCustomModel(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if got != nil && got.Status == godo.DeleteCustomModelStatusFail {
		return fmt.Errorf("the model %q is not deleted: %s", x.Name, got.Error)
	}
	return nil
}

func listCustomModels(ctx context.Context, c *client, _ customModel) iter.Seq2[customModel, error] {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]*godo.CustomModel, *godo.Response, error) {
		got, resp, err := c.AgentPlatform.ListCustomModels(ctx, &godo.CustomModelListOptions{ListOptions: *opt})
		if err != nil {
			return nil, resp, err
		}
		return got.Models, resp, nil
	}
	return pages(ctx, fetch, func(x *customModel, got **godo.CustomModel) error {
		x.fill(*got)
		return imported(*got)
	})
}

// imported returns ErrNotReady while got is being imported, and ErrBroken with the
// reason when that has failed.
func imported(got *godo.CustomModel) error {
	switch got.Status {
	case godo.CustomModelStatusReady:
		return nil
	case godo.CustomModelStatusFailed:
		return fmt.Errorf("the import has failed: %s: %w", got.ErrorMessage, providers.ErrBroken)
	case godo.CustomModelStatusDeleted:
		return providers.ErrGone
	}
	return providers.ErrNotReady
}

// source returns the request for where x is from.
func (x *customModel) source() *godo.CustomModelSourceRef {
	s := x.SourceRef[0]
	return &godo.CustomModelSourceRef{
		RepoId: s.RepoID, CommitSha: s.CommitSHA, AccessType: godo.CustomModelSourceRefAccessType(s.AccessType),
		Bucket: s.Bucket, Region: s.Region, Prefix: s.Prefix, HfToken: s.HFToken,
	}
}

func tagsOfModel(got *godo.CustomModel) []string {
	if got.Tags == nil {
		return nil
	}
	return got.Tags.Tags
}

func (x *customModel) fill(got *godo.CustomModel) {
	tags := tagsOfModel(got)
	x.ID, x.UUID, x.Name, x.Description = got.Uuid, got.Uuid, got.Name, got.Description
	x.Tags, x.Owner, x.SourceType = userTags(tags), ownerOf(tags), string(got.SourceType)
	x.Status, x.ErrorMessage, x.Architecture = string(got.Status), got.ErrorMessage, got.Architecture
	x.TotalSizeBytes, x.FileCount, x.ContextLength = got.TotalSizeBytes, got.FileCount, got.ContextLength
	x.License, x.Parameters, x.InputModalities, x.OutputModalities = got.License, got.Parameters, got.InputModalities, got.OutputModalities
	x.CostEstimatePerMonth, x.TeamID, x.StorageRegion = got.CostEstimatePerMonth, got.TeamId, got.StorageRegion
	x.CreatedAt, x.UpdatedAt = when(got.CreatedAt), when(got.UpdatedAt)
	x.fillSource(got.SourceRef)
	x.ActiveDeployments = nil
	for _, d := range got.ActiveDeployments {
		out := modelDeployment{ID: d.Id, Name: d.Name, RegionSlug: d.RegionSlug, State: d.State, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
		if e := d.Endpoints; e != nil {
			out.PublicEndpoint, out.PrivateEndpoint = e.PublicEndpointFqdn, e.PrivateEndpointFqdn
		}
		x.ActiveDeployments = append(x.ActiveDeployments, out)
	}
}

// fillSource keeps what the API does not show: of models from buckets, where they
// are from.
func (x *customModel) fillSource(got *godo.CustomModelSourceRef) {
	if got == nil || len(x.SourceRef) == 0 && got.RepoId == "" && got.Bucket == "" {
		return
	}
	var s modelSource
	if len(x.SourceRef) > 0 {
		s = x.SourceRef[0]
	}
	s.RepoID, s.CommitSHA = cmp.Or(got.RepoId, s.RepoID), cmp.Or(got.CommitSha, s.CommitSHA)
	s.Bucket, s.Region, s.Prefix = cmp.Or(got.Bucket, s.Bucket), cmp.Or(got.Region, s.Region), cmp.Or(got.Prefix, s.Prefix)
	x.SourceRef = []modelSource{s}
}

const fromHuggingFace, fromBucket = string(godo.CustomModelSourceTypeHuggingFace), string(godo.CustomModelSourceTypeSpacesBucket)

var (
	modelSources  = []string{fromHuggingFace, fromBucket, string(godo.CustomModelSourceTypeSDKUpload), string(godo.CustomModelSourceTypeFineTuning)}
	modelAccesses = []string{"", "ACCESS_TYPE_PUBLIC", "ACCESS_TYPE_PRIVATE", "ACCESS_TYPE_GATED"}
)

func checkCustomModel(was *customModel, x customModel) error {
	switch {
	case x.Name == "":
		return errors.New("name must not be empty")
	case !slices.Contains(modelSources, x.SourceType):
		return fmt.Errorf("source_type %q is none of %s", x.SourceType, strings.Join(modelSources, ", "))
	case len(x.SourceRef) != 1:
		return errors.New("a model needs one source_ref block")
	case x.SourceType != fromBucket && x.redescribed(was):
		return fmt.Errorf("license, parameters, input_modalities and output_modalities can be set of a model from a bucket only (source_type = %q): of others the import finds them out", fromBucket)
	}
	return x.SourceRef[0].check(was, x.SourceType)
}

func (s modelSource) check(was *customModel, from string) error {
	switch {
	case !slices.Contains(modelAccesses, s.AccessType):
		return fmt.Errorf("source_ref: access_type %q is none of %s", s.AccessType, strings.Join(modelAccesses[1:], ", "))
	case from == fromHuggingFace && !strings.Contains(s.RepoID, "/"):
		return fmt.Errorf("source_ref: repo_id %q is no repository at Hugging Face, such as Qwen/Qwen2.5-7B-Instruct", s.RepoID)
	case was != nil:
		return nil // the rest is not shown of one that is imported
	case from == fromBucket && (s.Bucket == "" || s.Region == ""):
		return errors.New("source_ref: a model from a bucket needs bucket and region")
	case s.AccessType != "" && s.AccessType != modelAccesses[1] && s.HFToken == "":
		return fmt.Errorf("source_ref: access_type %s needs hf_token, a token of Hugging Face that may read the repository", s.AccessType)
	}
	return nil
}
