package fake

import (
	"fmt"
	"slices"
	"strings"
)

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
