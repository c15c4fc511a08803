package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
)

func (a *app) showCommand() *cobra.Command {
	var flags stateFlags
	var asJSON, reveal bool
	c := &cobra.Command{
		Use:   "show [PLANFILE]",
		Short: "Show the state or a saved plan",
		Args:  atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showPlanFile(args[0], asJSON)
			}
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			if asJSON {
				if reveal && snap.Locked != nil {
					return snap.Locked
				}
				raw, err := view.StateJSON(snap, a.catalog, version, reveal)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.asked(), "%s\n", raw)
				return err
			}
			if len(snap.Objects) == 0 && len(snap.Outputs) == 0 {
				fmt.Fprintln(a.stdout, "The state is empty. No resources are represented.")
				return nil
			}
			view.State(a.stdout, a.style(a.stdout), snap, a.catalog)
			return nil
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&reveal, "reveal", false, "with -json, print sensitive values")
	return c
}

func (a *app) showPlanFile(name string, asJSON bool) error {
	f, err := a.readPlanFile(name)
	if err != nil {
		return err
	}
	switch {
	case asJSON:
	case f.Plan.RefreshOnly:
		view.RefreshPlan(a.stdout, a.style(a.stdout), f.Plan, a.catalog)
		return nil
	default:
		view.Plan(a.stdout, a.style(a.stdout), f.Plan, a.catalog)
		return nil
	}
	raw, err := view.PlanJSON(f.Plan, a.catalog, version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.asked(), "%s\n", raw)
	return err
}
