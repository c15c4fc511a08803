package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type locations struct {
	ID           string     `cty:"id"           is:"computed" doc:"Always locations."`
	LocationIDs  []string   `cty:"location_ids" is:"computed" doc:"Deprecated: their numbers."`
	Names        []string   `cty:"names"        is:"computed" doc:"Deprecated: their names."`
	Descriptions []string   `cty:"descriptions" is:"computed" doc:"Deprecated: the names of the sites."`
	Locations    []location `cty:"locations"    is:"computed" doc:"All locations."`
}

var locationsData = providers.DataSource[*client, locations]{
	Type:     "hcloud_locations",
	Doc:      "All locations.",
	Read:     readLocations,
	Examples: []string{`data "hcloud_locations" "example" {}`},
}

func readLocations(ctx context.Context, c *client, x *locations) (err error) {
	x.ID = "locations"
	x.Locations, err = gathered(providers.All(ctx, c, locationList, location{}))
	for _, l := range x.Locations {
		x.LocationIDs, x.Names, x.Descriptions = append(x.LocationIDs, l.ID), append(x.Names, l.Name), append(x.Descriptions, l.Description)
	}
	return err
}
