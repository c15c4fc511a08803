package fake

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// firewallRule is a rule as the API shows it.
type firewallRule struct {
	Direction    string   `json:"direction"`
	Protocol     string   `json:"protocol"`
	Port         *string  `json:"port"`
	Sources      []string `json:"source_ips"`
	Destinations []string `json:"destination_ips"`
	Description  *string  `json:"description"`
}

// checkRules refuses what is wrong with rules, and makes their missing lists empty
// ones.
func checkRules(rules []firewallRule) error {
	if len(rules) > 50 {
		return invalid("rules", "must have at most 50 elements")
	}
	for i, r := range rules {
		if err := r.check(); err != nil {
			return err
		}
		rules[i].Sources, rules[i].Destinations = orEmpty(r.Sources), orEmpty(r.Destinations)
	}
	return nil
}

func (r firewallRule) check() error {
	ported := r.Protocol == "tcp" || r.Protocol == "udp"
	switch {
	case r.Direction != "in" && r.Direction != "out":
		return invalid("rules.direction", "must be one of in, out")
	case !slices.Contains([]string{"tcp", "udp", "icmp", "esp", "gre"}, r.Protocol):
		return invalid("rules.protocol", "must be one of tcp, udp, icmp, esp, gre")
	case ported != (r.Port != nil):
		return invalid("rules.port", "is required for tcp and udp, and must not be given otherwise")
	case ported && !validPort(*r.Port):
		return invalid("rules.port", "is no port and no range of ports")
	case r.Direction == "in" && len(r.Sources) == 0:
		return invalid("rules.source_ips", "is required for direction in")
	case r.Direction == "out" && len(r.Destinations) == 0:
		return invalid("rules.destination_ips", "is required for direction out")
	case len(r.Sources) > 100 || len(r.Destinations) > 100:
		return invalid("rules.source_ips", "must have at most 100 elements")
	case r.Description != nil && len(*r.Description) > 255:
		return invalid("rules.description", "is too long")
	}
	for _, ip := range slices.Concat(r.Sources, r.Destinations) {
		if p, err := netip.ParsePrefix(ip); err != nil || p != p.Masked() || p.String() != ip {
			return invalid("rules.source_ips", "%q is no range in CIDR notation", ip)
		}
	}
	return nil
}

func validPort(text string) bool {
	if text == "any" {
		return true
	}
	ends := strings.Split(text, "-")
	low := 1
	for _, end := range ends {
		n, err := strconv.Atoi(end)
		if err != nil || n < low || n > 65535 {
			return false
		}
		low = n
	}
	return len(ends) <= 2
}
