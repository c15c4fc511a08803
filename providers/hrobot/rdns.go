package hrobot

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type rdns struct {
	ID  string `cty:"id"  is:"computed" doc:"The address."`
	IP  string `cty:"ip"  is:"required,replace,ref=hrobot_server.server_ip" doc:"Address of the account."`
	PTR string `cty:"ptr" is:"required" doc:"Name that the address leads back to."`
}

var rdnsType = providers.Resource[*client, rdns]{
	Type:    "hrobot_rdns",
	Doc:     "The name that an address leads back to. What goes gives way to Hetzner's usual name.",
	Create:  createRDNS,
	Read:    readRDNS,
	Update:  updateRDNS,
	Delete:  deleteRDNS,
	List:    listRDNS,
	Import:  importRDNS,
	Spell:   spellRDNS,
	Check:   checkRDNS,
	Natural: func(x rdns) string { return x.IP },
	// An address has one name: to set it is to set it.
	Again: true,
	Examples: []string{
		exampleServer + `

resource "hrobot_rdns" "example" {
  ip  = hrobot_server.gpu.server_ip
  ptr = "gpu.example.com"
}`,
		exampleServer + `

resource "hrobot_rdns" "example" {
  ip  = hrobot_server.gpu.server_ip
  ptr = "gpu-1.example.com"
}`,
		exampleServer + `

resource "hrobot_rdns" "example" {
  ip  = "2001:db8:0:321::2"
  ptr = "gpu-1.example.com"
}`,
	},
}

// rdnsBody is an entry as the API shows it. Lists have been seen to leave ptr out
// of what has one.
type rdnsBody struct {
	RDNS struct {
		IP  string `json:"ip"`
		PTR string `json:"ptr"`
	} `json:"rdns"`
}

func createRDNS(ctx context.Context, c *client, x *rdns, _ providers.Attempt) error {
	return setRDNS(ctx, c, x.IP, x)
}

func readRDNS(ctx context.Context, c *client, x *rdns) error {
	got, err := call[rdnsBody](ctx, c, http.MethodGet, "/rdns/"+x.ID, nil)
	if err != nil {
		return gone(err)
	}
	if got.RDNS.PTR == "" {
		return providers.ErrGone
	}
	return x.fill(&got)
}

func updateRDNS(ctx context.Context, c *client, was rdns, x *rdns) error {
	return setRDNS(ctx, c, was.IP, x)
}

// setRDNS makes an entry, or changes the one that there is: Hetzner gives one to
// most addresses.
func setRDNS(ctx context.Context, c *client, ip string, x *rdns) error {
	got, err := call[rdnsBody](ctx, c, http.MethodPost, "/rdns/"+ip, url.Values{"ptr": {x.PTR}})
	if err != nil {
		return err
	}
	return x.fill(&got)
}

func deleteRDNS(ctx context.Context, c *client, x rdns) error {
	return gone(send(ctx, c, http.MethodDelete, "/rdns/"+x.ID, nil))
}

// listRDNS leaves out what the list does not say all of: a read does.
func listRDNS(ctx context.Context, c *client, _ rdns) iter.Seq2[rdns, error] {
	return func(yield func(rdns, error) bool) {
		for x, err := range members(ctx, c, "/rdns", (*rdns).fill) {
			if err == nil && x.PTR == "" {
				continue
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

func (x *rdns) fill(got *rdnsBody) error {
	x.ID, x.IP, x.PTR = got.RDNS.IP, got.RDNS.IP, got.RDNS.PTR
	return nil
}

func importRDNS(id string) (rdns, error) {
	if _, err := netip.ParseAddr(id); err != nil {
		return rdns{}, fmt.Errorf("%q is not an address, such as 192.0.2.10", id)
	}
	return rdns{ID: id, IP: id}, nil
}

// spellRDNS keeps the user's spelling of an address and of a name.
func spellRDNS(was rdns, x *rdns) {
	x.IP = sameAddr(was.IP, x.IP)
	if strings.EqualFold(strings.TrimSuffix(was.PTR, "."), strings.TrimSuffix(x.PTR, ".")) {
		x.PTR = was.PTR
	}
}

// sameAddr returns was where it is another spelling of the address now.
func sameAddr(was, now string) string {
	a, err := netip.ParseAddr(was)
	b, err2 := netip.ParseAddr(now)
	if err == nil && err2 == nil && a == b {
		return was
	}
	return now
}

var hostName = providers.NewPattern(`^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)+[a-zA-Z0-9-]{2,}\.?$`)

func checkRDNS(_ *rdns, want rdns) error {
	if _, err := netip.ParseAddr(want.IP); err != nil {
		return fmt.Errorf("ip %q is not an address, such as 192.0.2.10 or 2001:db8::2", want.IP)
	}
	if !hostName.MatchString(want.PTR) {
		return fmt.Errorf("ptr %q is not the name of a host, such as gpu.example.com", want.PTR)
	}
	return nil
}
