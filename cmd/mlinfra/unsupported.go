package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// unsupported returns a command of Terraform's that says why there is none,
// whatever its arguments are.
func (a *app) unsupported(name, short, why string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Hidden: true, DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error { return errors.New(why) },
	}
}

// unsupportedCommands returns the commands of Terraform that have no meaning
// here.
func (a *app) unsupportedCommands() []*cobra.Command {
	return []*cobra.Command{
		a.unsupported("login", "Not supported", "mlinfra login is not supported: there is no registry and no service to log in to. Credentials of clouds come from the environment or from provider blocks; those of module sources from Git or ~/.netrc"),
		a.unsupported("logout", "Not supported", "mlinfra logout is not supported: mlinfra login stores no credentials"),
		a.unsupported("test", "Not supported", "mlinfra test is not supported: *.tftest.hcl files are not read. Try a configuration against fake clouds with mlinfra apply -offline, and state what must hold in check blocks"),
		a.unsupported("force-unlock", "Not needed", "mlinfra force-unlock is not needed: the lock of a local state ends with the process that holds it. Find that process with lsof FILE, and end it if it hangs"),
	}
}
