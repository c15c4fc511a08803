package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type volumes struct {
	ID           string      `cty:"id"            is:"computed" doc:"Always volumes."`
	WithSelector string      `cty:"with_selector" is:"optional" doc:"Label selector that the volumes match; absent means all."`
	WithStatus   []string    `cty:"with_status"   is:"optional" doc:"States they may be in: creating, available."`
	Volumes      []volumeRow `cty:"volumes"       is:"computed" doc:"The volumes that match."`
}

// volumeFacts is what data sources show of a volume beside what names it.
type volumeFacts struct {
	Size             int               `cty:"size"              is:"computed" doc:"Size in GB."`
	Location         string            `cty:"location"          is:"computed" doc:"Name of the location."`
	ServerID         int               `cty:"server_id"         is:"computed" doc:"Number of the server it is attached to; 0 is none."`
	Labels           map[string]string `cty:"labels"            is:"computed" doc:"Labels of the user."`
	LinuxDevice      string            `cty:"linux_device"      is:"computed" doc:"Path of its device on the server."`
	DeleteProtection bool              `cty:"delete_protection" is:"computed" doc:"Whether it cannot be deleted."`
}

type volumeRow struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the volume."`
	Name string `cty:"name" is:"computed" doc:"Name of the volume."`
	volumeFacts
}

var volumesData = providers.DataSource[*client, volumes]{
	Type: "hcloud_volumes",
	Doc:  "The volumes of the project.",
	Read: readVolumes,
	Examples: []string{
		volumeExample + `

data "hcloud_volumes" "example" {
  with_status = ["available"]
  depends_on  = [hcloud_volume.example]
}`,
	},
}

func readVolumes(ctx context.Context, c *client, x *volumes) error {
	all, err := volumesIn(ctx, c, x.WithSelector, x.WithStatus)
	x.ID, x.Volumes = "volumes", rows[volumeRow](all)
	return err
}
