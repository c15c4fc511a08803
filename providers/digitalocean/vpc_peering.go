package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type vpcPeering struct {
	ID        string   `cty:"id"         is:"computed"             doc:"UUID of the peering."`
	Name      string   `cty:"name"       is:"required"             doc:"Name, unique in the account: letters, digits and dashes."`
	VPCIDs    []string `cty:"vpc_ids"    is:"required,set,replace,ref=digitalocean_vpc" doc:"UUIDs of two networks, whose ranges do not overlap."`
	Status    string   `cty:"status"     is:"computed"             doc:"State: PROVISIONING, ACTIVE or DELETING."`
	CreatedAt string   `cty:"created_at" is:"computed"             doc:"Time of creation, RFC 3339."`
}

var vpcPeeringType = providers.Resource[*client, vpcPeering]{
	Type:    "digitalocean_vpc_peering",
	Doc:     "A link between two networks, of one region or of two.",
	Create:  createVPCPeering,
	Read:    readVPCPeering,
	Update:  updateVPCPeering,
	Delete:  deleteVPCPeering,
	List:    listVPCPeerings,
	Check:   checkVPCPeering,
	Natural: func(x vpcPeering) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_vpc" "training" {
  name   = "training"
  region = "fra1"
}

resource "digitalocean_vpc" "serving" {
  name   = "serving"
  region = "ams3"
}

resource "digitalocean_vpc_peering" "example" {
  name    = "ml"
  vpc_ids = [digitalocean_vpc.training.id, digitalocean_vpc.serving.id]
}`,
		`resource "digitalocean_vpc" "training" {
  name   = "training"
  region = "fra1"
}

resource "digitalocean_vpc" "serving" {
  name   = "serving"
  region = "ams3"
}

resource "digitalocean_vpc_peering" "example" {
  name    = "training-serving"
  vpc_ids = [digitalocean_vpc.training.id, digitalocean_vpc.serving.id]
}`,
		`resource "digitalocean_vpc" "training" {
  name   = "training"
  region = "fra1"
}

resource "digitalocean_vpc" "data" {
  name   = "data"
  region = "fra1"
}

resource "digitalocean_vpc_peering" "example" {
  name    = "training-data"
  vpc_ids = [digitalocean_vpc.training.id, digitalocean_vpc.data.id]
}`,
	},
}

func createVPCPeering(ctx context.Context, c *client, x *vpcPeering, _ providers.Attempt) error {
	got, _, err := c.VPCs.CreateVPCPeering(ctx, &godo.VPCPeeringCreateRequest{Name: x.Name, VPCIDs: x.VPCIDs})
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

func readVPCPeering(ctx context.Context, c *client, x *vpcPeering) error {
	got, _, err := c.VPCs.GetVPCPeering(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return settledPeering(got)
}

func updateVPCPeering(ctx context.Context, c *client, was vpcPeering, x *vpcPeering) error {
	got, _, err := c.VPCs.UpdateVPCPeering(ctx, was.ID, &godo.VPCPeeringUpdateRequest{Name: x.Name})
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return nil
}

// deleteVPCPeering is refused with 403 while the peering, or a network of it, is
// still being changed.
func deleteVPCPeering(ctx context.Context, c *client, x vpcPeering) error {
	_, err := c.VPCs.DeleteVPCPeering(ctx, x.ID)
	var api *godo.ErrorResponse
	if errors.As(err, &api) && api.Response != nil && api.Response.StatusCode == http.StatusForbidden {
		return &busyError{err: err, message: "the API does not delete the peering now: " + explain(api)}
	}
	return gone(err)
}

func listVPCPeerings(ctx context.Context, c *client, _ vpcPeering) iter.Seq2[vpcPeering, error] {
	return pages(ctx, c.VPCs.ListVPCPeerings, func(x *vpcPeering, got **godo.VPCPeering) error {
		x.fill(*got)
		return settledPeering(*got)
	})
}

func (x *vpcPeering) fill(got *godo.VPCPeering) {
	x.ID, x.Name, x.VPCIDs, x.Status = got.ID, got.Name, got.VPCIDs, got.Status
	x.CreatedAt = rfc3339(got.CreatedAt)
}

// settledPeering returns ErrNotReady while got is being made or deleted.
func settledPeering(got *godo.VPCPeering) error {
	if got.Status != "ACTIVE" {
		return providers.ErrNotReady
	}
	return nil
}

var peeringName = providers.NewPattern(`^[a-zA-Z0-9-]+$`)

func checkVPCPeering(_ *vpcPeering, want vpcPeering) error {
	ids := slices.Compact(slices.Sorted(slices.Values(want.VPCIDs)))
	switch {
	case !peeringName.MatchString(want.Name):
		return fmt.Errorf("name %q: only letters, digits and dashes", want.Name)
	case len(ids) != 2:
		return fmt.Errorf("vpc_ids names %d networks, a peering links two", len(ids))
	}
	return nil
}

// vpcPeeringLookup has the fields of vpcPeering: each converts to the other.
type vpcPeeringLookup struct {
	ID        string   `cty:"id"         is:"default"      doc:"UUID of the peering."`
	Name      string   `cty:"name"       is:"default"      doc:"Name of the peering."`
	VPCIDs    []string `cty:"vpc_ids"    is:"computed,set" doc:"UUIDs of the two networks."`
	Status    string   `cty:"status"     is:"computed"     doc:"State: PROVISIONING, ACTIVE or DELETING."`
	CreatedAt string   `cty:"created_at" is:"computed"     doc:"Time of creation, RFC 3339."`
}

var vpcPeeringData = providers.DataSource[*client, vpcPeeringLookup]{
	Type: "digitalocean_vpc_peering",
	Doc:  "A link between two networks, by id or by name.",
	Read: lookUpVPCPeering,
	Examples: []string{
		`resource "digitalocean_vpc" "training" {
  name   = "training"
  region = "fra1"
}

resource "digitalocean_vpc" "serving" {
  name   = "serving"
  region = "ams3"
}

resource "digitalocean_vpc_peering" "example" {
  name    = "ml"
  vpc_ids = [digitalocean_vpc.training.id, digitalocean_vpc.serving.id]
}

data "digitalocean_vpc_peering" "example" {
  name = digitalocean_vpc_peering.example.name
}`,
	},
}

func lookUpVPCPeering(ctx context.Context, c *client, x *vpcPeeringLookup) error {
	got, err := chosenBy(x.ID, x.Name, providers.All(ctx, c, vpcPeeringType, vpcPeering{}), func(p vpcPeering) (string, string) { return p.ID, p.Name })
	if err != nil {
		return fmt.Errorf("peering: %w", err)
	}
	*x = vpcPeeringLookup(got)
	return nil
}
