package main

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state"
)

func (a *app) taintCommand() *cobra.Command {
	return a.markingCommand("taint", "Mark an object as not fully functional",
		`Marks an object as tainted: the next plan replaces it. This changes only the
state. mlinfra apply -replace=ADDRESS does the same in one step, and shows the
plan first.`,
		func(o *state.Object) (string, error) {
			o.Status, o.Operation = state.Tainted, ""
			return fmt.Sprintf("Resource instance %s has been marked as tainted.", o.Addr), nil
		})
}

func (a *app) untaintCommand() *cobra.Command {
	return a.markingCommand("untaint", "Remove the mark of taint",
		`Removes the mark by which the next plan would replace an object, be it from
mlinfra taint or because its creation went only half way. This changes only the
state.`,
		func(o *state.Object) (string, error) {
			if o.Status != state.Tainted {
				return "", errorOf("Resource instance is not tainted", fmt.Sprintf("Resource instance %s is not currently tainted, and so it cannot be untainted.", o.Addr))
			}
			o.Status = state.Live
			return fmt.Sprintf("Resource instance %s has been successfully untainted.", o.Addr), nil
		})
}

// markingCommand returns a command that changes one object of the state by
// mark, and prints what that returns.
func (a *app) markingCommand(name, short, long string, mark func(*state.Object) (string, error)) *cobra.Command {
	var flags stateFlags
	var missing bool
	c := &cobra.Command{
		Use: name + " ADDRESS", Short: short, Long: long,
		Args: exactly(1, "the address of an object, such as digitalocean_droplet.web[0]; mlinfra state list shows what there is"),
		RunE: func(c *cobra.Command, args []string) error {
			addr, err := state.ParseAddr(args[0])
			if err != nil {
				return err
			}
			if addr.Data {
				return fmt.Errorf("resource instance %s cannot be tainted: it is a data source, which every plan reads anew", addr)
			}
			done := ""
			err = a.editState(c.Context(), flags, func(snap state.Snapshot) ([]state.Change, error) {
				o, ok := currentAt(snap, addr)
				if !ok {
					return nil, a.noInstance(addr, missing)
				}
				if done, err = mark(&o); err != nil {
					return nil, err
				}
				o.Since = a.clock.Now().UTC().Truncate(time.Millisecond)
				return []state.Change{{Put: &o}}, nil
			})
			if err == nil && done != "" {
				fmt.Fprintln(a.stdout, done)
			}
			return err
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	accept(c, []string{"ignore-remote-version"}, []string{"backup", "backup-out"})
	c.Flags().BoolVar(&missing, "allow-missing", false, "succeed also when there is no such object")
	return c
}

// currentAt returns the object at an address; not one that is deposed.
func currentAt(snap state.Snapshot, addr state.Addr) (state.Object, bool) {
	for _, o := range snap.Objects {
		if o.Addr == addr && !o.Deposed {
			return o, true
		}
	}
	return state.Object{}, false
}

// noInstance says that there is no object at an address: an error, or a warning
// when that is allowed.
func (a *app) noInstance(addr state.Addr, allowed bool) error {
	const summary = "No such resource instance"
	if !allowed {
		return errorOf(summary, fmt.Sprintf("There is no resource instance in the state with the address %s. If the resource configuration has just been added, you must run \"mlinfra apply\" once to create the corresponding instance(s) before they can be tainted.", addr))
	}
	a.printDiags(nil, hcl.Diagnostics{{
		Severity: hcl.DiagWarning, Summary: summary,
		Detail: fmt.Sprintf("Resource instance %s was not found, but this is not an error because -allow-missing was set.", addr),
	}})
	return nil
}
