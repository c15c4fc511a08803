package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type droplets struct {
	ID       string       `cty:"id"       is:"computed"     doc:"Always droplets."`
	GPUs     bool         `cty:"gpus"     is:"optional"     doc:"Whether GPU droplets are listed, and only they."`
	Filters  []listFilter `cty:"filter"   is:"optional,set" doc:"What a droplet has to match; all of them count."`
	Sorts    []listSort   `cty:"sort"     is:"optional"     doc:"What the droplets are ordered by, most important first."`
	Droplets []dropletRow `cty:"droplets" is:"computed"     doc:"The droplets that match."`
}

// dropletFacts is what data sources show of a droplet beside what names it.
type dropletFacts struct {
	URN                string   `cty:"urn"                  is:"computed"     doc:"Uniform resource name."`
	Region             string   `cty:"region"               is:"computed"     doc:"Slug of the region."`
	Image              string   `cty:"image"                is:"computed"     doc:"Slug or id of the image it started from."`
	Size               string   `cty:"size"                 is:"computed"     doc:"Slug of the size."`
	Disk               int      `cty:"disk"                 is:"computed"     doc:"Size of the disk in GB."`
	VCPUs              int      `cty:"vcpus"                is:"computed"     doc:"Number of virtual CPUs."`
	Memory             int      `cty:"memory"               is:"computed"     doc:"Memory in MB."`
	PriceHourly        float64  `cty:"price_hourly"         is:"computed"     doc:"Price of an hour in USD."`
	PriceMonthly       float64  `cty:"price_monthly"        is:"computed"     doc:"Price of a month in USD."`
	Status             string   `cty:"status"               is:"computed"     doc:"State: new, active, off or archive."`
	Locked             bool     `cty:"locked"               is:"computed"     doc:"Whether the API refuses actions on it."`
	IPv4Address        string   `cty:"ipv4_address"         is:"computed"     doc:"Public IPv4 address."`
	IPv4AddressPrivate string   `cty:"ipv4_address_private" is:"computed"     doc:"IPv4 address in its network."`
	IPv6Address        string   `cty:"ipv6_address"         is:"computed"     doc:"Public IPv6 address."`
	IPv6AddressPrivate string   `cty:"ipv6_address_private" is:"computed"     doc:"Always empty: networks have IPv4 only."`
	Backups            bool     `cty:"backups"              is:"computed"     doc:"Whether backups are made."`
	IPv6               bool     `cty:"ipv6"                 is:"computed"     doc:"Whether it has an IPv6 address."`
	PrivateNetworking  bool     `cty:"private_networking"   is:"computed"     doc:"Whether it is in a private network."`
	Monitoring         bool     `cty:"monitoring"           is:"computed"     doc:"Whether the metrics agent is installed."`
	VolumeIDs          []string `cty:"volume_ids"           is:"computed,set" doc:"Ids of the volumes that are attached."`
	Tags               []string `cty:"tags"                 is:"computed,set" doc:"Names of its tags."`
	VPCUUID            string   `cty:"vpc_uuid"             is:"computed"     doc:"UUID of its network."`
	GPUPartitionMode   string   `cty:"gpu_partition_mode"   is:"computed"     doc:"How the GPU is split, where the API shows it."`
	CreatedAt          string   `cty:"created_at"           is:"computed"     doc:"Time of creation, RFC 3339."`
}

type dropletRow struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the droplet."`
	Name string `cty:"name" is:"computed" doc:"Name of the droplet."`
	dropletFacts
}

var dropletsData = providers.DataSource[*client, droplets]{
	Type: "digitalocean_droplets",
	Doc:  "The droplets of the account.",
	Read: readDroplets,
	Examples: []string{
		dropletExample + `

data "digitalocean_droplets" "example" {
  filter {
    key    = "region"
    values = [digitalocean_droplet.example.region]
  }

  sort {
    key       = "created_at"
    direction = "desc"
  }
}`,
	},
}

func readDroplets(ctx context.Context, c *client, x *droplets) (err error) {
	x.ID = "droplets"
	kind := droplet{}
	if x.GPUs {
		kind.Size = "gpu-"
	}
	x.Droplets, err = selected(shapedAs[dropletRow](shown(ctx, c, dropletType, kind)), x.Filters, x.Sorts)
	return err
}
