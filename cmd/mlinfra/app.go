package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/seal"
)

// version is set by the linker.
var version = "0.1.0-dev"

// app is the process as the commands see it.
type app struct {
	stdin          *os.File
	answers        *bufio.Reader // of stdin, once something has been asked
	stdout, stderr io.Writer
	environ        []string
	clock          providers.Clock
	catalog        config.Catalog
	fakes          map[string]fakeMaker
	openState      func(bolt.Options) (state.Store, error)
	reseal         func(bolt.Options, seal.Key) error
	keys           *seal.Keyring
	command        string       // that runs, such as state mv
	secrets        *scrubber    // what must not be printed
	requests       slog.Handler // log of requests; nil for none

	chdir   string
	cwd     string // from before chdir; "" without it
	noColor bool
	json    bool // errors are lines of the JSON stream, too
}

func newApp(environ []string) *app {
	a := &app{
		stdin: os.Stdin, environ: environ, secrets: &scrubber{},
		clock: providers.WallClock{}, fakes: fakes(), openState: openState, reseal: bolt.Rotate,
	}
	a.printTo(os.Stdout, os.Stderr)
	a.secrets.hideEnviron(environ)
	a.keys = seal.NewKeyring(a.getenv, func(path string) {
		fmt.Fprintf(a.stderr, "A key for the secrets in your states was made: %s. Keep a copy of it (mlinfra key export).\n", path)
	})
	a.catalog = catalog(a.readOutputs)
	return a
}

// getenv returns an environment variable, "" when it is not set.
func (a *app) getenv(name string) string {
	for _, line := range a.environ {
		if k, v, ok := strings.Cut(line, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// style returns how to print on w.
func (a *app) style(w io.Writer) view.Style {
	st := view.Style{Width: 80}
	f, ok := unscrubbed(w).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		st.Color = a.getenv("FORCE_COLOR") != "" && a.colours()
		return st
	}
	st.Color = a.colours()
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
		st.Width = width
	}
	return st
}

// colours reports whether nothing speaks against colours.
func (a *app) colours() bool {
	return !a.noColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}

// hint says what may be typed next, unless a program reads it.
func (a *app) hint(format string, args ...any) {
	if !a.automated() {
		fmt.Fprintf(a.stdout, "\n"+format+"\n", args...)
	}
}

// rootCommand returns the command tree.
func (a *app) rootCommand() *cobra.Command {
	// Not cobra's version flag, and none of its templates: text/template calls
	// methods by name, so that the linker has to keep those of all packages,
	// which doubles the binary and the memory it starts with.
	asksVersion := false
	root := &cobra.Command{
		Use:   "mlinfra",
		Short: "Plan and apply infrastructure for ML teams",
		Long: `mlinfra plans and applies the infrastructure that *.tf and *.hcl files declare:
machines, networks, volumes, buckets, databases and identities on DigitalOcean,
AWS, Google Cloud and Hetzner Cloud.

Start with:
  mlinfra plan -offline     see a plan against a fake cloud, without an account
  mlinfra apply             make it so`,
		Args: subcommand,
		RunE: func(c *cobra.Command, args []string) error {
			if asksVersion {
				return a.printVersion()
			}
			return c.Help()
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.command = strings.TrimPrefix(c.CommandPath(), "mlinfra ")
			if a.chdir == "" {
				return nil
			}
			var err error
			if a.cwd, err = os.Getwd(); err != nil {
				return err
			}
			if err := os.Chdir(a.chdir); err != nil {
				return fmt.Errorf("-chdir: %w", err)
			}
			return nil
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.Flags().BoolVar(&asksVersion, "version", false, "print the version")
	root.PersistentFlags().StringVar(&a.chdir, "chdir", "", "switch to this `directory` before doing anything")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours")
	root.AddCommand(
		a.initCommand(), a.validateCommand(), a.fmtCommand(),
		a.planCommand(), a.applyCommand(), a.destroyCommand(),
		a.refreshCommand(), a.importCommand(), a.taintCommand(), a.untaintCommand(),
		a.showCommand(), a.outputCommand(), a.stateCommand(), a.migrateCommand(), a.recoverCommand(), a.sweepCommand(), a.doctorCommand(), a.adoptCommand(), a.historyCommand(), a.rollbackCommand(),
		a.lockCommand(), a.forceUnlockCommand(), a.keyCommand(),
		a.consoleCommand(), a.graphCommand(), a.providersCommand(), a.getCommand(), a.moduleCommand(),
		a.workspaceCommand(), a.metadataCommand(), a.fakeCommand(), a.versionCommand(),
	)
	root.AddCommand(a.unsupportedCommands()...)
	return root
}

// exitError ends the process with a code and without a message.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// The exit codes beside 0.
const (
	exitFailed      exitError = 1
	exitChanges     exitError = 2 // of plan -detailed-exitcode
	exitRefused     exitError = 3 // by a guard, or a person has to decide
	exitLocked      exitError = 4 // another mlinfra works on the workspace
	exitPartly      exitError = 5 // something was done, and something failed
	exitInterrupted exitError = 130
)

// codeOf returns the exit code of an error that has none of its own.
func codeOf(err error) exitError {
	var undecided *observe.UndecidedError
	var locked *bolt.LockedError
	switch {
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &undecided), errors.As(err, new(*undecidedError)):
		return exitRefused
	}
	return exitFailed
}

// exitCode prints err, unless that has been done, and returns the exit code.
func (a *app) exitCode(err error) int {
	var code exitError
	var diags hcl.Diagnostics
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &diags):
	default:
		diags = errorDiags(err)
	}
	if a.json {
		view.NewStream(a.stdout, a.clock.Now).Diagnostics(diags, nil)
	} else {
		a.printDiags(nil, diags)
	}
	return int(codeOf(err))
}

