package fake

import (
	"bytes"
	"maps"
)

// commands are what the hosts can do, by name. They return a status. A command
// locks the host for what it does with its content, and never while it runs
// another one.
var commands map[string]func(p *process) int

func init() {
	commands = map[string]func(p *process) int{}
	for _, family := range []map[string]func(p *process) int{
		held(dockerCommands()),
		held(fileCommands()),
		held(firewallCommands()),
		held(mountCommands()),
		held(networkCommands()),
		packageCommands(),
		processCommands(),
		pythonCommands(),
		reachCommands(),
		held(systemdCommands()),
		textCommands(),
		held(userCommands()),
		wireguardCommands(),
	} {
		maps.Copy(commands, family)
	}
}

// held returns commands that print only when they are done. They may print while
// they hold the lock of the host, which what they print into may need: a file.
func held(family map[string]func(p *process) int) map[string]func(p *process) int {
	all := map[string]func(p *process) int{}
	for name, run := range family {
		all[name] = func(p *process) int {
			var out, errs bytes.Buffer
			child := *p
			child.out, child.err = &out, &errs
			status := run(&child)
			_, _ = p.err.Write(errs.Bytes())
			if _, err := p.out.Write(out.Bytes()); err != nil {
				return p.fail("write error: %v", err)
			}
			return status
		}
	}
	return all
}
