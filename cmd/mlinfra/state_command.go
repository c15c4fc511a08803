package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) stateCommand() *cobra.Command {
	c := &cobra.Command{Use: "state", Short: "Look at the state, and edit it", Args: subcommand, RunE: help}
	c.AddCommand(a.stateListCommand(), a.stateShowCommand(), a.stateMvCommand(), a.stateRmCommand(), a.statePullCommand(),
		a.stateVerifyCommand(), a.stateSnapshotCommand(), a.stateRestoreCommand(),
		a.statePushCommand(), a.replaceProviderCommand(),
	)
	return c
}

func (a *app) stateListCommand() *cobra.Command {
	var flags stateFlags
	var id string
	c := &cobra.Command{
		Use:   "list [ADDRESS...]",
		Short: "List the objects in state",
		Long: `Lists the addresses of the objects in state: all, or those of the modules,
resources and instances named.`,
		RunE: func(_ *cobra.Command, args []string) error {
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			objects, err := named(snap, args)
			if err != nil {
				return err
			}
			for _, o := range objects {
				if !o.Deposed && (id == "" || a.idOf(o) == id) {
					fmt.Fprintln(a.stdout, o.Addr)
				}
			}
			return nil
		},
	}
	flags.register(c)
	c.Flags().StringVar(&id, "id", "", "only the objects whose id is `ID`")
	return c
}

// named returns the objects that the addresses mean, all when there are none,
// sorted by address.
func named(snap state.Snapshot, addrs []string) ([]state.Object, error) {
	var targets []planner.Target
	for _, arg := range addrs {
		t, err := planner.ParseTarget(arg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(snap.Objects, func(o state.Object) bool { return t.Has(o.Addr) }) {
			return nil, notInState(t)
		}
		targets = append(targets, t)
	}
	var list []state.Object
	for _, o := range snap.Objects {
		if len(targets) == 0 || slices.ContainsFunc(targets, func(t planner.Target) bool { return t.Has(o.Addr) }) {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(x, y state.Object) int { return x.Addr.Compare(y.Addr) })
	return list, nil
}

func notInState(t planner.Target) error {
	if t.Module != "" {
		return errorOf("Unknown module", fmt.Sprintf("The current state contains no module at %s. If you've just added this module to the configuration, you must run \"mlinfra apply\" first to create the module's entry in the state.", t))
	}
	return errorOf("Unknown resource", fmt.Sprintf("The current state contains no resource %s. If you've just added this resource to the configuration, you must run \"mlinfra apply\" first to create the resource's entry in the state.", t))
}

// idOf returns the id of an object, "" when it is not known.
func (a *app) idOf(o state.Object) string {
	p, err := planner.Unobserved(o, a.catalog)
	if err != nil {
		return ""
	}
	return providers.ID(p.Value)
}

func (a *app) stateShowCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "show ADDRESS",
		Short: "Show one object in state",
		Args:  exactly(1, "the address of an object, such as digitalocean_vpc.main; mlinfra state list shows what there is"),
		RunE: func(_ *cobra.Command, args []string) error {
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
				return fmt.Errorf("no object %s in state: this command needs the address of one instance; mlinfra state list shows what there is", addr)
			}
			view.State(a.stdout, a.style(a.stdout), one, a.catalog)
			return nil
		},
	}
	flags.register(c)
	return c
}

func (a *app) stateRmCommand() *cobra.Command {
	var flags stateFlags
	var dry bool
	c := &cobra.Command{
		Use:   "rm ADDRESS...",
		Short: "Forget objects without destroying them",
		Long: `Removes the objects of the modules, resources and instances named from the
state. They go on existing, and nothing looks after them any more.`,
		Args: atLeast(1, "the address of what is to be forgotten; mlinfra state list shows what there is"),
		RunE: func(c *cobra.Command, args []string) error {
			var gone []state.Addr
			err := a.editState(c.Context(), flags, func(snap state.Snapshot) ([]state.Change, error) {
				changes, addrs, err := forget(snap, args)
				gone = addrs
				if dry {
					changes = nil
				}
				return changes, err
			})
			if err != nil {
				return err
			}
			verb := "Removed"
			if dry {
				verb = "Would remove"
			}
			for _, addr := range gone {
				fmt.Fprintln(a.stdout, verb, addr)
			}
			if !dry {
				fmt.Fprintf(a.stdout, "Successfully removed %d resource instance(s).\n", len(gone))
			}
			return nil
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	accept(c, []string{"ignore-remote-version"}, []string{"backup", "backup-out"})
	c.Flags().BoolVar(&dry, "dry-run", false, "only print what would be removed")
	return c
}

// forget returns the changes that remove the objects that the addresses mean,
// and the addresses of their instances.
func forget(snap state.Snapshot, args []string) ([]state.Change, []state.Addr, error) {
	var changes []state.Change
	var addrs []state.Addr
	seen := map[state.ObjectKey]bool{}
	for _, arg := range args {
		t, err := planner.ParseTarget(arg)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range snap.Objects {
			if !t.Has(o.Addr) || seen[o.Key] {
				continue
			}
			seen[o.Key] = true
			changes, addrs = append(changes, state.Change{Drop: o.Key}), append(addrs, o.Addr)
		}
	}
	if len(changes) == 0 {
		return nil, nil, errorOf("Invalid target address", "No matching objects found. To view the available instances, use \"mlinfra state list\". Please modify the address to reference a specific instance.")
	}
	slices.SortFunc(addrs, state.Addr.Compare)
	return changes, slices.Compact(addrs), nil
}

// exactly refuses other than n arguments; what says what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return errorOf("An argument is missing", c.CommandPath()+" needs "+what+".")
		}
		return atMost(n)(c, args)
	}
}

// atLeast refuses less than n arguments; what says what they are.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return errorOf("An argument is missing", c.CommandPath()+" needs "+what+".")
		}
		return nil
	}
}
