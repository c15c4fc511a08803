package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/state"
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
				raw, err := view.StateJSON(snap, a.catalog, version, reveal)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.stdout, "%s\n", raw)
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
	if !asJSON {
		view.Plan(a.stdout, a.style(a.stdout), f.Plan, a.catalog)
		return nil
	}
	raw, err := view.PlanJSON(f.Plan, a.catalog, version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", raw)
	return err
}

func (a *app) stateCommand() *cobra.Command {
	c := &cobra.Command{Use: "state", Short: "Look at the state", Args: subcommand, RunE: help}
	c.AddCommand(a.stateListCommand(), a.stateShowCommand())
	return c
}

func (a *app) stateListCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "list [ADDRESS...]",
		Short: "List the objects in state",
		RunE: func(_ *cobra.Command, args []string) error {
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			for _, o := range snap.Objects {
				if !o.Deposed && matchesAny(o.Addr, args) {
					fmt.Fprintln(a.stdout, o.Addr)
				}
			}
			return nil
		},
	}
	flags.register(c)
	return c
}

// matchesAny reports whether an address is one of those named, or an instance
// of one.
func matchesAny(addr state.Addr, names []string) bool {
	for _, n := range names {
		if addr.String() == n || addr.Block().String() == n {
			return true
		}
	}
	return len(names) == 0
}

func (a *app) stateShowCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "show ADDRESS",
		Short: "Show one object in state",
		Args:  atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the object, such as digitalocean_vpc.main; mlinfra state list shows what there is")
			}
			addr, err := state.ParseAddr(args[0])
			if err != nil {
				return err
			}
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			one := state.Snapshot{}
			for _, o := range snap.Objects {
				if o.Addr == addr {
					one.Objects = append(one.Objects, o)
				}
			}
			if len(one.Objects) == 0 {
				return fmt.Errorf("no object %s in state; mlinfra state list shows what there is", addr)
			}
			view.State(a.stdout, a.style(a.stdout), one, a.catalog)
			return nil
		},
	}
	flags.register(c)
	return c
}
