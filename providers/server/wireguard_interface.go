package server

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverWireguardInterface struct {
	ID         string                `cty:"id"          is:"computed"                                     doc:"Id of the host, a colon and the name."`
	Host       string                `cty:"host"        is:"required,replace,within,ref=server_host"      doc:"Id of the server_host that it is on."`
	Name       string                `cty:"name"        is:"required,replace"                             doc:"Name of the interface, such as wg0."`
	PublicKey  string                `cty:"public_key"  is:"required,ref=server_wireguard_key.public_key" doc:"Public key of a server_wireguard_key on the same host, to use that key."`
	Addresses  []string              `cty:"addresses"   is:"required,set"                                 doc:"Its addresses with the size of the tunnel's range: 10.99.0.1/24."`
	ListenPort int                   `cty:"listen_port" is:"optional"                                     doc:"UDP port; another one at each start if absent, for hosts that nobody calls."`
	MTU        int                   `cty:"mtu"         is:"default,after=peer"                           doc:"Size of packets; what fits through the way to the endpoints if absent."`
	Routes     bool                  `cty:"routes"      is:"else=true"                                    doc:"Whether the ranges of the peers are routed into it."`
	Table      string                `cty:"table"       is:"optional"                                     doc:"Table of those routes; the main one if absent."`
	Up         bool                  `cty:"up"          is:"else=true"                                    doc:"Whether it is up, now and after each start of the host."`
	Peers      []wireguardPeer       `cty:"peer"        is:"optional"                                     doc:"An other end of the tunnel."`
	Forwarding []wireguardForwarding `cty:"forwarding"  is:"optional,max=1"                               doc:"What the host forwards between the tunnel and the networks it is in."`
	Boot       string                `cty:"boot"        is:"computed"                                     doc:"What brings it up at each start: systemd, openrc, ifupdown, cron or none."`
	DroppedBy  []string              `cty:"dropped_by"  is:"computed,after=forwarding,after=up"           doc:"Chains of nftables that drop what they do not know, so nothing is forwarded."`
	TakenOver  bool                  `cty:"taken_over"  is:"computed"                                     doc:"Whether one was there before, which destroying this puts back."`
}

// wireguardPeer is the other end of a tunnel.
type wireguardPeer struct {
	PublicKey    string   `cty:"public_key"           is:"required,ref=server_wireguard_key.public_key" doc:"Its public key."`
	Endpoint     string   `cty:"endpoint"             is:"optional"           doc:"Where it listens, such as 203.0.113.5:51820; it calls if absent."`
	AllowedIPs   []string `cty:"allowed_ips"          is:"required,set"       doc:"Ranges that are behind it: what may come from there, and goes there."`
	Keepalive    int      `cty:"persistent_keepalive" is:"optional"           doc:"Seconds between packets that keep a NAT in between open; 25 will do."`
	PresharedKey string   `cty:"preshared_key"        is:"optional,sensitive" doc:"Key that both ends share, such as the base64 of a random_bytes of 32."`
}

const wireguardInterfaceTypeName = "server_wireguard_interface"

