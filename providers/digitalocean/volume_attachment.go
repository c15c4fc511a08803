package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeAttachment struct {
	ID        string `cty:"id"         is:"computed"         doc:"Id of the droplet, a dash, id of the volume."`
	DropletID int    `cty:"droplet_id" is:"required,replace,ref=digitalocean_droplet" doc:"Id of the droplet."`
	VolumeID  string `cty:"volume_id"  is:"required,replace,ref=digitalocean_volume" doc:"Id of the volume."`
}

var volumeAttachmentType = providers.Resource[*client, volumeAttachment]{
	Type:   "digitalocean_volume_attachment",
	Doc:    "The attachment of a volume to a droplet of its region.",
	Create: createVolumeAttachment,
	Read:   readVolumeAttachment,
	Delete: deleteVolumeAttachment,
	List:   listVolumeAttachments,
	Import: func(id string) (x volumeAttachment, err error) {
		x.DropletID, x.VolumeID, err = pair(id)
		return x, err
	},
	// Terraform's id ends with a time.
	Migrate: func(x *volumeAttachment) { x.fill(x.DropletID, x.VolumeID) },
	Lock:    func(x volumeAttachment) string { return dropletLock(strconv.Itoa(x.DropletID)) },
	Again:   true,
	// Attaching takes a while: until then the volume does not show it.
	Grace:     lag,
	Natural:   func(x volumeAttachment) string { return x.VolumeID },
	Redundant: true, // droplet.volume_ids
	Examples: []string{
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_volume" "example" {
  region = "fra1"
  name   = "data"
  size   = 10
}

resource "digitalocean_volume_attachment" "example" {
  droplet_id = digitalocean_droplet.example.id
  volume_id  = digitalocean_volume.example.id
}`,
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_volume" "example" {
  region = "fra1"
  name   = "data"
  size   = 10
}

resource "digitalocean_volume" "other" {
  region = "fra1"
  name   = "other-data"
  size   = 10
}

resource "digitalocean_volume_attachment" "example" {
  droplet_id = digitalocean_droplet.example.id
  volume_id  = digitalocean_volume.other.id
}`,
	},
}

func createVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment, _ providers.Attempt) error {
	got, _, err := c.Storage.GetVolume(ctx, x.VolumeID)
	if err != nil {
		return err
	}
	if !slices.Contains(got.DropletIDs, x.DropletID) {
		if _, _, err := c.StorageActions.Attach(ctx, x.VolumeID, x.DropletID); err != nil {
			return err
		}
	}
	x.fill(x.DropletID, x.VolumeID)
	return nil
}

func readVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment) error {
	got, _, err := c.Storage.GetVolume(ctx, x.VolumeID)
	if err != nil {
		return gone(err)
	}
	if slices.Contains(got.DropletIDs, x.DropletID) {
		x.fill(x.DropletID, x.VolumeID)
		return nil
	}
	return providers.ErrGone
}

func deleteVolumeAttachment(ctx context.Context, c *client, x volumeAttachment) error {
	got, _, err := c.Storage.GetVolume(ctx, x.VolumeID)
	if err != nil {
		return gone(err)
	}
	if !slices.Contains(got.DropletIDs, x.DropletID) {
		return providers.ErrGone
	}
	_, _, err = c.StorageActions.DetachByDropletID(ctx, x.VolumeID, x.DropletID)
	return gone(err)
}

func listVolumeAttachments(ctx context.Context, c *client, _ volumeAttachment) iter.Seq2[volumeAttachment, error] {
	return func(yield func(volumeAttachment, error) bool) {
		for v, err := range pages(ctx, c.allVolumes, whole[godo.Volume]) {
			if err != nil {
				yield(volumeAttachment{}, err)
				return
			}
			for _, id := range v.DropletIDs {
				var x volumeAttachment
				x.fill(id, v.ID)
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

func (x *volumeAttachment) fill(dropletID int, volumeID string) {
	x.ID, x.DropletID, x.VolumeID = fmt.Sprintf("%d-%s", dropletID, volumeID), dropletID, volumeID
}

// pair splits an id made of that of a droplet and that of something else.
func pair(id string) (dropletID int, other string, err error) {
	first, other, _ := strings.Cut(id, "-")
	if dropletID, err = strconv.Atoi(first); err != nil || other == "" {
		return 0, "", fmt.Errorf("id %q is not the id of a droplet, a dash and the id of what it holds", id)
	}
	return dropletID, other, nil
}
