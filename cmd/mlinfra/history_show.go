package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) historyShowCommand() *cobra.Command {
	var flags stateFlags
	var asJSON bool
	var dir string
	c := &cobra.Command{
		Use:   "show SERIAL",
		Short: "Show what the run of a serial has changed",
		Long: `Shows the run that a serial belongs to, and what it has made of each object.
Sensitive values are masked. With -sources it writes the configuration that the
run was made from into a new directory instead; the values of variables are not
among the files, since they may be secret.

  mlinfra history show 12
  mlinfra history show 12 -sources=old && diff -r old .`,
		Args: exactly(1, "a serial; mlinfra history lists those there are"),
		RunE: func(_ *cobra.Command, args []string) error {
			h, run, err := a.runNamed(flags, args[0])
			if err != nil {
				return err
			}
			switch turns := turnsOf(ofRun(h.Events, run), a.destroyed(h)); {
			case dir != "":
				return a.writeSources(flags, run, dir)
			case asJSON:
				return a.runJSON(h, run, turns)
			default:
				a.showRun(h, run, turns)
				return nil
			}
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&dir, "sources", "", "write the configuration of the run into a new `directory`")
	return c
}

// runNamed returns the run of a serial that a user has typed.
func (a *app) runNamed(flags stateFlags, text string) (bolt.History, state.Run, error) {
	serial, err := parseSerial(text)
	if err != nil {
		return bolt.History{}, state.Run{}, err
	}
	h, err := a.history(flags)
	if err != nil {
		return h, state.Run{}, err
	}
	run, err := runAt(h, serial)
	return h, run, err
}

func (a *app) showRun(h bolt.History, run state.Run, turns []view.Turn) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(a.stdout, "%-15s%s\n", name+":", view.Clean(text))
		}
	}
	line("Serials", serials(run))
	line("Command", "mlinfra "+run.Command)
	line("Who", run.Who)
	line("When", localTime(run.At))
	line("Version", run.Version)
	if hash, changed := strings.CutSuffix(run.Commit, "+"); changed {
		line("Git commit", hash+", with changes that were not committed")
	} else {
		line("Git commit", hash)
	}
	line("Saved plan", run.PlanID)
	line("Run", run.ID)
	if run.Sources != "" {
		line("Configuration", fmt.Sprintf("kept: mlinfra history show %d -sources=DIR writes it", run.First))
	}
	a.warnIncomparable(h)
	a.showTurns(turns)
}

// showTurns prints what has become of objects, and counts it.
func (a *app) showTurns(turns []view.Turn) {
	if len(turns) == 0 {
		fmt.Fprintln(a.stdout, "\nNo objects were changed.")
		return
	}
	view.Turns(a.stdout, a.style(a.stdout), turns, a.catalog)
	added, changed, removed := counts(turns)
	fmt.Fprintf(a.stdout, "\n%d added, %d changed, %d removed.\n", added, changed, removed)
}

// warnIncomparable says that secrets cannot be compared, and why.
func (a *app) warnIncomparable(h bolt.History) {
	if h.Locked != nil {
		a.printDiags(nil, hcl.Diagnostics{{
			Severity: hcl.DiagWarning, Summary: "Sensitive values cannot be compared",
			Detail: "The state cannot be opened: " + h.Locked.Error() + ".",
		}})
	}
}

func (a *app) runJSON(h bolt.History, run state.Run, turns []view.Turn) error {
	changes, err := view.TurnsJSON(turns, a.catalog)
	if err != nil {
		return err
	}
	return a.printJSON(struct {
		runJSON
		Changes json.RawMessage `json:"resource_changes"`
	}{runOf(h, run), changes})
}

// savedConfig returns the configuration that a run was made from.
func (a *app) savedConfig(flags stateFlags, run state.Run) (*planner.File, error) {
	if run.Sources == "" {
		return nil, noConfiguration(run)
	}
	o, err := a.stateOptions(flags, bolt.Read)
	if err != nil {
		return nil, err
	}
	body, err := bolt.ReadSources(o, run.Sources)
	if err != nil {
		return nil, fmt.Errorf("the configuration of serial %d cannot be read: %w", run.First, err)
	}
	f, err := planner.ReadFile(body, a.catalog)
	if err != nil {
		return nil, fmt.Errorf("the configuration of serial %d was kept by mlinfra %s and cannot be read by %s: %w", run.First, run.Version, version, err)
	}
	return f, nil
}

func noConfiguration(run state.Run) error {
	return errorOf(fmt.Sprintf("The run of serial %d has no configuration", run.First), fmt.Sprintf("It was mlinfra %s, which edits the state only. Name the serial of an apply: mlinfra history lists them.", run.Command))
}

// writeSources writes the configuration of a run into a new directory.
func (a *app) writeSources(flags stateFlags, run state.Run, dir string) error {
	f, err := a.savedConfig(flags, run)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("-sources: %w: name a directory that is not there yet", err)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		inside := insideName(name)
		if !filepath.IsLocal(inside) {
			return fmt.Errorf("-sources: the name %q of a file leads nowhere", name)
		}
		to := filepath.Join(dir, filepath.FromSlash(inside))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, f.Sources[name], 0o600)); err != nil {
			return fmt.Errorf("-sources: %w", err)
		}
		fmt.Fprintln(a.stdout, view.Clean(to))
	}
	return nil
}

// insideName returns the name of a file of a configuration below the directory
// that it is written to, also when it was not below that of the configuration.
func insideName(name string) string {
	if rest, ok := strings.CutPrefix(name, "/"); ok {
		return "absolute/" + rest
	}
	up := 0
	for strings.HasPrefix(name, "../") {
		name = name[len("../"):]
		up++
	}
	return strings.Repeat("parent/", up) + name
}
