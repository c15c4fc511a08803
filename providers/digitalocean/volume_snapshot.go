package digitalocean

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type volumeSnapshot struct {
	providers.Aside

	ID          string   `cty:"id"            is:"computed"         doc:"UUID of the snapshot, for snapshot_id of a volume."`
	Name        string   `cty:"name"          is:"required,replace" doc:"Name of the snapshot."`
	VolumeID    string   `cty:"volume_id"     is:"required,replace,ref=digitalocean_volume" doc:"Id of the volume it is taken of."`
	Tags        []string `cty:"tags"          is:"optional,set,ref=digitalocean_tag.name" doc:"Names of tags; they need not exist."`
	Regions     []string `cty:"regions"       is:"computed,set"     doc:"Slugs of the regions that have it."`
	Size        float64  `cty:"size"          is:"computed"         doc:"Size in GB that is billed."`
	MinDiskSize int      `cty:"min_disk_size" is:"computed"         doc:"Size in GiB that a volume needs to hold it."`
	CreatedAt   string   `cty:"created_at"    is:"computed"         doc:"Time of creation, RFC 3339."`
}

var volumeSnapshotType = providers.Resource[*client, volumeSnapshot]{
	Type:    "digitalocean_volume_snapshot",
	Doc:     "A copy of a volume that outlives it.",
	Holds:   "the copy of the files",
	Create:  createVolumeSnapshot,
	Read:    readVolumeSnapshot,
	Update:  updateVolumeSnapshot,
	Delete:  deleteVolumeSnapshot,
	Find:    findVolumeSnapshot,
	List:    listVolumeSnapshots,
	Mark:    providers.InTags,
	Check:   checkVolumeSnapshot,
	Natural: func(x volumeSnapshot) string { return x.VolumeID + " " + x.Name },
	Examples: []string{
		volumeExample + `

resource "digitalocean_volume_snapshot" "example" {
  volume_id = digitalocean_volume.example.id
  name      = "data-1"
}`,
		volumeExample + `

resource "digitalocean_volume_snapshot" "example" {
  volume_id = digitalocean_volume.example.id
  name      = "data-1"
  tags      = ["ml"]
}`,
		volumeExample + `

resource "digitalocean_volume_snapshot" "example" {
  volume_id = digitalocean_volume.example.id
  name      = "data-2"
  tags      = ["ml"]
}`,
	},
}

const volumeExample = `resource "digitalocean_volume" "example" {
  region = "fra1"
  name   = "data"
  size   = 10
}`

func createVolumeSnapshot(ctx context.Context, c *client, x *volumeSnapshot, a providers.Attempt) error {
	got, _, err := c.Storage.CreateSnapshot(ctx, &godo.SnapshotCreateRequest{
		VolumeID: x.VolumeID, Name: x.Name, Tags: marked(x.Tags, a),
	})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readVolumeSnapshot(ctx context.Context, c *client, x *volumeSnapshot) error {
	got, _, err := c.Snapshots.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateVolumeSnapshot(ctx context.Context, c *client, was volumeSnapshot, x *volumeSnapshot) error {
	got, _, err := c.Snapshots.Get(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	if err := retag(ctx, c, godo.Resource{ID: was.ID, Type: godo.VolumeSnapshotResourceType}, got.Tags, x.Tags); err != nil {
		return err
	}
	return x.fill(got)
}

func deleteVolumeSnapshot(ctx context.Context, c *client, x volumeSnapshot) error {
	_, err := c.Snapshots.Delete(ctx, x.ID)
	return gone(err)
}

func findVolumeSnapshot(ctx context.Context, c *client, x *volumeSnapshot, a providers.Attempt) (bool, error) {
	for got, err := range pages(ctx, c.Snapshots.ListVolume, whole[godo.Snapshot]) {
		if err != nil {
			return false, err
		}
		if slices.Contains(got.Tags, a.Token) && got.Name == x.Name && got.ResourceID == x.VolumeID && !a.Known(got.ID) {
			return true, x.fill(&got)
		}
	}
	return false, nil
}

func listVolumeSnapshots(ctx context.Context, c *client, _ volumeSnapshot) iter.Seq2[volumeSnapshot, error] {
	return pages(ctx, c.Snapshots.ListVolume, (*volumeSnapshot).fill)
}

func (x *volumeSnapshot) fill(got *godo.Snapshot) error {
	x.ID, x.Name, x.VolumeID, x.Regions = got.ID, got.Name, got.ResourceID, got.Regions
	x.Size, x.MinDiskSize, x.CreatedAt = got.SizeGigaBytes, got.MinDiskSize, got.Created
	x.Tags, x.Owner = respelled(x.Tags, userTags(got.Tags)), ownerOf(got.Tags)
	return nil
}

func checkVolumeSnapshot(_ *volumeSnapshot, want volumeSnapshot) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	return checkTags(want.Tags)
}
