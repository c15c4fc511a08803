package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type router struct {
	providers.Aside

	ID                          string      `cty:"id"                            is:"computed"         doc:"Path: projects/PROJECT/regions/REGION/routers/NAME."`
	Name                        string      `cty:"name"                          is:"required,replace" doc:"Name, unique in the region."`
	Network                     string      `cty:"network"                       is:"required,replace" doc:"Name, path or URL of the network it belongs to."`
	Region                      string      `cty:"region"                        is:"default,replace"  doc:"Region; absent means the provider's."`
	Project                     string      `cty:"project"                       is:"default,replace"  doc:"Id of the project; absent means the provider's."`
	Description                 string      `cty:"description"                   is:"optional"         doc:"Free text."`
	BGP                         []routerBGP `cty:"bgp"                           is:"optional,max=1"   doc:"What it tells its peers."`
	EncryptedInterconnectRouter bool        `cty:"encrypted_interconnect_router" is:"optional,replace" doc:"Whether it is for encrypted attachments."`
	CreationTimestamp           string      `cty:"creation_timestamp"            is:"computed"         doc:"Time of creation, RFC 3339."`
	SelfLink                    string      `cty:"self_link"                     is:"computed"         doc:"URL of the router."`
}

type routerBGP struct {
	ASN                int               `cty:"asn"                  is:"required"     doc:"Private number of its autonomous system, such as 64514."`
	AdvertiseMode      string            `cty:"advertise_mode"       is:"else=DEFAULT" doc:"DEFAULT, or CUSTOM for what the next two say."`
	AdvertisedGroups   []string          `cty:"advertised_groups"    is:"optional"     doc:"Groups of routes it tells: ALL_SUBNETS."`
	AdvertisedIPRanges []advertisedRange `cty:"advertised_ip_ranges" is:"optional"     doc:"Ranges it tells."`
	KeepaliveInterval  int               `cty:"keepalive_interval"   is:"else=20"      doc:"Seconds between signs of life, 20 to 60."`
}

type advertisedRange struct {
	Range       string `cty:"range"       is:"required" doc:"Range in CIDR notation."`
	Description string `cty:"description" is:"optional" doc:"Free text."`
}

var routerType = providers.Resource[*client, router]{
	Type:   "google_compute_router",
	Doc:    "A Cloud Router: it holds the NAT gateways of a network in a region.",
	Create: createRouter,
	Read:   readRouter,
	Import: func(id string) (x router, err error) {
		x.ID, err = importPath("projects/PROJECT/regions/REGION/routers/NAME", id, 1)
		return x, err
	},
	Update: updateRouter,
	Delete: deleteRouter,
	List:   listRouters,
	Mark:   providers.InDescription,
	Spell:  spellRouter,
	Check:  checkRouter,
	Within: func(x router) string { return x.Project },
	Lock:   func(x router) string { return routerLock(x.Name) },
	Replay: true,
	Examples: []string{
		`resource "google_compute_router" "example" {
  name    = "ml"
  network = "default"
}`,
		`resource "google_compute_router" "example" {
  name        = "ml"
  network     = "default"
  description = "Way out of the workers."

  bgp {
    asn               = 64514
    advertise_mode    = "CUSTOM"
    advertised_groups = ["ALL_SUBNETS"]

    advertised_ip_ranges {
      range = "10.20.0.0/16"
    }
  }
}`,
		`resource "google_compute_router" "example" {
  name    = "ml-europe"
  network = "default"
  region  = "europe-west4"
}`,
	},
}

// routerLock is the lock of a router and its NAT gateways. Routers of one name
// in several regions share it, which does no harm.
func routerLock(name string) string { return "router " + lastPart(name) }

func createRouter(ctx context.Context, c *client, x *router, a providers.Attempt) error {
	project, region, err := c.projectRegion(x.Project, x.Region)
	if err != nil {
		return err
	}
	resource := &computepb.Router{
		Name: ptr(x.Name), Network: ptr(linkIn("projects/"+project+"/global/networks/", x.Network)), Description: text(a.Describe(x.Description)),
		Bgp: x.bgp(nil), EncryptedInterconnectRouter: ptr(x.EncryptedInterconnectRouter),
	}
	err = started(c.routers.Insert(ctx, &computepb.InsertRouterRequest{Project: project, Region: region, RouterResource: resource, RequestId: requestID(a)}))
	if isAnswer(err) {
		x.ID, x.Project, x.Region = fmt.Sprintf("projects/%s/regions/%s/routers/%s", project, region, x.Name), project, region
	}
	return err
}

