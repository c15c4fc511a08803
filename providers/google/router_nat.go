package google

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"cloud.google.com/go/compute/apiv1/computepb"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/proto"

	"github.com/mlinfra/mlinfra/providers"
)

type routerNAT struct {
	ID                               string          `cty:"id"                                  is:"computed"            doc:"PROJECT/REGION/ROUTER/NAME."`
	Name                             string          `cty:"name"                                is:"required,replace"    doc:"Name, unique in the router."`
	Router                           string          `cty:"router"                              is:"required,replace"    doc:"Name, path or URL of the router it is part of."`
	Region                           string          `cty:"region"                              is:"default,replace"     doc:"Region of the router; absent means the provider's."`
	Project                          string          `cty:"project"                             is:"default,replace"     doc:"Id of the project; absent means the provider's."`
	Type                             string          `cty:"type"                                is:"else=PUBLIC,replace" doc:"PUBLIC, or PRIVATE between networks."`
	NATIPAllocateOption              string          `cty:"nat_ip_allocate_option"              is:"optional"            doc:"AUTO_ONLY, or MANUAL_ONLY for the addresses in nat_ips."`
	NATIPs                           []string        `cty:"nat_ips"                             is:"optional,set"        doc:"Paths or URLs of external addresses in the region."`
	DrainNATIPs                      []string        `cty:"drain_nat_ips"                       is:"optional,set"        doc:"Addresses that keep their connections and get no more."`
	SourceSubnetworkIPRangesToNAT    string          `cty:"source_subnetwork_ip_ranges_to_nat"  is:"required"            doc:"What it serves: ALL_SUBNETWORKS_ALL_IP_RANGES, LIST_OF_SUBNETWORKS."`
	Subnetworks                      []natSubnetwork `cty:"subnetwork"                          is:"optional,set"        doc:"Subnetworks of LIST_OF_SUBNETWORKS."`
	EndpointTypes                    []string        `cty:"endpoint_types"                      is:"default,replace"     doc:"Kinds of clients, such as ENDPOINT_TYPE_VM."`
	AutoNetworkTier                  string          `cty:"auto_network_tier"                   is:"optional,blind"      doc:"PREMIUM or STANDARD, of addresses that it gets by itself."`
	MinPortsPerVM                    int             `cty:"min_ports_per_vm"                    is:"default"             doc:"Ports that an instance gets at least."`
	MaxPortsPerVM                    int             `cty:"max_ports_per_vm"                    is:"optional"            doc:"Ports that an instance gets at most, a power of two."`
	EnableDynamicPortAllocation      *bool           `cty:"enable_dynamic_port_allocation"      is:"default"             doc:"Whether instances get ports as they need them."`
	EnableEndpointIndependentMapping *bool           `cty:"enable_endpoint_independent_mapping" is:"default"             doc:"Whether one port serves all destinations."`
	UDPIdleTimeoutSec                int             `cty:"udp_idle_timeout_sec"                is:"else=30"             doc:"Seconds until silent UDP traffic is forgotten."`
	ICMPIdleTimeoutSec               int             `cty:"icmp_idle_timeout_sec"               is:"else=30"             doc:"Seconds until silent ICMP traffic is forgotten."`
	TCPEstablishedIdleTimeoutSec     int             `cty:"tcp_established_idle_timeout_sec"    is:"else=1200"           doc:"Seconds until a silent TCP connection is forgotten."`
	TCPTransitoryIdleTimeoutSec      int             `cty:"tcp_transitory_idle_timeout_sec"     is:"else=30"             doc:"Seconds until a half-open TCP connection is forgotten."`
	TCPTimeWaitTimeoutSec            int             `cty:"tcp_time_wait_timeout_sec"           is:"else=120"            doc:"Seconds until the port of a closed TCP connection is free."`
	LogConfig                        []natLog        `cty:"log_config"                          is:"optional,max=1"      doc:"Log of what it does; absent means none."`
}

type natSubnetwork struct {
	Name                  string   `cty:"name"                     is:"required"     doc:"Name, path or URL of the subnetwork."`
	SourceIPRangesToNAT   []string `cty:"source_ip_ranges_to_nat"  is:"required,set" doc:"ALL_IP_RANGES, PRIMARY_IP_RANGE, LIST_OF_SECONDARY_IP_RANGES."`
	SecondaryIPRangeNames []string `cty:"secondary_ip_range_names" is:"optional,set" doc:"Names of the ranges of LIST_OF_SECONDARY_IP_RANGES."`
}

