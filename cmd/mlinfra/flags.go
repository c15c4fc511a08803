package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mlinfra/mlinfra/config"
)

// stateFlags say which state a command works on.
type stateFlags struct {
	path      string
	pathGiven bool // on the command line
	offline   bool
}

func (f *stateFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.path, "state", "mlinfra.db", "`file` that holds the state")
	c.Flags().BoolVar(&f.offline, "offline", false, "work on fake clouds and a state of their own, kept in .mlinfra/offline")
}

// file returns the file of the state.
func (f *stateFlags) file() string {
	if f.offline {
		return filepath.Join(offlineDir(), "state.db")
	}
	return f.path
}

// content returns where the fakes keep what they hold; "" for the real clouds.
func (f *stateFlags) content() string {
	if f.offline {
		return offlineDir()
	}
	return ""
}

// planFlags are those of plan, apply and destroy.
type planFlags struct {
	stateFlags
	args     []config.Arg
	json     bool
	input    bool
	refresh  bool
	parallel int
}

func (f *planFlags) register(c *cobra.Command) {
	f.stateFlags.register(c)
	registerVars(c, &f.args)
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&f.input, "input", true, "ask for variables that have no value")
	c.Flags().BoolVar(&f.refresh, "refresh", true, "look at the objects before planning")
	c.Flags().IntVar(&f.parallel, "parallelism", 0, "at most `n` steps at once; 0 leaves it to the API's limits")
}

func registerVars(c *cobra.Command, args *[]config.Arg) {
	c.Flags().Var(&varFlag{args, false}, "var", "set a variable, as `NAME=VALUE`; may be repeated")
	c.Flags().Var(&varFlag{args, true}, "var-file", "set variables from a `file`; may be repeated")
}

// varFlag is -var or -var-file. Both append to one list: later ones win.
type varFlag struct {
	args *[]config.Arg
	file bool
}

// Set takes one argument.
func (v *varFlag) Set(s string) error {
	if !v.file {
		*v.args = append(*v.args, config.Arg{Var: s})
		return nil
	}
	*v.args = append(*v.args, config.Arg{File: s})
	return nil
}

// String returns nothing: there is no default.
func (v *varFlag) String() string { return "" }

// Type names the kind of value in help texts.
func (v *varFlag) Type() string { return "string" }

// readVarFiles fills in the content of the -var-file arguments, once the
// working directory is that of -chdir.
func readVarFiles(args []config.Arg) error {
	for i := range args {
		if args[i].File == "" {
			continue
		}
		text, err := os.ReadFile(args[i].File)
		if err != nil {
			return fmt.Errorf("-var-file: %w", err)
		}
		args[i].Text = text
	}
	return nil
}

// atMost refuses more than n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return fmt.Errorf("no place for the argument %q: flags begin with a dash, and -chdir=DIR names another directory; %s -help lists what there is", args[n], c.CommandPath())
	}
}

// subcommand refuses what is no subcommand of c.
func subcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if names := c.SuggestionsFor(args[0]); len(names) > 0 {
		hint = fmt.Sprintf(" Did you mean %q?", strings.Join(names, `" or "`))
	}
	return fmt.Errorf("no command %q.%s %s -help lists those there are", args[0], hint, c.CommandPath())
}

func help(c *cobra.Command, _ []string) error { return c.Help() }

// flagError says what is wrong with a flag, spelled with one dash.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("no flag -%s; %s -help lists those there are", unknown.GetSpecifiedName(), c.CommandPath())
	case errors.As(err, &value):
		return fmt.Errorf("-%s=%s is not a %s", value.GetFlag().Name, value.GetValue(), value.GetFlag().Value.Type())
	case errors.As(err, &missing):
		return fmt.Errorf("-%s needs a value: -%[1]s=…", missing.GetSpecifiedName())
	}
	return err
}
