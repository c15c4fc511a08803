//lint:file-ignore SA1019 deprecated, as Terraform's data source is

package hcloud

import (
	"context"
	"fmt"
	"iter"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type datacenter struct {
	ID                     string            `cty:"id"                        is:"default"  doc:"Number of the data center."`
	Name                   string            `cty:"name"                      is:"default"  doc:"Name of the data center, such as fsn1-dc14."`
	Description            string            `cty:"description"               is:"computed" doc:"Name of the building."`
	Location               map[string]string `cty:"location"                  is:"computed" doc:"Location that it is in, by attribute."`
	SupportedServerTypeIDs []int             `cty:"supported_server_type_ids" is:"computed" doc:"Deprecated: numbers of the server types there."`
	AvailableServerTypeIDs []int             `cty:"available_server_type_ids" is:"computed" doc:"Deprecated: numbers of those that are in stock."`
}

// datacenterList lists all data centers, which the API has promised to show until
// October 2026: what it answers afterwards names hcloud_location.
var datacenterList = providers.Resource[*client, datacenter]{Type: "hcloud_datacenter", List: listDatacenters}

var datacenterData = providers.DataSource[*client, datacenter]{
	Type: "hcloud_datacenter",
	Doc:  "A data center by id or name. Deprecated by the API: hcloud_location stays.",
	Read: lookUpDatacenter,
	Examples: []string{
		`data "hcloud_datacenter" "example" {
  name = "fsn1-dc14"
}`,
	},
}

func lookUpDatacenter(ctx context.Context, c *client, x *datacenter) error {
	return catalogued(providers.All(ctx, c, datacenterList, datacenter{}), x, x.ID, x.Name, func(d datacenter) (string, string) { return d.ID, d.Name })
}

func listDatacenters(ctx context.Context, c *client, _ datacenter) iter.Seq2[datacenter, error] {
	return pages(ctx, func(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Datacenter, *hcloud.Response, error) {
		return c.Datacenter.List(ctx, hcloud.DatacenterListOpts{ListOpts: o})
	}, "", (*datacenter).fill)
}

func (x *datacenter) fill(got *hcloud.Datacenter) error {
	*x = datacenter{
		ID: text(got.ID), Name: got.Name, Description: got.Description,
		SupportedServerTypeIDs: numbersOfTypes(got.ServerTypes.Supported), AvailableServerTypeIDs: numbersOfTypes(got.ServerTypes.Available),
	}
	if l := got.Location; l != nil {
		x.Location = map[string]string{
			"id": text(l.ID), "name": l.Name, "description": l.Description, "city": l.City, "country": l.Country,
			"latitude": fmt.Sprintf("%f", l.Latitude), "longitude": fmt.Sprintf("%f", l.Longitude),
		}
	}
	return nil
}

func numbersOfTypes(types []*hcloud.ServerType) []int {
	list := []int{}
	for _, t := range types {
		list = append(list, int(t.ID))
	}
	return list
}
