package hcloud

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// change of the address of one kind that a server has.
type addressChange struct {
	kind hcloud.PrimaryIPType
	have int64 // 0 for none
	on   bool
	want int64 // 0 for any
}

// gives reports whether the server is to give its address back.
func (a addressChange) gives() bool { return a.have != 0 && (!a.on || a.want != 0 && a.want != a.have) }

// takes reports whether the server is to get an address.
func (a addressChange) takes() bool { return a.have == 0 && a.on }

// readdressed reports whether the configuration has changed the public addresses:
// otherwise resources of their own may.
func (u *serverChange) readdressed() bool {
	return len(u.want.PublicNet) > 0 && (len(u.was.PublicNet) == 0 || u.was.PublicNet[0] != u.want.PublicNet[0])
}

// addresses returns what is to become of each kind.
func (u *serverChange) addresses() []addressChange {
	if !u.readdressed() {
		return nil
	}
	want, have := u.want.PublicNet[0], u.got.PublicNet
	return []addressChange{
		{hcloud.PrimaryIPTypeIPv4, have.IPv4.ID, want.IPv4Enabled, int64(want.IPv4)},
		{hcloud.PrimaryIPTypeIPv6, have.IPv6.ID, want.IPv6Enabled, int64(want.IPv6)},
	}
}

// readdresses reports whether an address is still to be changed.
func (u *serverChange) readdresses() bool {
	for _, a := range u.addresses() {
		if a.gives() || a.takes() {
			return true
		}
	}
	return false
}

// moveAddresses gives back before it takes.
func moveAddresses(ctx context.Context, c *client, u *serverChange) error {
	for _, a := range u.addresses() {
		switch {
		case a.gives():
			return giveBack(ctx, c, u.got, a.have)
		case a.takes() && a.want != 0:
			return more(c.PrimaryIP.Assign(ctx, hcloud.PrimaryIPAssignOpts{ID: a.want, AssigneeID: u.got.ID, AssigneeType: "server"}))
		case a.takes():
			return newAddress(ctx, c, u.got, a.kind)
		}
	}
	return nil
}

// giveBack takes an address from its server. One that came with the server goes: a
// label says so, for when it is free.
func giveBack(ctx context.Context, c *client, s *hcloud.Server, id int64) error {
	got, err := there(c.PrimaryIP.GetByID(ctx, id))
	if err != nil {
		return err
	}
	if cameWith(got) {
		if err := leaving(ctx, c, got, s.ID); err != nil {
			return err
		}
	}
	return more(c.PrimaryIP.Unassign(ctx, id))
}

// leaving labels an address that goes when the server has given it back.
func leaving(ctx context.Context, c *client, got *hcloud.PrimaryIP, server int64) error {
	if got.Labels[leavingLabel] != "" {
		return nil
	}
	labels := map[string]string{leavingLabel: text(server)}
	maps.Copy(labels, got.Labels)
	_, _, err := c.PrimaryIP.Update(ctx, got, hcloud.PrimaryIPUpdateOpts{Labels: &labels})
	return err
}

// cameWith reports whether an address was made with a server, by the API or here, and
// is nobody's else: it goes with the server.
func cameWith(got *hcloud.PrimaryIP) bool {
	own, _ := userLabels(got.Labels)
	return got.AutoDelete && strings.HasPrefix(got.Name, addressPrefix) && len(own) == 0 && got.Labels[attemptLabel] == ""
}

// addressPrefix starts the name that the API gives to an address of a new server.
const addressPrefix = "primary_ip-"

// newAddress makes an address that goes with the server. A call that is made twice is
// refused the second time: the name is taken.
func newAddress(ctx context.Context, c *client, s *hcloud.Server, kind hcloud.PrimaryIPType) error {
	got, resp, err := c.PrimaryIP.Create(ctx, hcloud.PrimaryIPCreateOpts{
		Name: fmt.Sprintf("%s%d-%s", addressPrefix, s.ID, kind), Type: kind, AssigneeID: &s.ID, AssigneeType: "server", AutoDelete: new(true),
	})
	if err != nil {
		return err
	}
	return more(got.Action, resp, nil)
}

// dropLeft deletes the addresses that a server has given back and that go.
func dropLeft(ctx context.Context, c *client, s *hcloud.Server) error {
	left, _, err := c.PrimaryIP.List(ctx, hcloud.PrimaryIPListOpts{ListOpts: hcloud.ListOpts{LabelSelector: leavingLabel + "=" + text(s.ID)}})
	if err != nil {
		return err
	}
	for _, p := range left {
		if p.AssigneeID != 0 {
			continue
		}
		if _, err := c.PrimaryIP.Delete(ctx, p); err != nil && !hcloud.IsError(err, hcloud.ErrorCodeNotFound) {
			return err
		}
	}
	return nil
}

// release takes an address that is to be deleted from its server, which is off for
// that while. Labels say so, for a run that goes on with it.
func release(ctx context.Context, c *client, got *hcloud.PrimaryIP) error {
	s, err := there(c.Server.GetByID(ctx, got.AssigneeID))
	if err != nil {
		return err
	}
	if s.Status == hcloud.ServerStatusRunning {
		if err := leaving(ctx, c, got, s.ID); err != nil {
			return err
		}
		labels := withMarks(s.Labels, map[string]string{stoppedLabel: "true"})
		if _, _, err := c.Server.Update(ctx, s, hcloud.ServerUpdateOpts{Labels: labels}); err != nil {
			return err
		}
		return more(c.Server.Poweroff(ctx, s))
	}
	return more(c.PrimaryIP.Unassign(ctx, got.ID))
}

// restart lets the server run again from which an address was taken, if it was off
// for that.
func restart(ctx context.Context, c *client, got *hcloud.PrimaryIP) error {
	id, err := number(got.Labels[leavingLabel])
	if err != nil {
		return nil // it was not
	}
	s, _, err := c.Server.GetByID(ctx, id)
	if err != nil || s == nil || s.Labels[stoppedLabel] == "" {
		return err
	}
	if s.Status == hcloud.ServerStatusOff {
		return more(c.Server.Poweron(ctx, s))
	}
	labels := maps.Clone(s.Labels)
	delete(labels, stoppedLabel)
	_, _, err = c.Server.Update(ctx, s, hcloud.ServerUpdateOpts{Labels: labels})
	return err
}
