package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) lockCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "lock", Short: "Show who works on the state", Args: subcommand, RunE: help,
		Long: `One mlinfra at a time works on a workspace: it holds a lock, which the system
takes from it when it ends, however it ends. Commands that only read need none.`,
	}
	c.AddCommand(a.lockListCommand())
	return c
}

func (a *app) lockListCommand() *cobra.Command {
	var flags stateFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the locks that are held on the workspaces",
		Long: `Lists the workspaces that somebody works on, and who: the user and the machine,
the process there, its command and since when. The ID is what
mlinfra force-unlock needs.

  mlinfra lock list
  mlinfra lock list -json`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			locks, err := bolt.Locks(a.stateFile(flags))
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(lockDocuments(locks))
			}
			return a.listLocks(locks)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// lockJSON is a lock as programs read it.
type lockJSON struct {
	Workspace string `json:"workspace"`
	state.Holder
}

func lockDocuments(locks []bolt.Lock) []lockJSON {
	list := []lockJSON{}
	for _, l := range locks {
		list = append(list, lockJSON{l.Workspace, l.Holder})
	}
	return list
}

func (a *app) listLocks(locks []bolt.Lock) error {
	if len(locks) == 0 {
		_, err := fmt.Fprintln(a.stdout, "No locks are held.")
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tWORKSPACE\tWHO\tPROCESS\tCOMMAND\tSINCE")
	for _, l := range locks {
		h := l.Holder
		if h.Who == "" { // it has just taken the lock
			fmt.Fprintf(w, "0\t%s\t-\t-\t-\t-\n", l.Workspace)
			continue
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", h.Epoch, l.Workspace, view.Clean(h.Who), h.PID, view.Clean(h.Command), localTime(h.Since))
	}
	return w.Flush()
}

func (a *app) forceUnlockCommand() *cobra.Command {
	var flags stateFlags
	var force bool
	c := &cobra.Command{
		Use:   "force-unlock ID",
		Short: "Take the lock of the workspace away from who holds it",
		Long: `Takes the lock of the current workspace away from a process that will never
end, such as one that was stopped, or that hangs. A lock never outlives its
process, so this is for processes that live; better is to end them.

The process that loses its lock can record nothing any more: its next write is
refused, and what it still learns about objects goes into the journal of
emergencies, which the next run takes over.

  mlinfra lock list
  mlinfra force-unlock 7`,
		Args: exactly(1, "the ID of a lock; mlinfra lock list shows those that are held"),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.stateOptions(flags, bolt.Write)
			if err != nil {
				return err
			}
			l, err := heldLock(o, args[0])
			if err != nil {
				return err
			}
			if !force {
				err := a.ask(fmt.Sprintf("Do you really want to force-unlock?\n  %s\n  This lets others change the state, though it may still be in use.", lockLine(l)), "-force")
				if err != nil {
					return err
				}
			}
			if err := bolt.ForceUnlock(o, l.Holder.Epoch); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "Workspace %s has been unlocked. What the other process was doing is settled by the next run.\n", o.Workspace)
			return err
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&force, "force", false, "do not ask")
	return c
}

// lockLine says who holds a lock.
func lockLine(l bolt.Lock) string {
	h := l.Holder
	return fmt.Sprintf("Workspace %s is held by %s: mlinfra %s (process %d) since %s.", l.Workspace, view.Clean(h.Who), view.Clean(h.Command), h.PID, localTime(h.Since))
}

// heldLock returns the lock with an ID that is held on the workspace of o.
func heldLock(o bolt.Options, id string) (bolt.Lock, error) {
	epoch, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return bolt.Lock{}, fmt.Errorf("%q is not the ID of a lock: an ID is a number, and mlinfra lock list shows those of the locks that are held", id)
	}
	locks, err := bolt.Locks(o.Path)
	if err != nil {
		return bolt.Lock{}, err
	}
	elsewhere := ""
	for _, l := range locks {
		switch {
		case l.Holder.Epoch != epoch:
		case l.Workspace == o.Workspace:
			return l, nil
		default:
			elsewhere = fmt.Sprintf(" Workspace %s has one: select that first.", l.Workspace)
		}
	}
	return bolt.Lock{}, errorOf(fmt.Sprintf("There is no lock %d", epoch), fmt.Sprintf("Nobody holds a lock with that ID on workspace %s: mlinfra lock list shows those that are held.%s", o.Workspace, elsewhere))
}
