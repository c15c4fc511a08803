package google

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
)

// changeAccess takes an external address away or gives one: the API replaces
// none. An interface that is about to move waits.
func changeAccess(ctx context.Context, c *client, u instanceChange) error {
	for i, want := range u.want.NetworkInterfaces {
		if i >= len(u.now.NetworkInterfaces) || i == movedInterface(u.was, u.now, u.want) {
			continue
		}
		now, before := u.now.NetworkInterfaces[i].AccessConfigs, accessConfig{}
		if i < len(u.was.NetworkInterfaces) && len(u.was.NetworkInterfaces[i].AccessConfigs) > 0 {
			before = u.was.NetworkInterfaces[i].AccessConfigs[0]
		}
		switch nic := u.got.GetNetworkInterfaces()[i]; {
		case len(now) > 0 && (len(want.AccessConfigs) == 0 || now[0].replacedBy(before, want.AccessConfigs[0])):
			return c.removeAccess(ctx, u.got, nic)
		case len(now) == 0 && len(want.AccessConfigs) > 0:
			return c.addAccess(ctx, u.got, nic, before, want.AccessConfigs[0])
		}
	}
	return nil
}

// replacedBy reports whether want asks for another address than now. An
// address that was not changed is that of before, which a stopped instance has
// lost unless it is reserved.
func (now accessConfig) replacedBy(before, want accessConfig) bool {
	return (want.NatIP != "" && want.NatIP != before.NatIP && want.NatIP != now.NatIP) ||
		(want.NetworkTier != "" && want.NetworkTier != now.NetworkTier)
}

func (c *client) removeAccess(ctx context.Context, got *computepb.Instance, nic *computepb.NetworkInterface) error {
	project, zone, name := placeOf(got)
	return started(c.instances.DeleteAccessConfig(ctx, &computepb.DeleteAccessConfigInstanceRequest{
		Project: project, Zone: zone, Instance: name, NetworkInterface: nic.GetName(), AccessConfig: nic.GetAccessConfigs()[0].GetName(),
	}))
}

// addAccess gives an external address. One that it had before, and that nobody
// has reserved, is not to be had again.
func (c *client) addAccess(ctx context.Context, got *computepb.Instance, nic *computepb.NetworkInterface, before, want accessConfig) error {
	project, zone, name := placeOf(got)
	if want.NatIP != "" && want.NatIP == before.NatIP {
		reserved, err := c.isReserved(ctx, project, regionOf(zone), want.NatIP)
		if err != nil {
			return err
		}
		if !reserved {
			want.NatIP = ""
		}
	}
	return started(c.instances.AddAccessConfig(ctx, &computepb.AddAccessConfigInstanceRequest{
		Project: project, Zone: zone, Instance: name, NetworkInterface: nic.GetName(), AccessConfigResource: want.request(),
	}))
}

func (c *client) isReserved(ctx context.Context, project, region, address string) (bool, error) {
	it := c.addresses.List(ctx, &computepb.ListAddressesRequest{Project: project, Region: region, Filter: ptr(fmt.Sprintf("address = %q", address))})
	for a, err := range it.All() {
		return a != nil, err
	}
	return false, nil
}

func changeAliases(ctx context.Context, c *client, u instanceChange) error {
	for i, want := range u.want.NetworkInterfaces {
		if i >= len(u.now.NetworkInterfaces) || slices.Equal(u.now.NetworkInterfaces[i].AliasIPRanges, want.AliasIPRanges) {
			continue
		}
		project, zone, name := placeOf(u.got)
		nic := u.got.GetNetworkInterfaces()[i]
		next := aliasesOnTheWay(u.now.NetworkInterfaces[i].AliasIPRanges, want.AliasIPRanges)
		return started(c.instances.UpdateNetworkInterface(ctx, &computepb.UpdateNetworkInterfaceInstanceRequest{
			Project: project, Zone: zone, Instance: name, NetworkInterface: nic.GetName(),
			NetworkInterfaceResource: &computepb.NetworkInterface{Fingerprint: nic.Fingerprint, AliasIpRanges: aliasRanges(next)},
		}))
	}
	return nil
}

// aliasesOnTheWay returns what to have next on the way from have to want: the
// API does not add and remove in one request. What goes makes room first,
// unless nothing would be left, which the client cannot send.
func aliasesOnTheWay(have, want []aliasRange) []aliasRange {
	kept := slices.DeleteFunc(slices.Clone(have), func(r aliasRange) bool { return !slices.Contains(want, r) })
	switch {
	case len(kept) == len(have), len(kept) == len(want):
		return want
	case len(kept) > 0:
		return kept
	}
	return append(slices.Clone(have), want...)
}

// changeBootDisk changes what the disk shows itself, and whether it goes with
// the instance.
func changeBootDisk(ctx context.Context, c *client, u instanceChange) error {
	now, want := u.now.BootDisk[0], u.want.BootDisk[0]
	project, zone, name := placeOf(u.got)
	if now.AutoDelete != want.AutoDelete {
		return started(c.instances.SetDiskAutoDelete(ctx, &computepb.SetDiskAutoDeleteInstanceRequest{
			Project: project, Zone: zone, Instance: name, DeviceName: now.DeviceName, AutoDelete: want.AutoDelete,
		}))
	}
	if len(want.InitializeParams) == 0 || len(now.InitializeParams) == 0 {
		return nil
	}
	id := path(bootOf(u.got).GetSource())
	if size := want.InitializeParams[0].Size; size > now.InitializeParams[0].Size {
		return c.growDisk(ctx, id, size)
	}
	if len(u.was.BootDisk) == 0 || len(u.was.BootDisk[0].InitializeParams) == 0 ||
		maps.Equal(u.was.BootDisk[0].InitializeParams[0].Labels, want.InitializeParams[0].Labels) {
		return nil
	}
	got, err := c.disk(ctx, id)
	if err != nil || maps.Equal(userLabels(got.GetLabels()), want.InitializeParams[0].Labels) {
		return err
	}
	return c.labelDisk(ctx, got, want.InitializeParams[0].Labels)
}

func bootOf(got *computepb.Instance) *computepb.AttachedDisk {
	for _, d := range got.GetDisks() {
		if d.GetBoot() {
			return d
		}
	}
	return nil
}

// moveDisks touches only what the configuration has changed: other disks may
// be attached by a resource of their own. Mode and name change by attaching
// anew.
func moveDisks(ctx context.Context, c *client, u instanceChange) error {
	all := attachedOf(u.got.GetDisks())
	for _, d := range all {
		n := attachedAt(u.want.AttachedDisks, d.Source)
		unwanted := n < 0 && attachedAt(u.was.AttachedDisks, d.Source) >= 0
		if unwanted || (n >= 0 && d.differs(u.want.AttachedDisks[n])) {
			return c.detach(ctx, u.got, d.DeviceName)
		}
	}
	for _, d := range u.want.AttachedDisks {
		if attachedAt(all, d.Source) < 0 {
			return c.attach(ctx, u.got, d)
		}
	}
	return nil
}

// differs reports whether want asks for another mode or name than d has.
func (d attachedDisk) differs(want attachedDisk) bool {
	return d.Mode != want.Mode || (want.DeviceName != "" && d.DeviceName != want.DeviceName)
}