type natLog struct {
	Enable *bool  `cty:"enable" is:"required" doc:"Whether there is a log."`
	Filter string `cty:"filter" is:"required" doc:"ERRORS_ONLY, TRANSLATIONS_ONLY or ALL."`
}

const natNetwork = `resource "google_compute_network" "example" {
  name                    = "ml"
  auto_create_subnetworks = false
}

resource "google_compute_router" "example" {
  name    = "ml"
  network = google_compute_network.example.id
}

`

var routerNATType = providers.Resource[*client, routerNAT]{
	Type:   "google_compute_router_nat",
	Doc:    "A NAT gateway: the way out for instances without public address.",
	Create: createRouterNAT,
	Read:   readRouterNAT,
	Import: func(id string) (x routerNAT, err error) {
		id, err = importPath("projects/PROJECT/regions/REGION/routers/ROUTER/NAME", id, 2)
		x.Name = lastPart(id)
		x.identify(strings.TrimSuffix(id, "/"+x.Name))
		return x, err
	},
	// Terraform's provider shows a tier of addresses that are none of its own.
	Migrate: func(x *routerNAT) {
		if x.NATIPAllocateOption != "AUTO_ONLY" {
			x.AutoNetworkTier = ""
		}
	},
	Update: updateRouterNAT,
	Delete: deleteRouterNAT,
	List:   listRouterNATs,
	Spell:  spellRouterNAT,
	Check:  checkRouterNAT,
	Within: func(x routerNAT) string { return strings.Join([]string{x.Project, x.Region, lastPart(x.Router)}, "/") },
	Lock:   func(x routerNAT) string { return routerLock(x.Router) },
	Examples: []string{
		natNetwork + `resource "google_compute_router_nat" "example" {
  name                               = "ml"
  router                             = google_compute_router.example.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}`,
		natNetwork + `resource "google_compute_address" "example" {
  name = "ml"
}

resource "google_compute_router_nat" "example" {
  name                               = "ml"
  router                             = google_compute_router.example.name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = [google_compute_address.example.self_link]
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
  enable_dynamic_port_allocation     = true
  min_ports_per_vm                   = 64
  max_ports_per_vm                   = 2048
  tcp_time_wait_timeout_sec          = 30

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}`,
		natNetwork + `resource "google_compute_subnetwork" "example" {
  name          = "ml"
  network       = google_compute_network.example.id
  ip_cidr_range = "10.20.0.0/20"
}

resource "google_compute_router_nat" "example" {
  name                               = "ml-training"
  router                             = google_compute_router.example.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.example.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}`,
	},
}

// natRouter returns the path of the router of x.
func (c *client) natRouter(x routerNAT) (string, error) {
	project, region, err := c.projectRegion(cmp.Or(x.Project, part(x.Router, "projects")), cmp.Or(x.Region, part(x.Router, "regions")))
	return fmt.Sprintf("projects/%s/regions/%s/routers/%s", project, region, lastPart(x.Router)), err
}

// createRouterNAT adds to the list of the router's gateways.
func createRouterNAT(ctx context.Context, c *client, x *routerNAT, _ providers.Attempt) error {
	id, err := c.natRouter(*x)
	if err != nil {
		return err
	}
	got, err := c.router(ctx, id)
	if err != nil {
		return err
	}
	if natOf(got, x.Name) != nil {
		return fmt.Errorf("name %q: router %s has a NAT gateway of this name already; choose another name, or remove it", x.Name, lastPart(id))
	}
	own := &computepb.RouterNat{}
	x.change(own, id)
	if err = c.patchNATs(ctx, id, append(got.GetNats(), own)); isAnswer(err) {
		x.identify(id)
	}
	return err
}

func natOf(r *computepb.Router, name string) *computepb.RouterNat {
	for _, n := range r.GetNats() {
		if n.GetName() == name {
			return n
		}
	}
	return nil
}

