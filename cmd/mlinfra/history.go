package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) historyCommand() *cobra.Command {
	var flags stateFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "history",
		Short: "Show who has changed what, and when",
		Long: `Lists the runs that have written to the state of the current workspace, the
newest last: their serials, and how many objects they added (+), changed (~)
and removed (-). The newest 500 are kept, or as many as MLINFRA_HISTORY_RUNS
says. It can be read while another mlinfra works.

  mlinfra history
  mlinfra history show 12                what the run of serial 12 has changed
  mlinfra history show 12 -sources=old   its configuration, into a new directory
  mlinfra history diff 3 12              what differs between two serials
  mlinfra history prune -keep=50         forget all but the newest 50 runs`,
		Args: subcommand,
		RunE: func(*cobra.Command, []string) error {
			h, err := a.history(flags)
			if err != nil {
				return err
			}
			if asJSON {
				return a.historyJSON(h)
			}
			return a.listHistory(h)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(a.historyShowCommand(), a.historyDiffCommand(), a.historyPruneCommand())
	return c
}

// history reads the past of the current workspace.
func (a *app) history(flags stateFlags) (bolt.History, error) {
	o, err := a.stateOptions(flags, bolt.Read)
	if err != nil {
		return bolt.History{}, err
	}
	return bolt.ReadHistory(o)
}

func (a *app) listHistory(h bolt.History) error {
	if len(h.Runs) == 0 {
		_, err := fmt.Fprintln(a.stdout, "There is no history: nothing has been written to this workspace yet.")
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERIALS\tWHEN\tWHO\tCOMMAND\tCOMMIT\tCHANGES")
	for _, run := range h.Runs {
		added, changed, removed := counts(turnsOf(ofRun(h.Events, run), nil))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t+%d ~%d -%d\n", serials(run), localTime(run.At), view.Clean(run.Who),
			view.Clean(run.Command), shortCommit(run.Commit), added, changed, removed)
	}
	return w.Flush()
}

// serials returns those of a run.
func serials(run state.Run) string {
	if run.First == run.Last {
		return fmt.Sprint(run.First)
	}
	return fmt.Sprintf("%d-%d", run.First, run.Last)
}

func localTime(t time.Time) string { return t.Local().Format(time.DateTime) }

// shortCommit returns the first digits of a commit, and the mark of files that
// differ from it; a dash for none.
func shortCommit(commit string) string {
	const digits = 8
	hash, changed := strings.CutSuffix(commit, "+")
	switch {
	case hash == "":
		return "-"
	case changed:
		return view.Clean(hash[:min(len(hash), digits)]) + "+"
	}
	return view.Clean(hash[:min(len(hash), digits)])
}

// runJSON is a run as programs read it.
type runJSON struct {
	state.Run
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

func runOf(h bolt.History, run state.Run) runJSON {
	r := runJSON{Run: run}
	r.Added, r.Changed, r.Removed = counts(turnsOf(ofRun(h.Events, run), nil))
	return r
}

func (a *app) historyJSON(h bolt.History) error {
	workspace, err := a.workspace()
	if err != nil {
		return err
	}
	runs := []runJSON{}
	for _, run := range h.Runs {
		runs = append(runs, runOf(h, run))
	}
	return a.printJSON(map[string]any{"workspace": workspace, "serial": h.Serial, "runs": runs})
}
