package hcloud

import (
	"context"
	"fmt"
	"iter"
	"maps"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type snapshot struct {
	providers.Aside

	ID          string            `cty:"id"          is:"computed"         doc:"Number of the image that the snapshot is."`
	ServerID    int               `cty:"server_id"   is:"required,replace,ref=hcloud_server" doc:"Number of the server whose disk is copied."`
	Description string            `cty:"description" is:"optional"         doc:"Free text."`
	Labels      map[string]string `cty:"labels"      is:"optional"         doc:"Labels of the user."`
}

var snapshotType = providers.Resource[*client, snapshot]{
	Type:    "hcloud_snapshot",
	Doc:     "A copy of the disk of a server, from which others can be made.",
	Holds:   "the files as they were",
	Create:  createSnapshot,
	Read:    readSnapshot,
	Update:  updateSnapshot,
	Delete:  deleteSnapshot,
	Find:    findSnapshot,
	List:    listSnapshots,
	Mark:    providers.InLabels,
	Check:   func(_ *snapshot, want snapshot) error { return checkLabels(want.Labels) },
	Lock:    func(x snapshot) string { return serverLock(x.ServerID) },
	Explain: map[string]string{"server_id": "a snapshot is a copy of one disk at one time"},
	Examples: []string{
		serverExample + `

resource "hcloud_snapshot" "example" {
  server_id = hcloud_server.example.id
}`,
		serverExample + `

resource "hcloud_snapshot" "example" {
  server_id   = hcloud_server.example.id
  description = "Before the upgrade."
  labels      = { team = "ml" }
}`,
		serverExample + `

resource "hcloud_server" "other" {
  name        = "spare"
  server_type = "cx23"
  image       = "debian-12"
  location    = "fsn1"
}

resource "hcloud_snapshot" "example" {
  server_id = hcloud_server.other.id
}`,
	},
}

// createSnapshot sends a description that is empty, too: the API makes one up where
// there is none.
func createSnapshot(ctx context.Context, c *client, x *snapshot, a providers.Attempt) error {
	got, resp, err := c.Server.CreateImage(ctx, serverOf(x.ServerID), &hcloud.ServerCreateImageOpts{
		Type: hcloud.ImageTypeSnapshot, Description: &x.Description, Labels: marked(x.Labels, a),
	})
	if err != nil {
		return err
	}
	if err := x.fill(got.Image); err != nil && !isState(err) {
		return err
	}
	return started(got.Action, resp, nil)
}

func readSnapshot(ctx context.Context, c *client, x *snapshot) error {
	got, err := fetchSnapshot(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func updateSnapshot(ctx context.Context, c *client, was snapshot, x *snapshot) error {
	got, err := fetchSnapshot(ctx, c, was.ID)
	if err != nil {
		return err
	}
	if labels := withMarks(x.Labels, got.Labels); got.Description != x.Description || !maps.Equal(got.Labels, labels) {
		if got, _, err = c.Image.Update(ctx, got, hcloud.ImageUpdateOpts{Description: &x.Description, Labels: labels}); err != nil {
			return gone(err)
		}
	}
	return x.fill(got)
}

func deleteSnapshot(ctx context.Context, c *client, x snapshot) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.Image.Delete(ctx, &hcloud.Image{ID: id})
	return gone(err)
}

func findSnapshot(ctx context.Context, c *client, x *snapshot, a providers.Attempt) (bool, error) {
	return born(ctx, c.listSnapshots, x, a, (*snapshot).fill, func(x *snapshot) string { return x.ID })
}

func listSnapshots(ctx context.Context, c *client, _ snapshot) iter.Seq2[snapshot, error] {
	return pages(ctx, c.listSnapshots, "", (*snapshot).fill)
}

// unavailable is the status of an image whose making has failed; the SDK does not
// name it.
const unavailable hcloud.ImageStatus = "unavailable"

// fill leaves server_id where the server that was copied is not told any more.
func (x *snapshot) fill(got *hcloud.Image) error {
	x.ID, x.Description = text(got.ID), got.Description
	if got.CreatedFrom != nil {
		x.ServerID = numberOf(got.CreatedFrom)
	}
	x.Labels, x.Owner = userLabels(got.Labels)
	switch got.Status {
	case hcloud.ImageStatusCreating:
		return providers.ErrNotReady
	case unavailable:
		return fmt.Errorf("%w: the API says that the snapshot is unavailable", providers.ErrBroken)
	}
	return nil
}

func (c *client) listSnapshots(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Image, *hcloud.Response, error) {
	return c.Image.List(ctx, hcloud.ImageListOpts{ListOpts: o, Type: []hcloud.ImageType{hcloud.ImageTypeSnapshot}})
}

func fetchSnapshot(ctx context.Context, c *client, id string) (*hcloud.Image, error) {
	got, err := byID(ctx, id, c.Image.GetByID)
	if err == nil && got.Type != hcloud.ImageTypeSnapshot {
		return nil, fmt.Errorf("image %s is of type %s, not a snapshot", id, got.Type)
	}
	return got, err
}