// patchNATs sends the list of a router's gateways, of which there is one.
func (c *client) patchNATs(ctx context.Context, id string, nats []*computepb.RouterNat) error {
	return started(c.routers.Patch(ctx, &computepb.PatchRouterRequest{
		Project: part(id, "projects"), Region: part(id, "regions"), Router: lastPart(id), RouterResource: &computepb.Router{Nats: nats},
	}))
}

// identify sets what the path of the router says of x.
func (x *routerNAT) identify(router string) {
	x.Project, x.Region, x.Router = part(router, "projects"), part(router, "regions"), lastPart(router)
	x.ID = strings.Join([]string{x.Project, x.Region, x.Router, x.Name}, "/")
}

// pathOfNAT returns the path of the router and the name in an id.
func pathOfNAT(id string) (router, name string) {
	parts := append(strings.Split(id, "/"), make([]string, 4)...)
	return fmt.Sprintf("projects/%s/regions/%s/routers/%s", parts[0], parts[1], parts[2]), parts[3]
}

// natWithID returns a gateway with its router; ErrGone when either is not there.
func (c *client) natWithID(ctx context.Context, id string) (*computepb.Router, *computepb.RouterNat, error) {
	router, name := pathOfNAT(id)
	if err := c.locate(&router); err != nil {
		return nil, nil, err
	}
	got, err := c.router(ctx, router)
	if err != nil {
		return nil, nil, gone(err)
	}
	own := natOf(got, name)
	if own == nil {
		return nil, nil, providers.ErrGone
	}
	return got, own, nil
}

func readRouterNAT(ctx context.Context, c *client, x *routerNAT) error {
	router, own, err := c.natWithID(ctx, x.ID)
	if err != nil {
		return err
	}
	x.fill(router, own)
	return nil
}

func updateRouterNAT(ctx context.Context, c *client, was routerNAT, x *routerNAT) error {
	router, own, err := c.natWithID(ctx, was.ID)
	if err != nil {
		return err
	}
	before := proto.Clone(own)
	x.change(own, path(router.GetSelfLink()))
	x.ID = was.ID
	if proto.Equal(before, own) {
		return nil
	}
	return c.patchNATs(ctx, path(router.GetSelfLink()), router.GetNats())
}

// deleteRouterNAT sends what is left, or the router without any: a patch of
// this client cannot say that a list is empty.
func deleteRouterNAT(ctx context.Context, c *client, x routerNAT) error {
	router, own, err := c.natWithID(ctx, x.ID)
	if err != nil {
		return err
	}
	router.Nats = slices.DeleteFunc(router.GetNats(), func(n *computepb.RouterNat) bool { return n == own })
	id := path(router.GetSelfLink())
	if len(router.GetNats()) == 0 {
		return gone(c.putRouter(ctx, id, router))
	}
	return gone(c.patchNATs(ctx, id, router.GetNats()))
}

// listRouterNATs lists those of one router. While that is being changed, the
// list proves nothing.
func listRouterNATs(ctx context.Context, c *client, in routerNAT) iter.Seq2[routerNAT, error] {
	id, err := c.natRouter(in)
	if err != nil {
		return failed[routerNAT](err)
	}
	if err := c.unchanging(ctx, id); err != nil {
		return failed[routerNAT](err)
	}
	router, err := c.router(ctx, id)
	if err != nil && !notFound(err) {
		return failed[routerNAT](err)
	}
	nats := router.GetNats()
	next := func() (n *computepb.RouterNat, err error) {
		if len(nats) == 0 {
			return nil, iterator.Done
		}
		n, nats = nats[0], nats[1:]
		return n, nil
	}
	return each(next, func(x *routerNAT, n *computepb.RouterNat) error {
		x.fill(router, n)
		return nil
	})
}

// unchanging says busy while an operation changes the object: what that does is
// not shown before its end.
func (c *client) unchanging(ctx context.Context, id string) error {
	it := c.regionOperations.List(ctx, &computepb.ListRegionOperationsRequest{
		Project: part(id, "projects"), Region: part(id, "regions"), Filter: ptr(`status != "DONE"`), MaxResults: ptr(uint32(pageSize)),
	})
	for {
		op, err := it.Next()
		switch {
		case errors.Is(err, iterator.Done):
			return nil
		case err != nil:
			return err
		case path(op.GetTargetLink()) == id:
			return &operationError{op.GetName(), "RESOURCE_NOT_READY", "the router is being changed"}
		}
	}
}
