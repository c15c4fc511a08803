package hcloud

import (
	"context"
	"errors"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// The steps of updateServer that need the server off. A label says that it is off for
// them, and is to run again, also when the run that has stopped it is gone.

// stopServer powers the server off if that is needed.
func stopServer(ctx context.Context, c *client, u *serverChange) error {
	if u.got.Status != hcloud.ServerStatusRunning || !u.retypes() && !u.regroups() && !u.readdresses() {
		return nil
	}
	labels := withMarks(u.want.Labels, u.got.Labels)
	labels[stoppedLabel] = "true"
	if err := u.relabel(ctx, c, labels); err != nil {
		return err
	}
	return more(c.Server.Poweroff(ctx, u.got))
}

// startServer lets the server run again if it was off for the steps before.
func startServer(ctx context.Context, c *client, u *serverChange) error {
	if u.got.Labels[stoppedLabel] == "" && !u.readdressed() {
		return nil
	}
	if err := dropLeft(ctx, c, u.got); err != nil {
		return err
	}
	if u.got.Labels[stoppedLabel] == "" {
		return nil
	}
	if u.got.Status == hcloud.ServerStatusOff {
		return more(c.Server.Poweron(ctx, u.got))
	}
	labels := withMarks(u.want.Labels, u.got.Labels)
	delete(labels, stoppedLabel)
	return u.relabel(ctx, c, labels)
}

// retypes reports whether the type is still to be changed.
func (u *serverChange) retypes() bool { return u.got.ServerType.Name != u.want.ServerType }

// retypeServer leaves the start of the server to the API. A type that is refused, out
// of stock perhaps, must not leave it off.
func retypeServer(ctx context.Context, c *client, u *serverChange) error {
	if !u.retypes() {
		return nil
	}
	err := more(c.Server.ChangeType(ctx, u.got, hcloud.ServerChangeTypeOpts{
		ServerType: &hcloud.ServerType{Name: u.want.ServerType}, UpgradeDisk: !u.want.KeepDisk,
	}))
	if providers.OperationOf(err) == "" && classify(err).Kind == providers.Fatal && u.got.Labels[stoppedLabel] != "" {
		_, _, onErr := c.Server.Poweron(ctx, u.got)
		return errors.Join(err, onErr)
	}
	return err
}

// regroups reports whether the placement group is still to be changed.
func (u *serverChange) regroups() bool { return u.group() != u.want.PlacementGroupID }

// group is the number of the placement group that the server is in; 0 for none.
func (u *serverChange) group() int {
	if u.got.PlacementGroup == nil {
		return 0
	}
	return int(u.got.PlacementGroup.ID)
}

func regroupServer(ctx context.Context, c *client, u *serverChange) error {
	switch {
	case !u.regroups():
		return nil
	case u.group() != 0:
		return more(c.Server.RemoveFromPlacementGroup(ctx, u.got))
	}
	return more(c.Server.AddToPlacementGroup(ctx, u.got, &hcloud.PlacementGroup{ID: int64(u.want.PlacementGroupID)}))
}
