package digitalocean

import (
	"context"
	"fmt"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type vpc struct {
	providers.Aside

	ID          string `cty:"id"          is:"computed"         doc:"UUID of the network."`
	Name        string `cty:"name"        is:"required"         doc:"Name, unique in the account."`
	Region      string `cty:"region"      is:"required,replace" doc:"Slug of the region, such as fra1."`
	Description string `cty:"description" is:"optional"         doc:"Free text of at most 255 characters."`
	IPRange     string `cty:"ip_range"    is:"default,replace"  doc:"Range in CIDR notation; chosen by the API if absent."`
	Default     bool   `cty:"default"     is:"computed"         doc:"Whether new droplets of the region join it by default."`
	Project     string `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN         string `cty:"urn"         is:"computed"         doc:"Uniform resource name."`
	CreatedAt   string `cty:"created_at"  is:"computed"         doc:"Time of creation, RFC 3339."`
}

var vpcType = inProject(providers.Resource[*client, vpc]{
	Type:    "digitalocean_vpc",
	Doc:     "A private network in one region.",
	Create:  createVPC,
	Read:    readVPC,
	Update:  updateVPC,
	Delete:  deleteVPC,
	List:    listVPCs,
	Mark:    providers.InDescription,
	Natural: func(x vpc) string { return x.Name },
	// The API makes these and deletes none of them.
	Given: func(x vpc) bool { return x.Default },
	// Two that are made at once may be given the same range.
	Lock:      lockVPC,
	Protected: protectedVPC,
	Examples: []string{
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_vpc" "example" {
  name        = "ml-network"
  region      = "fra1"
  description = "Training and serving."
  project     = digitalocean_project.example.id
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_vpc" "example" {
  name     = "ml-network"
  region   = "ams3"
  ip_range = "10.110.0.0/20"
  project  = digitalocean_project.example.id
}`,
	},
}, func(x *vpc) (string, *string) { return x.URN, &x.Project })

func createVPC(ctx context.Context, c *client, x *vpc, a providers.Attempt) error {
	got, _, err := c.VPCs.Create(ctx, &godo.VPCCreateRequest{
		Name: x.Name, RegionSlug: x.Region, Description: a.Describe(x.Description), IPRange: x.IPRange,
	})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readVPC(ctx context.Context, c *client, x *vpc) error {
	got, _, err := c.VPCs.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateVPC replaces name and description: it looks for a mark to keep.
func updateVPC(ctx context.Context, c *client, was vpc, x *vpc) error {
	now, _, err := c.VPCs.Get(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	description := providers.KeepOwner(x.Description, now.Description)
	got, _, err := c.VPCs.Update(ctx, was.ID, &godo.VPCUpdateRequest{Name: x.Name, Description: description})
	if err != nil {
		return err
	}
	return x.fill(got)
}

// deleteVPC looks for members first: the API refuses while there are any, and
// they leave some seconds after they are gone, or minutes.
func deleteVPC(ctx context.Context, c *client, x vpc) error {
	members, err := networkMembers(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	if len(members) > 0 {
		return occupied(x, members, nil)
	}
	_, err = c.VPCs.Delete(ctx, x.ID)
	if err == nil || classify(err).Kind != providers.Busy {
		return gone(err)
	}
	attached, look := attachedTo(ctx, c, x.ID)
	if look != nil || len(attached) == 0 {
		return err
	}
	return occupied(x, attached, err)
}

func listVPCs(ctx context.Context, c *client, _ vpc) iter.Seq2[vpc, error] {
	return pages(ctx, c.VPCs.List, func(x *vpc, got **godo.VPC) error { return x.fill(*got) })
}

func (x *vpc) fill(got *godo.VPC) error {
	x.ID, x.Name, x.Region = got.ID, got.Name, got.RegionSlug
	x.Description, x.Owner = providers.OwnDescription(got.Description)
	x.IPRange, x.Default, x.URN = got.IPRange, got.Default, got.URN
	x.CreatedAt = rfc3339(got.CreatedAt)
	return nil
}

// lockVPC is for what has no id yet.
func lockVPC(x vpc) string {
	if x.ID != "" {
		return ""
	}
	return "networks of " + x.Region
}

func protectedVPC(x vpc) error {
	if !x.Default {
		return nil
	}
	return fmt.Errorf("it is the default network of region %s, which DigitalOcean never deletes: set lifecycle { destroy = false } to leave it where it is, or make another network the default one first", x.Region)
}

type vpcLookup struct {
	ID          string `cty:"id"          is:"default"  doc:"UUID of the network."`
	Name        string `cty:"name"        is:"default"  doc:"Name of the network."`
	Region      string `cty:"region"      is:"default"  doc:"Region whose default network is meant."`
	Description string `cty:"description" is:"computed" doc:"Free text."`
	IPRange     string `cty:"ip_range"    is:"computed" doc:"Range in CIDR notation."`
	Default     bool   `cty:"default"     is:"computed" doc:"Whether it is the default of its region."`
	URN         string `cty:"urn"         is:"computed" doc:"Uniform resource name."`
	CreatedAt   string `cty:"created_at"  is:"computed" doc:"Time of creation, RFC 3339."`
}

var vpcData = providers.DataSource[*client, vpcLookup]{
	Type: "digitalocean_vpc",
	Doc:  "A network by id, by name, or the default one of a region.",
	Read: lookUpVPC,
	Examples: []string{
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}

data "digitalocean_vpc" "example" {
  name = digitalocean_vpc.example.name
}`,
	},
}

func lookUpVPC(ctx context.Context, c *client, x *vpcLookup) error {
	if x.ID == "" && x.Name == "" && x.Region == "" {
		return fmt.Errorf("one of id, name and region has to be set")
	}
	for v, err := range providers.All(ctx, c, vpcType, vpc{}) {
		if err != nil {
			return err
		}
		if v.ID == x.ID || (x.ID == "" && v.Name == x.Name && x.Name != "") ||
			(x.ID == "" && x.Name == "" && v.Default && v.Region == x.Region) {
			*x = v.lookUp()
			return nil
		}
	}
	return fmt.Errorf("no network with id %q, name %q or default of region %q", x.ID, x.Name, x.Region)
}

// lookUp returns x as data sources show it.
func (x vpc) lookUp() vpcLookup {
	return vpcLookup{
		ID: x.ID, Name: x.Name, Region: x.Region, Description: x.Description, IPRange: x.IPRange,
		Default: x.Default, URN: x.URN, CreatedAt: x.CreatedAt,
	}
}
