package google

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type clientConfig struct {
	ID            string            `cty:"id"             is:"computed"           doc:"Path: projects/PROJECT/regions/REGION/zones/ZONE."`
	Project       string            `cty:"project"        is:"computed"           doc:"Id of the provider's project."`
	Region        string            `cty:"region"         is:"computed"           doc:"The provider's region."`
	Zone          string            `cty:"zone"           is:"computed"           doc:"The provider's zone."`
	AccessToken   string            `cty:"access_token"   is:"computed,sensitive" doc:"Token of OAuth 2, good for an hour at most."`
	DefaultLabels map[string]string `cty:"default_labels" is:"computed"           doc:"Labels that all objects get."`
}

var clientConfigData = providers.DataSource[*client, clientConfig]{
	Type:     "google_client_config",
	Doc:      "The settings and the credentials of the provider.",
	Read:     readClientConfig,
	Examples: []string{`data "google_client_config" "example" {}`},
}

func readClientConfig(_ context.Context, c *client, x *clientConfig) error {
	token, err := c.tokens.Token()
	if err != nil {
		return fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	s := c.settings
	*x = clientConfig{
		ID:      fmt.Sprintf("projects/%s/regions/%s/zones/%s", s.Project, s.Region, s.Zone),
		Project: s.Project, Region: s.Region, Zone: s.Zone, DefaultLabels: s.DefaultLabels, AccessToken: token.AccessToken,
	}
	return nil
}
