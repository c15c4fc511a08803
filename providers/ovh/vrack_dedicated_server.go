package ovh

import (
	"context"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

type vRackDedicatedServer struct {
	ID          string `cty:"id"           is:"computed" doc:"Made of both names."`
	ServiceName string `cty:"service_name" is:"required,replace" doc:"Name of the vRack, such as pn-123456."`
	ServerID    string `cty:"server_id"    is:"required,replace,ref=ovh_dedicated_server.service_name" doc:"Name of the server."`
}

var vRackDedicatedServerType = providers.Resource[*client, vRackDedicatedServer]{
	Type:    "ovh_vrack_dedicated_server",
	Doc:     "A whole dedicated server in a vRack: of older servers, whose interfaces cannot be connected one by one.",
	Create:  createVRackDedicatedServer,
	Read:    readVRackDedicatedServer,
	Delete:  deleteVRackDedicatedServer,
	List:    listVRackDedicatedServers,
	Import:  importVRackDedicatedServer,
	Natural: func(x vRackDedicatedServer) string { return x.ServiceName + " " + x.ServerID },
	Migrate: func(x *vRackDedicatedServer) { x.fill(x.ServiceName, x.ServerID) },
	Check:   func(_ *vRackDedicatedServer, want vRackDedicatedServer) error { return checkVRack(want.ServiceName) },
	// The tasks of a vRack come one after the other.
	Lock:     func(x vRackDedicatedServer) string { return "vrack " + x.ServiceName },
	ImportID: func(x vRackDedicatedServer) string { return x.ServiceName + "/" + x.ServerID },
	Again:    true,
	Examples: []string{
		`resource "ovh_vrack_dedicated_server" "example" {
  service_name = "pn-1001"
  server_id    = "ns321.ip-192-0-2.eu"
}`,
		exampleServer + `

resource "ovh_vrack_dedicated_server" "example" {
  service_name = "pn-1002"
  server_id    = ovh_dedicated_server.gpu.service_name
}`,
	},
}

func createVRackDedicatedServer(ctx context.Context, c *client, x *vRackDedicatedServer, _ providers.Attempt) error {
	err := wholeServer.connect(ctx, c, x.ServiceName, x.ServerID)
	if err == nil || providers.OperationOf(err) != "" {
		x.fill(x.ServiceName, x.ServerID)
	}
	return err
}

func readVRackDedicatedServer(ctx context.Context, c *client, x *vRackDedicatedServer) error {
	x.fill(x.ServiceName, x.ServerID)
	return wholeServer.look(ctx, c, x.ServiceName, x.ServerID)
}

func deleteVRackDedicatedServer(ctx context.Context, c *client, x vRackDedicatedServer) error {
	return wholeServer.disconnect(ctx, c, x.ServiceName, x.ServerID)
}

func listVRackDedicatedServers(ctx context.Context, c *client, _ vRackDedicatedServer) iter.Seq2[vRackDedicatedServer, error] {
	return func(yield func(vRackDedicatedServer, error) bool) {
		for names, err := range wholeServer.all(ctx, c) {
			var x vRackDedicatedServer
			x.fill(names[0], names[1])
			if !yield(x, err) {
				return
			}
		}
	}
}

func importVRackDedicatedServer(id string) (x vRackDedicatedServer, err error) {
	vRack, server, err := twoParts(id, "the name of the vRack, a slash and that of the server, such as pn-123456/ns321.ip-192-0-2.eu")
	x.fill(vRack, server)
	return x, err
}

func (x *vRackDedicatedServer) fill(vRack, server string) {
	x.ID, x.ServiceName, x.ServerID = wholeServer.id(vRack, server), vRack, server
}
