package google

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type network struct {
	providers.Aside

	ID                    string `cty:"id"                      is:"computed"          doc:"Path: projects/PROJECT/global/networks/NAME."`
	Name                  string `cty:"name"                    is:"required,replace"  doc:"Name, unique in the project."`
	Project               string `cty:"project"                 is:"default,replace"   doc:"Id of the project; absent means the provider's."`
	Description           string `cty:"description"             is:"optional,replace"  doc:"Free text."`
	AutoCreateSubnetworks bool   `cty:"auto_create_subnetworks" is:"else=true,replace" doc:"Whether each region gets a subnetwork by itself."`
	RoutingMode           string `cty:"routing_mode"            is:"default"           doc:"REGIONAL or GLOBAL: how far its routers tell of routes."`
	MTU                   int    `cty:"mtu"                     is:"default"           doc:"Largest packet in bytes, 1300 to 8896."`
	GatewayIPv4           string `cty:"gateway_ipv4"            is:"computed"          doc:"Address of the gateway of a legacy network."`
	NumericID             string `cty:"numeric_id"              is:"computed"          doc:"Number of the network."`
	SelfLink              string `cty:"self_link"               is:"computed"          doc:"URL of the network."`

	got *computepb.Network // what it was filled from
}

var networkType = providers.Resource[*client, network]{
	Type:   "google_compute_network",
	Doc:    "A private network that spans all regions.",
	Create: createNetwork,
	Read:   readNetwork,
	Import: func(id string) (x network, err error) {
		x.ID, err = importPath("projects/PROJECT/global/networks/NAME", id, 1)
		return x, err
	},
	Update: updateNetwork,
	Delete: deleteNetwork,
	List:   listNetworks,
	Mark:   providers.InDescription,
	Check:  checkNetwork,
	Within: network.home,
	Replay: true,
	Examples: []string{
		`resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
}`,
		`resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
  routing_mode            = "GLOBAL"
  mtu                     = 1500
}`,
		`resource "google_compute_network" "example" {
  name                    = "ml-network"
  description             = "Training and serving."
  auto_create_subnetworks = false
}`,
	},
}

func createNetwork(ctx context.Context, c *client, x *network, a providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	resource := &computepb.Network{
		Name: ptr(x.Name), Description: text(a.Describe(x.Description)), AutoCreateSubnetworks: ptr(x.AutoCreateSubnetworks),
	}
	if x.RoutingMode != "" {
		resource.RoutingConfig = &computepb.NetworkRoutingConfig{RoutingMode: ptr(x.RoutingMode)}
	}
	if x.MTU != 0 {
		resource.Mtu = ptr(int32(x.MTU))
	}
	err = started(c.networks.Insert(ctx, &computepb.InsertNetworkRequest{Project: project, NetworkResource: resource, RequestId: requestID(a)}))
	if isAnswer(err) {
		x.ID, x.Project = fmt.Sprintf("projects/%s/global/networks/%s", project, x.Name), project
	}
	return err
}

// everyNetwork is the list of a plan. It stands for networkType, which refers
// to its reader.
var everyNetwork = providers.Resource[*client, network]{Type: "google_compute_network", List: listNetworks, Within: network.home}

// home names the project whose list shows x.
func (x network) home() string { return x.Project }

func readNetwork(ctx context.Context, c *client, x *network) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := getNetwork(ctx, c, part(x.ID, "projects"), lastPart(x.ID))
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateNetwork(ctx context.Context, c *client, was network, x *network) error {
	x.ID = was.ID
	resource := &computepb.Network{RoutingConfig: &computepb.NetworkRoutingConfig{RoutingMode: ptr(x.RoutingMode)}}
	if x.MTU != was.MTU {
		resource.Mtu = ptr(int32(x.MTU))
	}
	return started(c.networks.Patch(ctx, &computepb.PatchNetworkRequest{Project: part(x.ID, "projects"), Network: lastPart(x.ID), NetworkResource: resource}))
}

// The API refuses while anything is in it: classify says busy.
func deleteNetwork(ctx context.Context, c *client, x network) error {
	return gone(started(c.networks.Delete(ctx, &computepb.DeleteNetworkRequest{Project: part(x.ID, "projects"), Network: lastPart(x.ID)})))
}

func listNetworks(ctx context.Context, c *client, in network) iter.Seq2[network, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[network](err)
	}
	it := c.networks.List(ctx, &computepb.ListNetworksRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	return each(it.Next, (*network).fill)
}

func (x *network) fill(got *computepb.Network) error {
	x.got = got
	x.ID, x.Name, x.Project = path(got.GetSelfLink()), got.GetName(), part(got.GetSelfLink(), "projects")
	x.Description, x.Owner = providers.OwnDescription(got.GetDescription())
	x.AutoCreateSubnetworks, x.MTU = got.GetAutoCreateSubnetworks(), int(got.GetMtu())
	x.RoutingMode, x.GatewayIPv4 = got.GetRoutingConfig().GetRoutingMode(), got.GetGatewayIPv4()
	x.NumericID, x.SelfLink = strconv.FormatUint(got.GetId(), 10), got.GetSelfLink()
	return nil
}

// nameRule is that of almost all names in Compute Engine, RFC 1035.
var nameRule = providers.NewPattern(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

func checkName(name string) error {
	if !nameRule.MatchString(name) {
		return fmt.Errorf("name %q: at most 63 lower-case letters, digits and dashes, a letter first and no dash last", name)
	}
	return nil
}

func checkNetwork(_ *network, want network) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	switch {
	case want.RoutingMode != "" && want.RoutingMode != "REGIONAL" && want.RoutingMode != "GLOBAL":
		return fmt.Errorf("routing_mode %q is neither REGIONAL nor GLOBAL", want.RoutingMode)
	case want.MTU != 0 && (want.MTU < 1300 || want.MTU > 8896):
		return fmt.Errorf("mtu %d is not between 1300 and 8896", want.MTU)
	}
	return nil
}
