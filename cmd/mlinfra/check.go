package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) validateCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration for mistakes",
		Long: `Checks the configuration without an account, a state or values for its
variables, whose defaults are not looked at: syntax, names, types, references, cycles.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			prog, diags := a.validate(c.Context(), false)
			if asJSON {
				return a.validateJSON(prog, diags)
			}
			if len(diags) > 0 {
				a.printDiags(prog.Sources, diags)
			}
			if diags.HasErrors() {
				return exitError(1)
			}
			if len(diags) > 0 {
				fmt.Fprintln(a.stdout, "Success! The configuration is valid, but there were some validation warnings as shown above.")
				return nil
			}
			fmt.Fprintln(a.stdout, "Success! The configuration is valid.")
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	accept(c, []string{"no-tests"}, []string{"test-directory"})
	return c
}

// validate loads the configuration and plans it with everything unknown.
func (a *app) validate(ctx context.Context, upgrade bool) (*config.Program, hcl.Diagnostics) {
	return a.validateFrom(ctx, os.DirFS("."), upgrade)
}

// validateFrom is validate for the files of fsys in the place of those of the
// working directory.
func (a *app) validateFrom(ctx context.Context, fsys fs.FS, upgrade bool) (*config.Program, hcl.Diagnostics) {
	wd, err := os.Getwd()
	prog, diags := a.loadFrom(ctx, fsys, wd, upgrade)
	a.secrets.hideInputs(prog)
	if err != nil || diags.HasErrors() {
		return prog, diags
	}
	prog.SetUnknown(prog.Variables())
	_, more := planner.Build(planner.Input{
		Program: prog, Validate: true, Provisioning: provisioning(), Env: config.Env{WorkDir: wd, Cwd: a.cwd, Workspace: bolt.DefaultWorkspace, Secrets: a.secrets},
		ReadData: func(_ string, _ cty.Value, t *providers.Type, _ cty.Value) (cty.Value, error) {
			return cty.UnknownVal(t.ImpliedType()), nil
		},
	})
	return prog, append(diags, more...)
}

func (a *app) validateJSON(prog *config.Program, diags hcl.Diagnostics) error {
	var sources map[string]*hcl.File
	if prog != nil {
		sources = prog.Sources
	}
	raw, err := view.ValidationJSON(diags, sources)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s\n", raw)
	if diags.HasErrors() {
		return exitError(1)
	}
	return nil
}

func (a *app) initCommand() *cobra.Command {
	var flags planFlags
	var upgrade bool
	c := &cobra.Command{
		Use:   "init",
		Short: "Check that everything is ready for a plan",
		Long: `Checks the configuration, the state and the settings of the providers. It is
never required before plan: providers are built in, and modules are downloaded
when they are missing. With -upgrade, takes what the modules' sources have now.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.newSession(flags)
			if err != nil {
				return err
			}
			defer s.close()
			if err := s.open(bolt.Read); err != nil {
				return err
			}
			return s.initialize(c.Context(), upgrade)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&upgrade, "upgrade", false, "take what the sources of modules have now, and pin that")
	accept(c, []string{"reconfigure", "backend", "get", "migrate-state", "force-copy", "ignore-remote-version"}, []string{"backend-config", "lockfile", "plugin-dir", "test-directory"})
	return c
}

func (s *session) initialize(ctx context.Context, upgrade bool) error {
	prog, diags := s.validate(ctx, upgrade)
	s.prog = prog
	if err := s.check(diags); err != nil {
		return err
	}
	prog.SetUnknown(nil)
	prog.SetUnknown(prog.Missing()) // providers are tried with the defaults
	scope := s.priorScope(ctx)
	for _, b := range prog.Blocks {
		if b.ID.Kind != config.Provider {
			continue
		}
		if b.ForEach != nil {
			continue // checked by plan
		}
		key := b.ID.String()
		cfg, known, err := providerSettings(prog, scope, key)
		if err != nil {
			return err
		}
		if !known {
			fmt.Fprintf(s.stdout, "- provider %s: its settings need variables or resources; checked by plan\n", key)
			continue
		}
		if _, err := s.clouds.connect(ctx, key, cfg); err != nil {
			return s.providerError(key, err)
		}
		fmt.Fprintf(s.stdout, "- provider %s: built in, configured\n", key)
	}
	fmt.Fprintf(s.stdout, "- state: %s, %d objects\n", s.stateFile(s.flags.stateFlags), len(s.snap.Objects))
	s.warn()
	fmt.Fprintln(s.stdout, "\nmlinfra has been initialized.")
	s.hint("You may now begin working with it: run mlinfra plan.")
	return nil
}
