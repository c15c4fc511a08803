package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// The steps of updateDroplet: each starts the action that the droplet still
// needs and returns ErrAgain, or nil when there is nothing to do.

// resizeDroplet powers the droplet off, resizes it and powers it on again.
func resizeDroplet(ctx context.Context, c *client, got *godo.Droplet, was, want droplet) error {
	off := got.Status == "off"
	switch {
	case got.SizeSlug != want.Size && off:
		return startResize(ctx, c, got.ID, want)
	case got.SizeSlug != want.Size:
		return powerOff(ctx, c, got, want)
	case was.Size != want.Size && off:
		return again(c.DropletActions.PowerOn(ctx, got.ID))
	}
	return nil
}

func powerOff(ctx context.Context, c *client, got *godo.Droplet, want droplet) error {
	if err := fits(ctx, c, got.Disk, want.Size); err != nil {
		return err
	}
	if want.GracefulShutdown {
		tried, err := triedShutdown(ctx, c, got.ID)
		if err != nil {
			return err
		}
		if !tried {
			return again(c.DropletActions.Shutdown(ctx, got.ID))
		}
	}
	return again(c.DropletActions.PowerOff(ctx, got.ID))
}

// fits refuses a size with too small a disk, for which the droplet would be
// powered off in vain. A size that is not listed is left to the API.
func fits(ctx context.Context, c *client, disk int, slug string) error {
	all, err := offers(ctx, c)
	if err != nil {
		return err
	}
	return holdsDisk(all, disk, slug)
}

func holdsDisk(all []size, disk int, slug string) error {
	if s, listed := sizeNamed(all, slug); listed && s.Disk < disk {
		return fmt.Errorf("size %s has a disk of %d GB, the droplet has one of %d GB that cannot shrink: choose a larger size or replace the droplet", slug, s.Disk, disk)
	}
	return nil
}

func startResize(ctx context.Context, c *client, id int, want droplet) error {
	_, _, err := c.DropletActions.Resize(ctx, id, want.Size, want.ResizeDisk)
	if err == nil {
		return providers.ErrAgain
	}
	if classify(err).Kind == providers.Fatal {
		// A size that is refused, out of stock perhaps, must not leave it off.
		_, _, onErr := c.DropletActions.PowerOn(ctx, id)
		return errors.Join(err, onErr)
	}
	return err
}

// shutDown asks the system of a running droplet to stop, once.
func shutDown(ctx context.Context, c *client, id string) error {
	got, err := fetchDroplet(ctx, c, id)
	if err != nil || got.Status != "active" {
		return err
	}
	tried, err := triedShutdown(ctx, c, got.ID)
	if err != nil || tried {
		return err
	}
	_, _, err = c.DropletActions.Shutdown(ctx, got.ID)
	return err
}

// triedShutdown reports whether the newest action is a shutdown. Its end means
// that the system was asked, not that it has stopped.
func triedShutdown(ctx context.Context, c *client, id int) (bool, error) {
	actions, _, err := c.Droplets.Actions(ctx, id, &godo.ListOptions{Page: 1, PerPage: 1})
	if err != nil {
		return false, gone(err)
	}
	return len(actions) > 0 && actions[0].Type == "shutdown", nil
}

func renameDroplet(ctx context.Context, c *client, got *godo.Droplet, _, want droplet) error {
	if got.Name == want.Name {
		return nil
	}
	return again(c.DropletActions.Rename(ctx, got.ID, want.Name))
}

func switchBackups(ctx context.Context, c *client, got *godo.Droplet, _, want droplet) error {
	on := hasFeature(got, "backups")
	switch {
	case on == want.Backups:
		return nil
	case on:
		return again(c.DropletActions.DisableBackups(ctx, got.ID))
	case len(want.BackupPolicy) > 0:
		return again(c.DropletActions.EnableBackupsWithPolicy(ctx, got.ID, want.BackupPolicy[0].request()))
	}
	return again(c.DropletActions.EnableBackups(ctx, got.ID))
}

func changeBackupPolicy(ctx context.Context, c *client, got *godo.Droplet, was, want droplet) error {
	if len(want.BackupPolicy) == 0 || (len(was.BackupPolicy) > 0 && was.BackupPolicy[0].equal(want.BackupPolicy[0])) {
		return nil
	}
	now, _, err := c.Droplets.GetBackupPolicy(ctx, got.ID)
	if err != nil {
		return err
	}
	if now.BackupPolicy != nil && want.BackupPolicy[0].holds(now.BackupPolicy) {
		return nil
	}
	return again(c.DropletActions.ChangeBackupPolicy(ctx, got.ID, want.BackupPolicy[0].request()))
}

func (p backupPolicy) equal(q backupPolicy) bool {
	return p.Plan == q.Plan && p.Weekday == q.Weekday &&
		(p.Hour == nil) == (q.Hour == nil) && (p.Hour == nil || *p.Hour == *q.Hour)
}

// holds reports whether now has all that p sets.
func (p backupPolicy) holds(now *godo.DropletBackupPolicyConfig) bool {
	return (p.Plan == "" || p.Plan == now.Plan) && (p.Weekday == "" || p.Weekday == now.Weekday) &&
		(p.Hour == nil || *p.Hour == now.Hour)
}

// openNetworks enables what cannot be disabled again.
func openNetworks(ctx context.Context, c *client, got *godo.Droplet, _, want droplet) error {
	if want.IPv6 && !hasFeature(got, "ipv6") {
		return again(c.DropletActions.EnableIPv6(ctx, got.ID))
	}
	if want.PrivateNetworking != nil && *want.PrivateNetworking && !hasFeature(got, "private_networking") {
		return again(c.DropletActions.EnablePrivateNetworking(ctx, got.ID))
	}
	return nil
}

// moveVolumes touches only what the configuration has changed: other volumes
// may be attached by a resource of their own.
func moveVolumes(ctx context.Context, c *client, got *godo.Droplet, was, want droplet) error {
	for _, id := range was.VolumeIDs {
		if !slices.Contains(want.VolumeIDs, id) && slices.Contains(got.VolumeIDs, id) {
			return again(c.StorageActions.DetachByDropletID(ctx, id, got.ID))
		}
	}
	for _, id := range want.VolumeIDs {
		if !slices.Contains(was.VolumeIDs, id) && !slices.Contains(got.VolumeIDs, id) {
			return again(c.StorageActions.Attach(ctx, id, got.ID))
		}
	}
	return nil
}

func retagDroplet(ctx context.Context, c *client, got *godo.Droplet, _, want droplet) error {
	return retag(ctx, c, godo.Resource{ID: strconv.Itoa(got.ID), Type: godo.DropletResourceType}, got.Tags, want.Tags)
}
