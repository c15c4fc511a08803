package hcloud

import (
	"crypto/sha1" //nolint:gosec // of Terraform's choice, and no secret hangs on it
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mlinfra/mlinfra/providers"
)

// rescueSystem is the one that the API has.
const rescueSystem = "linux64"

// maxUserData is how many bytes of user data the API takes.
const maxUserData = 32 << 10

var hostName = providers.NewPattern(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)

func checkServer(was *server, want server) error {
	switch {
	case !hostName.MatchString(want.Name) || len(want.Name) > 253:
		return fmt.Errorf("name %q is no host name: letters, digits and dashes, with dots between, at most 63 characters each", want.Name)
	case was == nil && want.Image == "":
		return errors.New("image has to be set: a name such as debian-12, or a number")
	case len(want.UserData) > maxUserData:
		return fmt.Errorf("user_data has %d bytes, at most %d are allowed: fetch the rest at the first start", len(want.UserData), maxUserData)
	case want.Rescue != "" && want.Rescue != rescueSystem:
		return fmt.Errorf("rescue %q is not known: write %s, the only system there is", want.Rescue, rescueSystem)
	case want.DeleteProtection != want.RebuildProtection:
		return errors.New("delete_protection and rebuild_protection have to be the same: set both")
	}
	public := true
	for _, p := range want.PublicNet {
		public = p.IPv4Enabled || p.IPv6Enabled
		if err := p.check(); err != nil {
			return err
		}
	}
	if err := providers.CheckWaitFor(want.WaitFor, public); err != nil {
		return err
	}
	if err := checkNets(want.Networks); err != nil {
		return err
	}
	return checkLabels(want.Labels)
}

func (p publicNet) check() error {
	switch {
	case !p.IPv4Enabled && p.IPv4 != 0:
		return fmt.Errorf("ipv4 = %d of public_net needs ipv4_enabled = true", p.IPv4)
	case !p.IPv6Enabled && p.IPv6 != 0:
		return fmt.Errorf("ipv6 = %d of public_net needs ipv6_enabled = true", p.IPv6)
	}
	return nil
}

func checkNets(nets []serverNet) error {
	seen := map[int]bool{}
	for _, n := range nets {
		if n.SubnetID != "" {
			if _, _, err := splitPart(n.SubnetID); err != nil {
				return fmt.Errorf("subnet_id of network: %w", err)
			}
		}
		id := n.network()
		switch {
		case n.NetworkID != 0 && n.NetworkID != id:
			return fmt.Errorf("subnet_id %q of network is not in network_id %d: drop one of them", n.SubnetID, n.NetworkID)
		case id != 0 && seen[id]:
			return fmt.Errorf("two blocks network name the network %d: a server is in it once, use alias_ips", id)
		}
		seen[id] = true
		for _, ip := range append([]string{n.IP}, n.AliasIPs...) {
			if _, err := netip.ParseAddr(ip); ip != "" && err != nil {
				return fmt.Errorf("%q in network is no IP address", ip)
			}
		}
		if n.IP != "" && n.SubnetID != "" && !n.holds(n.IP) {
			return fmt.Errorf("ip %s is not in subnet_id %q", n.IP, n.SubnetID)
		}
	}
	return nil
}

// spellServer keeps what the API does not show: the subnets that name networks, and
// the data of a server that came from Terraform, whose state has a hash of it.
func spellServer(was server, x *server) {
	if hashed(was.UserData, x.UserData) {
		x.UserData = was.UserData
	}
	if x.IgnoreRemoteFirewallIDs && len(was.FirewallIDs) > 0 && len(x.FirewallIDs) > 0 {
		x.FirewallIDs = was.FirewallIDs
	}
	for i, n := range x.Networks {
		if n.SubnetID == "" {
			x.Networks[i].SubnetID = n.namedIn(was.Networks)
		}
	}
}

// hashed reports whether was is the SHA-1 of text, in base 64.
func hashed(was, text string) bool {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return was != "" && was == base64.StdEncoding.EncodeToString(sum[:])
}
