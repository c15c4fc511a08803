package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type containerRegistryLookup struct {
	ID                   string `cty:"id"                     is:"computed" doc:"Name of the registry."`
	Name                 string `cty:"name"                   is:"required" doc:"Name of the registry."`
	SubscriptionTierSlug string `cty:"subscription_tier_slug" is:"computed" doc:"Tier of the account."`
	Region               string `cty:"region"                 is:"computed" doc:"Slug of the region."`
	Endpoint             string `cty:"endpoint"               is:"computed" doc:"Where images go, such as registry.digitalocean.com/ml."`
	ServerURL            string `cty:"server_url"             is:"computed" doc:"Host name of the registry."`
	StorageUsageBytes    int    `cty:"storage_usage_bytes"    is:"computed" doc:"Bytes that its images take."`
	CreatedAt            string `cty:"created_at"             is:"computed" doc:"Time of creation, RFC 3339."`
}

var (
	containerRegistryData   = registryData("digitalocean_container_registry", "A registry of container images by its name.")
	containerRegistriesData = registryData("digitalocean_container_registries", "A registry by its name, by Terraform's second name for it.")
)

// registryData returns the table of the data source under one of its two names.
func registryData(name, doc string) providers.DataSource[*client, containerRegistryLookup] {
	return providers.DataSource[*client, containerRegistryLookup]{
		Type: name,
		Doc:  doc,
		Read: lookUpContainerRegistry,
		Examples: []string{
			exampleRegistry + `

data "` + name + `" "example" {
  name = digitalocean_container_registry.ml.name
}`,
		},
	}
}

func lookUpContainerRegistry(ctx context.Context, c *client, x *containerRegistryLookup) error {
	for got, err := range providers.All(ctx, c, containerRegistryType, containerRegistry{}) {
		if err != nil {
			return err
		}
		if got.Name == x.Name {
			*x = containerRegistryLookup(got)
			return nil
		}
	}
	return fmt.Errorf("no container registry is called %q", x.Name)
}
