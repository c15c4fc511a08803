package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// version is set by the linker.
var version = "0.1.0-dev"

// app is the process as the commands see it.
type app struct {
	stdin          *os.File
	stdout, stderr io.Writer
	environ        []string
	clock          providers.Clock
	catalog        config.Catalog

	chdir   string
	noColor bool
}

func newApp(environ []string) *app {
	return &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: environ,
		clock: providers.WallClock{}, catalog: catalog(),
	}
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
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return st
	}
	st.Color = !a.noColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
		st.Width = width
	}
	return st
}

// rootCommand returns the command tree.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "mlinfra",
		Short: "Plan and apply infrastructure for ML teams",
		Long: `mlinfra plans and applies the infrastructure that *.tf and *.hcl files declare:
droplets and VMs, networks, object storage, managed databases, dedicated servers.

Start with:
  mlinfra plan -offline     see a plan against a fake cloud, without an account
  mlinfra apply             make it so`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.chdir == "" {
				return nil
			}
			if err := os.Chdir(a.chdir); err != nil {
				return fmt.Errorf("-chdir: %w", err)
			}
			return nil
		},
	}
	root.PersistentFlags().StringVar(&a.chdir, "chdir", "", "switch to this `directory` before doing anything")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours")
	root.AddCommand(
		a.initCommand(), a.validateCommand(), a.fmtCommand(),
		a.planCommand(), a.applyCommand(), a.destroyCommand(),
		a.showCommand(), a.outputCommand(), a.stateCommand(), a.recoverCommand(),
		a.fakeCommand(), a.versionCommand(),
	)
	return root
}

// exitError ends the process with a code and without a message.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

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
		a.printDiags(nil, diags)
	default:
		a.printDiags(nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: upperFirst(err.Error())}})
	}
	return 1
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (a *app) printDiags(sources map[string]*hcl.File, diags hcl.Diagnostics) {
	view.Diagnostics(a.stderr, a.style(a.stderr), sources, diags)
}

// newID returns a random text of 26 letters and digits.
func newID() string { return strings.ToLower(rand.Text()) }

// timestamp returns the time as expressions see it.
func (a *app) timestamp() string { return a.clock.Now().UTC().Format(time.RFC3339) }

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

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "mlinfra v%s\n", version)
			return err
		},
	}
}
