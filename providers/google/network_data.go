package google

import (
	"context"
	"strconv"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type networkLookup struct {
	ID                   string   `cty:"id"                     is:"computed" doc:"Path: projects/PROJECT/global/networks/NAME."`
	Name                 string   `cty:"name"                   is:"required" doc:"Name of the network."`
	Project              string   `cty:"project"                is:"default"  doc:"Id of the project; absent means the provider's."`
	Description          string   `cty:"description"            is:"computed" doc:"Free text."`
	GatewayIPv4          string   `cty:"gateway_ipv4"           is:"computed" doc:"Address of the gateway of a legacy network."`
	InternalIPv6Range    string   `cty:"internal_ipv6_range"    is:"computed" doc:"IPv6 range of its subnetworks."`
	NumericID            string   `cty:"numeric_id"             is:"computed" doc:"Number of the network."`
	SelfLink             string   `cty:"self_link"              is:"computed" doc:"URL of the network."`
	SubnetworksSelfLinks []string `cty:"subnetworks_self_links" is:"computed" doc:"URLs of its subnetworks."`
}

var networkData = providers.DataSource[*client, networkLookup]{
	Type: "google_compute_network",
	Doc:  "A network that exists, such as the default one.",
	Read: lookUpNetwork,
	Examples: []string{
		`data "google_compute_network" "example" {
  name = "default"
}`,
	},
}

func lookUpNetwork(ctx context.Context, c *client, x *networkLookup) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	got, err := getNetwork(ctx, c, project, x.Name)
	if err != nil {
		return err
	}
	x.ID, x.Project, x.SelfLink = path(got.GetSelfLink()), project, got.GetSelfLink()
	x.Description, x.GatewayIPv4, x.InternalIPv6Range = got.GetDescription(), got.GetGatewayIPv4(), got.GetInternalIpv6Range()
	x.NumericID, x.SubnetworksSelfLinks = strconv.FormatUint(got.GetId(), 10), got.GetSubnetworks()
	return nil
}

// getNetwork returns a network by name. A plan asks for all of the project at
// once; what the list does not show, for it may lag, is asked for.
func getNetwork(ctx context.Context, c *client, project, name string) (*computepb.Network, error) {
	if providers.Remembers(ctx) {
		for n, err := range providers.All(ctx, c, everyNetwork, network{Project: project}) {
			if isPermission(err) {
				break // who may see a network need not be allowed to list them
			}
			if err != nil {
				return nil, err
			}
			if n.Name == name {
				return n.got, nil
			}
		}
	}
	return c.networks.Get(ctx, &computepb.GetNetworkRequest{Project: project, Network: name})
}
