package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type volume struct {
	providers.Aside

	ID                     string   `cty:"id"                       is:"computed"               doc:"UUID of the volume."`
	Region                 string   `cty:"region"                   is:"required,replace"       doc:"Slug of the region, such as fra1."`
	Name                   string   `cty:"name"                     is:"required,replace"       doc:"Name, unique in the region: a-z, 0-9 and dashes."`
	Size                   int      `cty:"size"                     is:"required"               doc:"Size in GiB; it can only grow."`
	Description            string   `cty:"description"              is:"optional,replace"       doc:"Free text."`
	SnapshotID             string   `cty:"snapshot_id"              is:"optional,replace,blind,ref=digitalocean_volume_snapshot" doc:"Id of the snapshot it starts from."`
	InitialFilesystemType  string   `cty:"initial_filesystem_type"  is:"optional,replace,blind" doc:"File system it is formatted with: ext4 or xfs."`
	InitialFilesystemLabel string   `cty:"initial_filesystem_label" is:"optional,replace,blind" doc:"Label of the file system it is formatted with."`
	FilesystemType         string   `cty:"filesystem_type"          is:"default"                doc:"File system it has; to choose it is deprecated."`
	FilesystemLabel        string   `cty:"filesystem_label"         is:"computed"               doc:"Label of the file system it has."`
	Tags                   []string `cty:"tags"                     is:"optional,set,ref=digitalocean_tag.name"           doc:"Names of tags; they need not exist."`
	DropletIDs             []int    `cty:"droplet_ids"              is:"computed,set"           doc:"Ids of the droplets it is attached to, at most one."`
	Project                string   `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN                    string   `cty:"urn"                      is:"computed"               doc:"Uniform resource name."`
}

var volumeType = inProject(providers.Resource[*client, volume]{
	Type:   "digitalocean_volume",
	Doc:    "A disk that outlives the droplet it is attached to.",
	Holds:  "the files on it",
	Create: createVolume,
	Read:   readVolume,
	Update: updateVolume,
	Delete: deleteVolume,
	Find:   findVolume,
	List:   listVolumes,
	Mark:   providers.InTags,
	Normal: func(x *volume) { x.Region = strings.ToLower(x.Region) },
	Check:  checkVolume,
	Leaves: volumeLeaves,
	Explain: map[string]string{
		"region":                   "a volume cannot move; take a snapshot of it to keep the files",
		"name":                     "the API cannot rename a volume",
		"description":              "the API cannot change the description of a volume",
		"snapshot_id":              "a volume starts from its snapshot once",
		"initial_filesystem_type":  "a volume is formatted once, when it is made",
		"initial_filesystem_label": "a volume is formatted once, when it is made",
	},
	Natural: func(x volume) string { return natural(x.Region, x.Name) },
	// So are the volumes that a Kubernetes cluster has made.
	Given: func(x volume) bool { return slices.ContainsFunc(x.Tags, isKubernetesTag) },
	Examples: []string{
		`resource "digitalocean_volume" "example" {
  region = "fra1"
  name   = "data"
  size   = 10
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_volume" "example" {
  region  = "fra1"
  name    = "data"
  size    = 20
  tags    = ["ml"]
  project = digitalocean_project.example.id
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_volume" "example" {
  region                   = "fra1"
  name                     = "datasets"
  size                     = 20
  description              = "Training data."
  initial_filesystem_type  = "ext4"
  initial_filesystem_label = "datasets"
  tags                     = ["ml"]
  project                  = digitalocean_project.example.id
}`,
	},
}, func(x *volume) (string, *string) { return x.URN, &x.Project })

func createVolume(ctx context.Context, c *client, x *volume, a providers.Attempt) error {
	got, _, err := c.Storage.CreateVolume(ctx, &godo.VolumeCreateRequest{
		Region: x.Region, Name: x.Name, SizeGigaBytes: int64(x.Size), Description: x.Description, SnapshotID: x.SnapshotID,
		FilesystemType:  cmp.Or(x.InitialFilesystemType, x.FilesystemType),
		FilesystemLabel: x.InitialFilesystemLabel, Tags: marked(x.Tags, a),
	})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readVolume(ctx context.Context, c *client, x *volume) error {
	got, _, err := c.Storage.GetVolume(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateVolume asks for the new size until the volume shows it: while it is
// being resized the API refuses, and classify says busy.
func updateVolume(ctx context.Context, c *client, was volume, x *volume) error {
	got, _, err := c.Storage.GetVolume(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	if int(got.SizeGigaBytes) < x.Size {
		return again(c.StorageActions.Resize(ctx, was.ID, x.Size, x.Region))
	}
	if err := retag(ctx, c, godo.Resource{ID: was.ID, Type: godo.VolumeResourceType}, got.Tags, x.Tags); err != nil {
		return err
	}
	return x.fill(got)
}

// deleteVolume is refused with a conflict while the volume is attached.
func deleteVolume(ctx context.Context, c *client, x volume) error {
	_, err := c.Storage.DeleteVolume(ctx, x.ID)
	return gone(err)
}

func findVolume(ctx context.Context, c *client, x *volume, a providers.Attempt) (bool, error) {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.Volume, *godo.Response, error) {
		return c.Storage.ListVolumes(ctx, &godo.ListVolumeParams{Region: x.Region, Name: x.Name, ListOptions: opt})
	}
	for got, err := range pages(ctx, fetch, whole[godo.Volume]) {
		if err != nil {
			return false, err
		}
		if slices.Contains(got.Tags, a.Token) && !a.Known(got.ID) {
			return true, x.fill(&got)
		}
	}
	return false, nil
}

func listVolumes(ctx context.Context, c *client, _ volume) iter.Seq2[volume, error] {
	return pages(ctx, c.allVolumes, (*volume).fill)
}

// allVolumes fetches a page of the volumes of all regions.
func (c *client) allVolumes(ctx context.Context, opt *godo.ListOptions) ([]godo.Volume, *godo.Response, error) {
	return c.Storage.ListVolumes(ctx, &godo.ListVolumeParams{ListOptions: opt})
}

func (x *volume) fill(got *godo.Volume) error {
	x.ID, x.Name, x.Size, x.Region = got.ID, got.Name, int(got.SizeGigaBytes), regionSlug(got.Region)
	x.Description, x.FilesystemType, x.FilesystemLabel = got.Description, got.FilesystemType, got.FilesystemLabel
	x.Owner = ownerOf(got.Tags)
	x.Tags, x.DropletIDs, x.URN = respelled(x.Tags, userTags(got.Tags)), got.DropletIDs, got.URN()
	return nil
}

var volumeName = providers.NewPattern(`^[a-z][a-z0-9-]{0,63}$`)

func checkVolume(was *volume, want volume) error {
	kinds := []string{"", "ext4", "xfs"}
	switch {
	case !volumeName.MatchString(want.Name):
		return fmt.Errorf("name %q: only a-z, 0-9 and dashes, starting with a letter, at most 64", want.Name)
	case want.Size < 1:
		return fmt.Errorf("size is %d, at least 1 GiB is needed", want.Size)
	case !slices.Contains(kinds, want.InitialFilesystemType):
		return fmt.Errorf("initial_filesystem_type %q is neither ext4 nor xfs", want.InitialFilesystemType)
	case was != nil && want.Size < was.Size:
		return fmt.Errorf("a volume only grows, from %d GiB to %d GiB it would lose data: make a new volume and copy", was.Size, want.Size)
	case was != nil && want.FilesystemType != "" && want.FilesystemType != was.FilesystemType:
		return errors.New("filesystem_type cannot be changed: make a new volume and copy")
	case was == nil && want.FilesystemType != "" && want.InitialFilesystemType != "":
		return errors.New("filesystem_type is the deprecated name of initial_filesystem_type: set only the latter")
	case was == nil && !slices.Contains(kinds, want.FilesystemType):
		return fmt.Errorf("filesystem_type %q is neither ext4 nor xfs", want.FilesystemType)
	}
	return checkTags(want.Tags)
}
