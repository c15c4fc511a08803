package hcloud

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// The limits of the API's reference.
const (
	maxRules   = 50  // of a firewall
	maxSources = 100 // of a rule, and as many destinations
)

func normalFirewall(x *firewall) {
	for i, r := range x.Rules {
		x.Rules[i].SourceIPs, x.Rules[i].DestinationIPs = ranges(r.SourceIPs), ranges(r.DestinationIPs)
	}
}

// ranges returns addresses and ranges as the API spells them, sorted.
func ranges(ips []string) []string {
	var out []string
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip); err == nil {
			ip = netip.PrefixFrom(a, a.BitLen()).String()
		} else if p, err := netip.ParsePrefix(ip); err == nil {
			ip = p.String()
		}
		out = append(out, ip)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rulesOf returns rules as the SDK sends them: never nil, which would be no list.
func rulesOf(rules []firewallRule) []hcloud.FirewallRule {
	out := []hcloud.FirewallRule{}
	for _, r := range rules {
		out = append(out, hcloud.FirewallRule{
			Direction: hcloud.FirewallRuleDirection(r.Direction), Protocol: hcloud.FirewallRuleProtocol(r.Protocol), Port: some(r.Port),
			Description: some(r.Description), SourceIPs: networksOf(r.SourceIPs), DestinationIPs: networksOf(r.DestinationIPs),
		})
	}
	return out
}

func networksOf(texts []string) []net.IPNet {
	var out []net.IPNet
	for _, t := range ranges(texts) {
		if _, n, err := net.ParseCIDR(t); err == nil {
			out = append(out, *n)
		}
	}
	return out
}

func rulesShown(got []hcloud.FirewallRule) []firewallRule {
	var out []firewallRule
	for _, g := range got {
		r := firewallRule{Direction: string(g.Direction), Protocol: string(g.Protocol), SourceIPs: rangesOf(g.SourceIPs), DestinationIPs: rangesOf(g.DestinationIPs)}
		if g.Port != nil {
			r.Port = *g.Port
		}
		if g.Description != nil {
			r.Description = *g.Description
		}
		out = append(out, r)
	}
	return out
}

func rangesOf(got []net.IPNet) []string {
	var out []string
	for _, n := range got {
		out = append(out, n.String())
	}
	return ranges(out)
}

// sameRules reports whether two sets of rules say the same.
func sameRules(a, b []firewallRule) bool {
	written := func(rules []firewallRule) []string {
		var out []string
		for _, r := range rules {
			r.SourceIPs, r.DestinationIPs = ranges(r.SourceIPs), ranges(r.DestinationIPs)
			out = append(out, fmt.Sprintf("%q", r))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(written(a), written(b))
}

// resourcesOf returns what a firewall is applied to as the SDK has it.
func resourcesOf(list []appliedTo) []hcloud.FirewallResource {
	var out []hcloud.FirewallResource
	for _, a := range list {
		r := hcloud.FirewallResource{Type: hcloud.FirewallResourceTypeServer, Server: &hcloud.FirewallResourceServer{ID: int64(a.Server)}}
		if a.LabelSelector != "" {
			r = hcloud.FirewallResource{Type: hcloud.FirewallResourceTypeLabelSelector, LabelSelector: &hcloud.FirewallResourceLabelSelector{Selector: a.LabelSelector}}
		}
		out = append(out, r)
	}
	return out
}

func shownTo(got []hcloud.FirewallResource) []appliedTo {
	var out []appliedTo
	for _, r := range got {
		switch {
		case r.Server != nil:
			out = append(out, appliedTo{Server: int(r.Server.ID)})
		case r.LabelSelector != nil:
			out = append(out, appliedTo{LabelSelector: r.LabelSelector.Selector})
		}
	}
	return out
}

func (r firewallRule) check() error {
	ported := r.Protocol == "tcp" || r.Protocol == "udp"
	switch {
	case r.Direction != "in" && r.Direction != "out":
		return errors.New("direction is neither in nor out")
	case !slices.Contains([]string{"tcp", "udp", "icmp", "gre", "esp"}, r.Protocol):
		return errors.New("protocol is none of tcp, udp, icmp, gre and esp")
	case ported && r.Port == "":
		return errors.New("port has to be set: a port, a range such as 8000-9000, or any")
	case !ported && r.Port != "":
		return fmt.Errorf("port %q is for tcp and udp only: drop it", r.Port)
	case ported && !isPorts(r.Port):
		return fmt.Errorf("port %q is no port, no range such as 8000-9000 and not any", r.Port)
	case r.Direction == "in" && len(r.SourceIPs) == 0:
		return errors.New("source_ips has to be set; [\"0.0.0.0/0\", \"::/0\"] is everybody")
	case r.Direction == "out" && len(r.DestinationIPs) == 0:
		return errors.New("destination_ips has to be set; [\"0.0.0.0/0\", \"::/0\"] is everybody")
	case len(r.SourceIPs) > maxSources || len(r.DestinationIPs) > maxSources:
		return fmt.Errorf("source_ips and destination_ips have %d at most", maxSources)
	}
	for _, ip := range slices.Concat(r.SourceIPs, r.DestinationIPs) {
		if err := checkSource(ip); err != nil {
			return err
		}
	}
	return nil
}

// isPorts reports whether text is a port, a range of them, or any.
func isPorts(text string) bool {
	if text == "any" {
		return true
	}
	first, last, isRange := strings.Cut(text, "-")
	low, err := strconv.Atoi(first)
	high := low
	if isRange && err == nil {
		high, err = strconv.Atoi(last)
	}
	return err == nil && low >= 1 && low <= high && high <= 65535
}

// checkSource refuses what is no address and no range, and a range that begins
// elsewhere than it is written.
func checkSource(text string) error {
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no address and no range such as 192.0.2.0/24", text)
	case p != p.Masked():
		return fmt.Errorf("%q is not the start of its range: write %s, or %s for the address alone", text, p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
	}
	return nil
}
