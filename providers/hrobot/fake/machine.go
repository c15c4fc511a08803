package fake

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// machine returns the server that the path names.
func (c *Cloud) machine(q *request) (*machine, error) {
	n, err := strconv.Atoi(q.PathValue("number"))
	if err == nil {
		if m := c.find(n); m != nil {
			return m, nil
		}
	}
	return nil, notFound("SERVER_NOT_FOUND", "Server with id %s not found", q.PathValue("number"))
}

// view is a server as lists show it.
func (m *machine) view() map[string]any {
	return map[string]any{
		"server_ip": m.IP, "server_ipv6_net": m.IPv6Net, "server_number": m.Number, "server_name": m.Name,
		"product": m.Product, "dc": m.DC, "traffic": "unlimited", "status": m.Status, "cancelled": false,
		"paid_until": "2026-12-21", "ip": []string{m.IP}, "subnet": []map[string]any{{"ip": m.IPv6Net, "mask": "64"}},
		"linked_storagebox": nil,
	}
}

// detail is a server as a read shows it.
func (m *machine) detail() map[string]any {
	v := m.view()
	for _, name := range []string{"reset", "rescue", "vnc", "wol"} {
		v[name] = true
	}
	for _, name := range []string{"windows", "plesk", "cpanel", "hot_swap"} {
		v[name] = false
	}
	return map[string]any{"server": v}
}

func (c *Cloud) listServers(*request) (reply, error) {
	if len(c.s.Servers) == 0 {
		return reply{}, notFound("SERVER_NOT_FOUND", "No server found")
	}
	list := []map[string]any{}
	for _, m := range c.s.Servers {
		list = append(list, map[string]any{"server": m.view()})
	}
	return ok(list)
}

func (c *Cloud) readServer(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	return ok(m.detail())
}

func (c *Cloud) renameServer(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	if err := q.fields([]string{"server_name"}); err != nil {
		return reply{}, err
	}
	m.Name = q.form.Get("server_name")
	return ok(m.detail())
}

// rescueSystems and images are what a server can start from the network.
var (
	rescueSystems = []string{"linux", "vkvm"}
	images        = []string{"Debian 12 base", "Debian 13 base", "Ubuntu 22.04 LTS base", "Ubuntu 24.04 LTS base", "Rocky Linux 9 base"}
	languages     = []string{"en", "de"}
)

// bootView is a boot configuration: what can be chosen, or what was.
func (c *Cloud) bootView(m *machine, kind string, b bootConfig) map[string]any {
	v := map[string]any{
		"server_ip": m.IP, "server_ipv6_net": m.IPv6Net, "server_number": m.Number,
		"active": b.Kind == kind, "password": nil, "authorized_key": []any{}, "host_key": []any{}, "arch": []int{64}, "boot_time": nil,
	}
	chosen, options := "os", rescueSystems
	if kind == "linux" {
		chosen, options = "dist", images
		v["lang"] = languages
	}
	v[chosen] = options
	if b.Kind != kind {
		return map[string]any{kind: v}
	}
	v[chosen], v["arch"] = b.Image, 64
	if kind == "linux" {
		v["lang"] = b.Language
	}
	if b.Password != "" {
		v["password"] = b.Password
	}
	keys := []any{}
	for _, print := range b.Keys {
		if k := c.key(print); k != nil {
			keys = append(keys, map[string]any{"key": map[string]any{"fingerprint": k.Fingerprint, "name": k.Name, "type": k.Type, "size": k.Size}})
		}
	}
	v["authorized_key"] = keys
	return map[string]any{kind: v}
}

// bootOf returns the server and the kind of boot configuration that the path names.
func (c *Cloud) bootOf(q *request) (*machine, string, error) {
	m, err := c.machine(q)
	kind := q.PathValue("kind")
	if err == nil && kind != "rescue" && kind != "linux" {
		err = notFound("BOOT_NOT_AVAILABLE", "No boot configuration available for this server")
	}
	return m, kind, err
}

func (c *Cloud) readBoot(q *request) (reply, error) {
	m, kind, err := c.bootOf(q)
	if err != nil {
		return reply{}, err
	}
	return ok(c.bootView(m, kind, m.Boot))
}

func (c *Cloud) activateBoot(q *request) (reply, error) {
	m, kind, err := c.bootOf(q)
	if err != nil {
		return reply{}, err
	}
	b := bootConfig{Kind: kind, Keys: q.form["authorized_key[]"]}
	known := rescueSystems
	switch kind {
	case "rescue":
		err = q.fields([]string{"os"}, "authorized_key[]", "keyboard")
		b.Image = q.form.Get("os")
	case "linux":
		known = images
		err = q.fields([]string{"dist", "lang"}, "authorized_key[]")
		b.Image, b.Language = q.form.Get("dist"), q.form.Get("lang")
	}
	switch {
	case err != nil:
		return reply{}, err
	case !slices.Contains(known, b.Image):
		return reply{}, invalid(map[string]string{"rescue": "os", "linux": "dist"}[kind])
	case kind == "linux" && !slices.Contains(languages, b.Language):
		return reply{}, invalid("lang")
	case m.Boot.Kind != "":
		return reply{}, conflict("BOOT_ALREADY_ENABLED", "The boot configuration is already enabled")
	}
	for _, print := range b.Keys {
		if c.key(print) == nil {
			return reply{}, invalid("authorized_key")
		}
	}
	if len(b.Keys) == 0 {
		b.Password = c.s.IDs.Text(14)
	}
	m.Boot = b
	if kind == "linux" {
		m.LastLinux = b
		m.LastLinux.Password = ""
	}
	return ok(c.bootView(m, kind, m.Boot))
}

func (c *Cloud) deactivateBoot(q *request) (reply, error) {
	m, kind, err := c.bootOf(q)
	if err != nil {
		return reply{}, err
	}
	if m.Boot.Kind == kind {
		m.Boot = bootConfig{}
	}
	return ok(c.bootView(m, kind, m.Boot))
}

func (c *Cloud) lastBoot(q *request) (reply, error) {
	m, kind, err := c.bootOf(q)
	if err != nil {
		return reply{}, err
	}
	if kind != "linux" || m.LastLinux.Kind == "" {
		return reply{}, notFound("NOT_FOUND", "No last activation found")
	}
	return ok(c.bootView(m, kind, m.LastLinux))
}

func (c *Cloud) resetServer(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	if err := q.fields([]string{"type"}); err != nil {
		return reply{}, err
	}
	kind := q.form.Get("type")
	if !slices.Contains(strings.Fields("sw hw man power power_long"), kind) {
		return reply{}, invalid("type")
	}
	if kind == "man" {
		return reply{}, refusal(http.StatusConflict, "RESET_MANUAL_ACTIVE", "There is already a running manual reset")
	}
	m.ResetAt = q.now
	return ok(map[string]any{"reset": map[string]any{"server_ip": m.IP, "server_ipv6_net": m.IPv6Net, "server_number": m.Number, "type": kind}})
}
