package google

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
	"google.golang.org/api/iterator"

	"github.com/mlinfra/mlinfra/providers"
)

type zones struct {
	ID      string   `cty:"id"      is:"computed" doc:"Path of the region: projects/PROJECT/regions/REGION."`
	Project string   `cty:"project" is:"default"  doc:"Id of the project; absent means the provider's."`
	Region  string   `cty:"region"  is:"default"  doc:"Region; absent means the provider's."`
	Status  string   `cty:"status"  is:"optional" doc:"UP or DOWN, to have only zones in this state."`
	Names   []string `cty:"names"   is:"computed" doc:"Names of the zones, sorted."`
}

var zonesData = providers.DataSource[*client, zones]{
	Type: "google_compute_zones",
	Doc:  "The zones of a region.",
	Read: readZones,
	Examples: []string{
		`data "google_compute_zones" "example" {
  region = "europe-west4"
  status = "UP"
}`,
	},
}

func readZones(ctx context.Context, c *client, x *zones) error {
	project, region, err := c.projectRegion(x.Project, x.Region)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", "UP", "DOWN"}, x.Status) {
		return fmt.Errorf("status %q is neither UP nor DOWN", x.Status)
	}
	x.ID, x.Project, x.Region, x.Names = "projects/"+project+"/regions/"+region, project, region, nil
	it := c.zones.List(ctx, &computepb.ListZonesRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	for {
		zone, err := it.Next()
		if errors.Is(err, iterator.Done) {
			slices.Sort(x.Names)
			return nil
		}
		if err != nil {
			return err
		}
		if lastPart(zone.GetRegion()) == region && (x.Status == "" || zone.GetStatus() == x.Status) {
			x.Names = append(x.Names, zone.GetName())
		}
	}
}
