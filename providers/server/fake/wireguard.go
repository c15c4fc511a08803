package fake

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// device is an interface of WireGuard as wg shows it.
type device struct {
	Private string
	Port    int
	Mark    int
	Peers   []wgPeer
}

type wgPeer struct {
	Public, Shared, Endpoint string
	Allowed                  []string
	Keepalive                int
}

func wireguardCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"wg": held(map[string]func(p *process) int{"wg": wg})["wg"], "wg-quick": wgQuick}
}

// wg knows genkey, genpsk, pubkey, show and syncconf.
func wg(p *process) int {
	args := p.args[1:]
	if len(args) == 0 {
		args = []string{"show"}
	}
	switch {
	case args[0] == "genkey" || args[0] == "genpsk":
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(p.out, base64.StdEncoding.EncodeToString(key.Bytes()))
		return 0
	case args[0] == "pubkey":
		in, _ := p.input(nil)
		public := publicKey(strings.TrimSpace(string(in)))
		if public == "" {
			return p.fail("Key is not the correct length or format")
		}
		fmt.Fprintln(p.out, public)
		return 0
	case args[0] == "show" && len(args) == 3:
		return p.wgShow(args[1], args[2])
	case (args[0] == "syncconf" || args[0] == "setconf") && len(args) == 3:
		return p.wgConfigure(args[1], args[2])
	}
	return p.says(1, "Invalid subcommand: `%s'", args[0])
}

// publicKey returns the public key of a private one; "" when it is none.
func publicKey(private string) string {
	b, err := base64.StdEncoding.DecodeString(private)
	if err != nil {
		return ""
	}
	key, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(key.PublicKey().Bytes())
}

func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

func (p *process) wgShow(name, what string) int {
	if d, ok := p.host.tunnels()[name]; ok && what == "latest-handshakes" {
		for _, peer := range d.Peers {
			at := int64(0)
			if p.host.meets(d, peer.Public) {
				at = time.Now().Unix()
			}
			fmt.Fprintf(p.out, "%s\t%d\n", peer.Public, at)
		}
		return 0
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	d, ok := keptAs[device](p.host.content, "wireguard", name)
	if !ok {
		return p.says(1, "Unable to access interface: No such device")
	}
	mark := "off"
	if d.Mark != 0 {
		mark = fmt.Sprintf("0x%x", d.Mark)
	}
	switch what {
	case "public-key":
		fmt.Fprintln(p.out, or(publicKey(d.Private), "(none)"))
	case "fwmark":
		fmt.Fprintln(p.out, mark)
	case "allowed-ips":
		for _, peer := range d.Peers {
			fmt.Fprintf(p.out, "%s\t%s\n", peer.Public, or(strings.Join(peer.Allowed, " "), "(none)"))
		}
	case "dump":
		fmt.Fprintf(p.out, "%s\t%s\t%d\t%s\n", or(d.Private, "(none)"), or(publicKey(d.Private), "(none)"), d.Port, mark)
		for i, peer := range d.Peers {
			keepalive := "off"
			if peer.Keepalive != 0 {
				keepalive = strconv.Itoa(peer.Keepalive)
			}
			// The handshakes are never the same twice.
			p.host.next++
			fmt.Fprintf(p.out, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", peer.Public, or(peer.Shared, "(none)"), or(peer.Endpoint, "(none)"),
				or(strings.Join(peer.Allowed, ","), "(none)"), 1700000000+p.host.next, p.host.next*148, i, keepalive)
		}
	default:
		return p.says(1, "Invalid argument: `%s'", what)
	}
	return 0
}

// wgConfigure sets all of an interface from a file; "/dev/stdin" is one.
func (p *process) wgConfigure(name, file string) int {
	files := []string{file}
	if file == "/dev/stdin" {
		files = nil
	}
	text, ok := p.input(files)
	if !ok {
		return 1
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	old, ok := keptAs[device](p.host.content, "wireguard", name)
	if !ok {
		return p.says(1, "Unable to modify interface: No such device")
	}
	d, wrong := parseDevice(string(text))
	if wrong != "" {
		return p.says(1, "%s\nConfiguration parsing error", wrong)
	}
	switch {
	case d.Port != 0:
	case old.Port != 0:
		d.Port = old.Port
	default:
		p.host.next++
		d.Port = 32768 + p.host.next%28000
	}
	p.host.content.keep("wireguard", name, d)
	return 0
}

// parseDevice reads a configuration, and says what is wrong with it. Of two peers
// with the same range the last one gets it.
func parseDevice(text string) (d device, wrong string) {
	section := ""
	owner := map[string]int{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		bad := false
		switch {
		case line == "":
		case line == "[Interface]":
			section = line
		case line == "[Peer]":
			section = line
			d.Peers = append(d.Peers, wgPeer{})
		case section == "[Interface]":
			bad = !d.set(key, value)
		case section == "[Peer]":
			n := len(d.Peers) - 1
			bad = !d.Peers[n].set(key, value)
			if key == "AllowedIPs" {
				for _, r := range d.Peers[n].Allowed {
					if was, taken := owner[r]; taken && was != n {
						d.Peers[was].Allowed = slices.DeleteFunc(d.Peers[was].Allowed, func(s string) bool { return s == r })
					}
					owner[r] = n
				}
			}
		default:
			bad = true
		}
		if bad {
			return d, fmt.Sprintf("Line unrecognized: `%s'", strings.ReplaceAll(line, " ", ""))
		}
	}
	return d, ""
}

// set understands a line of the section Interface.
func (d *device) set(key, value string) bool {
	switch key {
	case "PrivateKey":
		d.Private = value
		return publicKey(value) != ""
	case "ListenPort":
		n, err := strconv.ParseUint(value, 10, 16)
		d.Port = int(n)
		return err == nil
	case "FwMark":
		n, err := strconv.ParseUint(value, 0, 32)
		d.Mark = int(n)
		return err == nil
	}
	return false
}

// set understands a line of the section Peer.
func (w *wgPeer) set(key, value string) bool {
	isKey := func() bool {
		b, err := base64.StdEncoding.DecodeString(value)
		return err == nil && len(b) == 32
	}
	switch key {
	case "PublicKey":
		w.Public = value
		return isKey()
	case "PresharedKey":
		w.Shared = value
		return isKey()
	case "Endpoint":
		w.Endpoint = value
		_, err := netip.ParseAddrPort(value)
		return err == nil
	case "PersistentKeepalive":
		n, err := strconv.ParseUint(value, 10, 16)
		w.Keepalive = int(n)
		return err == nil || value == "off"
	case "AllowedIPs":
		for r := range strings.SplitSeq(value, ",") {
			p, err := netip.ParsePrefix(strings.TrimSpace(r))
			if err != nil {
				return false
			}
			w.Allowed = append(w.Allowed, p.Masked().String())
		}
		return true
	}
	return false
}
