package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) providersCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "providers",
		Short: "Show which modules need which providers",
		Long: `Shows the providers that the modules of the configuration need, and those of
the objects in state. All of them are built in.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			wd, err := os.Getwd()
			if err != nil {
				return err
			}
			prog, diags := a.loadConfig(c.Context(), wd, false)
			if diags.HasErrors() {
				a.printDiags(prog.Sources, diags)
				return exitError(1)
			}
			if prog.Empty {
				return noFiles(prog)
			}
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			fmt.Fprint(a.stdout, "\nProviders required by configuration:\n.\n")
			writeProviders(a.stdout, prog, "", "")
			if names := providersOf(snap); len(names) > 0 {
				fmt.Fprintf(a.stdout, "\nProviders required by state:\n\n    provider[%s]\n", strings.Join(names, "]\n    provider["))
			}
			fmt.Fprintln(a.stdout)
			return nil
		},
	}
	flags.register(c)
	return c
}

// writeProviders draws what a module needs as the branches of a tree.
func writeProviders(w io.Writer, prog *config.Program, module, indent string) {
	needs, calls := map[string]bool{}, map[string]string{}
	for _, b := range prog.Blocks {
		switch {
		case b.ID.Module != module:
		case b.ID.Kind == config.Call:
			calls["module."+b.ID.Name] = b.Calls.Path
		case b.ID.Kind == config.Provider:
			needs[b.ID.Type] = true
		case b.Type != nil:
			needs[b.Provider.ID.Type] = true
		}
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		lines = append(lines, "provider["+name+"]")
	}
	lines = append(lines, slices.Sorted(maps.Keys(calls))...)
	for i, line := range lines {
		branch, more := "├── ", "│   "
		if i == len(lines)-1 {
			branch, more = "└── ", "    "
		}
		fmt.Fprintln(w, indent+branch+line)
		if path, ok := calls[line]; ok {
			writeProviders(w, prog, path, indent+more)
		}
	}
}

// providersOf returns the names of the providers of the objects in a state.
func providersOf(snap state.Snapshot) []string {
	names := map[string]bool{}
	for _, o := range snap.Objects {
		id, _ := config.ProviderID(o.Provider)
		names[id.Type] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func (a *app) getCommand() *cobra.Command {
	var update bool
	c := &cobra.Command{
		Use:   "get",
		Short: "Download the modules that are missing",
		Long: `Downloads the modules of the configuration that are missing, as init and plan
do by themselves. With -update, takes what their sources have now.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			wd, err := os.Getwd()
			if err != nil {
				return err
			}
			prog, diags := a.loadConfig(c.Context(), wd, update)
			if len(diags) > 0 {
				a.printDiags(prog.Sources, diags)
			}
			if diags.HasErrors() {
				return exitError(1)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&update, "update", false, "take what the sources of modules have now, and pin that")
	return c
}
