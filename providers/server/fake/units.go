package fake

import (
	"path"
	"strings"
)

func unitCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"systemctl": withTunnels(systemctl)}
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
	file, ok := p.unitFile(unit)
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
		return p.turn(verb, unit)
	}
	return p.says(1, "Unknown command verb %s.", verb)
}

// unitFile returns the file of a unit, or of its template.
func (p *process) unitFile(name string) (string, bool) {
	if before, _, ok := strings.Cut(name, "@"); ok {
		name = before + "@.service"
	}
	for _, dir := range []string{"/etc/systemd/system/", "/lib/systemd/system/"} {
		if _, ok := p.host.ReadFile(dir + name); ok {
			return dir + name, true
		}
	}
	return "", false
}

// turn starts and stops a unit.
func (p *process) turn(verb, unit string) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if verb == "stop" {
		delete(p.host.kept("active"), unit)
		return 0
	}
	p.host.kept("active")[unit] = "yes"
	return 0
}
