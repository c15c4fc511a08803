package fake

import "maps"

// commands are what the hosts can do, by name. They return a status. A command
// locks the host for what it does with its content, and never while it runs
// another one.
var commands map[string]func(p *process) int

func init() {
	commands = map[string]func(p *process) int{}
	for _, family := range []map[string]func(p *process) int{
		fileCommands(),
		mountCommands(),
		processCommands(),
		systemdCommands(),
		textCommands(),
		networkCommands(),
		wireguardCommands(),
		firewallCommands(),
		reachCommands(),
		userCommands(),
	} {
		maps.Copy(commands, family)
	}
}
