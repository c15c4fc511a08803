package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// stateFlags say which state a command works on.
type stateFlags struct {
	path      string
	pathGiven bool // on the command line
	offline   bool
	// lockTimeout is how long to wait for another that works on the workspace.
	lockTimeout time.Duration
}

func (f *stateFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.path, "state", "mlinfra.db", "`file` that holds the state")
	c.Flags().BoolVar(&f.offline, "offline", false, "work on fake clouds and a state of their own, kept in .mlinfra/offline")
}

// planFlags are those of plan, apply and destroy.
type planFlags struct {
	stateFlags
	args     []config.Arg
	json     bool
	input    bool
	refresh  bool
	parallel int

	targets, excludes, replace []string
	destroy, refreshOnly       bool
	mayBeEmpty                 bool // there need be no configuration
	noDeferral                 bool
	compact                    bool   // warnings without their details
	generate                   string // file for the configuration of imports; "" for none
}

func (f *planFlags) register(c *cobra.Command) {
	f.stateFlags.register(c)
	registerVars(c, &f.args)
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&f.input, "input", true, "ask for variables that have no value")
	c.Flags().BoolVar(&f.refresh, "refresh", true, "look at the objects before planning")
	c.Flags().StringArrayVar(&f.targets, "target", nil, "plan only for the module or resource at `ADDRESS` and what it needs; may be repeated")
	c.Flags().StringArrayVar(&f.excludes, "exclude", nil, "leave out the module or resource at `ADDRESS` and what needs it; may be repeated")
	c.Flags().BoolVar(&f.compact, "compact-warnings", false, "print only the summaries of warnings")
	registerLock(c, &f.stateFlags)
	c.Flags().IntVar(&f.parallel, "parallelism", 0, "at most `n` steps at once; 0 leaves it to the API's limits")
}

// registerModes registers what only plan and apply know.
func (f *planFlags) registerModes(c *cobra.Command) {
	c.Flags().BoolVar(&f.destroy, "destroy", false, "destroy everything")
	c.Flags().BoolVar(&f.refreshOnly, "refresh-only", false, "only bring state up to what exists")
	c.Flags().StringArrayVar(&f.replace, "replace", nil, "make the object at `ADDRESS` anew; may be repeated")
	c.Flags().StringVar(&f.generate, "generate-config-out", "", "write the blocks that import blocks lack to a new `file`")
	c.Flags().BoolVar(&f.noDeferral, "no-deferral", false, "as Terraform: refuse a count or for_each that is known only after an apply, and plan with provider settings that are")
}

// check refuses flags that exclude each other.
func (f *planFlags) check() error {
	switch {
	case f.destroy && f.refreshOnly:
		return errors.New("-destroy and -refresh-only exclude each other")
	case f.refreshOnly && !f.refresh:
		return errors.New("-refresh-only and -refresh=false exclude each other")
	case f.parallel < 0:
		return fmt.Errorf("-parallelism=%d: the number of steps at once is positive, or 0 for what the API allows", f.parallel)
	case len(f.targets) > 0 && len(f.excludes) > 0:
		return errors.New("-target and -exclude exclude each other")
	case len(f.replace) > 0 && (f.destroy || f.refreshOnly):
		return errors.New("-replace goes neither with -destroy nor with -refresh-only")
	}
	return nil
}

// bounds reads the addresses of -target, -exclude and -replace into in.
func (f *planFlags) bounds(in *planner.Input) error {
	for _, l := range []struct {
		flag string
		args []string
		to   *[]planner.Target
	}{{"-target", f.targets, &in.Targets}, {"-exclude", f.excludes, &in.Excludes}} {
		for _, arg := range l.args {
			t, err := planner.ParseTarget(arg)
			if err != nil {
				return fmt.Errorf("%s: %w", l.flag, err)
			}
			*l.to = append(*l.to, t)
		}
	}
	for _, arg := range f.replace {
		a, err := state.ParseAddr(arg)
		if err != nil {
			return fmt.Errorf("-replace: %w", err)
		}
		in.Replace = append(in.Replace, a)
	}
	return nil
}

// accept registers flags of Terraform that have no meaning here, so that its
// users' scripts run: bools and those that have a value.
func accept(c *cobra.Command, bools, texts []string) {
	for _, name := range bools {
		c.Flags().Bool(name, false, "accepted for Terraform's sake")
		_ = c.Flags().MarkHidden(name) // it is registered
	}
	for _, name := range texts {
		c.Flags().StringArray(name, nil, "accepted for Terraform's sake")
		_ = c.Flags().MarkHidden(name)
	}
}

// registerLock registers Terraform's flags about locks. A workspace is always
// locked while it is worked on.
func registerLock(c *cobra.Command, f *stateFlags) {
	c.Flags().Bool("lock", true, "accepted for Terraform's sake: a workspace is always locked while it is worked on")
	c.Flags().DurationVar(&f.lockTimeout, "lock-timeout", 0, "how long to wait for another mlinfra that works on the workspace, such as 5m; at least two seconds")
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
		text, err := readSource(args[i].File)
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

// help shows the subcommands of c to whoever has left one out: nothing was done.
func help(c *cobra.Command, _ []string) error {
	if err := c.Help(); err != nil {
		return err
	}
	return exitFailed
}

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
