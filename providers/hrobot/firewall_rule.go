package hrobot

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

var (
	protocols    = []string{"", "tcp", "udp", "gre", "icmp", "ipip", "ah", "esp"}
	ruleName     = providers.NewPattern(`^[a-zA-Z0-9.\-+_@ ]{0,100}$`)
	ruleTCPFlags = providers.NewPattern(`^(syn|fin|rst|psh|urg|ack)([|&](syn|fin|rst|psh|urg|ack))*$`)
)

// check refuses what the API does.
func (r *firewallRule) check() error {
	switch {
	case r.Action != "accept" && r.Action != "discard":
		return fmt.Errorf("action %q is neither accept nor discard", r.Action)
	case !ruleName.MatchString(r.Name):
		return fmt.Errorf("name %q: only letters, digits, spaces and .-+_@", r.Name)
	case !slices.Contains([]string{"", "ipv4", "ipv6"}, r.IPVersion):
		return fmt.Errorf("ip_version %q is neither ipv4 nor ipv6", r.IPVersion)
	case !slices.Contains(protocols, r.Protocol):
		return fmt.Errorf("protocol %q is none of %s", r.Protocol, strings.Join(protocols[1:], ", "))
	case r.IPVersion == "" && r.Protocol != "":
		return fmt.Errorf("protocol %q needs ip_version = \"ipv4\" or \"ipv6\": a rule for both has only ports", r.Protocol)
	case r.IPVersion != "ipv4" && r.SrcIP+r.DstIP != "":
		return errors.New("src_ip and dst_ip need ip_version = \"ipv4\": addresses of IPv6 cannot be filtered")
	case r.TCPFlags != "" && r.Protocol != "tcp":
		return fmt.Errorf("tcp_flags %q needs protocol = \"tcp\"", r.TCPFlags)
	case r.TCPFlags != "" && !ruleTCPFlags.MatchString(r.TCPFlags):
		return fmt.Errorf("tcp_flags %q is not syn, fin, rst, psh, urg and ack with | or & between", r.TCPFlags)
	}
	for name, ip := range map[string]string{"src_ip": r.SrcIP, "dst_ip": r.DstIP} {
		if p, err := netip.ParsePrefix(prefixed(ip)); ip != "" && (err != nil || !p.Addr().Is4()) {
			return fmt.Errorf("%s %q is not an IPv4 address or network, such as 198.51.100.0/24", name, ip)
		}
	}
	for name, ports := range map[string]string{"src_port": r.SrcPort, "dst_port": r.DstPort} {
		if _, _, ok := portRange(ports); ports != "" && !ok {
			return fmt.Errorf("%s %q is not a port or a range, such as 22 or 32768-65535", name, ports)
		}
	}
	return nil
}

// portRange reads a port or a range.
func portRange(text string) (first, last int, ok bool) {
	a, b, ranged := strings.Cut(text, "-")
	if !ranged {
		b = a
	}
	first, err := strconv.Atoi(a)
	last, err2 := strconv.Atoi(b)
	return first, last, err == nil && err2 == nil && first >= 0 && first <= last && last <= 65535
}

// answers reports whether r lets in answers to connections that the server opens:
// whatever there is, or what comes to the ports that those come from.
func (r firewallRule) answers() bool {
	first, last, ok := portRange(r.DstPort)
	return r.Action == "accept" && r.SrcIP == "" && r.SrcPort == "" && r.DstIP == "" &&
		slices.Contains([]string{"", "tcp"}, r.Protocol) && (r.TCPFlags == "" || strings.Contains(r.TCPFlags, "ack")) &&
		(r.DstPort == "" || ok && first <= 32768 && last >= 60999)
}

// prefixed is an address as the network of one that it is.
func prefixed(ip string) string {
	if ip == "" || strings.Contains(ip, "/") {
		return ip
	}
	return ip + "/32"
}

// spellFirewall keeps the user's rules where the API shows others that mean the
// same: it has been seen to make two of a rule for IPv4 and IPv6, one for each.
func spellFirewall(was firewall, x *firewall) {
	x.InputRules = sameRules(was.InputRules, x.InputRules)
	x.OutputRules = sameRules(was.OutputRules, x.OutputRules)
}

func sameRules(was, now []firewallRule) []firewallRule {
	for _, version := range []string{"ipv4", "ipv6"} {
		if !slices.Equal(rulesFor(version, was), rulesFor(version, now)) {
			return now
		}
	}
	return was
}

// rulesFor returns the rules that count for a version, in one spelling.
func rulesFor(version string, rules []firewallRule) []firewallRule {
	var out []firewallRule
	for _, r := range rules {
		if r.IPVersion != "" && r.IPVersion != version {
			continue
		}
		r.IPVersion, r.SrcIP, r.DstIP = version, prefixed(r.SrcIP), prefixed(r.DstIP)
		out = append(out, r)
	}
	return out
}
