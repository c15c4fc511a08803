package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// link is an interface of a host.
type link struct {
	Index int
	MTU   int
	Up    bool
	Kind  string // "" is what is built in
}

// route is a route of a host, beside those to the networks it is in.
type route struct {
	Via, Dev, Proto string
}

// routeKey names a route: table, destination and metric, separated by spaces.
func routeKey(table, to string, metric int) string {
	return table + " " + to + " " + strconv.Itoa(metric)
}

// addNetwork gives a host its interfaces: eth0 with its address, and eth1, which is
// in private networks.
func (c *content) addNetwork(addr string) {
	public, err := netip.ParseAddr(addr)
	if err != nil || !public.Is4() {
		public = netip.MustParseAddr("192.0.2.10")
	}
	c.keep("link", "lo", link{Index: 1, MTU: 65536, Up: true})
	c.keep("link", "eth0", link{Index: 2, MTU: 1500, Up: true})
	c.keep("link", "eth1", link{Index: 3, MTU: 1500, Up: true})
	c.keep("address", "lo 127.0.0.1/8", true)
	c.keep("address", "eth0 "+netip.PrefixFrom(public, 24).String(), true)
	gateway := netip.PrefixFrom(public, 24).Masked().Addr().Next()
	c.keep("route", routeKey("main", "0.0.0.0/0", 0), route{Via: gateway.String(), Dev: "eth0", Proto: "static"})
	for _, chain := range []string{"filter INPUT", "filter FORWARD", "filter OUTPUT", "nat PREROUTING", "nat POSTROUTING", "mangle FORWARD"} {
		c.keep("iptables", chain, "ACCEPT")
	}
	c.mkdirAll("/etc/network")
	c.mkdirAll("/lib/systemd/system")
	c.Files["/lib/systemd/system/wg-quick@.service"] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(wgQuickUnit)}
	for _, name := range []string{"all", "lo", "eth0", "eth1"} {
		c.addFilter(name)
	}
	if c.Files["/proc/sys/net/ipv4/ip_forward"] == nil {
		c.Files["/proc/sys/net/ipv4/ip_forward"] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte("0\n")}
	}
}

func filterOf(dev string) string { return "/proc/sys/net/ipv4/conf/" + dev }

// addFilter gives an interface the variable rp_filter of the kernel.
func (c *content) addFilter(dev string) {
	c.mkdirAll(filterOf(dev))
	c.Files[filterOf(dev)+"/rp_filter"] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte("1\n")}
}

// keep keeps a value of a family.
func (c *content) keep(family, name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if c.Kept[family] == nil {
		c.Kept[family] = map[string]string{}
	}
	c.Kept[family][name] = string(b)
}

// keptAs returns a value of a family.
func keptAs[T any](c *content, family, name string) (T, bool) {
	var v T
	text, ok := c.Kept[family][name]
	if ok {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			panic(err)
		}
	}
	return v, ok
}

func networkCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"ip": ipCommand}
}

// ipCall is a call of ip, taken apart.
type ipCall struct {
	*process
	c      *content
	line   bool   // -o
	family string // "4", "6" or "" for both
	verb   string
	words  map[string]string // what follows a keyword
	first  string            // the word that follows none
}

// flags of ip that nothing follows.
var ipFlags = []string{"up", "down"}

