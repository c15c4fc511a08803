package fake

import (
	"path"
	"slices"
	"strings"
)

// wgQuickUnit is the unit that the package wireguard-tools brings.
const wgQuickUnit = `[Unit]
Description=WireGuard via wg-quick(8) for %I
After=network-online.target nss-lookup.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/wg-quick up %i
ExecStop=/usr/bin/wg-quick down %i

[Install]
WantedBy=multi-user.target
`

// unitsOf returns the names of the units that a package brings.
func unitsOf(name string) []string {
	switch name {
	case "docker.io", "docker-ce":
		return []string{"docker.service", "docker.socket"}
	case "containerd.io":
		return []string{"containerd.service"}
	case "apache2", "caddy", "chrony", "containerd", "cron", "dnsmasq", "fail2ban", "haproxy", "keepalived", "memcached", "nftables", "nginx",
		"nfs-kernel-server", "postgresql", "prometheus", "prometheus-node-exporter", "redis-server", "rsyslog", "supervisor", "systemd-timesyncd",
		"unattended-upgrades", "valkey-server":
		return []string{name + ".service"}
	case "grafana":
		return []string{"grafana-server.service"}
	}
	if strings.HasPrefix(name, "postgresql-1") {
		return []string{"postgresql.service"}
	}
	return nil
}

// packagedUnits is where the files of those are.
const packagedUnits = "/usr/lib/systemd/system/"

// installed notes a package, and brings its units. The host is locked.
func (h *Host) installed(name, version string) {
	h.kept("packages")[name] = version
	for _, unit := range unitsOf(name) {
		text := "[Unit]\nDescription=" + unit + "\n\n[Service]\nExecStart=/usr/bin/sleep infinity\n\n[Install]\nWantedBy=multi-user.target\n"
		if path.Ext(unit) == ".socket" {
			text = "[Socket]\nListenStream=/run/" + strings.TrimSuffix(unit, ".socket") + ".sock\n\n[Install]\nWantedBy=sockets.target\n"
		}
		h.content.mkdirAll(packagedUnits)
		h.content.Files[packagedUnits+unit] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(text)}
	}
}

// uninstalled takes a package away with its units, which end. The host is locked.
func (h *Host) uninstalled(name string) {
	delete(h.kept("packages"), name)
	for _, unit := range unitsOf(name) {
		if slices.ContainsFunc(h.packages(), func(other string) bool { return slices.Contains(unitsOf(other), unit) }) {
			continue
		}
		for _, link := range h.linked(unit) {
			delete(h.content.Files, link)
		}
		h.keepUnit(unit, nil)
		delete(h.content.Files, packagedUnits+unit)
	}
}

// runOnce runs a command of a unit that does something once and has been done then,
// such as wg-quick up: the other ones only stand for a program. The host is not
// locked meanwhile.
func (p *process) runOnce(name, text, setting string) int {
	command := unitSetting(text, "Service", setting)
	if unitSetting(text, "Service", "Type") != "oneshot" || command == "" {
		return 0
	}
	_, instance, _ := strings.Cut(strings.TrimSuffix(name, ".service"), "@")
	command = strings.NewReplacer("%i", instance, "%I", instance).Replace(strings.TrimLeft(command, "-@:+!"))
	p.host.mu.Unlock()
	defer p.host.mu.Lock()
	return p.sh(command, "systemd")
}
