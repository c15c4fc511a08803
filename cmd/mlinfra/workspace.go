package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/durable"
)

// workspace returns the name of the current workspace: that of the environment,
// else the one that was selected, else default.
func (a *app) workspace() (string, error) {
	name, from := a.setting("WORKSPACE"), "TF_WORKSPACE or MLINFRA_WORKSPACE"
	if name == "" {
		raw, err := os.ReadFile(a.selectedFile())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read the selected workspace: %w", err)
		}
		name, from = strings.TrimSpace(string(raw)), a.selectedFile()
	}
	if name == "" {
		return bolt.DefaultWorkspace, nil
	}
	if err := bolt.CheckWorkspaceName(name); err != nil {
		return "", fmt.Errorf("%s: %w", from, err)
	}
	return name, nil
}

// selectedFile holds the name of the selected workspace, as Terraform's does.
func (a *app) selectedFile() string { return filepath.Join(a.dataDir(), "environment") }

// selectWorkspace makes a workspace the current one.
func (a *app) selectWorkspace(name string) error {
	if err := os.MkdirAll(a.dataDir(), 0o700); err != nil {
		return err
	}
	return durable.Replace(a.selectedFile(), []byte(name))
}

// workspaces returns the names of all workspaces; default is always there.
func (a *app) workspaces(flags stateFlags) ([]string, error) {
	names, err := bolt.Workspaces(a.stateFile(flags))
	if !slices.Contains(names, bolt.DefaultWorkspace) {
		names = append(names, bolt.DefaultWorkspace)
	}
	slices.Sort(names)
	return names, err
}

func (a *app) workspaceCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "workspace", Short: "Show, make and select workspaces", Args: subcommand, RunE: help,
		Long: `A workspace is a state of its own: the same configuration can be applied once
in each. All workspaces of a configuration are in one file.`,
	}
	c.AddCommand(a.workspaceShowCommand(), a.workspaceListCommand(), a.workspaceNewCommand(), a.workspaceSelectCommand(), a.workspaceDeleteCommand())
	return c
}

func (a *app) workspaceShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show the name of the current workspace", Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			name, err := a.workspace()
			if err == nil {
				_, err = fmt.Fprintln(a.stdout, name)
			}
			return err
		},
	}
}

func (a *app) workspaceListCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use: "list", Short: "List the workspaces, the current one with a star", Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			names, err := a.workspaces(flags)
			if err != nil {
				return err
			}
			current, err := a.workspace()
			if err != nil {
				return err
			}
			for _, name := range names {
				mark := " "
				if name == current {
					mark = "*"
				}
				fmt.Fprintln(a.stdout, mark, name)
			}
			_, err = fmt.Fprintln(a.stdout)
			return err
		},
	}
	flags.register(c)
	return c
}

// fixed refuses to select while the environment names the workspace.
func (a *app) fixed() error {
	if name := a.setting("WORKSPACE"); name != "" {
		return errorOf("The environment names the workspace", fmt.Sprintf("TF_WORKSPACE or MLINFRA_WORKSPACE is %q, which wins over what is selected: unset it first.", name))
	}
	return nil
}

func (a *app) workspaceNewCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use: "new NAME", Short: "Make a workspace and select it",
		Args: exactly(1, "the name of a workspace"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.fixed(); err != nil {
				return err
			}
			names, err := a.workspaces(flags)
			if err != nil {
				return err
			}
			if slices.Contains(names, args[0]) {
				return errorOf(fmt.Sprintf("Workspace %q already exists", args[0]), fmt.Sprintf("Select it with mlinfra workspace select %s.", args[0]))
			}
			return a.makeWorkspace(flags, args[0])
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	return c
}

// makeWorkspace makes a workspace and selects it.
func (a *app) makeWorkspace(flags stateFlags, name string) error {
	if err := bolt.CheckWorkspaceName(name); err != nil {
		return err
	}
	o, err := a.stateOptions(flags, bolt.Write)
	if err != nil {
		return err
	}
	o.Workspace = name
	store, err := a.openState(o)
	if err != nil {
		return err
	}
	if err := errors.Join(store.Close(), a.selectWorkspace(name)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Created and switched to workspace %q!\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"mlinfra plan\" mlinfra will not see any existing state\nfor this configuration.\n", name)
	return err
}

func (a *app) workspaceSelectCommand() *cobra.Command {
	var flags stateFlags
	var make bool
	c := &cobra.Command{
		Use: "select NAME", Short: "Make another workspace the current one",
		Args: exactly(1, "the name of a workspace; mlinfra workspace list shows those there are"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.fixed(); err != nil {
				return err
			}
			names, err := a.workspaces(flags)
			if err != nil {
				return err
			}
			switch there := slices.Contains(names, args[0]); {
			case !there && make:
				return a.makeWorkspace(flags, args[0])
			case !there:
				return errorOf(fmt.Sprintf("Workspace %q doesn't exist", args[0]), "You can create this workspace with the \"new\" subcommand or include the \"-or-create\" flag with the \"select\" subcommand. There are: "+strings.Join(names, ", ")+".")
			}
			if err := a.selectWorkspace(args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "Switched to workspace %q.\n", args[0])
			return err
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&make, "or-create", false, "make the workspace when there is none")
	return c
}

func (a *app) workspaceDeleteCommand() *cobra.Command {
	var flags stateFlags
	var force bool
	c := &cobra.Command{
		Use: "delete NAME", Short: "Delete a workspace that holds nothing",
		Args: exactly(1, "the name of a workspace; mlinfra workspace list shows those there are"),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.stateOptions(flags, bolt.Write)
			switch {
			case err != nil:
				return err
			case args[0] == bolt.DefaultWorkspace:
				return errorOf("Cannot delete the default workspace", "It is always there.")
			case args[0] == o.Workspace:
				return errorOf(fmt.Sprintf("Workspace %q is your active workspace", args[0]), "You cannot delete the currently active workspace. Please switch to another workspace and try again.")
			}
			o.Workspace = args[0]
			if err := a.mayDelete(o); err != nil {
				return err
			}
			if err := bolt.DeleteWorkspace(o, force); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "Deleted workspace %q!\n", args[0])
			return err
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	c.Flags().BoolVar(&force, "force", false, "delete it though it holds objects, which are forgotten")
	return c
}

// mayDelete refuses to delete a workspace in which a create is undecided.
func (a *app) mayDelete(o bolt.Options) error {
	o.Mode = bolt.Read
	store, err := a.open(o)
	if err != nil {
		return err
	}
	snap, err := store.Snapshot()
	return errors.Join(err, store.Close(), undecided(snap))
}