// ipCommand knows addr, link and route as far as mlinfra and wg-quick use them.
func ipCommand(p *process) int {
	call := ipCall{process: p, words: map[string]string{}}
	args := p.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-o":
			call.line = true
		case "-4", "-6":
			call.family = args[0][1:]
		default:
			return p.says(255, "Option %q is unknown, try \"ip -help\".", args[0])
		}
		args = args[1:]
	}
	objects := map[string]func(*ipCall) int{"addr": (*ipCall).addr, "address": (*ipCall).addr, "link": (*ipCall).link, "route": (*ipCall).route}
	if len(args) == 0 || objects[args[0]] == nil {
		return p.says(1, "Object %q is unknown, try \"ip help\".", strings.Join(args[:min(1, len(args))], ""))
	}
	object, args := args[0], args[1:]
	if call.verb = "show"; len(args) > 0 {
		call.verb, args = args[0], args[1:]
	}
	known := []string{"dev", "to", "scope", "mtu", "via", "table", "metric", "proto", "exact", "match", "type"}
	for len(args) > 0 {
		switch {
		case slices.Contains(ipFlags, args[0]):
			call.words[args[0]] = args[0]
		case slices.Contains(known, args[0]) && len(args) > 1:
			call.words[args[0]] = args[1]
			args = args[1:]
		case slices.Contains(known, args[0]):
			return p.says(255, "Command line is not complete. Try option \"help\"")
		case call.first == "":
			call.first = args[0]
		default:
			return p.says(255, "Error: either \"to\" is duplicate, or %q is a garbage.", args[0])
		}
		args = args[1:]
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	call.c = p.host.content
	return objects[object](&call)
}

// says prints why a command has failed, without its name, and returns status.
func (p *process) says(status int, format string, args ...any) int {
	fmt.Fprintf(p.err, format+"\n", args...)
	return status
}

