package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type datacenters struct {
	ID            string       `cty:"id"             is:"computed" doc:"Always datacenters."`
	DatacenterIDs []string     `cty:"datacenter_ids" is:"computed" doc:"Deprecated: their numbers."`
	Names         []string     `cty:"names"          is:"computed" doc:"Deprecated: their names."`
	Descriptions  []string     `cty:"descriptions"   is:"computed" doc:"Deprecated: the names of the buildings."`
	Datacenters   []datacenter `cty:"datacenters"    is:"computed" doc:"All data centers."`
}

var datacentersData = providers.DataSource[*client, datacenters]{
	Type:     "hcloud_datacenters",
	Doc:      "All data centers. Deprecated by the API: hcloud_locations stays.",
	Read:     readDatacenters,
	Examples: []string{`data "hcloud_datacenters" "example" {}`},
}

func readDatacenters(ctx context.Context, c *client, x *datacenters) (err error) {
	x.ID = "datacenters"
	x.Datacenters, err = gathered(providers.All(ctx, c, datacenterList, datacenter{}))
	for _, d := range x.Datacenters {
		x.DatacenterIDs, x.Names, x.Descriptions = append(x.DatacenterIDs, d.ID), append(x.Names, d.Name), append(x.Descriptions, d.Description)
	}
	return err
}
