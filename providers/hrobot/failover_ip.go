package hrobot

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/mlinfra/mlinfra/providers"
)

type failoverIP struct {
	ID             string `cty:"id"               is:"computed" doc:"The failover address."`
	IP             string `cty:"ip"               is:"required,replace" doc:"Failover address that the account has; of a subnet its first."`
	ActiveServerIP string `cty:"active_server_ip" is:"required,ref=hrobot_server.server_ip,ref=hrobot_server.server_ipv6_net" doc:"Main address of the server that gets its traffic."`
	Netmask        string `cty:"netmask"          is:"computed" doc:"Netmask, such as 255.255.255.255."`
	ServerIP       string `cty:"server_ip"        is:"computed" doc:"Main address of the server that it was ordered for."`
	ServerNumber   int    `cty:"server_number"    is:"computed" doc:"Number of that server."`
}

var failoverIPType = providers.Resource[*client, failoverIP]{
	Type:     "hrobot_failover_ip",
	Doc:      "Where a failover address leads. It stays and leads there when this is deleted.",
	Create:   createFailoverIP,
	Read:     readFailoverIP,
	Update:   updateFailoverIP,
	Delete:   stays[failoverIP],
	List:     listFailoverIPs,
	Import:   importFailoverIP,
	Natural:  func(x failoverIP) string { return x.IP },
	Spell:    spellFailoverIP,
	Check:    checkFailoverIP,
	Leaves:   failoverIPLeaves,
	Lock:     func(x failoverIP) string { return "failover " + x.IP },
	Again:    true,
	Explain:  map[string]string{"ip": "another address is another one; nothing happens to the one that is left"},
	Examples: failoverIPExamples,
}

var failoverIPExamples = []string{
	exampleServer + `

resource "hrobot_failover_ip" "example" {
  ip               = "203.0.113.9"
  active_server_ip = hrobot_server.gpu.server_ip
}`,
	exampleServer + `

resource "hrobot_server" "spare" {
  server_number = 421
}

resource "hrobot_failover_ip" "example" {
  ip               = "203.0.113.9"
  active_server_ip = hrobot_server.spare.server_ip
}`,
	exampleServer + `

resource "hrobot_server" "spare" {
  server_number = 421
}

resource "hrobot_failover_ip" "example" {
  ip               = "203.0.113.10"
  active_server_ip = hrobot_server.spare.server_ip
}`,
}

// failoverBody is a failover address as the API shows it. It leads nowhere while
// active_server_ip is null.
type failoverBody struct {
	Failover struct {
		IP             string `json:"ip"`
		Netmask        string `json:"netmask"`
		ServerIP       string `json:"server_ip"`
		ServerNumber   int    `json:"server_number"`
		ActiveServerIP string `json:"active_server_ip"`
	} `json:"failover"`
}

func createFailoverIP(ctx context.Context, c *client, x *failoverIP, _ providers.Attempt) error {
	return lead(ctx, c, x.IP, x)
}

func updateFailoverIP(ctx context.Context, c *client, was failoverIP, x *failoverIP) error {
	return lead(ctx, c, was.IP, x)
}

// lead looks first: to lead an address where it leads is refused.
func lead(ctx context.Context, c *client, ip string, x *failoverIP) error {
	got, err := call[failoverBody](ctx, c, http.MethodGet, "/failover/"+ip, nil)
	if isNotFound(err) {
		return &providers.CallError{Message: fmt.Sprintf("ip %q is not a failover address of this account: one is ordered by hand, in Robot", ip), Err: err}
	}
	if err != nil {
		return err
	}
	if want := x.ActiveServerIP; sameAddr(want, got.Failover.ActiveServerIP) != want {
		if got, err = call[failoverBody](ctx, c, http.MethodPost, "/failover/"+ip, url.Values{"active_server_ip": {want}}); err != nil {
			return err
		}
	}
	return x.fill(&got)
}

func readFailoverIP(ctx context.Context, c *client, x *failoverIP) error {
	got, err := call[failoverBody](ctx, c, http.MethodGet, "/failover/"+x.ID, nil)
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

func listFailoverIPs(ctx context.Context, c *client, _ failoverIP) iter.Seq2[failoverIP, error] {
	return members(ctx, c, "/failover", (*failoverIP).fill)
}

func (x *failoverIP) fill(got *failoverBody) error {
	f := got.Failover
	x.ID, x.IP, x.ActiveServerIP = f.IP, f.IP, f.ActiveServerIP
	x.Netmask, x.ServerIP, x.ServerNumber = f.Netmask, f.ServerIP, f.ServerNumber
	return nil
}

func failoverIPLeaves(_ context.Context, _ *client, x failoverIP) ([]providers.Leftover, error) {
	return []providers.Leftover{{Kind: "failover address", ID: x.IP, Name: "leads to " + x.ActiveServerIP}}, nil
}

func importFailoverIP(id string) (failoverIP, error) {
	if _, err := netip.ParseAddr(id); err != nil {
		return failoverIP{}, fmt.Errorf("%q is not a failover address, such as 203.0.113.9", id)
	}
	return failoverIP{ID: id, IP: id}, nil
}

func spellFailoverIP(was failoverIP, x *failoverIP) {
	x.IP, x.ActiveServerIP = sameAddr(was.IP, x.IP), sameAddr(was.ActiveServerIP, x.ActiveServerIP)
}

func checkFailoverIP(_ *failoverIP, want failoverIP) error {
	ip, err := netip.ParseAddr(want.IP)
	if err != nil {
		return fmt.Errorf("ip %q is not an address, such as 203.0.113.9", want.IP)
	}
	to, err := netip.ParseAddr(want.ActiveServerIP)
	switch {
	case err != nil:
		return fmt.Errorf("active_server_ip %q is not an address, such as 192.0.2.10", want.ActiveServerIP)
	case ip.Is4() != to.Is4():
		return fmt.Errorf("ip %s cannot lead to active_server_ip %s: both have to be IPv4, or IPv6", ip, to)
	}
	return nil
}
