package fake

import (
	"path"
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

func unitCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"systemctl": systemctl}
}

// systemctl knows units that run once: start, stop, restart, enable, disable and
// daemon-reload.
func systemctl(p *process) int {
	if len(p.args) == 2 && p.args[1] == "daemon-reload" {
		return 0
	}
	if len(p.args) != 3 {
		return p.says(1, "Too few arguments.")
	}
	verb, unit := p.args[1], p.args[2]
	file, text, ok := p.unit(unit)
	if !ok {
		return p.says(5, "Failed to %s %s: Unit %s not found.", verb, unit, unit)
	}
	wanted := "/etc/systemd/system/multi-user.target.wants/" + unit
	switch verb {
	case "enable":
		p.host.mu.Lock()
		defer p.host.mu.Unlock()
		p.host.content.mkdirAll(path.Dir(wanted))
		p.host.content.Files[wanted] = &node{Mode: 0o777, Owner: "root", Group: "root", Link: file}
		return 0
	case "disable":
		p.host.Remove(wanted)
		return 0
	case "start", "stop", "restart":
		return p.turn(verb, unit, text)
	}
	return p.says(1, "Unknown command verb %s.", verb)
}

// unit returns the file and the text of a unit, with the instance of a template in it.
func (p *process) unit(name string) (file, text string, ok bool) {
	template, instance := name, ""
	if before, after, ok := strings.Cut(name, "@"); ok {
		template, instance = before+"@.service", strings.TrimSuffix(after, ".service")
	}
	for _, dir := range []string{"/etc/systemd/system/", "/lib/systemd/system/"} {
		if text, ok := p.host.ReadFile(dir + template); ok {
			return dir + template, strings.NewReplacer("%i", instance, "%I", instance).Replace(text), true
		}
	}
	return "", "", false
}

// turn starts and stops a unit.
func (p *process) turn(verb, unit, text string) int {
	p.host.mu.Lock()
	active := p.host.kept("active")[unit] != ""
	p.host.mu.Unlock()
	run := func(setting string) int {
		for line := range strings.Lines(text) {
			if command, ok := strings.CutPrefix(line, setting+"="); ok {
				return p.sh(command, "systemd")
			}
		}
		return 0
	}
	if active && verb != "start" {
		p.host.mu.Lock()
		delete(p.host.kept("active"), unit)
		p.host.mu.Unlock()
		_ = run("ExecStop") // a unit that fails to stop has stopped all the same
		active = false
	}
	if verb == "stop" || active {
		return 0
	}
	if run("ExecStart") != 0 {
		return p.says(1, "Job for %s failed because the control process exited with error code.\nSee \"systemctl status %s\" and \"journalctl -xeu %s\" for details.", unit, unit, unit)
	}
	p.host.mu.Lock()
	p.host.kept("active")[unit] = "yes"
	p.host.mu.Unlock()
	return 0
}
