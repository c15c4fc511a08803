package digitalocean

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type modelList struct {
	ID      string          `cty:"id"     is:"computed"     doc:"Always models."`
	Filters []listFilter    `cty:"filter" is:"optional,set" doc:"What a model has to match; all of them count."`
	Sorts   []listSort      `cty:"sort"   is:"optional"     doc:"What the models are ordered by, most important first."`
	Models  []gradientModel `cty:"models" is:"computed"     doc:"The models that match."`
}

type gradientModel struct {
	ID             string           `cty:"id"              is:"computed" doc:"Name that requests call it by."`
	UUID           string           `cty:"uuid"            is:"computed" doc:"UUID of the model."`
	Name           string           `cty:"name"            is:"computed" doc:"Name for people."`
	IsFoundational bool             `cty:"is_foundational" is:"computed" doc:"Whether it is not made of another one."`
	ParentUUID     string           `cty:"parent_uuid"     is:"computed" doc:"UUID of the model that it is made of."`
	UploadComplete bool             `cty:"upload_complete" is:"computed" doc:"Whether all of it is there."`
	URL            string           `cty:"url"             is:"computed" doc:"URL of the model."`
	CreatedAt      string           `cty:"created_at"      is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt      string           `cty:"updated_at"      is:"computed" doc:"Time of the last change, RFC 3339."`
	Agreement      []modelAgreement `cty:"agreement"       is:"computed" doc:"Licence that its use needs."`
	Version        []modelVersion   `cty:"version"         is:"computed" doc:"Version of the model."`
}

type modelAgreement struct {
	Description string `cty:"description" is:"computed" doc:"What it says."`
	Name        string `cty:"name"        is:"computed" doc:"Name of the licence."`
	URL         string `cty:"url"         is:"computed" doc:"URL of its text."`
	UUID        string `cty:"uuid"        is:"computed" doc:"UUID of the licence."`
}

type modelVersion struct {
	Major int `cty:"major" is:"computed" doc:"First number."`
	Minor int `cty:"minor" is:"computed" doc:"Second number."`
	Patch int `cty:"patch" is:"computed" doc:"Third number."`
}

var modelsData = providers.DataSource[*client, modelList]{
	Type: "digitalocean_gradientai_models",
	Doc:  "The models that agents and knowledge bases can have.",
	Read: readModelList,
	Examples: []string{
		`data "digitalocean_gradientai_models" "example" {
  filter {
    key      = "name"
    values   = ["llama"]
    match_by = "substring"
  }
}`,
	},
}

// modelAnswer is a model as the API shows it: godo leaves out its id.
type modelAnswer struct {
	godo.Model
	ID             string          `json:"id"`
	BenchmarkScore json.RawMessage `json:"benchmark_score"`
}

func readModelList(ctx context.Context, c *client, x *modelList) (err error) {
	x.ID = "models"
	x.Models, err = selected(listModels(ctx, c), x.Filters, x.Sorts)
	return err
}

func listModels(ctx context.Context, c *client) iter.Seq2[gradientModel, error] {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]modelAnswer, *godo.Response, error) {
		var root struct {
			Models []modelAnswer `json:"models"`
			Links  *godo.Links   `json:"links"`
		}
		path := fmt.Sprintf("v2/gen-ai/models?page=%d&per_page=%d", opt.Page, opt.PerPage)
		resp, err := send(ctx, c, "GET", path, nil, &root)
		if err == nil {
			resp.Links = root.Links
		}
		return root.Models, resp, err
	}
	return pages(ctx, fetch, (*gradientModel).fill)
}

func (x *gradientModel) fill(got *modelAnswer) error {
	*x = gradientModel{
		ID: got.ID, UUID: got.Uuid, Name: got.Name, IsFoundational: got.IsFoundational, ParentUUID: got.ParentUuid,
		UploadComplete: got.UploadComplete, URL: got.Url, CreatedAt: when(got.CreatedAt), UpdatedAt: when(got.UpdatedAt),
	}
	if a := got.Agreement; a != nil {
		x.Agreement = []modelAgreement{{a.Description, a.Name, a.Url, a.Uuid}}
	}
	if v := got.Version; v != nil {
		x.Version = []modelVersion{{v.Major, v.Minor, v.Patch}}
	}
	return nil
}

type gradientRegionList struct {
	ID      string           `cty:"id"      is:"computed"     doc:"Always regions."`
	Filters []listFilter     `cty:"filter"  is:"optional,set" doc:"What a region has to match; all of them count."`
	Sorts   []listSort       `cty:"sort"    is:"optional"     doc:"What the regions are ordered by, most important first."`
	Regions []gradientRegion `cty:"regions" is:"computed"     doc:"The regions that match."`
}

type gradientRegion struct {
	Region             string `cty:"region"               is:"computed" doc:"Slug of the region, such as tor1."`
	InferenceURL       string `cty:"inference_url"        is:"computed" doc:"URL of its models."`
	StreamInferenceURL string `cty:"stream_inference_url" is:"computed" doc:"URL of its models for answers that come bit by bit."`
	ServesBatch        bool   `cty:"serves_batch"         is:"computed" doc:"Whether it works on batches."`
	ServesInference    bool   `cty:"serves_inference"     is:"computed" doc:"Whether it answers requests."`
}

var gradientRegionsData = providers.DataSource[*client, gradientRegionList]{
	Type: "digitalocean_gradientai_regions",
	Doc:  "The regions in which agents can be.",
	Read: readGradientRegions,
	Examples: []string{
		`data "digitalocean_gradientai_regions" "example" {
  filter {
    key    = "serves_batch"
    values = ["true"]
  }
}`,
	},
}

func readGradientRegions(ctx context.Context, c *client, x *gradientRegionList) error {
	x.ID = "regions"
	all, _, err := c.AgentPlatform.ListDatacenterRegions(ctx, nil, nil)
	if err != nil {
		return err
	}
	x.Regions, err = selected(func(yield func(gradientRegion, error) bool) {
		for _, r := range all {
			if !yield(gradientRegion{r.Region, r.InferenceUrl, r.StreamInferenceUrl, r.ServesBatch, r.ServesInference}, nil) {
				return
			}
		}
	}, x.Filters, x.Sorts)
	return err
}
