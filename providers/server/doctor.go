package server

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

const (
	staleHandshake = 3 * time.Minute  // WireGuard shakes hands every two while it is used
	clockSkew      = 30 * time.Second // from which a clock is wrong
)

// diagnose looks at all ends of tunnels in state; see providers.Conn.Diagnose.
func diagnose(ctx context.Context, c *client, services []string) []providers.Finding {
	ends := providers.Stored[serverWireguardInterface](c.env, wireguardInterfaceTypeName)
	found := make([][]providers.Finding, len(ends))
	var wg sync.WaitGroup
	for i := range ends {
		wg.Go(func() {
			e := &examined{end: ends[i], all: ends}
			e.examine(ctx, c, services)
			found[i] = e.findings
		})
	}
	wg.Wait()
	var all []providers.Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

// examined is one end of a tunnel.
type examined struct {
	end      serverWireguardInterface
	all      []serverWireguardInterface
	findings []providers.Finding
}

// ok notes what is as it should be.
func (e *examined) ok(what, format string, args ...any) { e.note("", what, format, args...) }

// note notes what was found and what is wrong with it; "" for nothing.
func (e *examined) note(problem, what, format string, args ...any) {
	e.findings = append(e.findings, providers.Finding{
		Type: wireguardInterfaceTypeName, ID: e.end.ID, What: what, Found: fmt.Sprintf(format, args...), Problem: problem,
	})
}

func (e *examined) examine(ctx context.Context, c *client, services []string) {
	if len(e.end.Forwarding) > 0 {
		services = nil // it is the way to them
	}
	start := time.Now()
	a, err := c.ask(ctx, e.end.Host, call("doctor_look", e.end.Name, strings.Join(e.others(), " "), strings.Join(e.ranges(), " "), strings.Join(services, " ")))
	if err != nil {
		e.note("the host is of no use as it is: see its server_host", "host", "%v", err)
		return
	}
	e.clock(a, start, time.Now())
	e.handshakes(a)
	e.answers(a)
	e.routes(a)
	if len(e.end.Forwarding) > 0 {
		e.forwards(a)
	}
	e.services(a)
}

// peerOf returns the end that has a public key; nil when it is not one of state.
func (e *examined) peerOf(key string) *serverWireguardInterface {
	for i := range e.all {
		if e.all[i].PublicKey == key {
			return &e.all[i]
		}
	}
	return nil
}

// others returns the addresses in the tunnel of the peers that state knows.
func (e *examined) others() []string {
	var list []string
	for _, p := range e.end.Peers {
		other := e.peerOf(p.PublicKey)
		if other == nil {
			continue
		}
		for _, a := range other.Addresses {
			if prefix, err := netip.ParsePrefix(a); err == nil {
				list = append(list, prefix.Addr().String())
				break
			}
		}
	}
	return list
}

// ranges returns what is to go into the tunnel.
func (e *examined) ranges() []string {
	var list []string
	for _, p := range e.end.Peers {
		for _, r := range p.AllowedIPs {
			prefix, err := rangeOf(r)
			if err != nil || prefix.Bits() == 0 {
				continue
			}
			if !prefix.IsSingleIP() {
				prefix = netip.PrefixFrom(prefix.Masked().Addr().Next(), prefix.Bits())
			}
			list = append(list, prefix.String())
		}
	}
	return list
}

// name says which host a peer is on.
func (e *examined) name(key string) string {
	if other := e.peerOf(key); other != nil {
		return other.Host
	}
	return key[:min(len(key), 8)] + "…"
}

func (e *examined) clock(a answer, from, to time.Time) {
	there := time.Unix(int64(a.number("time")), 0)
	skew := time.Duration(0)
	switch {
	case there.Before(from.Add(-clockSkew)):
		skew = there.Sub(from)
	case there.After(to.Add(clockSkew)):
		skew = there.Sub(to)
	}
	if skew == 0 {
		e.ok("clock", "agrees with that of this machine")
		return
	}
	e.note("a peer that has seen a later time refuses handshakes: set the clock, and install chrony on the host (server_package)", "clock", "%s off that of this machine", skew.Round(time.Second))
}

func (e *examined) handshakes(a answer) {
	now := time.Unix(int64(a.number("time")), 0)
	for _, p := range e.end.Peers {
		what, seconds := "handshake with "+e.name(p.PublicKey), 0
		for _, line := range a.facts("handshake") {
			if key, at, _ := strings.Cut(line, " "); key == p.PublicKey {
				seconds, _ = strconv.Atoi(at)
			}
		}
		age := now.Sub(time.Unix(int64(seconds), 0)).Round(time.Second)
		switch {
		case seconds == 0:
			e.note(e.unmet(p), what, "never")
		case age > staleHandshake:
			e.note("the other end is silent: it is down, its address has changed, or a NAT in between has forgotten it (persistent_keepalive = 25 on the end that calls)", what, "%s ago", age)
		default:
			e.ok(what, "%s ago", age)
		}
	}
}

// unmet says what to look at when two ends have never met.
func (e *examined) unmet(p wireguardPeer) string {
	where := "the other end has no endpoint for this one, or cannot reach it"
	if p.Endpoint != "" {
		where = p.Endpoint + " does not answer: its firewall has to let UDP in, not TCP, and the one here has to let it out"
	}
	if e.peerOf(p.PublicKey) == nil {
		return "no server_wireguard_interface of this state has the public key of this peer: correct peer.public_key, or look at the other end; or " + where
	}
	return where
}

func (e *examined) answers(a answer) {
	passed := map[string]string{}
	for _, line := range a.facts("full") {
		addr, how, _ := strings.Cut(line, " ")
		passed[addr] = how
	}
	for _, line := range a.facts("ping") {
		addr, how, _ := strings.Cut(line, " ")
		what := "ping to " + addr
		switch {
		case how == "unknown":
			e.note("install iputils-ping there (server_package) for a look", what, "there is no ping on the host")
			continue
		case how != "ok":
			e.note("see the handshake; if that is well, allowed_ips of the peer there has to hold the address of this end, and that here the address there", what, "no answer")
			continue
		}
		e.ok(what, "answers")
		if size := a.fact("mtu"); passed[addr] == "ok" {
			e.ok("packets of full size to "+addr, "%s bytes pass", size)
		} else {
			e.note("large transfers hang: set mtu to less on both ends, such as 1370 behind a Hetzner Cloud network or 1320 behind a vSwitch", "packets of full size to "+addr, "%s bytes do not pass", size)
		}
	}
}

func (e *examined) routes(a answer) {
	for _, line := range a.facts("route") {
		to, dev, _ := strings.Cut(line, " ")
		prefix, err := netip.ParsePrefix(to)
		if err != nil {
			continue
		}
		what := "route to " + prefix.Masked().String()
		switch {
		case dev == e.end.Name:
			e.ok(what, "through %s", dev)
		case dev == "":
			e.note("set routes = true here, and up = true", what, "there is none")
		default:
			e.note("another route is in the way: a network here overlaps the range, or routes = false", what, "through %s", dev)
		}
	}
}

func (e *examined) forwards(a answer) {
	if a.fact("forward") == "1" {
		e.ok("forwarding", "is on")
	} else {
		e.note("something has set net.ipv4.ip_forward = 0 since: a file in /etc/sysctl.d, or a server_sysctl; the next apply sets it", "forwarding", "is off")
	}
	for _, line := range a.facts("rp_filter") {
		name, how, _ := strings.Cut(line, " ")
		if how == "1" {
			e.note("strict filters drop replies that come in on another interface: set net.ipv4.conf."+name+".rp_filter = 2 (server_sysctl)", "rp_filter of "+name, "is strict")
		} else {
			e.ok("rp_filter of "+name, "is not strict")
		}
	}
}

func (e *examined) services(a answer) {
	for _, line := range a.facts("service") {
		words := strings.Fields(line)
		if len(words) != 4 {
			continue
		}
		what, addr, dev, how := "service "+words[0], words[1], words[2], words[3]
		switch {
		case how == "absent":
			e.note("the host cannot resolve the name: private names of managed databases are public, so its DNS is wrong or filters private addresses (rebind protection)", what, "its name is not found")
		case dev != e.end.Name:
			e.note("allowed_ips of the peer here has to hold the network that "+addr+" is in", what, "%s, and packets there leave by %s", addr, dev)
		case how == "open":
			e.ok(what, "%s answers through the tunnel", addr)
		case how == "unknown":
			e.ok(what, "%s is behind the tunnel; whether it answers cannot be tried there, without nc or bash", addr)
		default:
			e.note("the gateway has to speak for this end (forwarding.snat there), and has to be a trusted source of the service (digitalocean_database_firewall, type droplet)", what, "%s does not answer through the tunnel", addr)
		}
	}
}
