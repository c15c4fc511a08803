package fake

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// entry is a route as it is shown.
type entry struct {
	table, src string
	to         netip.Prefix
	metric     int
	route
}

// routes returns all routes, those to the networks of the interfaces included.
func (c *content) routes() []entry {
	var all []entry
	for _, dev := range c.devices() {
		l, _ := keptAs[link](c, "link", dev)
		for _, a := range c.addresses(dev) {
			if l.Up && dev != "lo" && !a.IsSingleIP() {
				all = append(all, entry{table: "main", to: a.Masked(), src: a.Addr().String(), route: route{Dev: dev, Proto: "kernel"}})
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Kept["route"])) {
		words := strings.Fields(key)
		r, _ := keptAs[route](c, "route", key)
		metric, _ := strconv.Atoi(words[2])
		all = append(all, entry{table: words[0], to: netip.MustParsePrefix(words[1]), metric: metric, route: r})
	}
	return all
}

// text returns the line that ip shows; without is what it leaves out.
func (e entry) text(without string) string {
	to := e.to.String()
	switch {
	case e.to.Bits() == 0:
		to = "default"
	case e.to.IsSingleIP():
		to = e.to.Addr().String()
	}
	for _, part := range [][2]string{{"via", e.Via}, {"dev", e.Dev}, {"proto", e.Proto}} {
		if part[1] != "" && part[0] != without {
			to += " " + part[0] + " " + part[1]
		}
	}
	if e.Via == "" {
		to += " scope link"
	}
	if e.src != "" {
		to += " src " + e.src
	}
	if e.metric != 0 {
		to += " metric " + strconv.Itoa(e.metric)
	}
	return to + " "
}

func (c *ipCall) route() int {
	switch c.verb {
	case "show":
		return c.showRoutes()
	case "get":
		return c.getRoute()
	}
	to, ok := c.parse(c.first)
	switch {
	case !ok:
		return c.says(1, "Error: any valid prefix is expected rather than %q.", c.first)
	case to.Masked() != to:
		return c.says(2, "Error: Invalid prefix for given prefix length.")
	case c.family == "" && to.Addr().Is6():
		c.family = "6"
	}
	metric, err := strconv.Atoi(cmp.Or(c.words["metric"], "0"))
	if err != nil {
		return c.says(255, "Error: argument %q is wrong: \"metric\" value is invalid", c.words["metric"])
	}
	key := routeKey(cmp.Or(c.words["table"], "main"), to.String(), metric)
	_, has := c.c.Kept["route"][key]
	switch c.verb {
	case "add", "replace":
		if has && c.verb == "add" {
			return c.says(2, "RTNETLINK answers: File exists")
		}
		return c.setRoute(key)
	case "del", "delete":
		if !has {
			return c.says(2, "RTNETLINK answers: No such process")
		}
		delete(c.c.Kept["route"], key)
		return 0
	}
	return c.says(255, "Command %q is unknown, try \"ip route help\".", c.verb)
}

func (c *ipCall) setRoute(key string) int {
	r := route{Via: c.words["via"], Dev: c.words["dev"], Proto: c.words["proto"]}
	if l, ok := keptAs[link](c.c, "link", r.Dev); r.Dev != "" && !ok {
		return c.says(1, "Cannot find device %q", r.Dev)
	} else if ok && !l.Up {
		return c.says(2, "Error: Device for nexthop is not up.")
	}
	if r.Via != "" {
		via, err := netip.ParseAddr(r.Via)
		if err != nil {
			return c.says(1, "Error: any valid address is expected rather than %q.", r.Via)
		}
		near, ok := c.c.towards(via)
		if r.Dev == "" {
			r.Dev = near.Dev
		}
		if !ok || near.Via != "" || near.Dev != r.Dev {
			return c.says(2, "Error: Nexthop has invalid gateway.")
		}
	}
	if r.Dev == "" {
		return c.says(2, "RTNETLINK answers: No such device")
	}
	c.c.keep("route", key, r)
	return 0
}

// towards returns the route to an address.
func (c *content) towards(to netip.Addr) (entry, bool) {
	var best entry
	found := false
	for _, e := range c.routes() {
		if e.table == "main" && e.to.Contains(to) && (!found || e.to.Bits() > best.to.Bits()) {
			best, found = e, true
		}
	}
	if to.IsPrivate() && best.to.Bits() == 0 {
		return entry{route: route{Dev: "eth1"}, src: private(netip.PrefixFrom(to, 24)).Addr().String()}, true
	}
	return best, found
}

func (c *ipCall) getRoute() int {
	to, err := netip.ParseAddr(c.first)
	if err != nil {
		return c.says(1, "Error: any valid prefix is expected rather than %q.", c.first)
	}
	e, ok := c.c.towards(to)
	if !ok {
		return c.says(2, "RTNETLINK answers: Network is unreachable")
	}
	via := ""
	if e.Via != "" {
		via = "via " + e.Via + " "
	}
	fmt.Fprintf(c.out, "%s %sdev %s src %s uid 0 \\    cache \n", to, via, e.Dev, cmp.Or(e.src, "192.0.2.10"))
	return 0
}

func (c *ipCall) showRoutes() int {
	table := cmp.Or(c.words["table"], "main")
	all := c.c.routes()
	if table != "main" && !slices.ContainsFunc(all, func(e entry) bool { return e.table == table }) {
		return c.says(2, "Error: ipv4: FIB table does not exist.\nDump terminated")
	}
	exact, isExact := c.parse(cmp.Or(c.words["exact"], c.first))
	match, isMatch := c.parse(c.words["match"])
	without := ""
	if c.words["dev"] != "" {
		without = "dev"
	}
	for _, e := range all {
		switch {
		case e.table != table, !c.of(e.to.Addr()) || c.family == "" && e.to.Addr().Is6():
		case c.words["dev"] != "" && e.Dev != c.words["dev"], isExact && e.to != exact:
		case isMatch && (e.to.Bits() > match.Bits() || !e.to.Contains(match.Addr())):
		default:
			fmt.Fprintln(c.out, e.text(without))
		}
	}
	return 0
}
