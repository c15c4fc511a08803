package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
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
			switch {
			case asJSON && raw:
				return errorOf("Invalid output format", "The -raw and -json options are mutually-exclusive.")
			case raw && len(args) == 0:
				return errorOf("Output name required", "You must give the name of a single output value when using the -raw option.")
			}
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if asJSON && anyLocked(snap.Outputs) {
					return snap.Locked
				}
				return a.allOutputs(snap, asJSON)
			}
			o, ok := snap.Outputs[args[0]]
			if !ok {
				return noOutput(args[0], snap)
			}
			if o.Locked {
				return snap.Locked
			}
			return a.oneOutput(args[0], o, asJSON, raw)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&raw, "raw", false, "print the text itself, for scripts")
	return c
}

// anyLocked reports whether there is no key for one of the outputs.
func anyLocked(outputs map[string]state.Output) bool {
	for _, o := range outputs {
		if o.Locked {
			return true
		}
	}
	return false
}

func noOutput(name string, snap state.Snapshot) error {
	detail := "The output variable requested could not be found in the state file. If you recently added this to your configuration, be sure to run `mlinfra apply`, since the state won't be updated with new output variables until that command is run."
	if len(snap.Outputs) > 0 {
		detail += " There are: " + strings.Join(slices.Sorted(maps.Keys(snap.Outputs)), ", ") + "."
	}
	return errorOf(fmt.Sprintf("Output %q not found", name), detail)
}

func (a *app) allOutputs(snap state.Snapshot, asJSON bool) error {
	if !asJSON {
		if len(snap.Outputs) == 0 {
			a.printDiags(nil, hcl.Diagnostics{{
				Severity: hcl.DiagWarning, Summary: "No outputs found",
				Detail: "The state has no outputs: they are declared by output blocks, and recorded by mlinfra apply or mlinfra refresh.",
			}})
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
	v, to := planner.DecodeOutput(o), a.asked()
	switch {
	case asJSON:
		raw, err := view.JSON(o.Value)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s\n", raw)
		return err
	case raw:
		s, err := convert.Convert(v, cty.String)
		if err != nil || s.IsNull() {
			return noRawText(name, v)
		}
		_, err = fmt.Fprint(to, s.AsString())
		return err
	}
	_, err := fmt.Fprintln(to, view.Value(v))
	return err
}

func noRawText(name string, v cty.Value) error {
	detail := fmt.Sprintf("The -raw option only supports strings, numbers, and boolean values, but output value %q is %s.\n\nUse the -json option for machine-readable representations of output values that have complex types.", name, v.Type().FriendlyName())
	if v.IsNull() {
		detail = fmt.Sprintf("The value for output value %q is null, so -raw mode cannot print it.", name)
	}
	return errorOf("Unsupported value for raw output", detail)
}

func (a *app) printJSON(v any) error {
	raw, err := view.JSON(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.asked(), "%s\n", &b)
	return err
}
