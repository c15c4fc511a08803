package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) outputCommand() *cobra.Command {
	var flags stateFlags
	var asJSON, raw bool
	c := &cobra.Command{
		Use:   "output [NAME]",
		Short: "Show the outputs",
		Long: `Shows all outputs, sensitive ones masked, or the value of one. Naming a
sensitive output shows it.`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.allOutputs(snap, asJSON)
			}
			o, ok := snap.Outputs[args[0]]
			if !ok {
				return fmt.Errorf("there is no output %q in state%s", args[0], known(snap))
			}
			return a.oneOutput(args[0], o, asJSON, raw)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&raw, "raw", false, "print the text itself, for scripts")
	return c
}

func known(snap state.Snapshot) string {
	if len(snap.Outputs) == 0 {
		return "; outputs are recorded by apply"
	}
	return "; there are: " + strings.Join(slices.Sorted(maps.Keys(snap.Outputs)), ", ")
}

// snapshot reads a state.
func (a *app) snapshot(flags stateFlags) (state.Snapshot, error) {
	store, err := a.openState(flags.file(), bolt.Read)
	if err != nil {
		return state.Snapshot{}, err
	}
	snap, err := store.Snapshot()
	if err != nil {
		return snap, err
	}
	return snap, store.Close()
}

func (a *app) allOutputs(snap state.Snapshot, asJSON bool) error {
	if !asJSON {
		if len(snap.Outputs) == 0 {
			fmt.Fprintln(a.stderr, "No outputs: the state has none. They are declared by output blocks and recorded by apply.")
		}
		fmt.Fprint(a.stdout, view.OutputLines(view.OutputsOf(snap.Outputs)))
		return nil
	}
	all := map[string]any{}
	for name, o := range snap.Outputs {
		all[name] = map[string]any{"sensitive": o.Sensitive, "type": o.Type, "value": o.Value}
	}
	return a.printJSON(all)
}

func (a *app) oneOutput(name string, o state.Output, asJSON, raw bool) error {
	v := planner.DecodeOutput(o)
	switch {
	case asJSON:
		fmt.Fprintf(a.stdout, "%s\n", o.Value)
	case raw:
		s, err := convert.Convert(v, cty.String)
		if err != nil || s.IsNull() {
			return fmt.Errorf("output %s is of type %s and has no raw text; use -json", name, v.Type().FriendlyName())
		}
		fmt.Fprint(a.stdout, s.AsString())
	default:
		fmt.Fprintln(a.stdout, view.Value(v))
	}
	return nil
}

func (a *app) printJSON(v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", raw)
	return err
}
