package digitalocean

import (
	"context"
	"errors"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type dropletLookup struct {
	ID                 string   `cty:"id"                   is:"default"      doc:"Number of the droplet."`
	Name               string   `cty:"name"                 is:"default"      doc:"Name of the droplet; exactly one has to have it."`
	Tag                string   `cty:"tag"                  is:"optional"     doc:"Tag of the droplet; exactly one has to bear it."`
	GPU                bool     `cty:"gpu"                  is:"optional"     doc:"Whether it is sought among GPU droplets, by name or tag."`
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

var dropletData = providers.DataSource[*client, dropletLookup]{
	Type: "digitalocean_droplet",
	Doc:  "A droplet by id, by name or by tag.",
	Read: lookUpDroplet,
	Examples: []string{
		dropletExample + `

data "digitalocean_droplet" "example" {
  name = digitalocean_droplet.example.name
}`,
	},
}

func lookUpDroplet(ctx context.Context, c *client, x *dropletLookup) error {
	if (x.ID == "") == (x.Name == "" && x.Tag == "") || (x.Name != "" && x.Tag != "") {
		return errors.New("exactly one of id, name and tag has to be set")
	}
	kind := droplet{}
	if x.GPU {
		kind.Size = "gpu-"
	}
	found, err := matching(providers.All(ctx, c, dropletType, kind), func(d droplet) bool {
		return d.ID == x.ID || (x.Name != "" && d.Name == x.Name) || (x.Tag != "" && spelling(d.Tags, x.Tag) != "")
	})
	if err != nil {
		return err
	}
	if len(found) == 0 && x.ID != "" {
		d := droplet{ID: x.ID} // a GPU droplet, perhaps
		if err := readDroplet(ctx, c, &d); err != nil && !isState(err) {
			return fmt.Errorf("droplet %s: %w", x.ID, err)
		}
		found = append(found, d)
	}
	if len(found) != 1 {
		return fmt.Errorf("%d droplets have the %s, exactly one has to; GPU droplets are only found with gpu = true", len(found), said("name", x.Name, "tag", x.Tag))
	}
	providers.Shape(x, found[0])
	return nil
}
