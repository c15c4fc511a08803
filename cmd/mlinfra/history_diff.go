package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
)

func (a *app) historyDiffCommand() *cobra.Command {
	var flags stateFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff FROM TO",
		Short: "Show what differs between the states at two serials",
		Long: `Compares the objects that there were at two serials, the earlier one first, as
the history knows them. 0 is before the first run. Sensitive values are masked.

  mlinfra history diff 3 12
  mlinfra history diff 0 12 -json`,
		Args: exactly(2, "two serials; mlinfra history lists those there are"),
		RunE: func(_ *cobra.Command, args []string) error {
			from, err := parseSerial(args[0])
			if err != nil {
				return err
			}
			to, err := parseSerial(args[1])
			if err != nil {
				return err
			}
			return a.diffHistory(flags, min(from, to), max(from, to), asJSON)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// diffHistory shows what has become of objects from one serial to a later one.
func (a *app) diffHistory(flags stateFlags, from, to uint64, asJSON bool) error {
	snap, err := a.snapshot(flags) // before the history, which then has all that led to it
	if err != nil {
		return err
	}
	h, err := a.history(flags)
	if err != nil {
		return err
	}
	before, err := objectsAt(h, snap.Objects, from)
	if err != nil {
		return err
	}
	after, err := objectsAt(h, snap.Objects, to)
	if err != nil {
		return err
	}
	turns := turnsBetween(before, after, a.destroyed(h))
	if asJSON {
		changes, err := view.TurnsJSON(turns, a.catalog)
		if err != nil {
			return err
		}
		return a.printJSON(struct {
			From    uint64          `json:"from"`
			To      uint64          `json:"to"`
			Changes json.RawMessage `json:"resource_changes"`
		}{from, to, changes})
	}
	a.warnIncomparable(h)
	fmt.Fprintf(a.stdout, "From serial %d to serial %d:\n", from, to)
	a.showTurns(turns)
	return nil
}
