// Package ovh holds the resource types of OVHcloud's dedicated servers, one a
// file, on its own SDK go-ovh. Facts about the API come from OVHcloud's Terraform
// provider and go-ovh unless a comment says otherwise.
//
// A server is rented by hand. Nothing here orders or terminates one: the package
// knows no such call.
package ovh

import "github.com/mlinfra/mlinfra/providers"

// Provider returns the ovh provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:    "ovh",
		Doc:     "OVHcloud: dedicated servers that are there, and the vRacks that connect them.",
		Sources: []string{"ovh/ovh"},
		Limits:  providers.Limits{Concurrent: 8},
		Connect: connect,
		Verify:  verify,

		Identity:   identity,
		Classify:   classify,
		Operations: operations,
		Resources: []providers.Erasable{
			dedicatedServerType,
			vRackDedicatedServerType,
			vRackDedicatedServerInterfaceType,
		},
		Data: []providers.Erasable{
			bootsData,
			dedicatedServerData,
			dedicatedServersData,
			vRacksData,
		},
	}.Provider()
}
