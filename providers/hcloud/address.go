package hcloud

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// address returns an IP as attributes have it; "" for none.
func address(ip net.IP) string {
	if len(ip) == 0 || ip.IsUnspecified() {
		return ""
	}
	return ip.String()
}

func checkIPv4(attr, text string) error {
	if a, err := netip.ParseAddr(text); err != nil || !a.Is4() {
		return fmt.Errorf("%s %q is no IPv4 address such as 10.0.1.5", attr, text)
	}
	return nil
}

// natural returns a number and a text that tell an object apart as one text; ""
// when one is missing.
func natural(id int, rest ...string) string {
	parts := []string{fmt.Sprint(id)}
	for _, r := range rest {
		if id == 0 || r == "" {
			return ""
		}
		parts = append(parts, r)
	}
	return strings.Join(parts, " ")
}

// firstOf returns the first address of a network that a server may use.
func firstOf(n *net.IPNet) string {
	p, err := netip.ParsePrefix(n.String())
	if err != nil {
		return ""
	}
	return p.Addr().Next().String()
}
