package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type containerRegistry struct {
	ID                   string `cty:"id"                     is:"computed"         doc:"Name of the registry."`
	Name                 string `cty:"name"                   is:"required,replace" doc:"Name, unique in all of DigitalOcean: a-z, 0-9 and dashes."`
	SubscriptionTierSlug string `cty:"subscription_tier_slug" is:"required"         doc:"Tier of the account: starter, basic or professional."`
	Region               string `cty:"region"                 is:"default,replace"  doc:"Slug of the region; chosen by the API if absent."`
	Endpoint             string `cty:"endpoint"               is:"computed"         doc:"Where images go, such as registry.digitalocean.com/ml."`
	ServerURL            string `cty:"server_url"             is:"computed"         doc:"Host name of the registry."`
	StorageUsageBytes    int    `cty:"storage_usage_bytes"    is:"computed"         doc:"Bytes that its images take."`
	CreatedAt            string `cty:"created_at"             is:"computed"         doc:"Time of creation, RFC 3339."`
}

// registryHost is where all registries are.
const registryHost = "registry.digitalocean.com"

var (
	containerRegistryType   = registryType("digitalocean_container_registry", "A registry of container images.")
	containerRegistriesType = redundant(registryType("digitalocean_container_registries", "A registry of container images, by Terraform's second name for it."))
)

// registryType returns the table of a registry under one of the two names that
// Terraform's provider has for it.
func registryType(name, doc string) providers.Resource[*client, containerRegistry] {
	return providers.Resource[*client, containerRegistry]{
		Type:    name,
		Doc:     doc,
		Holds:   "the images in it",
		Create:  createContainerRegistry,
		Read:    readContainerRegistry,
		Update:  updateContainerRegistry,
		Delete:  deleteContainerRegistry,
		List:    listContainerRegistries,
		Check:   checkContainerRegistry,
		Normal:  func(x *containerRegistry) { x.Region = strings.ToLower(x.Region) },
		Lock:    func(containerRegistry) string { return "container-registry-subscription" },
		Natural: func(x containerRegistry) string { return x.Name },
		Examples: []string{
			`resource "` + name + `" "example" {
  name                   = "ml"
  subscription_tier_slug = "basic"
}`,
			`resource "` + name + `" "example" {
  name                   = "ml"
  subscription_tier_slug = "professional"
}`,
			`resource "` + name + `" "example" {
  name                   = "ml-images"
  subscription_tier_slug = "professional"
  region                 = "fra1"
}`,
		},
	}
}

// createContainerRegistry names the tier, which counts when the account has none
// yet; else updateContainerRegistry changes it.
func createContainerRegistry(ctx context.Context, c *client, x *containerRegistry, _ providers.Attempt) error {
	got, _, err := c.Registries.Create(ctx, &godo.RegistryCreateRequest{
		Name: x.Name, SubscriptionTierSlug: x.SubscriptionTierSlug, Region: x.Region,
	})
	if err != nil {
		return err
	}
	x.fill(got, x.SubscriptionTierSlug)
	return providers.ErrAgain
}

func readContainerRegistry(ctx context.Context, c *client, x *containerRegistry) error {
	got, _, err := c.Registries.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	tier, err := registryTier(ctx, c)
	if err != nil {
		return err
	}
	x.fill(got, tier)
	return nil
}

// updateContainerRegistry changes the tier, which is the account's: all its
// registries have the same.
func updateContainerRegistry(ctx context.Context, c *client, was containerRegistry, x *containerRegistry) error {
	tier, err := registryTier(ctx, c)
	if err != nil {
		return err
	}
	if tier != x.SubscriptionTierSlug {
		_, _, err := c.Registries.UpdateSubscription(ctx, &godo.RegistrySubscriptionUpdateRequest{TierSlug: x.SubscriptionTierSlug})
		if err != nil {
			return err
		}
	}
	x.ID = was.ID
	return readContainerRegistry(ctx, c, x)
}

func deleteContainerRegistry(ctx context.Context, c *client, x containerRegistry) error {
	_, err := c.Registries.Delete(ctx, x.ID)
	return gone(err)
}

// listContainerRegistries needs no pages: an account has a few.
func listContainerRegistries(ctx context.Context, c *client, _ containerRegistry) iter.Seq2[containerRegistry, error] {
	return func(yield func(containerRegistry, error) bool) {
		all, _, err := c.Registries.List(ctx)
		tier := ""
		if err == nil && len(all) > 0 {
			tier, err = registryTier(ctx, c)
		}
		if err != nil {
			yield(containerRegistry{}, err)
			return
		}
		for _, got := range all {
			var x containerRegistry
			x.fill(got, tier)
			if !yield(x, nil) {
				return
			}
		}
	}
}

// registryTier returns the tier of the account, "" while it has none.
func registryTier(ctx context.Context, c *client) (string, error) {
	got, _, err := c.Registries.GetSubscription(ctx)
	if gone(err) == providers.ErrGone || err == nil && got.Tier == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return got.Tier.Slug, nil
}

var (
	registryName    = providers.NewPattern(`^[a-z0-9-]{1,63}$`)
	registryTiers   = []string{"starter", "basic", "professional"}
	registryRegions = []string{"nyc3", "sfo3", "sfo2", "ams3", "sgp1", "fra1", "blr1", "syd1"}
)

func checkContainerRegistry(_ *containerRegistry, x containerRegistry) error {
	switch {
	case !registryName.MatchString(x.Name):
		return fmt.Errorf("name %q: only a-z, 0-9 and dashes, at most 63", x.Name)
	case !slices.Contains(registryTiers, x.SubscriptionTierSlug):
		return fmt.Errorf("subscription_tier_slug %q is none of %s", x.SubscriptionTierSlug, strings.Join(registryTiers, ", "))
	case x.Region != "" && !slices.Contains(registryRegions, strings.ToLower(x.Region)):
		return fmt.Errorf("region %q has no registries, only %s", x.Region, strings.Join(registryRegions, ", "))
	}
	return nil
}

func (x *containerRegistry) fill(got *godo.Registry, tier string) {
	*x = containerRegistry{
		ID: got.Name, Name: got.Name, SubscriptionTierSlug: tier, Region: got.Region,
		Endpoint: registryHost + "/" + got.Name, ServerURL: registryHost,
		StorageUsageBytes: int(got.StorageUsageBytes), CreatedAt: rfc3339(got.CreatedAt),
	}
}

// redundant returns r for what another type shows as well.
func redundant[T any](r providers.Resource[*client, T]) providers.Resource[*client, T] {
	r.Redundant = true
	return r
}
