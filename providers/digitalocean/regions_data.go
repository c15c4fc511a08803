package digitalocean

import (
	"context"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type regions struct {
	ID      string       `cty:"id"      is:"computed"     doc:"Always regions."`
	Filters []listFilter `cty:"filter"  is:"optional,set" doc:"What a region has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"    is:"optional"     doc:"What the regions are ordered by, most important first."`
	Regions []region     `cty:"regions" is:"computed"     doc:"The regions that match."`
}

type region struct {
	Slug      string   `cty:"slug"      is:"computed"     doc:"Slug of the region, such as fra1."`
	Name      string   `cty:"name"      is:"computed"     doc:"Name of the region."`
	Sizes     []string `cty:"sizes"     is:"computed,set" doc:"Slugs of the sizes it has."`
	Features  []string `cty:"features"  is:"computed,set" doc:"Names of the features it has."`
	Available bool     `cty:"available" is:"computed"     doc:"Whether new droplets can be made there."`
}

var regionsData = providers.DataSource[*client, regions]{
	Type: "digitalocean_regions",
	Doc:  "The regions of DigitalOcean.",
	Read: readRegions,
	Examples: []string{
		`data "digitalocean_regions" "example" {
  filter {
    key    = "available"
    values = ["true"]
  }

  filter {
    key    = "features"
    values = ["private_networking", "metadata"]
    all    = true
  }

  sort {
    key = "slug"
  }
}`,
	},
}

// regionList is what data sources share of a look.
var regionList = providers.Resource[*client, region]{
	Type: "regions",
	List: func(ctx context.Context, c *client, _ region) iter.Seq2[region, error] {
		return pages(ctx, c.Regions.List, (*region).fill)
	},
}

func readRegions(ctx context.Context, c *client, x *regions) (err error) {
	x.ID = "regions"
	x.Regions, err = selected(providers.All(ctx, c, regionList, region{}), x.Filters, x.Sorts)
	return err
}

func (x *region) fill(got *godo.Region) error {
	*x = region{Slug: got.Slug, Name: got.Name, Sizes: got.Sizes, Features: got.Features, Available: got.Available}
	return nil
}
