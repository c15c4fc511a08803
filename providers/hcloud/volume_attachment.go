package hcloud

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeAttachment struct {
	ID        string `cty:"id"        is:"computed"         doc:"Number of the volume, which has one attachment at most."`
	VolumeID  int    `cty:"volume_id" is:"required,replace,ref=hcloud_volume" doc:"Number of the volume."`
	ServerID  int    `cty:"server_id" is:"required,replace,ref=hcloud_server" doc:"Number of the server, which is in the location of the volume."`
	Automount bool   `cty:"automount" is:"optional,blind"   doc:"Whether the server mounts it; a change counts when it is attached anew."`
}

const volumeServerExample = serverExample + "\n\n" + volumeExample

var volumeAttachmentType = providers.Resource[*client, volumeAttachment]{
	Type:   "hcloud_volume_attachment",
	Doc:    "The attachment of a volume to a server of its location.",
	Create: createVolumeAttachment,
	Read:   readVolumeAttachment,
	Update: updateVolumeAttachment,
	Delete: deleteVolumeAttachment,
	List:   listVolumeAttachments,
	Import: func(id string) (x volumeAttachment, err error) {
		x.ID = id
		x.VolumeID, err = strconv.Atoi(id)
		return x, err
	},
	Lock:      func(x volumeAttachment) string { return serverLock(x.ServerID) },
	Again:     true,
	Natural:   func(x volumeAttachment) string { return natural(x.VolumeID) },
	Redundant: true, // volume.server_id
	Examples: []string{
		volumeServerExample + `

resource "hcloud_volume_attachment" "example" {
  volume_id = hcloud_volume.example.id
  server_id = hcloud_server.example.id
}`,
		volumeServerExample + `

resource "hcloud_volume_attachment" "example" {
  volume_id = hcloud_volume.example.id
  server_id = hcloud_server.example.id
  automount = true
}`,
		volumeServerExample + `

resource "hcloud_volume" "other" {
  name     = "datasets"
  size     = 10
  location = "fsn1"
}

resource "hcloud_volume_attachment" "example" {
  volume_id = hcloud_volume.other.id
  server_id = hcloud_server.example.id
  automount = true
}`,
	},
}

func createVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment, _ providers.Attempt) error {
	got, _, err := c.Volume.GetByID(ctx, int64(x.VolumeID))
	switch {
	case err != nil:
		return err
	case got == nil:
		return fmt.Errorf("volume_id is %d, there is no such volume", x.VolumeID)
	case numberOf(got.Server) == x.ServerID:
		x.ID = text(got.ID)
		return nil
	case got.Server != nil:
		return fmt.Errorf("volume %d is attached to server %d: detach it there first, it may be in use", got.ID, got.Server.ID)
	}
	err = started(c.Volume.AttachWithOpts(ctx, got, hcloud.VolumeAttachOpts{Server: serverOf(x.ServerID), Automount: &x.Automount}))
	if err == nil || providers.OperationOf(err) != "" {
		x.ID = text(got.ID)
	}
	return err
}

func readVolumeAttachment(ctx context.Context, c *client, x *volumeAttachment) error {
	got, err := fetchVolume(ctx, c, strconv.Itoa(x.VolumeID))
	switch {
	case err != nil:
		return err
	case got.Server == nil, x.ServerID != 0 && x.ServerID != numberOf(got.Server):
		return providers.ErrGone
	}
	x.fill(got)
	return nil
}

// updateVolumeAttachment is for what state keeps of a wish that the API does not show.
func updateVolumeAttachment(ctx context.Context, c *client, _ volumeAttachment, x *volumeAttachment) error {
	return readVolumeAttachment(ctx, c, x)
}

func deleteVolumeAttachment(ctx context.Context, c *client, x volumeAttachment) error {
	got, err := fetchVolume(ctx, c, strconv.Itoa(x.VolumeID))
	switch {
	case err != nil:
		return err
	case numberOf(got.Server) != x.ServerID:
		return providers.ErrGone
	}
	return gone(started(c.Volume.Detach(ctx, got)))
}

func listVolumeAttachments(ctx context.Context, c *client, _ volumeAttachment) iter.Seq2[volumeAttachment, error] {
	return partsOf(ctx, c, volumeType, func(v volume) []volumeAttachment {
		if v.ServerID == 0 {
			return nil
		}
		id, _ := strconv.Atoi(v.ID) // which was made of a number
		return []volumeAttachment{{ID: v.ID, VolumeID: id, ServerID: v.ServerID}}
	})
}

func (x *volumeAttachment) fill(got *hcloud.Volume) {
	x.ID, x.VolumeID, x.ServerID = text(got.ID), int(got.ID), numberOf(got.Server)
}
