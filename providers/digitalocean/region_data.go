package digitalocean

import (
	"context"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type regionLookup struct {
	ID        string   `cty:"id"        is:"computed"     doc:"Slug of the region."`
	Slug      string   `cty:"slug"      is:"required"     doc:"Slug of the region, such as fra1."`
	Name      string   `cty:"name"      is:"computed"     doc:"Name of the region."`
	Sizes     []string `cty:"sizes"     is:"computed,set" doc:"Slugs of the sizes it has."`
	Features  []string `cty:"features"  is:"computed,set" doc:"Names of the features it has."`
	Available bool     `cty:"available" is:"computed"     doc:"Whether new droplets can be made there."`
}

var regionData = providers.DataSource[*client, regionLookup]{
	Type: "digitalocean_region",
	Doc:  "A region by its slug.",
	Read: lookUpRegion,
	Examples: []string{
		`data "digitalocean_region" "example" {
  slug = "fra1"
}`,
	},
}

func lookUpRegion(ctx context.Context, c *client, x *regionLookup) error {
	var slugs []string
	for r, err := range providers.All(ctx, c, regionList, region{}) {
		if err != nil {
			return err
		}
		if strings.EqualFold(r.Slug, x.Slug) {
			x.ID = r.Slug
			slug := x.Slug
			providers.Shape(x, r)
			x.Slug = slug // as it is configured
			return nil
		}
		slugs = append(slugs, r.Slug)
	}
	return fmt.Errorf("there is no region %q, only %s", x.Slug, strings.Join(slugs, ", "))
}
