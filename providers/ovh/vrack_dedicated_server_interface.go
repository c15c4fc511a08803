package ovh

import (
	"context"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

type vRackDedicatedServerInterface struct {
	ID          string `cty:"id"           is:"computed" doc:"Made of both names."`
	ServiceName string `cty:"service_name" is:"required,replace" doc:"Name of the vRack, such as pn-123456."`
	InterfaceID string `cty:"interface_id" is:"required,replace" doc:"Id of a virtual interface, as in enabled_vrack_vnis of a server."`
}

var vRackDedicatedServerInterfaceType = providers.Resource[*client, vRackDedicatedServerInterface]{
	Type:    "ovh_vrack_dedicated_server_interface",
	Doc:     "An interface of a dedicated server in a vRack.",
	Create:  createVRackInterface,
	Read:    readVRackInterface,
	Delete:  deleteVRackInterface,
	List:    listVRackInterfaces,
	Import:  importVRackInterface,
	Natural: func(x vRackDedicatedServerInterface) string { return x.ServiceName + " " + x.InterfaceID },
	// An import of Terraform's gives it the id of a whole server.
	Migrate: func(x *vRackDedicatedServerInterface) { x.fill(x.ServiceName, x.InterfaceID) },
	Check: func(_ *vRackDedicatedServerInterface, want vRackDedicatedServerInterface) error {
		return checkVRack(want.ServiceName)
	},
	// The tasks of a vRack come one after the other.
	Lock:     func(x vRackDedicatedServerInterface) string { return "vrack " + x.ServiceName },
	ImportID: func(x vRackDedicatedServerInterface) string { return x.ServiceName + "/" + x.InterfaceID },
	Again:    true,
	Examples: []string{
		`data "ovh_dedicated_server" "gpu" {
  service_name = "ns321.ip-192-0-2.eu"
}

resource "ovh_vrack_dedicated_server_interface" "example" {
  service_name = "pn-1001"
  interface_id = data.ovh_dedicated_server.gpu.enabled_vrack_vnis[0]
}`,
		`data "ovh_dedicated_server" "gpu" {
  service_name = "ns321.ip-192-0-2.eu"
}

resource "ovh_vrack_dedicated_server_interface" "example" {
  service_name = "pn-1002"
  interface_id = data.ovh_dedicated_server.gpu.enabled_vrack_vnis[0]
}`,
	},
}

func createVRackInterface(ctx context.Context, c *client, x *vRackDedicatedServerInterface, _ providers.Attempt) error {
	err := serverInterface.connect(ctx, c, x.ServiceName, x.InterfaceID)
	if err == nil || providers.OperationOf(err) != "" {
		x.fill(x.ServiceName, x.InterfaceID)
	}
	return err
}

func readVRackInterface(ctx context.Context, c *client, x *vRackDedicatedServerInterface) error {
	x.fill(x.ServiceName, x.InterfaceID)
	return serverInterface.look(ctx, c, x.ServiceName, x.InterfaceID)
}

func deleteVRackInterface(ctx context.Context, c *client, x vRackDedicatedServerInterface) error {
	return serverInterface.disconnect(ctx, c, x.ServiceName, x.InterfaceID)
}

func listVRackInterfaces(ctx context.Context, c *client, _ vRackDedicatedServerInterface) iter.Seq2[vRackDedicatedServerInterface, error] {
	return func(yield func(vRackDedicatedServerInterface, error) bool) {
		for names, err := range serverInterface.all(ctx, c) {
			var x vRackDedicatedServerInterface
			x.fill(names[0], names[1])
			if !yield(x, err) {
				return
			}
		}
	}
}

func importVRackInterface(id string) (x vRackDedicatedServerInterface, err error) {
	vRack, member, err := twoParts(id, "the name of the vRack, a slash and the id of the interface, such as pn-123456/5b3e8ad6-c1a4-4a5f-a5ab-0c46e2b5b4d1")
	x.fill(vRack, member)
	return x, err
}

func (x *vRackDedicatedServerInterface) fill(vRack, member string) {
	x.ID, x.ServiceName, x.InterfaceID = serverInterface.id(vRack, member), vRack, member
}
