package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) rollbackCommand() *cobra.Command {
	var flags applyFlags
	c := &cobra.Command{
		Use:   "rollback SERIAL",
		Short: "Go back to the configuration of an earlier run",
		Long: `Plans towards the configuration, and the values of variables, that the last run
at or before a serial was made from, says what cannot be taken back, shows the
plan, asks, and carries it out: a run as any other, which can be rolled back, too.

What was destroyed since then is made anew, and its data does not come back; what
was made since then is destroyed with all it holds. Objects that have got another
address since then get their old one again. What refuses to be changed back, such
as a volume that has grown, needs -replace. Ephemeral variables are given as to
apply. Files that functions such as file() read are those of now.

The files in this directory stay as they are: unless they follow, the next apply
goes forward again. mlinfra history show SERIAL -sources=DIR writes the old ones.

  mlinfra history
  mlinfra rollback 12

Exit codes: those of apply.`,
		Args: exactly(1, "a serial; mlinfra history lists those there are"),
		RunE: func(c *cobra.Command, args []string) error {
			serial, err := parseSerial(args[0])
			if err != nil {
				return err
			}
			return a.rollback(c.Context(), flags, serial)
		},
	}
	flags.register(c)
	c.Flags().StringArrayVar(&flags.replace, "replace", nil, "make the object at `ADDRESS` anew; may be repeated")
	c.Flags().BoolVar(&flags.approve, "auto-approve", false, "do not ask")
	return c
}

func (a *app) rollback(ctx context.Context, flags applyFlags, serial uint64) error {
	a.json = flags.json
	h, err := a.history(flags.stateFlags)
	if err != nil {
		return err
	}
	run, err := runAt(h, serial)
	if err != nil {
		return err
	}
	f, err := a.savedConfig(flags.stateFlags, run)
	if err != nil {
		return err
	}
	if !flags.approve && !a.asks(flags.planFlags) {
		return a.nobody("-auto-approve")
	}
	flags.destroy = f.Plan.Destroy
	s, err := a.newSession(flags.planFlags)
	if err != nil {
		return err
	}
	defer s.close()
	s.commit = gitCommit(ctx, s.env.WorkDir)
	s.again = fmt.Sprintf("rollback %d", serial)
	plan, past, err := s.planBack(ctx, f, run)
	if err != nil {
		return err
	}
	s.announce(run, f, losses(plan, past, s.snap.Objects, s.catalog))
	if err := s.waves(ctx, flags, plan); err != nil || flags.json {
		return err
	}
	return s.reportFiles(f, serial)
}

// planBack plans towards the configuration of a run, and returns the objects that
// it left.
func (s *session) planBack(ctx context.Context, f *planner.File, run state.Run) (*planner.Plan, map[state.ObjectKey]*state.Object, error) {
	if s.flags.json {
		s.stream().Version(version)
	}
	if err := s.loadSaved(f); err != nil {
		return nil, nil, err
	}
	if err := s.giveEphemeral(); err != nil {
		return nil, nil, err
	}
	if err := s.open(bolt.Write); err != nil {
		return nil, nil, err
	}
	h, err := s.history(s.flags.stateFlags) // again: nobody else writes any more
	if err != nil {
		return nil, nil, err
	}
	past, err := objectsAt(h, s.snap.Objects, run.Last)
	if err != nil {
		return nil, nil, err
	}
	s.prog.Moves = append(movesBack(past, s.snap.Objects), s.prog.Moves...)
	plan, err := s.makePlan(ctx)
	return plan, past, err
}

// loadSaved makes a configuration that was kept that of the session.
func (s *session) loadSaved(f *planner.File) error {
	root, modules := config.SavedFiles(f.Sources, f.Modules)
	var diags hcl.Diagnostics
	if s.prog, diags = config.Load(root, s.env.WorkDir, s.catalog, modules); diags.HasErrors() {
		return s.check(diags)
	}
	s.prog.Inputs = f.Inputs
	return readVarFiles(s.flags.args)
}

// giveEphemeral gives ephemeral variables their values, which no configuration
// that was kept has. What the files of now say of others does not matter.
func (s *session) giveEphemeral() error {
	ephemeral := map[string]bool{}
	for _, b := range s.prog.Blocks {
		if b.ID.Kind == config.Variable && b.ID.Module == "" && b.Variable.Ephemeral {
			ephemeral[b.ID.Name] = true
		}
	}
	for _, arg := range s.flags.args {
		name, _, _ := strings.Cut(arg.Var, "=")
		if name = strings.TrimSpace(name); arg.File == "" && !ephemeral[name] {
			return errorOf(fmt.Sprintf("Variable %q cannot be set", name), "A rollback takes the values of variables that its configuration was applied with. Only ephemeral variables are given to it.")
		}
	}
	if len(ephemeral) == 0 {
		return nil
	}
	diags := s.prog.SetEphemeral(os.DirFS("."), s.environ, s.flags.args)
	diags = slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagWarning })
	if !diags.HasErrors() {
		diags = s.askInputs()
	}
	return s.check(diags)
}

// movesBack returns the moves that give objects the addresses that they had.
func movesBack(past map[state.ObjectKey]*state.Object, now []state.Object) []config.Move {
	var moves []config.Move
	for _, o := range now {
		if was := past[o.Key]; was != nil && was.Addr != o.Addr && !o.Deposed {
			moves = append(moves, config.Move{From: placeAt(o.Addr), To: placeAt(was.Addr)})
		}
	}
	return moves
}

func placeAt(a state.Addr) config.Place {
	return config.Place{Module: a.Module, Type: a.Type, Name: a.Name, Key: a.Key}
}

// reportFiles says how the files of the directory differ from what was rolled
// back to.
func (s *session) reportFiles(f *planner.File, serial uint64) error {
	differ, err := differences(".", f.Sources)
	if err != nil {
		return err
	}
	if len(differ) == 0 {
		_, err := fmt.Fprintln(s.stdout, "\nThe files in this directory are those of then. If it was values of variables that have changed, set them back, too: the next mlinfra apply takes those of now.")
		return err
	}
	var names []string
	for _, d := range differ {
		names = append(names, d.name+" "+d.how)
	}
	_, err = fmt.Fprintf(s.stdout, "\nThe files in this directory were not touched, and differ from what was rolled back to: %s. The next mlinfra apply goes forward to them again. To have the old ones:\n    mlinfra history show %d -sources=DIR\n", strings.Join(names, ", "), serial)
	return err
}
