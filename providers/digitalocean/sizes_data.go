package digitalocean

import (
	"context"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type sizes struct {
	ID      string       `cty:"id"     is:"computed"     doc:"Always sizes."`
	Filters []listFilter `cty:"filter" is:"optional,set" doc:"What a size has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"   is:"optional"     doc:"What the sizes are ordered by, most important first."`
	Sizes   []size       `cty:"sizes"  is:"computed"     doc:"The sizes that match."`
}

type size struct {
	Slug         string    `cty:"slug"          is:"computed"     doc:"Slug of the size."`
	Available    bool      `cty:"available"     is:"computed"     doc:"Whether droplets can be made of it."`
	Transfer     float64   `cty:"transfer"      is:"computed"     doc:"Traffic that is included, in TB a month."`
	PriceMonthly float64   `cty:"price_monthly" is:"computed"     doc:"Price of a month in USD."`
	PriceHourly  float64   `cty:"price_hourly"  is:"computed"     doc:"Price of an hour in USD."`
	Memory       int       `cty:"memory"        is:"computed"     doc:"Memory in MB."`
	VCPUs        int       `cty:"vcpus"         is:"computed"     doc:"Number of virtual CPUs."`
	Disk         int       `cty:"disk"          is:"computed"     doc:"Size of the disk in GB."`
	Regions      []string  `cty:"regions"       is:"computed,set" doc:"Slugs of the regions that have it."`
	GPUInfo      []gpuInfo `cty:"gpu_info"      is:"computed"     doc:"The GPUs; empty for a size without."`
}

type gpuInfo struct {
	Count                   int      `cty:"count"                     is:"computed" doc:"Number of GPUs."`
	Model                   string   `cty:"model"                     is:"computed" doc:"Model of the GPUs."`
	VRAM                    []vram   `cty:"vram"                      is:"computed" doc:"Memory of the GPUs."`
	SupportedPartitionModes []string `cty:"supported_partition_modes" is:"computed" doc:"Values for gpu_partition_mode of a droplet."`
}

type vram struct {
	Amount int    `cty:"amount" is:"computed" doc:"Amount, in the unit."`
	Unit   string `cty:"unit"   is:"computed" doc:"Unit, such as gib."`
}

var sizesData = providers.DataSource[*client, sizes]{
	Type: "digitalocean_sizes",
	Doc:  "The sizes that droplets can have.",
	Read: readSizes,
	Examples: []string{
		`data "digitalocean_sizes" "example" {
  filter {
    key    = "regions"
    values = ["fra1"]
  }

  filter {
    key    = "vcpus"
    values = ["1", "2"]
  }

  sort {
    key       = "price_monthly"
    direction = "asc"
  }
}`,
	},
}

// sizeList is what data sources share of a look.
var sizeList = providers.Resource[*client, size]{
	Type: "sizes",
	List: func(ctx context.Context, c *client, _ size) iter.Seq2[size, error] {
		return pages(ctx, c.Sizes.List, (*size).fill)
	},
}

func readSizes(ctx context.Context, c *client, x *sizes) (err error) {
	x.ID = "sizes"
	x.Sizes, err = selected(providers.All(ctx, c, sizeList, size{}), x.Filters, x.Sorts)
	return err
}

func (x *size) fill(got *godo.Size) error {
	*x = size{
		Slug: got.Slug, Available: got.Available, Transfer: got.Transfer, PriceMonthly: got.PriceMonthly,
		PriceHourly: got.PriceHourly, Memory: got.Memory, VCPUs: got.Vcpus, Disk: got.Disk, Regions: got.Regions,
	}
	if g := got.GPUInfo; g != nil {
		info := gpuInfo{Count: g.Count, Model: g.Model, SupportedPartitionModes: g.SupportedPartitionModes}
		if g.VRAM != nil {
			info.VRAM = []vram{{g.VRAM.Amount, g.VRAM.Unit}}
		}
		x.GPUInfo = []gpuInfo{info}
	}
	return nil
}
