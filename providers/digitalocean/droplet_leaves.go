package digitalocean

import (
	"context"
	"errors"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// dropletLeaves returns what the API says can go with a droplet, and stays when
// only the droplet is deleted.
func dropletLeaves(ctx context.Context, c *client, x droplet) ([]providers.Leftover, error) {
	id, err := number(x.ID)
	if err != nil {
		return nil, err
	}
	may, err := mayLeave(ctx, c, x)
	if err != nil || !may {
		return nil, err
	}
	got, _, err := c.Droplets.ListAssociatedResourcesForDeletion(ctx, id)
	if err != nil {
		if errors.Is(gone(err), providers.ErrGone) {
			return nil, nil // with all that belonged to it
		}
		return nil, err
	}
	var list []providers.Leftover
	add := func(kind string, items []*godo.DropletAssociatedResource, id func(*godo.DropletAssociatedResource) string) {
		for _, i := range items {
			monthly, _ := strconv.ParseFloat(i.Cost, 64) // 0 is: not known
			list = append(list, providers.Leftover{Kind: kind, ID: id(i), Name: i.Name, Monthly: monthly})
		}
	}
	byID := func(i *godo.DropletAssociatedResource) string { return i.ID }
	// The id of an address is the address, and its number is of no use. Under
	// floating_ips they are listed once more.
	add("reserved IP", got.ReservedIPs, func(i *godo.DropletAssociatedResource) string { return i.Name })
	add("snapshot", got.Snapshots, byID)
	add("volume", got.Volumes, byID)
	add("volume snapshot", got.VolumeSnapshots, byID)
	return list, nil
}

// mayLeave reports whether anything is known that belongs to x: the lists do for
// all droplets, where asking for what each leaves is a request each.
func mayLeave(ctx context.Context, c *client, x droplet) (bool, error) {
	if len(x.VolumeIDs) > 0 {
		return true, nil
	}
	for s, err := range shown(ctx, c, dropletSnapshotType, dropletSnapshot{}) {
		if err != nil || s.DropletID == x.ID {
			return true, err
		}
	}
	for ip, err := range shown(ctx, c, reservedIPType, reservedIP{}) {
		if err != nil || strconv.Itoa(ip.DropletID) == x.ID {
			return true, err
		}
	}
	return false, nil
}

// volumeLeaves returns the snapshots of a volume.
func volumeLeaves(ctx context.Context, c *client, x volume) ([]providers.Leftover, error) {
	var list []providers.Leftover
	for s, err := range shown(ctx, c, volumeSnapshotType, volumeSnapshot{}) {
		if err != nil {
			return nil, err
		}
		if s.VolumeID == x.ID {
			list = append(list, providers.Leftover{Kind: "volume snapshot", ID: s.ID, Name: s.Name})
		}
	}
	return list, nil
}
