package fake

import (
	"net/netip"
	"slices"
	"strings"
)

// pointers are the names that the reverse DNS has for addresses, other than the
// usual ones.
type pointers map[string]string

// of is the name of an address; nil for none, which only one of IPv6 can have.
func (p pointers) of(ip string) any {
	switch name := p[ip]; {
	case name != "":
		return name
	case strings.Contains(ip, "."):
		return usualPointer(ip)
	}
	return nil
}

// views are the names of an IPv4 address, or in a network of IPv6.
func (p pointers) views(ip string) []view {
	if strings.Contains(ip, ".") {
		return []view{{"ip": ip, "dns_ptr": p.of(ip)}}
	}
	list := []view{}
	for _, ip := range sortedKeys(p) {
		list = append(list, view{"ip": ip, "dns_ptr": p[ip]})
	}
	return list
}

// usualPointer is the name that an IPv4 address has while it has no other.
func usualPointer(ip string) string {
	parts := strings.Split(ip, ".")
	slices.Reverse(parts)
	return "static." + strings.Join(parts, ".") + ".clients.your-server.de"
}

// pointing is the body of change_dns_ptr: null takes the name away.
type pointing struct {
	IP   string  `json:"ip"`
	Name *string `json:"dns_ptr"`
}

// point changes the name of an address that is one of those held, or in a network
// of them. It shows at once.
func (in *pointing) point(p *pointers, held ...string) error {
	ip, err := netip.ParseAddr(in.IP)
	if err != nil || !slices.ContainsFunc(held, func(h string) bool { return holds(h, ip) }) {
		return invalid("ip", "is no address of the resource")
	}
	if in.Name == nil {
		delete(*p, ip.String())
		return nil
	}
	if !hostname.MatchString(*in.Name) {
		return invalid("dns_ptr", "is no valid domain name")
	}
	if *p == nil {
		*p = pointers{}
	}
	(*p)[ip.String()] = *in.Name
	return nil
}

// holds reports whether ip is held, or in it.
func holds(held string, ip netip.Addr) bool {
	if n, err := netip.ParsePrefix(held); err == nil {
		return n.Contains(ip)
	}
	return ip.String() == held
}

// point is change_dns_ptr of an object with addresses.
func point[T object](c *Cloud, q *request, t table[T], kind string, of func(T) (names *pointers, held []string)) (reply, error) {
	var in pointing
	x, err := acted(c, q, t, kind, &in)
	if err != nil {
		return fail(err)
	}
	names, held := of(x)
	if err := in.point(names, held...); err != nil {
		return fail(err)
	}
	return c.start(q, "change_dns_ptr", c.o.Settle, nil, subject{x.key(), kind}).reply()
}