var wireguardInterfaceType = thing[serverWireguardInterface]{
	Resource: providers.Resource[*client, serverWireguardInterface]{
		Type:   wireguardInterfaceTypeName,
		Doc:    "A host's end of a WireGuard tunnel, brought up by wg-quick: its peers, its routes, and what the host forwards. One that is there already is taken over, and as it was again when this is destroyed.",
		Check:  checkWireguardInterface,
		Normal: normalWireguardInterface,
		Warn: func(x serverWireguardInterface) string {
			switch {
			case x.Up && x.Boot == "none":
				return fmt.Sprintf("%s has neither systemd nor anything else that brings %s up when it starts: have it run \"wg-quick up %s\" then", x.Host, x.Name, x.Name)
			case len(x.DroppedBy) > 0:
				return fmt.Sprintf("the firewall of %s drops what it does not know in %s, so %s forwards nothing until it is accepted there", x.Host, strings.Join(x.DroppedBy, ", "), x.Name)
			}
			return ""
		},
		Examples: []string{exampleTunnel + `
resource "server_wireguard_interface" "tunnel" {
  host       = server_host.gpu.id
  name       = server_wireguard_key.tunnel.name
  public_key = server_wireguard_key.tunnel.public_key
  addresses  = ["10.99.0.1/24"]
}`, exampleTunnel + `
resource "server_wireguard_interface" "tunnel" {
  host        = server_host.gpu.id
  name        = server_wireguard_key.tunnel.name
  public_key  = server_wireguard_key.tunnel.public_key
  addresses   = ["10.99.0.1/24"]
  listen_port = 51820
  peer {
    public_key           = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
    endpoint             = "203.0.113.9:51820"
    allowed_ips          = ["10.99.0.2/32", "192.168.20.0/24"]
    persistent_keepalive = 25
  }
  forwarding {
    networks = ["10.108.0.0/20"]
    snat {
      from = "10.99.0.0/24"
      to   = "10.108.0.0/20"
    }
  }
}`, exampleTunnel + `
resource "server_wireguard_interface" "tunnel" {
  host        = server_host.gpu.id
  name        = "office"
  public_key  = server_wireguard_key.tunnel.public_key
  addresses   = ["10.99.0.1/24", "fd99::1/64"]
  mtu         = 1370
  table       = "51"
  peer {
    public_key  = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
    allowed_ips = ["10.99.0.2/32"]
  }
}`},
	},
	at:   func(x *serverWireguardInterface) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverWireguardInterface) string { return call("wireguard_interface_look", x.Name) },
	see:  seeWireguardInterface,
	put:  putWireguardInterface,
	drop: func(x serverWireguardInterface) deed {
		return deed{what: "taking " + x.Name + " down", call: call("wireguard_interface_drop", x.Name), last: x.TakenOver}
	},
}

// exampleTunnel is a host with a key.
const exampleTunnel = exampleHost + `
resource "server_wireguard_key" "tunnel" {
  host = server_host.gpu.id
  name = "wg0"
}
`

// normalWireguardInterface spells ranges as the kernel does.
func normalWireguardInterface(x *serverWireguardInterface) {
	spell := func(list []string) {
		for i := range list {
			list[i] = spellRange(list[i])
		}
	}
	for i, a := range x.Addresses {
		if p, err := netip.ParsePrefix(a); err == nil {
			x.Addresses[i] = p.String()
		}
	}
	for i := range x.Peers {
		spell(x.Peers[i].AllowedIPs)
	}
	for i := range x.Forwarding {
		f := &x.Forwarding[i]
		spell(f.Networks)
		for k := range f.SNAT {
			f.SNAT[k].From, f.SNAT[k].To = spellRange(f.SNAT[k].From), spellRange(f.SNAT[k].To)
		}
	}
}

// putWireguardInterface returns what makes the interface. Its shared secrets are in
// the data alone.
func putWireguardInterface(_ *serverWireguardInterface, x serverWireguardInterface) (deed, error) {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	data := "conf " + encode(x.conf()) + "\n"
	state, networks := "down", ""
	for _, f := range x.Forwarding {
		data += "forward " + encode(x.script(f)) + "\n"
		networks = strings.Join(f.Networks, " ")
	}
	if x.Up {
		state = "up"
	} else {
		networks = ""
	}
	var endpoints, allowed []string
	for _, p := range x.Peers {
		if host, _, ok := splitEndpoint(p.Endpoint); ok {
			endpoints = append(endpoints, host)
		}
		allowed = append(allowed, p.AllowedIPs...)
	}
	return deed{
		what: "setting up " + x.Name,
		call: call("wireguard_interface_put", x.Name, x.PublicKey, strconv.Itoa(x.MTU), state, strings.Join(endpoints, " "),
			strings.Join(x.Addresses, " "), strings.Join(allowed, " "), networks),
		data: []byte(data),
	}, nil
}

// splitEndpoint takes host:port apart; a host with colons stands in brackets.
func splitEndpoint(text string) (host string, port int, ok bool) {
	i := strings.LastIndex(text, ":")
	if i < 0 {
		return "", 0, false
	}
	host, port = text[:i], 0
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	} else if strings.Contains(host, ":") {
		return "", 0, false
	}
	port, err := strconv.Atoi(text[i+1:])
	return host, port, err == nil && host != ""
}
