package main

import "github.com/spf13/cobra"

func (a *app) refreshCommand() *cobra.Command {
	flags := applyFlags{planFlags: planFlags{refreshOnly: true, mayBeEmpty: true}, approve: true}
	c := &cobra.Command{
		Use:   "refresh",
		Short: "Bring the state up to what exists",
		Long: `Looks at the objects and records what has changed outside of mlinfra, without
asking: it is mlinfra apply -refresh-only -auto-approve.
mlinfra plan -refresh-only shows what it would record.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.apply(c.Context(), flags)
		},
	}
	flags.register(c)
	return c
}
