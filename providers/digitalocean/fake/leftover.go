package fake

import "fmt"

// What it costs, in USD a month, to keep what a Droplet leaves.
const (
	snapshotPrice   = 0.06 // a GB
	volumePrice     = 0.10 // a GiB
	reservedIPPrice = 5.00
)

// listLeftovers shows what outlives a Droplet that is deleted.
func (c *Cloud) listLeftovers(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	addresses, snapshots, volumes, copies := []any{}, []any{}, []any{}, []any{}
	for _, r := range c.s.ReservedIPs {
		if r.DropletID == d.ID {
			addresses = append(addresses, leftover(itoa(6_000_000+len(addresses)), r.IP, reservedIPPrice))
		}
	}
	for _, s := range c.s.Snapshots {
		if s.DropletID == d.ID {
			snapshots = append(snapshots, leftover(s.Key(), s.Name, snapshotPrice*2.36))
		}
	}
	for _, id := range c.volumesOf(d) {
		v, _ := c.s.Volumes.Find(id)
		volumes = append(volumes, leftover(id, v.Name, volumePrice*float64(v.Size)))
		for _, s := range c.s.VolumeSnapshots {
			if s.VolumeID == id {
				copies = append(copies, leftover(s.ID, s.Name, 0))
			}
		}
	}
	return ok(map[string]any{
		"reserved_ips": addresses, "floating_ips": addresses, "snapshots": snapshots, "volumes": volumes, "volume_snapshots": copies,
	})
}

func leftover(id, name string, monthly float64) map[string]any {
	return map[string]any{"id": id, "name": name, "cost": fmt.Sprintf("%.2f", monthly)}
}
