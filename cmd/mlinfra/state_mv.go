package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// mvFlags are those of state mv.
type mvFlags struct {
	stateFlags
	dry       bool
	workspace string // that objects move to; "" for this one
	out       string // Terraform's, which is refused
}

func (a *app) stateMvCommand() *cobra.Command {
	var flags mvFlags
	c := &cobra.Command{
		Use:   "mv SOURCE DESTINATION",
		Short: "Give objects another address",
		Long: `Gives the objects of a module, a resource or an instance another address in
state, as a moved block does in a plan. The configuration has to be renamed
as well. With -to-workspace the objects keep their addresses and move into
another workspace of the same file.

  mlinfra state mv digitalocean_droplet.web digitalocean_droplet.api
  mlinfra state mv -to-workspace=staging module.net digitalocean_droplet.web`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case flags.out != "":
				return errorOf("Objects do not move to another file", "-state-out is not supported. Move them into another workspace of the same file with -to-workspace=NAME, or forget them here with mlinfra state rm and take them over there with mlinfra import.")
			case flags.workspace != "":
				return atLeast(1, "the address of what is to be moved; mlinfra state list shows what there is")(c, args)
			}
			return exactly(2, "two addresses, of what is and of what it is to be called")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if flags.workspace != "" {
				return a.mvToWorkspace(c.Context(), flags, args)
			}
			return a.mv(c.Context(), flags, args[0], args[1])
		},
	}
	flags.register(c)
	registerLock(c, &flags.stateFlags)
	accept(c, []string{"ignore-remote-version"}, []string{"backup", "backup-out"})
	c.Flags().BoolVar(&flags.dry, "dry-run", false, "only print what would be moved")
	c.Flags().StringVar(&flags.workspace, "to-workspace", "", "move the objects at all addresses into the workspace `NAME`")
	c.Flags().StringVar(&flags.out, "state-out", "", "of Terraform")
	_ = c.Flags().MarkHidden("state-out") // it is registered
	return c
}

// mv gives the objects at source the addresses of destination.
func (a *app) mv(ctx context.Context, flags mvFlags, source, destination string) error {
	n := 0
	err := a.editState(ctx, flags.stateFlags, func(snap state.Snapshot) ([]state.Change, error) {
		changes, moved, err := rename(snap, source, destination)
		n = moved
		if flags.dry {
			changes = nil
		}
		return changes, err
	})
	switch {
	case err != nil:
		return err
	case flags.dry:
		fmt.Fprintf(a.stdout, "Would move %q to %q\n", source, destination)
	default:
		fmt.Fprintf(a.stdout, "Move %q to %q\nSuccessfully moved %d object(s).\n", source, destination, n)
	}
	return nil
}

// mvToWorkspace moves the objects at addresses into another workspace.
func (a *app) mvToWorkspace(ctx context.Context, flags mvFlags, addrs []string) error {
	moved, err := a.moveToWorkspace(ctx, flags.stateFlags, flags.workspace, addrs, flags.dry)
	if err != nil {
		return err
	}
	verb := "Moved"
	if flags.dry {
		verb = "Would move"
	}
	for _, addr := range moved {
		fmt.Fprintf(a.stdout, "%s %s to workspace %q\n", verb, addr, flags.workspace)
	}
	return nil
}

// rename returns the changes that move the objects that source means to
// destination, and how many objects those are.
func rename(snap state.Snapshot, source, destination string) ([]state.Change, int, error) {
	m, err := moveOf(source, destination)
	if err != nil {
		return nil, 0, err
	}
	if a := (state.Addr{Module: m.From.Module, Type: m.From.Type, Name: m.From.Name, Key: m.From.Key}); m.From.Type != "" {
		if _, ok := currentAt(snap, a); ok { // one object, also where others have keys
			m.From.Wild, m.To.Wild = false, false
		}
	}
	to := map[state.ObjectKey]state.Addr{}
	stay := map[state.Addr]bool{}
	for _, o := range snap.Objects {
		if addr, ok := m.Move(o.Addr); ok && addr != o.Addr {
			to[o.Key] = addr
			continue
		}
		stay[o.Addr] = true
	}
	if len(to) == 0 {
		return nil, 0, errorOf("Invalid source address", fmt.Sprintf("Cannot move %s: does not match anything in the current state. mlinfra state list shows what there is.", source))
	}
	for _, addr := range to {
		if stay[addr] {
			return nil, 0, errorOf("Invalid destination address", fmt.Sprintf("Cannot move to %s: there is already a resource instance at that address in the current state.", addr))
		}
	}
	return renamed(snap, to, stay), len(to), nil
}

// renamed returns the changes that give objects the addresses in to, and that
// make others remember what they depend on by its new name. stay are the
// addresses that keep their objects.
func renamed(snap state.Snapshot, to map[state.ObjectKey]state.Addr, stay map[state.Addr]bool) []state.Change {
	remains := map[state.Addr]bool{} // blocks
	for addr := range stay {
		remains[addr.Block()] = true
	}
	blocks := map[state.Addr]state.Addr{}
	for _, o := range snap.Objects {
		if addr, ok := to[o.Key]; ok {
			blocks[o.Addr.Block()] = addr.Block()
		}
	}
	var changes []state.Change
	for _, o := range snap.Objects {
		addr, moved := to[o.Key]
		if moved {
			o.Addr = addr
		}
		deps := renamedDeps(o.Deps, blocks, remains)
		if !moved && slices.Equal(deps, o.Deps) {
			continue
		}
		o.Deps = deps
		changes = append(changes, state.Change{Put: &o})
	}
	return changes
}

// renamedDeps returns what an object depends on by its new names; a block of
// which something remains keeps its old one, too.
func renamedDeps(deps []state.Addr, blocks map[state.Addr]state.Addr, remains map[state.Addr]bool) []state.Addr {
	var list []state.Addr
	for _, d := range deps {
		now, moved := blocks[d]
		if !moved || remains[d] {
			list = append(list, d)
		}
		if moved {
			list = append(list, now)
		}
	}
	slices.SortFunc(list, state.Addr.Compare)
	return slices.Compact(list)
}

// moveOf reads the addresses of a move as those of a moved block.
func moveOf(source, destination string) (config.Move, error) {
	from, err := placeOf(source)
	if err != nil {
		return config.Move{}, err
	}
	to, err := placeOf(destination)
	switch {
	case err != nil:
		return config.Move{}, err
	case (from.Type == "") != (to.Type == ""):
		return config.Move{}, errorOf("Invalid state move request", fmt.Sprintf("Cannot move %s to %s: a module moves to a module, and a resource to a resource.", source, destination))
	case from.Type != to.Type:
		return config.Move{}, errorOf("Invalid state move request", fmt.Sprintf("Cannot move %s to %s: resource types don't match.", source, destination))
	}
	return config.Move{From: from, To: to}, nil
}

func placeOf(text string) (config.Place, error) {
	t, err := planner.ParseTarget(text)
	if err != nil {
		return config.Place{}, err
	}
	if t.Module == "" {
		a := t.Addr
		if a.Data {
			return config.Place{}, fmt.Errorf("%s is a data source, and those have no objects in state", a)
		}
		return config.Place{Module: a.Module, Type: a.Type, Name: a.Name, Key: a.Key, Wild: a.Key == state.Key{}}, nil
	}
	steps, err := state.ParseModule(t.Module)
	if err != nil {
		return config.Place{}, err
	}
	return config.Place{Module: t.Module, Wild: steps[len(steps)-1].Key == state.Key{}}, nil
}
