package hcloud

import (
	"context"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type location struct {
	ID          string  `cty:"id"           is:"default"  doc:"Number of the location."`
	Name        string  `cty:"name"         is:"default"  doc:"Name of the location, such as fsn1."`
	Description string  `cty:"description"  is:"computed" doc:"Name of the site."`
	Country     string  `cty:"country"      is:"computed" doc:"Country in two letters."`
	City        string  `cty:"city"         is:"computed" doc:"Closest city."`
	Latitude    float64 `cty:"latitude"     is:"computed" doc:"Latitude of the city."`
	Longitude   float64 `cty:"longitude"    is:"computed" doc:"Longitude of the city."`
	NetworkZone string  `cty:"network_zone" is:"computed" doc:"Network zone that it is in, such as eu-central."`
}

// locationList lists all locations.
var locationList = providers.Resource[*client, location]{Type: "hcloud_location", List: listLocations}

var locationData = providers.DataSource[*client, location]{
	Type: "hcloud_location",
	Doc:  "A location by id or name.",
	Read: lookUpLocation,
	Examples: []string{
		`data "hcloud_location" "example" {
  name = "fsn1"
}`,
	},
}

func lookUpLocation(ctx context.Context, c *client, x *location) error {
	return catalogued(providers.All(ctx, c, locationList, location{}), x, x.ID, x.Name, func(l location) (string, string) { return l.ID, l.Name })
}

func listLocations(ctx context.Context, c *client, _ location) iter.Seq2[location, error] {
	return pages(ctx, func(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Location, *hcloud.Response, error) {
		return c.Location.List(ctx, hcloud.LocationListOpts{ListOpts: o})
	}, "", (*location).fill)
}

func (x *location) fill(got *hcloud.Location) error {
	*x = location{
		ID: text(got.ID), Name: got.Name, Description: got.Description, Country: got.Country, City: got.City,
		Latitude: got.Latitude, Longitude: got.Longitude, NetworkZone: string(got.NetworkZone),
	}
	return nil
}
