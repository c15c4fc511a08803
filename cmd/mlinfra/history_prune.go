package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) historyPruneCommand() *cobra.Command {
	var flags stateFlags
	keep := 0
	c := &cobra.Command{
		Use:   "prune -keep=N",
		Short: "Forget all but the newest runs",
		Long: `Forgets all but the newest N runs of the current workspace, what they did and
their configurations, and gives the space back. The state itself stays as it is,
and so do the copies of it. The history also forgets by itself: it keeps the
newest 500 runs, or as many as MLINFRA_HISTORY_RUNS says.

  mlinfra history prune -keep=50`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if keep < 1 {
				return errorOf("How many runs are to be kept?", "Say it with -keep, such as -keep=50. At least the newest stays.")
			}
			o, err := a.stateOptions(flags, bolt.Write)
			if err != nil {
				return err
			}
			if err := a.needState(o.Path); err != nil {
				return err
			}
			p, err := bolt.Prune(o, keep)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "Forgot %s. %s had %d bytes and has %d.\n", count(p.Runs, "run"), o.Path, p.Before, p.After)
			return err
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	c.Flags().IntVar(&keep, "keep", 0, "how many runs to keep")
	return c
}

// needState refuses to go on where there is no state.
func (a *app) needState(path string) error {
	if bolt.Exists(path) {
		return nil
	}
	return errorOf("There is no state", fmt.Sprintf("%s does not exist: run this where the state is, or name it with -state.", path))
}
