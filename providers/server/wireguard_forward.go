package server

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// wireguardForwarding is what a host forwards between a tunnel and its networks.
type wireguardForwarding struct {
	Networks []string        `cty:"networks" is:"optional,set" doc:"Ranges that the host is in, or leads to, and the peers may reach."`
	SNAT     []wireguardSNAT `cty:"snat"     is:"optional"     doc:"Where the host's own address takes the place of the sender's."`
}

// wireguardSNAT says whose packets bear the host's own address, so that what has no
// route back into the tunnel can answer.
type wireguardSNAT struct {
	From      string `cty:"from"      is:"required" doc:"Range of the senders, such as that of the tunnel."`
	To        string `cty:"to"        is:"optional" doc:"Range of the receivers, such as that of a VPC; any if absent."`
	Interface string `cty:"interface" is:"optional" doc:"Name of the interface that they leave by; any but the tunnel if absent."`
	Address   string `cty:"address"   is:"optional" doc:"The address they bear; that of the interface they leave by if absent."`
}

// script returns what the hooks of wg-quick call.
func (x serverWireguardInterface) script(f wireguardForwarding) string {
	return kept("forward.sh", []wireguardForwarding{f},
		[2]string{"name", x.Name},
		[2]string{"ranges", strings.Join(f.Networks, " ")},
		[2]string{"nft", x.nft(f)},
		[2]string{"legacy", x.legacy(f)},
		[2]string{"accepts", x.accepts(f)},
	)
}

// nft returns the table of nftables. Loading it twice is loading it once.
func (x serverWireguardInterface) nft(f wireguardForwarding) string {
	var b strings.Builder
	table := "table inet mlinfra_" + x.Name
	fmt.Fprintf(&b, "%s\ndelete %s\n%s {\n", table, table, table)
	fmt.Fprintf(&b, "\tchain forward {\n\t\ttype filter hook forward priority mangle; policy accept;\n")
	for _, side := range []string{"iifname", "oifname"} {
		fmt.Fprintf(&b, "\t\t%s %q tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu\n", side, x.Name)
	}
	b.WriteString("\t}\n")
	if len(f.SNAT) > 0 {
		b.WriteString("\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n")
		for _, s := range f.SNAT {
			b.WriteString("\t\t" + s.nft(x.Name) + "\n")
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}")
	return b.String()
}

func (s wireguardSNAT) nft(tunnel string) string {
	rule := "ip saddr " + s.From
	if s.To != "" && s.To != everything {
		rule += " ip daddr " + s.To
	}
	if s.Interface != "" {
		rule += fmt.Sprintf(" oifname %q", s.Interface)
	} else {
		rule += fmt.Sprintf(" oifname != %q", tunnel)
	}
	if s.Address != "" {
		return rule + " snat ip to " + s.Address
	}
	return rule + " masquerade"
}

// legacy returns the same as rules of iptables, for hosts without nft: a table, a
// chain and a rule each.
func (x serverWireguardInterface) legacy(f wireguardForwarding) string {
	var rules []string
	for _, side := range []string{"-i", "-o"} {
		rules = append(rules, fmt.Sprintf("mangle FORWARD %s %s -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu", side, x.Name))
	}
	for _, s := range f.SNAT {
		rule := "nat POSTROUTING -s " + s.From
		if s.To != "" {
			rule += " -d " + s.To
		}
		if s.Interface != "" {
			rule += " -o " + s.Interface
		} else {
			rule += " ! -o " + x.Name
		}
		if s.Address != "" {
			rule += " -j SNAT --to-source " + s.Address
		} else {
			rule += " -j MASQUERADE"
		}
		rules = append(rules, rule)
	}
	return strings.Join(rules, "\n")
}

// accepts returns the rules of iptables that let packets pass where others are
// dropped: between the peers, and between them and the networks.
func (x serverWireguardInterface) accepts(f wireguardForwarding) string {
	rules := []string{fmt.Sprintf("-i %s -o %s -j ACCEPT", x.Name, x.Name)}
	for _, n := range f.Networks {
		rules = append(rules, fmt.Sprintf("-i %s -d %s -j ACCEPT", x.Name, n), fmt.Sprintf("-o %s -s %s -j ACCEPT", x.Name, n))
	}
	return strings.Join(rules, "\n")
}

// everything is the range of all addresses.
const everything = "0.0.0.0/0"

// check refuses what cannot be forwarded. tunnel is the ranges of the addresses of
// the interface.
func (f wireguardForwarding) check(tunnel []netip.Prefix, peers []wireguardPeer) error {
	for _, n := range f.Networks {
		p, err := rangeOf(n)
		switch {
		case err == nil && p.Addr().Is6():
			return fmt.Errorf("forwarding: network %s: only IPv4 is forwarded", n)
		case err != nil || p.Masked() != p:
			return checkRange("networks", n)
		}
		for _, t := range tunnel {
			if p.Bits() > 0 && p.Overlaps(t) {
				return fmt.Errorf("forwarding: the network %s and the tunnel's own range %s overlap: choose the tunnel's range outside of what it leads to", n, t)
			}
		}
		for _, peer := range peers {
			for _, a := range peer.AllowedIPs {
				if spellRange(a) == p.String() {
					return fmt.Errorf("forwarding: the network %s is behind the peer %s, says its allowed_ips: it cannot be on this side as well", n, peer.PublicKey)
				}
			}
		}
	}
	for _, s := range f.SNAT {
		if err := s.check(); err != nil {
			return fmt.Errorf("snat: %w", err)
		}
	}
	return nil
}

func (s wireguardSNAT) check() error {
	to := s.To
	if to == "" {
		to = everything
	}
	for _, r := range [][2]string{{"from", s.From}, {"to", to}} {
		if err := checkRange(r[0], r[1]); err != nil {
			return err
		}
		if strings.Contains(r[1], ":") {
			return fmt.Errorf("%s: %s: only IPv4 is forwarded", r[0], r[1])
		}
	}
	if addr, err := netip.ParseAddr(s.Address); s.Address != "" && (err != nil || !addr.Is4()) {
		return fmt.Errorf("address: %q is no IPv4 address", s.Address)
	}
	if s.Interface != "" && !interfaceName.MatchString(s.Interface) {
		return errors.New("interface: " + s.Interface + " is no name of an interface such as eth1")
	}
	return nil
}
