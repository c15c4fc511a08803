package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type dropletSnapshot struct {
	ID          string   `cty:"id"            is:"computed"         doc:"Number of the snapshot, for image of a droplet."`
	Name        string   `cty:"name"          is:"required,replace" doc:"Name of the snapshot."`
	DropletID   string   `cty:"droplet_id"    is:"required,replace,ref=digitalocean_droplet" doc:"Id of the droplet it is taken of."`
	Regions     []string `cty:"regions"       is:"computed,set"     doc:"Slugs of the regions that have it."`
	Size        float64  `cty:"size"          is:"computed"         doc:"Size in GB that is billed."`
	MinDiskSize int      `cty:"min_disk_size" is:"computed"         doc:"Size in GB that a disk needs to hold it."`
	CreatedAt   string   `cty:"created_at"    is:"computed"         doc:"Time of creation, RFC 3339."`
}

var dropletSnapshotType = providers.Resource[*client, dropletSnapshot]{
	Type:   "digitalocean_droplet_snapshot",
	Doc:    "A copy of a droplet's disk that outlives it; take it while the droplet is off to have it consistent.",
	Holds:  "the copy of the disk",
	Create: createDropletSnapshot,
	Read:   readDropletSnapshot,
	Delete: deleteDropletSnapshot,
	List:   listDropletSnapshots,
	Check:  checkDropletSnapshot,
	Lock:   func(x dropletSnapshot) string { return dropletLock(x.DropletID) },
	// The list shows a snapshot some time after the action has ended.
	Grace:   lag,
	Natural: func(x dropletSnapshot) string { return x.DropletID + " " + x.Name },
	Examples: []string{
		dropletExample + `

resource "digitalocean_droplet_snapshot" "example" {
  droplet_id = digitalocean_droplet.example.id
  name       = "worker-1"
}`,
		dropletExample + `

resource "digitalocean_droplet_snapshot" "example" {
  droplet_id = digitalocean_droplet.example.id
  name       = "worker-2"
}`,
	},
}

const dropletExample = `resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}`

// underWay begins the id of a snapshot that is being taken, which is that of
// the action: its own is only known when the action has ended.
const underWay = "action-"

func createDropletSnapshot(ctx context.Context, c *client, x *dropletSnapshot, _ providers.Attempt) error {
	id, err := number(x.DropletID)
	if err != nil {
		return err
	}
	action, _, err := c.DropletActions.Snapshot(ctx, id, x.Name)
	if err != nil {
		return err
	}
	x.ID = underWay + strconv.Itoa(action.ID)
	return nil
}

func readDropletSnapshot(ctx context.Context, c *client, x *dropletSnapshot) error {
	if strings.HasPrefix(x.ID, underWay) {
		got, err := takenSnapshot(ctx, c, *x)
		if err != nil {
			return err
		}
		return x.fill(got)
	}
	got, _, err := c.Snapshots.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// takenSnapshot returns the snapshot that the action in the id of x has made.
func takenSnapshot(ctx context.Context, c *client, x dropletSnapshot) (*godo.Snapshot, error) {
	id, err := number(strings.TrimPrefix(x.ID, underWay))
	if err != nil {
		return nil, err
	}
	action, _, err := c.Actions.Get(ctx, id)
	switch {
	case err != nil:
		return nil, gone(err)
	case action.Status == godo.ActionInProgress:
		return nil, fmt.Errorf("the snapshot is being taken: %w", providers.ErrNotReady)
	case action.Status != godo.ActionCompleted:
		return nil, fmt.Errorf("taking the snapshot has failed (action %d is %s): %w", id, action.Status, providers.ErrBroken)
	}
	return snapshotOf(ctx, c, x, action)
}

// snapshotOf returns the snapshot that an action has made: times are to the
// second, so that it is the last of those that fit.
func snapshotOf(ctx context.Context, c *client, x dropletSnapshot, action *godo.Action) (*godo.Snapshot, error) {
	var found *godo.Snapshot
	highest := 0
	for got, err := range pages(ctx, c.Snapshots.ListDroplet, whole[godo.Snapshot]) {
		if err != nil {
			return nil, err
		}
		id, _ := strconv.Atoi(got.ID)
		if got.Name == x.Name && got.ResourceID == x.DropletID && during(action, got.Created) && id > highest {
			found, highest = &got, id
		}
	}
	if found == nil {
		return nil, providers.ErrGone
	}
	return found, nil
}

// during reports whether a time is between the start and the end of an action,
// to the second. A droplet takes part in one action at a time.
func during(action *godo.Action, at string) bool {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil || action.StartedAt == nil {
		return false
	}
	return !t.Before(action.StartedAt.Truncate(time.Second)) && (action.CompletedAt == nil || !t.After(action.CompletedAt.Time))
}

// deleteDropletSnapshot waits for one that is being taken: there is nothing to
// delete yet.
func deleteDropletSnapshot(ctx context.Context, c *client, x dropletSnapshot) error {
	if strings.HasPrefix(x.ID, underWay) {
		got, err := takenSnapshot(ctx, c, x)
		switch {
		case errors.Is(err, providers.ErrNotReady):
			return providers.ErrAgain
		case errors.Is(err, providers.ErrBroken):
			return providers.ErrGone
		case err != nil:
			return err
		}
		x.ID = got.ID
	}
	_, err := c.Snapshots.Delete(ctx, x.ID)
	return gone(err)
}

// listDropletSnapshots lists the snapshots of all droplets, and the one that is
// being taken of the droplet of in. The API does not tell the name of that.
func listDropletSnapshots(ctx context.Context, c *client, in dropletSnapshot) iter.Seq2[dropletSnapshot, error] {
	return func(yield func(dropletSnapshot, error) bool) {
		if in.DropletID != "" {
			x, err := snapshotUnderWay(ctx, c, in)
			if (err != nil || x.ID != "") && !yield(x, err) {
				return
			}
		}
		for x, err := range pages(ctx, c.Snapshots.ListDroplet, (*dropletSnapshot).fill) {
			if !yield(x, err) {
				return
			}
		}
	}
}

// snapshotUnderWay returns the snapshot that is being taken of the droplet of
// in, with ErrNotReady; nothing when there is none.
func snapshotUnderWay(ctx context.Context, c *client, in dropletSnapshot) (x dropletSnapshot, err error) {
	id, err := number(in.DropletID)
	if err != nil {
		return x, err
	}
	actions, _, err := c.Droplets.Actions(ctx, id, &godo.ListOptions{Page: 1, PerPage: 1})
	if err != nil {
		if errors.Is(gone(err), providers.ErrGone) {
			err = nil // the droplet is, and its snapshots stay
		}
		return x, err
	}
	if len(actions) == 0 || actions[0].Type != "snapshot" || actions[0].Status != godo.ActionInProgress {
		return x, nil
	}
	return dropletSnapshot{ID: underWay + strconv.Itoa(actions[0].ID), DropletID: in.DropletID, Name: in.Name}, providers.ErrNotReady
}

func (x *dropletSnapshot) fill(got *godo.Snapshot) error {
	*x = dropletSnapshot{
		ID: got.ID, Name: got.Name, DropletID: got.ResourceID, Regions: got.Regions, Size: got.SizeGigaBytes,
		MinDiskSize: got.MinDiskSize, CreatedAt: got.Created,
	}
	return nil
}

func checkDropletSnapshot(_ *dropletSnapshot, want dropletSnapshot) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if _, err := number(want.DropletID); err != nil {
		return fmt.Errorf("droplet_id %q is not the number of a droplet", want.DropletID)
	}
	return nil
}
