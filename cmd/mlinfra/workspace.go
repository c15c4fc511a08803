package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// defaultWorkspace is the only one so far.
const defaultWorkspace = "default"

func (a *app) workspaceCommand() *cobra.Command {
	c := &cobra.Command{Use: "workspace", Short: "Show the workspaces", Args: subcommand, RunE: help}
	c.AddCommand(
		a.printingCommand("show", "Show the name of the current workspace", defaultWorkspace),
		a.printingCommand("list", "List the workspaces", "* "+defaultWorkspace+"\n"),
	)
	for _, name := range []string{"new", "select", "delete"} {
		c.AddCommand(a.unsupported(name, "Workspaces are not supported yet", fmt.Sprintf("There is one workspace, %q, so mlinfra workspace %s can do nothing. Keep several states with -state=FILE, or the configurations in several directories.", defaultWorkspace, name)))
	}
	return c
}

// printingCommand returns a command that prints a text when the environment
// asks for no other workspace.
func (a *app) printingCommand(name, short, text string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkWorkspace(); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout, text)
			return err
		},
	}
}
