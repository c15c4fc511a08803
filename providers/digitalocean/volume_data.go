package digitalocean

import (
	"context"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeLookup struct {
	ID              string   `cty:"id"               is:"computed"     doc:"UUID of the volume."`
	Name            string   `cty:"name"             is:"required"     doc:"Name of the volume."`
	Region          string   `cty:"region"           is:"default"      doc:"Slug of its region; needed when several have one of the name."`
	Size            int      `cty:"size"             is:"computed"     doc:"Size in GiB."`
	Description     string   `cty:"description"      is:"computed"     doc:"Free text."`
	FilesystemType  string   `cty:"filesystem_type"  is:"computed"     doc:"File system it has."`
	FilesystemLabel string   `cty:"filesystem_label" is:"computed"     doc:"Label of the file system it has."`
	Tags            []string `cty:"tags"             is:"computed,set" doc:"Names of its tags."`
	DropletIDs      []int    `cty:"droplet_ids"      is:"computed,set" doc:"Ids of the droplets it is attached to, at most one."`
	URN             string   `cty:"urn"              is:"computed"     doc:"Uniform resource name."`
}

var volumeData = providers.DataSource[*client, volumeLookup]{
	Type: "digitalocean_volume",
	Doc:  "A volume by its name.",
	Read: lookUpVolume,
	Examples: []string{
		volumeExample + `

data "digitalocean_volume" "example" {
  name   = digitalocean_volume.example.name
  region = "fra1"
}`,
	},
}

func lookUpVolume(ctx context.Context, c *client, x *volumeLookup) error {
	found, err := matching(providers.All(ctx, c, volumeType, volume{}), func(v volume) bool {
		return v.Name == x.Name && (x.Region == "" || v.Region == strings.ToLower(x.Region))
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%d volumes have the %s, exactly one has to: names are unique in a region", len(found), said("name", x.Name, "region", x.Region))
	}
	providers.Shape(x, found[0])
	return nil
}
