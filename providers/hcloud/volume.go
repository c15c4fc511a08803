package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type volume struct {
	providers.Aside

	ID               string            `cty:"id"                is:"computed"        doc:"Number of the volume."`
	Name             string            `cty:"name"              is:"required"        doc:"Name, unique in the project."`
	Size             int               `cty:"size"              is:"required"        doc:"Size in GB, 10 to 10240; it can only grow."`
	Location         string            `cty:"location"          is:"default,replace,or=server_id" doc:"Name of the location, such as fsn1; that of server_id if absent."`
	ServerID         int               `cty:"server_id"         is:"default,ref=hcloud_server" doc:"Number of the server it is attached to; 0 is none."`
	Automount        bool              `cty:"automount"         is:"optional,blind"  doc:"Whether the server mounts it when it is attached."`
	Format           string            `cty:"format"            is:"default"         doc:"File system it is formatted with when it is made: ext4 or xfs."`
	Labels           map[string]string `cty:"labels"            is:"optional"        doc:"Labels of the user."`
	LinuxDevice      string            `cty:"linux_device"      is:"computed"        doc:"Path of its device on the server."`
	DeleteProtection bool              `cty:"delete_protection" is:"else=false"      doc:"Whether it cannot be deleted."`

	status string
}

const volumeExample = `resource "hcloud_volume" "example" {
  name     = "data"
  size     = 10
  location = "fsn1"
}`

var volumeType = providers.Resource[*client, volume]{
	Type:      "hcloud_volume",
	Doc:       "A disk that outlives the server it is attached to.",
	Holds:     "the files on it",
	Create:    createVolume,
	Read:      readVolume,
	Update:    updateVolume,
	Delete:    deleteVolume,
	Find:      findVolume,
	List:      listVolumes,
	Mark:      providers.InLabels,
	Check:     checkVolume,
	Protected: func(x volume) error { return protected(x.DeleteProtection) },
	// A server takes or gives one volume at a time.
	Lock:    func(x volume) string { return serverLock(x.ServerID) },
	Natural: func(x volume) string { return x.Name },
	Explain: map[string]string{
		"location": "a volume cannot move; make a second one, attach both to a server and copy the files",
	},
	Examples: []string{
		volumeExample,
		serverExample + `

resource "hcloud_volume" "example" {
  name      = "datasets"
  size      = 20
  server_id = hcloud_server.example.id
  automount = true
  labels    = { team = "ml" }
}`,
		`resource "hcloud_volume" "example" {
  name     = "datasets"
  size     = 20
  location = "hel1"
  format   = "ext4"
}`,
	},
}

// createVolume leaves it to an update to attach the volume: where the API does that
// after the create, it fails when the server is busy.
func createVolume(ctx context.Context, c *client, x *volume, a providers.Attempt) error {
	place, err := c.placeOfVolume(ctx, x)
	if err != nil {
		return err
	}
	got, resp, err := c.Volume.Create(ctx, hcloud.VolumeCreateOpts{
		Name: x.Name, Size: x.Size, Location: &hcloud.Location{Name: place}, Labels: marked(x.Labels, a), Format: some(x.Format),
	})
	if err != nil {
		return err
	}
	more := x.DeleteProtection || x.ServerID != 0
	if err := x.fill(got.Volume); err != nil && !isState(err) {
		return err
	}
	return followed(more, started(got.Action, resp, nil))
}

// placeOfVolume returns the location of a new volume.
func (c *client) placeOfVolume(ctx context.Context, x *volume) (string, error) {
	switch {
	case x.ServerID == 0 && x.Location == "":
		return "", errors.New("location or server_id has to be set")
	case x.ServerID == 0:
		return x.Location, nil
	}
	s, _, err := c.Server.GetByID(ctx, int64(x.ServerID))
	switch {
	case err != nil:
		return "", err
	case s == nil:
		return "", fmt.Errorf("server_id is %d, there is no such server", x.ServerID)
	case x.Location != "" && x.Location != s.Location.Name:
		return "", fmt.Errorf("location is %q and server %d is in %q: drop location, a volume is where its server is", x.Location, x.ServerID, s.Location.Name)
	}
	return s.Location.Name, nil
}

