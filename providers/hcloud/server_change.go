package hcloud

import (
	"context"
	"maps"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// serverChange is an update of a server on its way.
type serverChange struct {
	got  *hcloud.Server // as it is
	was  server
	want server
}

// The steps of updateServer: each starts the action that the server still needs, or
// returns nil when there is nothing to do.

func renameServer(ctx context.Context, c *client, u *serverChange) error {
	return u.relabel(ctx, c, withMarks(u.want.Labels, u.got.Labels))
}

// relabel gives the server its name and labels.
func (u *serverChange) relabel(ctx context.Context, c *client, labels map[string]string) error {
	if u.got.Name == u.want.Name && maps.Equal(u.got.Labels, labels) {
		return nil
	}
	_, _, err := c.Server.Update(ctx, u.got, hcloud.ServerUpdateOpts{Name: u.want.Name, Labels: labels})
	if err == nil {
		u.got.Name, u.got.Labels = u.want.Name, labels
	}
	return err
}

func switchBackups(ctx context.Context, c *client, u *serverChange) error {
	switch on := u.got.BackupWindow != ""; {
	case on == u.want.Backups:
		return nil
	case on:
		return more(c.Server.DisableBackup(ctx, u.got))
	}
	return more(c.Server.EnableBackup(ctx, u.got, ""))
}

// moveNets touches only the networks that the configuration has changed: others may be
// named by a resource of their own.
func moveNets(ctx context.Context, c *client, u *serverChange) error {
	for _, n := range u.was.Networks {
		if have := u.netOf(n.network()); have != nil && !slices.ContainsFunc(u.want.Networks, sameNet(n)) {
			return more(c.Server.DetachFromNetwork(ctx, u.got, hcloud.ServerDetachFromNetworkOpts{Network: have.Network}))
		}
	}
	for _, n := range u.want.Networks {
		if slices.ContainsFunc(u.was.Networks, n.equal) {
			continue
		}
		if err := attach(ctx, c, u.got, u.netOf(n.network()), n); err != nil {
			return err
		}
	}
	return nil
}

// attach brings a server into a network as n says; have is what it has there, nil for
// nothing. An address cannot be changed, only given back.
func attach(ctx context.Context, c *client, s *hcloud.Server, have *hcloud.ServerPrivateNet, n serverNet) error {
	switch {
	case have == nil:
		return more(c.Server.AttachToNetwork(ctx, s, n.attachment()))
	case n.IP != "" && n.IP != address(have.IP), !n.holds(address(have.IP)):
		return more(c.Server.DetachFromNetwork(ctx, s, hcloud.ServerDetachFromNetworkOpts{Network: have.Network}))
	case n.AliasIPs != nil && !sameTexts(n.AliasIPs, texts(have.Aliases)):
		return more(c.Server.ChangeAliasIPs(ctx, s, hcloud.ServerChangeAliasIPsOpts{Network: have.Network, AliasIPs: addresses(n.AliasIPs)}))
	}
	return nil
}

// netOf is what the server has in a network; nil for nothing.
func (u *serverChange) netOf(network int) *hcloud.ServerPrivateNet {
	return u.got.PrivateNetFor(&hcloud.Network{ID: int64(network)})
}

// sameNet reports whether another block names the same network.
func sameNet(x serverNet) func(serverNet) bool {
	return func(y serverNet) bool { return y.network() == x.network() }
}

// equal reports whether x and y say the same.
func (x serverNet) equal(y serverNet) bool {
	return x.network() == y.network() && x.SubnetID == y.SubnetID && x.IP == y.IP && sameTexts(x.AliasIPs, y.AliasIPs)
}

// sameTexts compares sets.
func sameTexts(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// moveFirewalls touches only those that the configuration has changed: others may be
// applied by a resource of their own.
func moveFirewalls(ctx context.Context, c *client, u *serverChange) error {
	here, self := firewallsOf(u.got), []hcloud.FirewallResource{{
		Type: hcloud.FirewallResourceTypeServer, Server: &hcloud.FirewallResourceServer{ID: u.got.ID},
	}}
	for _, id := range u.was.FirewallIDs {
		if !slices.Contains(u.want.FirewallIDs, id) && slices.Contains(here, id) {
			return then(startedAll(c.Firewall.RemoveResources(ctx, &hcloud.Firewall{ID: int64(id)}, self)))
		}
	}
	for _, id := range u.want.FirewallIDs {
		if !slices.Contains(u.was.FirewallIDs, id) && !slices.Contains(here, id) {
			return then(startedAll(c.Firewall.ApplyResources(ctx, &hcloud.Firewall{ID: int64(id)}, self)))
		}
	}
	return nil
}

func protectServer(ctx context.Context, c *client, u *serverChange) error {
	if u.got.Protection.Delete == u.want.DeleteProtection && u.got.Protection.Rebuild == u.want.RebuildProtection {
		return nil
	}
	return more(c.Server.ChangeProtection(ctx, u.got, hcloud.ServerChangeProtectionOpts{
		Delete: &u.want.DeleteProtection, Rebuild: &u.want.RebuildProtection,
	}))
}
