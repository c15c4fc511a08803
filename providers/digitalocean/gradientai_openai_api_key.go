package digitalocean

import (
	"context"
	"errors"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type openAIKey struct {
	ID              string `cty:"id"                 is:"computed"                 doc:"UUID of the key."`
	Name            string `cty:"name"               is:"required"                 doc:"Name of the key."`
	APIKey          string `cty:"api_key"            is:"optional,sensitive,blind" doc:"The key itself, which state keeps; better use api_key_wo."`
	APIKeyWO        string `cty:"api_key_wo"         is:"optional,writeonly"       doc:"The key itself, which is kept nowhere."`
	APIKeyWOVersion int    `cty:"api_key_wo_version" is:"optional,blind"           doc:"Another number sends api_key_wo again."`
	UUID            string `cty:"uuid"               is:"computed"                 doc:"The same as id."`
	CreatedAt       string `cty:"created_at"         is:"computed"                 doc:"Time of creation, RFC 3339."`
	CreatedBy       string `cty:"created_by"         is:"computed"                 doc:"Number of the user who made it."`
	UpdatedAt       string `cty:"updated_at"         is:"computed,after=name,after=api_key,after=api_key_wo_version" doc:"Time of the last change, RFC 3339."`
}

var openAIKeyType = providers.Resource[*client, openAIKey]{
	Type:    "digitalocean_gradientai_openai_api_key",
	Doc:     "A key of OpenAI with which agents use its models.",
	Create:  createOpenAIKey,
	Read:    readOpenAIKey,
	Update:  updateOpenAIKey,
	Delete:  deleteOpenAIKey,
	List:    listOpenAIKeys,
	Check:   checkOpenAIKey,
	Natural: func(x openAIKey) string { return x.Name },
	Asks:    func(openAIKey) []string { return []string{"api_key_wo"} },
	Examples: []string{
		`resource "digitalocean_gradientai_openai_api_key" "example" {
  name               = "ml"
  api_key_wo         = "sk-proj-0123456789abcdef"
  api_key_wo_version = 1
}`,
		`resource "digitalocean_gradientai_openai_api_key" "example" {
  name               = "ml-team"
  api_key_wo         = "sk-proj-fedcba9876543210"
  api_key_wo_version = 2
}`,
	},
}

// key returns the key to send; "" leaves the one that is there.
func (x openAIKey) key(was openAIKey) string {
	switch {
	case x.APIKeyWO != "":
		return x.APIKeyWO
	case x.APIKey != was.APIKey:
		return x.APIKey
	}
	return ""
}

func createOpenAIKey(ctx context.Context, c *client, x *openAIKey, _ providers.Attempt) error {
	got, _, err := c.AgentPlatform.CreateOpenAIAPIKey(ctx, &godo.OpenAIAPIKeyCreateRequest{Name: x.Name, ApiKey: x.key(openAIKey{})})
	if err != nil {
		return err
	}
	return x.fill(&got)
}

func readOpenAIKey(ctx context.Context, c *client, x *openAIKey) error {
	got, _, err := c.AgentPlatform.GetOpenAIAPIKey(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

func updateOpenAIKey(ctx context.Context, c *client, was openAIKey, x *openAIKey) error {
	got, _, err := c.AgentPlatform.UpdateOpenAIAPIKey(ctx, was.ID, &godo.OpenAIAPIKeyUpdateRequest{
		Name: x.Name, ApiKey: x.key(was), ApiKeyUuid: was.ID,
	})
	if err != nil {
		return err
	}
	return x.fill(&got)
}

func deleteOpenAIKey(ctx context.Context, c *client, x openAIKey) error {
	_, _, err := c.AgentPlatform.DeleteOpenAIAPIKey(ctx, x.ID)
	return gone(err)
}

func listOpenAIKeys(ctx context.Context, c *client, _ openAIKey) iter.Seq2[openAIKey, error] {
	return pages(ctx, c.AgentPlatform.ListOpenAIAPIKeys, (*openAIKey).fill)
}

// fill leaves the key: the API never shows it.
func (x *openAIKey) fill(got **godo.OpenAiApiKey) error {
	k := *got
	if k == nil || k.DeletedAt != nil {
		return providers.ErrGone
	}
	x.ID, x.UUID, x.Name, x.CreatedBy = k.Uuid, k.Uuid, k.Name, k.CreatedBy
	x.CreatedAt, x.UpdatedAt = when(k.CreatedAt), when(k.UpdatedAt)
	return nil
}

func checkOpenAIKey(was *openAIKey, x openAIKey) error {
	switch {
	case x.Name == "":
		return errors.New("name must not be empty")
	case x.APIKey != "" && x.APIKeyWO != "":
		return errors.New("api_key and api_key_wo mean the same: set one of them")
	case was == nil && x.APIKey == "" && x.APIKeyWO == "":
		return errors.New("one of api_key_wo and api_key has to be set")
	case x.APIKeyWO != "" && x.APIKeyWOVersion == 0:
		return errors.New("api_key_wo needs api_key_wo_version: a change of it says that the key is another")
	}
	return nil
}