func readVolume(ctx context.Context, c *client, x *volume) error {
	got, err := fetchVolume(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updateVolume starts the first change that is not made yet. Where the volume is
// attached concerns it only if that is to change: an attachment may have seen to it.
func updateVolume(ctx context.Context, c *client, was volume, x *volume) error {
	x.ID = was.ID
	got, err := fetchVolume(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if labels := withMarks(x.Labels, got.Labels); got.Name != x.Name || !maps.Equal(got.Labels, labels) {
		if got, _, err = c.Volume.Update(ctx, got, hcloud.VolumeUpdateOpts{Name: x.Name, Labels: labels}); err != nil {
			return gone(err)
		}
	}
	moves := was.ServerID != x.ServerID && numberOf(got.Server) != x.ServerID
	switch {
	case got.Protection.Delete != x.DeleteProtection:
		err = more(c.Volume.ChangeProtection(ctx, got, hcloud.VolumeChangeProtectionOpts{Delete: &x.DeleteProtection}))
	case moves && got.Server != nil:
		err = more(c.Volume.Detach(ctx, got))
	case moves:
		err = more(c.Volume.AttachWithOpts(ctx, got, hcloud.VolumeAttachOpts{Server: serverOf(x.ServerID), Automount: &x.Automount}))
	case got.Size < x.Size:
		err = more(c.Volume.Resize(ctx, got, x.Size))
	default:
		err = x.fill(got)
	}
	return gone(err)
}

// deleteVolume detaches it first: the API refuses to delete one that is attached.
func deleteVolume(ctx context.Context, c *client, x volume) error {
	got, err := fetchVolume(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if got.Server != nil {
		return gone(more(c.Volume.Detach(ctx, got)))
	}
	_, err = c.Volume.Delete(ctx, got)
	return gone(err)
}

func findVolume(ctx context.Context, c *client, x *volume, a providers.Attempt) (bool, error) {
	return born(ctx, c.listVolumes, x, a, (*volume).fill, func(x *volume) string { return x.ID })
}

func listVolumes(ctx context.Context, c *client, _ volume) iter.Seq2[volume, error] {
	return pages(ctx, c.listVolumes, "", (*volume).fill)
}

func (x *volume) fill(got *hcloud.Volume) error {
	x.ID, x.Name, x.Size, x.Location = text(got.ID), got.Name, got.Size, got.Location.Name
	x.ServerID, x.LinuxDevice, x.DeleteProtection = numberOf(got.Server), got.LinuxDevice, got.Protection.Delete
	x.Labels, x.Owner = userLabels(got.Labels)
	x.Format = ""
	if got.Format != nil {
		x.Format = *got.Format
	}
	if x.status = string(got.Status); got.Status == hcloud.VolumeStatusCreating {
		return providers.ErrNotReady
	}
	return nil
}

func (c *client) listVolumes(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Volume, *hcloud.Response, error) {
	return c.Volume.List(ctx, hcloud.VolumeListOpts{ListOpts: o})
}

func fetchVolume(ctx context.Context, c *client, id string) (*hcloud.Volume, error) {
	return byID(ctx, id, c.Volume.GetByID)
}

func checkVolume(was *volume, want volume) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Size < 10 || want.Size > 10240:
		return fmt.Errorf("size is %d, a volume has 10 to 10240 GB", want.Size)
	case !slices.Contains([]string{"", hcloud.VolumeFormatExt4, hcloud.VolumeFormatXFS}, want.Format):
		return fmt.Errorf("format %q is neither ext4 nor xfs", want.Format)
	case was != nil && want.Size < was.Size:
		return fmt.Errorf("a volume only grows, from %d GB to %d GB it would lose data: make a new volume and copy", was.Size, want.Size)
	case was != nil && want.Format != was.Format:
		return fmt.Errorf("format cannot be changed from %q to %q, a volume is formatted when it is made: leave format as it is, or make a new volume and copy", was.Format, want.Format)
	}
	return checkLabels(want.Labels)
}