func readRouter(ctx context.Context, c *client, x *router) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.router(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func (c *client) router(ctx context.Context, id string) (*computepb.Router, error) {
	return c.routers.Get(ctx, &computepb.GetRouterRequest{Project: part(id, "projects"), Region: part(id, "regions"), Router: lastPart(id)})
}

// updateRouter sends the whole router back: what is missing goes away, which a
// patch of this client cannot say of lists and blocks.
func updateRouter(ctx context.Context, c *client, was router, x *router) error {
	x.ID = was.ID
	got, err := c.router(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	got.Description, got.Bgp = text(providers.KeepOwner(x.Description, got.GetDescription())), x.bgp(got.GetBgp())
	return gone(c.putRouter(ctx, x.ID, got))
}

func (c *client) putRouter(ctx context.Context, id string, r *computepb.Router) error {
	return started(c.routers.Update(ctx, &computepb.UpdateRouterRequest{
		Project: part(id, "projects"), Region: part(id, "regions"), Router: lastPart(id), RouterResource: r,
	}))
}

func deleteRouter(ctx context.Context, c *client, x router) error {
	return gone(started(c.routers.Delete(ctx, &computepb.DeleteRouterRequest{
		Project: part(x.ID, "projects"), Region: part(x.ID, "regions"), Router: lastPart(x.ID),
	})))
}

func listRouters(ctx context.Context, c *client, in router) iter.Seq2[router, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[router](err)
	}
	it := c.routers.AggregatedList(ctx, &computepb.AggregatedListRoutersRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	next := items(it.Next, func(p compute.RoutersScopedListPair) []*computepb.Router { return p.Value.GetRouters() })
	return each(next, (*router).fill)
}

func (x *router) fill(got *computepb.Router) error {
	x.ID, x.Name, x.SelfLink = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink()
	x.Project, x.Region, x.Network = part(x.ID, "projects"), lastPart(got.GetRegion()), got.GetNetwork()
	x.Description, x.Owner = providers.OwnDescription(got.GetDescription())
	x.CreationTimestamp = got.GetCreationTimestamp()
	x.EncryptedInterconnectRouter, x.BGP = got.GetEncryptedInterconnectRouter(), nil
	if b := got.GetBgp(); b != nil {
		bgp := routerBGP{
			ASN: int(b.GetAsn()), AdvertiseMode: b.GetAdvertiseMode(), AdvertisedGroups: b.GetAdvertisedGroups(),
			KeepaliveInterval: int(b.GetKeepaliveInterval()),
		}
		for _, r := range b.GetAdvertisedIpRanges() {
			bgp.AdvertisedIPRanges = append(bgp.AdvertisedIPRanges, advertisedRange{r.GetRange(), r.GetDescription()})
		}
		x.BGP = []routerBGP{bgp}
	}
	return nil
}

// bgp returns b, nil for none, as x has it; what x does not speak of stays.
func (x *router) bgp(b *computepb.RouterBgp) *computepb.RouterBgp {
	if len(x.BGP) == 0 {
		return nil
	}
	if b == nil {
		b = &computepb.RouterBgp{}
	}
	own := x.BGP[0]
	b.Asn, b.AdvertiseMode, b.KeepaliveInterval = ptr(uint32(own.ASN)), ptr(own.AdvertiseMode), ptr(uint32(own.KeepaliveInterval))
	b.AdvertisedGroups, b.AdvertisedIpRanges = own.AdvertisedGroups, nil
	for _, r := range own.AdvertisedIPRanges {
		b.AdvertisedIpRanges = append(b.AdvertisedIpRanges, &computepb.RouterAdvertisedIpRange{Range: ptr(r.Range), Description: text(r.Description)})
	}
	return b
}

func spellRouter(was router, x *router) {
	respell(was.Network, &x.Network)
	respell(was.Region, &x.Region)
	for i := range min(len(was.BGP), len(x.BGP)) {
		x.BGP[i].AdvertisedGroups = reordered(was.BGP[i].AdvertisedGroups, x.BGP[i].AdvertisedGroups)
		x.BGP[i].AdvertisedIPRanges = reordered(was.BGP[i].AdvertisedIPRanges, x.BGP[i].AdvertisedIPRanges)
	}
}

func checkRouter(_ *router, want router) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	for _, b := range want.BGP {
		if err := b.check(); err != nil {
			return err
		}
	}
	return nil
}

func (b routerBGP) check() error {
	private := b.ASN == 16550 || (b.ASN >= 64512 && b.ASN <= 65534) || (b.ASN >= 4200000000 && b.ASN <= 4294967294)
	switch {
	case !private:
		return fmt.Errorf("asn %d is not private: 64512 to 65534, 4200000000 to 4294967294, or 16550", b.ASN)
	case b.AdvertiseMode != "DEFAULT" && b.AdvertiseMode != "CUSTOM":
		return fmt.Errorf("advertise_mode %q is neither DEFAULT nor CUSTOM", b.AdvertiseMode)
	case b.AdvertiseMode == "DEFAULT" && len(b.AdvertisedGroups)+len(b.AdvertisedIPRanges) > 0:
		return errors.New("advertised_groups and advertised_ip_ranges need advertise_mode CUSTOM")
	case b.KeepaliveInterval < 20 || b.KeepaliveInterval > 60:
		return fmt.Errorf("keepalive_interval %d is not between 20 and 60 seconds", b.KeepaliveInterval)
	}
	if i := slices.IndexFunc(b.AdvertisedGroups, func(g string) bool { return g != "ALL_SUBNETS" }); i >= 0 {
		return fmt.Errorf("advertised_groups: %q is not ALL_SUBNETS", b.AdvertisedGroups[i])
	}
	for _, r := range b.AdvertisedIPRanges {
		if p, err := netip.ParsePrefix(r.Range); err != nil || p.Masked() != p {
			return fmt.Errorf("range %q of advertised_ip_ranges is not in CIDR notation without bits beyond its prefix", r.Range)
		}
	}
	return nil
}
