package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type serverTypes struct {
	ID            string          `cty:"id"              is:"computed" doc:"Always server_types."`
	ServerTypeIDs []string        `cty:"server_type_ids" is:"computed" doc:"Deprecated: their numbers."`
	Names         []string        `cty:"names"           is:"computed" doc:"Deprecated: their names."`
	Descriptions  []string        `cty:"descriptions"    is:"computed" doc:"Deprecated: their names for people."`
	ServerTypes   []serverTypeRow `cty:"server_types"    is:"computed" doc:"All types of servers."`
}

var serverTypesData = providers.DataSource[*client, serverTypes]{
	Type:     "hcloud_server_types",
	Doc:      "All types of servers.",
	Read:     readServerTypes,
	Examples: []string{`data "hcloud_server_types" "example" {}`},
}

func readServerTypes(ctx context.Context, c *client, x *serverTypes) (err error) {
	x.ID = "server_types"
	x.ServerTypes, err = gathered(providers.All(ctx, c, serverTypeList, serverTypeRow{}))
	for _, t := range x.ServerTypes {
		x.ServerTypeIDs, x.Names, x.Descriptions = append(x.ServerTypeIDs, t.ID), append(x.Names, t.Name), append(x.Descriptions, t.Description)
	}
	return err
}
