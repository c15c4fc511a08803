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
	return map[string]func(p *process) int{"wg": wg, "wg-quick": wgQuick}
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

// quick is what a configuration says to wg-quick alone.
type quick struct {
	name, strip      string
	addresses        []string
	mtu, table       string
	postUp, postDown []string
	preUp, preDown   []string
}

// readQuick reads /etc/wireguard/NAME.conf.
func (p *process) readQuick(name string) (quick, bool) {
	file := "/etc/wireguard/" + name + ".conf"
	text, ok := p.host.ReadFile(file)
	q := quick{name: name}
	if !ok {
		p.fail("`%s' does not exist", file)
		return q, false
	}
	section := ""
	for line := range strings.Lines(text) {
		plain, _, _ := strings.Cut(line, "#")
		if plain = strings.TrimSpace(plain); strings.HasPrefix(plain, "[") {
			section = plain
		}
		key, value, _ := strings.Cut(plain, "=")
		value = strings.TrimSpace(value)
		if section == "[Interface]" && q.set(strings.TrimSpace(key), value) {
			continue
		}
		q.strip += line
	}
	return q, true
}

// set understands a line that wg does not.
func (q *quick) set(key, value string) bool {
	switch key {
	case "Address":
		for a := range strings.SplitSeq(value, ",") {
			q.addresses = append(q.addresses, strings.TrimSpace(a))
		}
	case "MTU":
		q.mtu = value
	case "Table":
		q.table = value
	case "PreUp":
		q.preUp = append(q.preUp, value)
	case "PostUp":
		q.postUp = append(q.postUp, value)
	case "PreDown":
		q.preDown = append(q.preDown, value)
	case "PostDown":
		q.postDown = append(q.postDown, value)
	case "DNS", "SaveConfig":
	default:
		return false
	}
	return true
}

// wgQuick knows up, down and strip.
func wgQuick(p *process) int {
	if len(p.args) != 3 {
		return p.says(1, "Usage: wg-quick [ up | down | save | strip ] [ CONFIG_FILE | INTERFACE ]")
	}
	q, ok := p.readQuick(p.args[2])
	if !ok {
		return 1
	}
	switch p.args[1] {
	case "up":
		return p.quickUp(q)
	case "down":
		return p.quickDown(q)
	case "strip":
		return p.print([]byte(q.strip))
	}
	return p.says(1, "Usage: wg-quick [ up | down | save | strip ] [ CONFIG_FILE | INTERFACE ]")
}

// cmd runs a command of the host as wg-quick does, which says so.
func (p *process) cmd(args ...string) bool {
	fmt.Fprintf(p.err, "[#] %s\n", strings.Join(args, " "))
	child := *p
	return child.command(args) == 0
}

func (p *process) hooks(name string, list []string) bool {
	for _, hook := range list {
		hook = strings.ReplaceAll(hook, "%i", name)
		fmt.Fprintf(p.err, "[#] %s\n", hook)
		if p.sh(hook, "bash") != 0 {
			return false
		}
	}
	return true
}

func (p *process) quickUp(q quick) int {
	p.host.mu.Lock()
	_, exists := p.host.content.Kept["link"][q.name]
	p.host.mu.Unlock()
	if exists {
		return p.fail("`%s' already exists", q.name)
	}
	if !p.hooks(q.name, q.preUp) || !p.cmd("ip", "link", "add", q.name, "type", "wireguard") {
		return 1
	}
	if p.quickSet(q) && p.hooks(q.name, q.postUp) {
		return 0
	}
	p.cmd("ip", "link", "delete", "dev", q.name)
	return 1
}

func (p *process) quickSet(q quick) bool {
	fmt.Fprintf(p.err, "[#] wg setconf %s /dev/fd/63\n", q.name)
	child := *p
	child.args, child.in = []string{"wg", "setconf", q.name, "/dev/stdin"}, strings.NewReader(q.strip)
	if wg(&child) != 0 {
		return false
	}
	for _, a := range q.addresses {
		if !p.cmd("ip", familyOf(a), "address", "add", a, "dev", q.name) {
			return false
		}
	}
	if !p.cmd("ip", "link", "set", "mtu", or(q.mtu, "1420"), "up", "dev", q.name) {
		return false
	}
	if q.table == "off" {
		return true
	}
	p.host.mu.Lock()
	d, _ := keptAs[device](p.host.content, "wireguard", q.name)
	p.host.mu.Unlock()
	for _, peer := range d.Peers {
		for _, r := range peer.Allowed {
			if !p.quickRoute(q, r) {
				return false
			}
		}
	}
	return true
}

// quickRoute leads a range into the interface. What is everything gets a table of
// its own, which packets of the tunnel itself do not use.
func (p *process) quickRoute(q quick, to string) bool {
	switch {
	case q.table != "" && q.table != "auto":
		return p.cmd("ip", familyOf(to), "route", "add", to, "dev", q.name, "table", q.table)
	case strings.HasSuffix(to, "/0"):
		p.host.mu.Lock()
		d, _ := keptAs[device](p.host.content, "wireguard", q.name)
		d.Mark = 51820
		p.host.content.keep("wireguard", q.name, d)
		p.host.mu.Unlock()
		return p.cmd("ip", familyOf(to), "route", "add", to, "dev", q.name, "table", "51820")
	}
	p.host.mu.Lock()
	call := &ipCall{process: p, c: p.host.content}
	dest, _ := call.parse(to)
	covered := slices.ContainsFunc(p.host.content.routes(), func(e entry) bool {
		return e.table == "main" && e.Dev == q.name && e.to.Bits() <= dest.Bits() && e.to.Contains(dest.Addr())
	})
	p.host.mu.Unlock()
	return covered || p.cmd("ip", familyOf(to), "route", "add", to, "dev", q.name)
}

func familyOf(text string) string {
	if strings.Contains(text, ":") {
		return "-6"
	}
	return "-4"
}

func (p *process) quickDown(q quick) int {
	p.host.mu.Lock()
	_, exists := p.host.content.Kept["wireguard"][q.name]
	p.host.mu.Unlock()
	if !exists {
		return p.fail("`%s' is not a WireGuard interface", q.name)
	}
	if !p.hooks(q.name, q.preDown) || !p.cmd("ip", "link", "delete", "dev", q.name) || !p.hooks(q.name, q.postDown) {
		return 1
	}
	return 0
}
