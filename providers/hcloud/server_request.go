package hcloud

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// options returns what a new server is made of. Names of keys, and of an image for the
// architecture of the type, are looked up: the API wants numbers.
func (x *server) options(ctx context.Context, c *client, a providers.Attempt) (hcloud.ServerCreateOpts, error) {
	o := hcloud.ServerCreateOpts{
		Name: x.Name, ServerType: &hcloud.ServerType{Name: x.ServerType}, UserData: x.UserData, Labels: marked(x.Labels, a),
	}
	var err error
	if o.Image, err = imageFor(ctx, c, x.Image, x.ServerType); err != nil {
		return o, err
	}
	if o.SSHKeys, err = keysNamed(ctx, c, x.SSHKeys); err != nil {
		return o, err
	}
	if x.Location != "" {
		o.Location = &hcloud.Location{Name: x.Location}
	}
	for _, id := range x.FirewallIDs {
		o.Firewalls = append(o.Firewalls, &hcloud.ServerCreateFirewall{Firewall: hcloud.Firewall{ID: int64(id)}})
	}
	if x.PlacementGroupID != 0 {
		o.PlacementGroup = &hcloud.PlacementGroup{ID: int64(x.PlacementGroupID)}
	}
	for _, n := range x.Networks {
		if n.plain() {
			o.Networks = append(o.Networks, &hcloud.Network{ID: int64(n.network())})
		}
	}
	for _, p := range x.PublicNet {
		o.PublicNet = p.request()
		if !p.IPv4Enabled && !p.IPv6Enabled && len(o.Networks) < len(x.Networks) {
			// It starts when it is in its networks: without any it would have none.
			o.StartAfterCreate = new(false)
			o.Labels[stoppedLabel] = "true"
		}
	}
	return o, nil
}

func (p publicNet) request() *hcloud.ServerCreatePublicNet {
	o := &hcloud.ServerCreatePublicNet{EnableIPv4: p.IPv4Enabled, EnableIPv6: p.IPv6Enabled}
	if p.IPv4 != 0 {
		o.IPv4 = &hcloud.PrimaryIP{ID: int64(p.IPv4)}
	}
	if p.IPv6 != 0 {
		o.IPv6 = &hcloud.PrimaryIP{ID: int64(p.IPv6)}
	}
	return o
}

// imageFor returns the image with a number, or that with a name for a type of servers.
func imageFor(ctx context.Context, c *client, image, serverType string) (*hcloud.Image, error) {
	if id, err := strconv.ParseInt(image, 10, 64); err == nil {
		return &hcloud.Image{ID: id}, nil
	}
	t, _, err := c.ServerType.Get(ctx, serverType)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fmt.Errorf("there is no server_type %q", serverType)
	}
	got, _, err := c.Image.GetByNameAndArchitecture(ctx, image, t.Architecture)
	if err == nil && got == nil {
		err = fmt.Errorf("there is no image %q for the architecture of %s, %s", image, serverType, t.Architecture)
	}
	return got, err
}

// keysNamed returns the keys with numbers or names.
func keysNamed(ctx context.Context, c *client, names []string) ([]*hcloud.SSHKey, error) {
	var keys []*hcloud.SSHKey
	for _, name := range names {
		if id, err := strconv.ParseInt(name, 10, 64); err == nil {
			keys = append(keys, &hcloud.SSHKey{ID: id})
			continue
		}
		got, _, err := c.SSHKey.GetByName(ctx, name)
		if err == nil && got == nil {
			err = fmt.Errorf("there is no SSH key %q in the project", name)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, got)
	}
	return keys, nil
}
