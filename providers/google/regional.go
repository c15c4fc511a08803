package google

import (
	"fmt"
	"net/netip"
	"strings"
)

// What the objects of regions have in common.

// reordered returns was when x has the same items in another order, else x.
func reordered[T comparable](was, x []T) []T {
	if len(was) != len(x) {
		return x
	}
	count := map[T]int{}
	for i := range x {
		count[was[i]]++
		count[x[i]]--
	}
	for _, n := range count {
		if n != 0 {
			return x
		}
	}
	return was
}

// linkIn returns a reference as the API takes it: a bare name is one of a
// collection, a path that ends in a slash.
func linkIn(collection, ref string) string {
	if ref == "" || strings.Contains(ref, "/") {
		return path(ref)
	}
	return collection + ref
}

func linksIn(collection string, refs []string) []string {
	var out []string
	for _, ref := range refs {
		out = append(out, linkIn(collection, ref))
	}
	return out
}

// respellAll gives the references x the spelling of was where both mean the same.
func respellAll(was, x []string) {
	for i := range x {
		for _, w := range was {
			respell(w, &x[i])
		}
	}
}

// projectRegion returns where a regional object is.
func (c *client) projectRegion(ownProject, ownRegion string) (project, region string, err error) {
	if project, err = c.project(ownProject); err != nil {
		return "", "", err
	}
	region, err = c.region(ownRegion)
	return project, region, err
}

// items turns the parts of an aggregated list, one for each zone and region,
// into what they hold.
func items[P, S any](next func() (P, error), of func(P) []S) func() (S, error) {
	var held []S
	return func() (item S, err error) {
		for len(held) == 0 {
			p, err := next()
			if err != nil {
				return item, err
			}
			held = of(p)
		}
		item, held = held[0], held[1:]
		return item, nil
	}
}

// checkRange refuses what is no IPv4 range with a prefix between shortest and longest.
func checkRange(name, text string, shortest, longest int) error {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !p.Addr().Is4():
		return fmt.Errorf("%s %q is not an IPv4 range in CIDR notation, such as 10.0.0.0/20", name, text)
	case p.Masked() != p:
		return fmt.Errorf("%s %q has bits beyond its prefix; the range is %s", name, text, p.Masked())
	case p.Bits() < shortest || p.Bits() > longest:
		return fmt.Errorf("%s %q: the prefix is between /%d and /%d", name, text, shortest, longest)
	}
	return nil
}

// holds reports whether the range a has all addresses of the range b.
func holds(a, b string) bool {
	outer, err := netip.ParsePrefix(a)
	inner, err2 := netip.ParsePrefix(b)
	return err == nil && err2 == nil && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// overlap reports whether two ranges share addresses.
func overlap(a, b string) bool { return holds(a, b) || holds(b, a) }
