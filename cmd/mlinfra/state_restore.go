package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
)

// restoreFlags are those of state restore.
type restoreFlags struct {
	stateFlags
	latest, keep, approve bool
}

func (a *app) stateRestoreCommand() *cobra.Command {
	var flags restoreFlags
	c := &cobra.Command{
		Use:   "restore [FILE]",
		Short: "Put a copy of the state in its place",
		Long: `Without arguments, lists the copies there are. With FILE, or -latest for the
newest that is whole, puts that copy in the place of the state, with all its
workspaces, once all of it was checked. The file that was there is kept, and
plans that were saved before are refused from then on.

The copy knows nothing of what was made after it: look for that with
mlinfra sweep, and see with mlinfra plan what differs, before applying anything.

With -keep the file that is there counts though it is older than what was there
before: somebody has put an old one back.

  mlinfra state restore
  mlinfra state restore -latest
  mlinfra state restore /backup/before-the-move.db

Exit codes: 0 done, 1 nothing was done, 4 another mlinfra works on the state.`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.stateOptions(flags.stateFlags, bolt.Write)
			switch {
			case err != nil:
				return err
			case flags.keep && (flags.latest || len(args) > 0), flags.latest && len(args) > 0:
				return errors.New("FILE, -latest and -keep exclude each other")
			case flags.keep:
				return a.keepState(o, flags)
			case flags.latest:
				return a.restoreLatest(o, flags)
			case len(args) == 1:
				return a.restore(o, flags, args[0])
			}
			if err := a.listCopies(o, false); err != nil {
				return err
			}
			a.hint("To put one of them in the place of the state:\n    mlinfra state restore -latest, or mlinfra state restore FILE")
			return nil
		},
	}
	flags.register(c)
	registerLock(c, &flags.stateFlags)
	c.Flags().BoolVar(&flags.latest, "latest", false, "restore the newest copy that is whole")
	c.Flags().BoolVar(&flags.keep, "keep", false, "go on with the file that is there, though it is older than what was there before")
	c.Flags().BoolVar(&flags.approve, "auto-approve", false, "do not ask")
	return c
}

func (a *app) restoreLatest(o bolt.Options, flags restoreFlags) error {
	for _, c := range a.copies(o) {
		if c.Damage == "" {
			return a.restore(o, flags, c.Path)
		}
		fmt.Fprintf(a.stderr, "%s is damaged and left out.\n", c.Path)
	}
	return errorOf("There is no copy to restore", fmt.Sprintf("%s has no copies that are whole. Name a file: mlinfra state restore FILE.", o.Path))
}

func (a *app) restore(o bolt.Options, flags restoreFlags, from string) error {
	if !bolt.Exists(from) {
		return errorOf("There is no such copy", fmt.Sprintf("%s does not exist: mlinfra state restore lists the copies there are.", from))
	}
	x, err := bolt.Examine(bolt.Options{Path: from, Keys: o.Keys})
	if err != nil {
		return fmt.Errorf("%s cannot be restored: %s", from, whyOf(err))
	}
	w := x.Workspace(o.Workspace)
	fmt.Fprintf(a.stdout, "The copy is whole: %s; workspace %s is at serial %d and has %s.\n",
		count(len(x.Workspaces), "workspace"), o.Workspace, w.Serial, count(w.Objects, "object"))
	if !flags.approve {
		if err := a.ask(fmt.Sprintf("Do you want to put it in the place of %s?\n  What was recorded since it was made is then in no state. All workspaces are restored.", o.Path), "-auto-approve"); err != nil {
			return err
		}
	}
	kept, err := bolt.Restore(o, from)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Restored %s from %s.\n", o.Path, from)
	if kept != "" {
		fmt.Fprintf(a.stdout, "The file that was there is kept: %s\n", kept)
	}
	a.afterRestore()
	return nil
}

func (a *app) keepState(o bolt.Options, flags restoreFlags) error {
	if err := a.needState(o.Path); err != nil {
		return err
	}
	if !flags.approve {
		if err := a.ask(fmt.Sprintf("Do you want to go on with %s as it is?\n  What was recorded in the newer file that was there before is then in no state.", o.Path), "-auto-approve"); err != nil {
			return err
		}
	}
	if err := bolt.Accept(o); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s counts from now on.\n", o.Path)
	a.afterRestore()
	return nil
}

// afterRestore says what comes next.
func (a *app) afterRestore() {
	fmt.Fprintln(a.stdout, "Objects that were made since then are not in it: mlinfra sweep finds them, and mlinfra plan shows what differs.")
}