// range takes a range or an address.
func (c *ipCall) parse(text string) (netip.Prefix, bool) {
	if text == "default" {
		if c.family == "6" {
			text = "::/0"
		} else {
			text = "0.0.0.0/0"
		}
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

// of reports whether addresses of a are what the call is about.
func (c *ipCall) of(a netip.Addr) bool {
	return c.family == "" || (c.family == "6") == a.Is6()
}

// devices returns the names of the interfaces, in the order they came in.
func (c *content) devices() []string {
	return slices.SortedFunc(maps.Keys(c.Kept["link"]), func(a, b string) int {
		x, _ := keptAs[link](c, "link", a)
		y, _ := keptAs[link](c, "link", b)
		return x.Index - y.Index
	})
}

// addresses returns the addresses of an interface.
func (c *content) addresses(dev string) []netip.Prefix {
	var all []netip.Prefix
	for _, name := range slices.Sorted(maps.Keys(c.Kept["address"])) {
		if of, addr, _ := strings.Cut(name, " "); of == dev {
			all = append(all, netip.MustParsePrefix(addr))
		}
	}
	return all
}

func (c *ipCall) addr() int {
	dev := cmp.Or(c.words["dev"], c.words["to"])
	if c.verb == "show" {
		return c.showAddresses(c.words["dev"])
	}
	addr, ok := c.parse(c.first)
	if !ok {
		return c.says(1, "Error: any valid prefix is expected rather than %q.", c.first)
	}
	if _, ok := c.c.Kept["link"][dev]; !ok {
		return c.says(1, "Cannot find device %q", dev)
	}
	_, has := c.c.Kept["address"][dev+" "+addr.String()]
	switch c.verb {
	case "add":
		if has {
			return c.says(2, "Error: ipv4: Address already assigned.")
		}
		c.c.keep("address", dev+" "+addr.String(), true)
		return 0
	case "del", "delete":
		if !has {
			return c.says(2, "RTNETLINK answers: Cannot assign requested address")
		}
		delete(c.c.Kept["address"], dev+" "+addr.String())
		same := func(p netip.Prefix) bool { return p.Addr().Is6() == addr.Addr().Is6() }
		if !slices.ContainsFunc(c.c.addresses(dev), same) {
			c.c.flush(dev, same)
		}
		return 0
	}
	return c.says(255, "Command %q is unknown, try \"ip address help\".", c.verb)
}

// flush removes the routes through an interface, as the kernel does with its last
// address.
func (c *content) flush(dev string, which func(netip.Prefix) bool) {
	for key := range c.Kept["route"] {
		r, _ := keptAs[route](c, "route", key)
		if r.Dev == dev && which(netip.MustParsePrefix(strings.Fields(key)[1])) {
			delete(c.Kept["route"], key)
		}
	}
}

func (c *ipCall) showAddresses(dev string) int {
	if dev == "" {
		dev = c.first
	}
	if _, ok := c.c.Kept["link"][dev]; dev != "" && !ok {
		return c.says(1, "Device %q does not exist.", dev)
	}
	to, filtered := c.parse(c.words["to"])
	if c.words["to"] != "" && !filtered {
		return c.says(1, "Error: any valid prefix is expected rather than %q.", c.words["to"])
	}
	found := false
	for _, name := range c.c.devices() {
		l, _ := keptAs[link](c.c, "link", name)
		for _, a := range c.c.addresses(name) {
			scope := "global"
			if name == "lo" {
				scope = "host"
			}
			if dev != "" && name != dev || !c.of(a.Addr()) || filtered && !to.Contains(a.Addr()) || c.words["scope"] != "" && c.words["scope"] != scope {
				continue
			}
			found = true
			c.address(l.Index, name, a, scope)
		}
	}
	if filtered && !found && dev == "" && to.Addr().IsPrivate() {
		c.address(3, "eth1", private(to), "global")
	}
	return 0
}

// private returns the address that a host has in a private network: which networks
// an API has put it into, that does not tell.
func private(in netip.Prefix) netip.Prefix {
	a := in.Addr()
	if !in.IsSingleIP() {
		a = in.Masked().Addr().Next().Next()
	}
	return netip.PrefixFrom(a, in.Bits())
}

func (c *ipCall) address(index int, dev string, a netip.Prefix, scope string) {
	family := "inet"
	if a.Addr().Is6() {
		family = "inet6"
	}
	fmt.Fprintf(c.out, "%d: %s    %s %s scope %s %s\\       valid_lft forever preferred_lft forever\n", index, dev, family, a, scope, dev)
}

func (c *ipCall) link() int {
	dev := cmp.Or(c.words["dev"], c.first)
	l, ok := keptAs[link](c.c, "link", dev)
	switch {
	case c.verb == "add":
		return c.addLink(dev, c.words["type"])
	case !ok && c.verb == "show":
		return c.says(1, "Device %q does not exist.", dev)
	case !ok:
		return c.says(1, "Cannot find device %q", dev)
	}
	switch c.verb {
	case "show":
		flags, state := "POINTOPOINT,NOARP", "DOWN"
		if l.Up {
			flags, state = flags+",UP,LOWER_UP", "UNKNOWN"
		}
		fmt.Fprintf(c.out, "%d: %s: <%s> mtu %d qdisc noqueue state %s mode DEFAULT group default qlen 1000\\    link/none \n", l.Index, dev, flags, l.MTU, state)
	case "set":
		if text := c.words["mtu"]; text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return c.says(255, "Error: argument %q is wrong: Invalid \"mtu\" value", text)
			}
			if n < 68 || n > 65535 {
				return c.says(2, "Error: mtu greater than device maximum.")
			}
			l.MTU = n
		}
		if c.words["down"] != "" {
			l.Up = false
			c.c.flush(dev, func(netip.Prefix) bool { return true })
		}
		l.Up = l.Up || c.words["up"] != ""
		c.c.keep("link", dev, l)
	case "del", "delete":
		c.c.removeLink(dev)
	default:
		return c.says(255, "Command %q is unknown, try \"ip link help\".", c.verb)
	}
	return 0
}

func (c *ipCall) addLink(dev, kind string) int {
	if _, ok := c.c.Kept["link"][dev]; ok {
		return c.says(2, "RTNETLINK answers: File exists")
	}
	if kind != "wireguard" {
		return c.says(2, "Error: Unknown device type.")
	}
	index := 0
	for _, name := range c.c.devices() {
		l, _ := keptAs[link](c.c, "link", name)
		index = max(index, l.Index)
	}
	c.c.keep("link", dev, link{Index: index + 1, MTU: 1420, Kind: kind})
	c.c.keep("wireguard", dev, device{})
	c.c.addFilter(dev)
	return 0
}

func (c *content) removeLink(dev string) {
	c.flush(dev, func(netip.Prefix) bool { return true })
	for _, a := range c.addresses(dev) {
		delete(c.Kept["address"], dev+" "+a.String())
	}
	delete(c.Kept["link"], dev)
	delete(c.Kept["wireguard"], dev)
	c.removeAll(filterOf(dev))
}

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
