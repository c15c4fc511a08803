package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

// customModelFacts is what the API shows of a model beside its UUID.
type customModelFacts struct {
	Name                 string             `cty:"name"                    is:"computed"     doc:"Name of the model."`
	Description          string             `cty:"description"             is:"computed"     doc:"Free text."`
	Status               string             `cty:"status"                  is:"computed"     doc:"State, such as STATUS_READY."`
	ErrorMessage         string             `cty:"error_message"           is:"computed"     doc:"Why the import has failed."`
	Architecture         string             `cty:"architecture"            is:"computed"     doc:"Architecture of the model."`
	SourceType           string             `cty:"source_type"             is:"computed"     doc:"What it is imported from, such as SOURCE_TYPE_HUGGINGFACE."`
	SourceRef            []modelSourceShown `cty:"source_ref"              is:"computed"     doc:"Where it is imported from."`
	TotalSizeBytes       string             `cty:"total_size_bytes"        is:"computed"     doc:"Bytes of all files."`
	FileCount            int                `cty:"file_count"              is:"computed"     doc:"Number of files."`
	License              string             `cty:"license"                 is:"computed"     doc:"Licence of the model."`
	Tags                 []string           `cty:"tags"                    is:"computed,set" doc:"Words to find it by."`
	CreatedAt            string             `cty:"created_at"              is:"computed"     doc:"Time of creation, RFC 3339."`
	UpdatedAt            string             `cty:"updated_at"              is:"computed"     doc:"Time of the last change, RFC 3339."`
	ActiveDeployments    []modelDeployment  `cty:"active_deployments"      is:"computed"     doc:"Dedicated inferences that run it."`
	ContextLength        int                `cty:"context_length"          is:"computed"     doc:"Most tokens that it looks at."`
	CostEstimatePerMonth int                `cty:"cost_estimate_per_month" is:"computed"     doc:"Estimated price of a month in USD."`
	InputModalities      []string           `cty:"input_modalities"        is:"computed"     doc:"What it takes, such as text."`
	OutputModalities     []string           `cty:"output_modalities"       is:"computed"     doc:"What it answers, such as text."`
	Parameters           string             `cty:"parameters"              is:"computed"     doc:"Number of its parameters."`
	TeamID               string             `cty:"team_id"                 is:"computed"     doc:"Number of the team that it belongs to."`
	StorageRegion        string             `cty:"storage_region"          is:"computed"     doc:"Slug of the region where its files are."`
}

// customModelSummary is what the API shows of a model.
type customModelSummary struct {
	UUID string `cty:"uuid" is:"computed" doc:"UUID of the model."`
	customModelFacts
}

type modelSourceShown struct {
	RepoID    string `cty:"repo_id"    is:"computed" doc:"Repository at Hugging Face."`
	CommitSHA string `cty:"commit_sha" is:"computed" doc:"Commit of the repository."`
}

type customModelLookup struct {
	ID   string `cty:"id"   is:"computed" doc:"UUID of the model."`
	UUID string `cty:"uuid" is:"required,ref=digitalocean_gradientai_custom_model" doc:"UUID of the model."`
	customModelFacts
}

var customModelData = providers.DataSource[*client, customModelLookup]{
	Type: "digitalocean_gradientai_custom_model",
	Doc:  "A model of one's own by its UUID.",
	Read: lookUpCustomModel,
	Examples: []string{
		exampleCustomModel + `

data "digitalocean_gradientai_custom_model" "example" {
  uuid = digitalocean_gradientai_custom_model.qwen.uuid
}`,
	},
}

const exampleCustomModel = `resource "digitalocean_gradientai_custom_model" "qwen" {
  name        = "qwen"
  source_type = "SOURCE_TYPE_HUGGINGFACE"

  source_ref {
    repo_id = "Qwen/Qwen2.5-7B-Instruct"
  }
}`

// lookUpCustomModel takes the model as it is, whether its import has ended or not.
func lookUpCustomModel(ctx context.Context, c *client, x *customModelLookup) error {
	got, _, err := c.AgentPlatform.GetCustomModel(ctx, x.UUID)
	if err != nil {
		return noSuch(err, "model of one's own", x.UUID)
	}
	var m customModel
	m.fill(got)
	providers.Shape(x, m)
	return nil
}

type customModelList struct {
	ID      string               `cty:"id"            is:"computed"     doc:"Always custom_models."`
	Status  string               `cty:"status"        is:"optional"     doc:"State that they are to be in, such as STATUS_READY."`
	Filters []listFilter         `cty:"filter"        is:"optional,set" doc:"What a model has to match; all of them count."`
	Sorts   []listSort           `cty:"sort"          is:"optional"     doc:"What the models are ordered by, most important first."`
	Models  []customModelSummary `cty:"custom_models" is:"computed"     doc:"The models that match."`
}

var customModelsData = providers.DataSource[*client, customModelList]{
	Type: "digitalocean_gradientai_custom_models",
	Doc:  "The models of one's own that the account has.",
	Read: readCustomModelList,
	Examples: []string{
		exampleCustomModel + `

data "digitalocean_gradientai_custom_models" "example" {
  status = "STATUS_READY"

  filter {
    key    = "name"
    values = [digitalocean_gradientai_custom_model.qwen.name]
  }
}`,
	},
}

func readCustomModelList(ctx context.Context, c *client, x *customModelList) (err error) {
	x.ID = "custom_models"
	all := shapedAs[customModelSummary](shown(ctx, c, customModelType, customModel{}))
	if x.Status != "" {
		all = kept(all, func(m customModelSummary) bool { return m.Status == x.Status })
	}
	x.Models, err = selected(all, x.Filters, x.Sorts)
	return err
}
