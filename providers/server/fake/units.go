package fake

import "strings"

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