// maxErrors bounds the errors of one kind that are printed: when an API cannot
// be reached, every object has one.
const maxErrors = 3

// errorDiags returns err, which may be several joined, as diagnostics.
func errorDiags(err error) hcl.Diagnostics {
	errs := flatten(err)
	var diags hcl.Diagnostics
	for _, e := range errs[:min(len(errs), maxErrors)] {
		summary, detail := headline(e.Error())
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
	}
	if more := len(errs) - len(diags); more > 0 {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("%d more errors", more)})
	}
	return diags
}

func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// headline splits a message that is too long for one line after its first
// clause.
func headline(msg string) (summary, detail string) {
	const width = 72
	if len(msg) <= width {
		return sentence(msg), ""
	}
	depth := 0
	for i := 0; i+1 < len(msg) && i <= width; i++ {
		switch {
		case msg[i] == '(':
			depth++
		case msg[i] == ')':
			depth--
		case depth == 0 && (msg[i] == ':' || msg[i] == ';') && msg[i+1] == ' ':
			return sentence(msg[:i]), sentence(msg[i+2:]) + "."
		}
	}
	return sentence(msg), ""
}

// errorOf returns an error that is shown as a summary and what to do.
func errorOf(summary, detail string) error {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail}}
}

func (a *app) printDiags(sources map[string]*hcl.File, diags hcl.Diagnostics) {
	view.Diagnostics(a.stderr, a.style(a.stderr), sources, diags)
}

// newID returns a random text of 26 letters and digits.
func newID() string { return strings.ToLower(rand.Text()) }

// timestamp returns the time as expressions see it.
func (a *app) timestamp() string { return a.clock.Now().UTC().Format(time.RFC3339) }

// printCompact prints warnings without what they say in detail.
func (a *app) printCompact(warnings hcl.Diagnostics) {
	fmt.Fprint(a.stderr, "\nWarnings:\n\n")
	for _, w := range warnings {
		fmt.Fprintf(a.stderr, "- %s\n", view.Clean(w.Summary))
		if w.Subject != nil {
			fmt.Fprintf(a.stderr, "  on %s line %d\n", view.Clean(w.Subject.Filename), w.Subject.Start.Line)
		}
	}
	fmt.Fprint(a.stderr, "\nTo see the full warning notes, run mlinfra without -compact-warnings.\n")
}

// doubleDashes lets long flags be written with one dash, as Terraform's users
// do, and with two.
func doubleDashes(args []string) []string {
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}
