package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

// openAIKeySummary is what the API shows of a key.
type openAIKeySummary struct {
	UUID      string `cty:"uuid"       is:"computed" doc:"UUID of the key."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the key."`
	CreatedAt string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
	CreatedBy string `cty:"created_by" is:"computed" doc:"Number of the user who made it."`
	UpdatedAt string `cty:"updated_at" is:"computed" doc:"Time of the last change, RFC 3339."`
}

func (x openAIKey) summary() openAIKeySummary {
	return openAIKeySummary{UUID: x.ID, Name: x.Name, CreatedAt: x.CreatedAt, CreatedBy: x.CreatedBy, UpdatedAt: x.UpdatedAt}
}

type openAIKeyLookup struct {
	ID        string `cty:"id"         is:"computed" doc:"UUID of the key."`
	UUID      string `cty:"uuid"       is:"required" doc:"UUID of the key."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the key."`
	CreatedAt string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
	CreatedBy string `cty:"created_by" is:"computed" doc:"Number of the user who made it."`
	UpdatedAt string `cty:"updated_at" is:"computed" doc:"Time of the last change, RFC 3339."`
}

var openAIKeyData = providers.DataSource[*client, openAIKeyLookup]{
	Type: "digitalocean_gradientai_openai_api_key",
	Doc:  "A key of OpenAI by its UUID.",
	Read: lookUpOpenAIKey,
	Examples: []string{
		exampleOpenAIKey + `

data "digitalocean_gradientai_openai_api_key" "example" {
  uuid = digitalocean_gradientai_openai_api_key.ml.uuid
}`,
	},
}

func lookUpOpenAIKey(ctx context.Context, c *client, x *openAIKeyLookup) error {
	for k, err := range providers.All(ctx, c, openAIKeyType, openAIKey{}) {
		if err != nil {
			return err
		}
		if k.ID == x.UUID {
			*x = openAIKeyLookup{ID: k.ID, UUID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy, UpdatedAt: k.UpdatedAt}
			return nil
		}
	}
	return fmt.Errorf("no key of OpenAI with the id %q", x.UUID)
}

type openAIKeyList struct {
	ID      string             `cty:"id"              is:"computed"     doc:"Always openai_api_keys."`
	Filters []listFilter       `cty:"filter"          is:"optional,set" doc:"What a key has to match; all of them count."`
	Sorts   []listSort         `cty:"sort"            is:"optional"     doc:"What the keys are ordered by, most important first."`
	Keys    []openAIKeySummary `cty:"openai_api_keys" is:"computed"     doc:"The keys that match."`
}

var openAIKeysData = providers.DataSource[*client, openAIKeyList]{
	Type: "digitalocean_gradientai_openai_api_keys",
	Doc:  "The keys of OpenAI in the account.",
	Read: readOpenAIKeyList,
	Examples: []string{
		exampleOpenAIKey + `

data "digitalocean_gradientai_openai_api_keys" "example" {
  filter {
    key    = "name"
    values = [digitalocean_gradientai_openai_api_key.ml.name]
  }
}`,
	},
}

func readOpenAIKeyList(ctx context.Context, c *client, x *openAIKeyList) (err error) {
	x.ID = "openai_api_keys"
	x.Keys, err = selected(viewed(shown(ctx, c, openAIKeyType, openAIKey{}), openAIKey.summary), x.Filters, x.Sorts)
	return err
}
