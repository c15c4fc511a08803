package main

import (
	"github.com/spf13/cobra"
)

// unsupported returns a command of Terraform's that says what to do instead,
// whatever its arguments are.
func (a *app) unsupported(name, summary, instead string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: summary, Hidden: true, DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error { return errorOf(summary, instead) },
	}
}

// unsupportedCommands returns the commands of Terraform that have no meaning
// here.
func (a *app) unsupportedCommands() []*cobra.Command {
	return []*cobra.Command{
		a.unsupported("login", "There is nothing to log in to", "mlinfra knows no registry and no service of its own. Credentials of clouds come from the environment or from provider blocks; those of module sources from Git or ~/.netrc."),
		a.unsupported("logout", "There is nothing to log out of", "mlinfra stores no credentials."),
		a.unsupported("test", "Tests are not supported", "mlinfra does not read *.tftest.hcl files. Try a configuration against fake clouds with mlinfra apply -offline, and state what must hold in check blocks."),
	}
}
