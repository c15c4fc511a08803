package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// migrateFlags are those of migrate.
type migrateFlags struct {
	stateFlags
	dry, force, verbose bool
}

func (a *app) migrateCommand() *cobra.Command {
	var flags migrateFlags
	c := &cobra.Command{
		Use:   "migrate TERRAFORM.TFSTATE",
		Short: "Take over a state of Terraform or OpenTofu",
		Long: `Takes the objects and outputs of a state of Terraform or OpenTofu over into the
current workspace: nothing is created, and the file stays as it is. Types that
mlinfra does not have are listed and left out. With - the state is read from
standard input.

  terraform state pull | mlinfra migrate -
  mlinfra migrate -dry-run -verbose terraform.tfstate

Then run mlinfra plan. Only when it shows no changes remove the state of
Terraform: two tools must not manage the same objects.`,
		Args: exactly(1, "a state file of Terraform, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			raw, name, err := a.readInput(args[0])
			if err != nil {
				return err
			}
			doc, err := migrate.Parse(raw)
			if err != nil {
				return cannotMigrate(name, err)
			}
			return a.migrate(c.Context(), flags, doc, name)
		},
	}
	flags.register(c)
	registerLock(c, &flags.stateFlags)
	c.Flags().BoolVar(&flags.dry, "dry-run", false, "only print what would be taken over")
	c.Flags().BoolVar(&flags.force, "force", false, "add to a workspace that holds objects already")
	c.Flags().BoolVar(&flags.verbose, "verbose", false, "list each object, and its attributes that have no place here")
	return c
}

func cannotMigrate(name string, err error) error {
	return errorOf("Cannot take over "+name, sentence(err.Error())+". Nothing was changed.")
}

// readInput reads a file, or standard input for -, and names it for errors.
func (a *app) readInput(arg string) ([]byte, string, error) {
	if arg == "-" {
		raw, err := io.ReadAll(a.stdin)
		return raw, "standard input", err
	}
	raw, err := os.ReadFile(arg)
	return raw, arg, err
}

// migrate takes over a state of Terraform, in one transaction.
func (a *app) migrate(ctx context.Context, flags migrateFlags, doc *migrate.Document, name string) (err error) {
	newKey := func() state.ObjectKey { return state.ObjectKey(newID()) }
	res, err := doc.Convert(a.catalog, newKey, a.clock.Now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return cannotMigrate(name, err)
	}
	o, err := a.stateOptions(flags.stateFlags, bolt.Write)
	if err != nil {
		return err
	}
	if flags.dry {
		o.Mode = bolt.Read
	}
	store, err := a.open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	snap, err := store.Snapshot()
	if err != nil {
		return err
	}
	if err := undecided(snap); err != nil {
		return err
	}
	if err := roomFor(res, snap, o.Workspace, flags.force); err != nil {
		return err
	}
	outputs := maps.Clone(doc.Outputs)
	maps.Copy(outputs, snap.Outputs) // those that are there are newer
	if !flags.dry && len(res.Objects)+len(doc.Outputs) > 0 {
		changes := []state.Change{{Outputs: outputs}}
		for _, o := range res.Objects {
			changes = append(changes, state.Change{Put: &o.Object})
		}
		if err := a.record(ctx, store, changes...); err != nil {
			return err
		}
	}
	a.printMigration(flags, doc, res, o.Workspace)
	return nil
}

// roomFor refuses to add to a workspace that holds objects, unless that is
// forced, and at addresses that are taken always.
func roomFor(res migrate.Result, snap state.Snapshot, workspace string, force bool) error {
	if len(snap.Objects) > 0 && !force {
		return errorOf("The workspace holds objects already", fmt.Sprintf("Workspace %q has %s. Make an empty one with mlinfra workspace new, or add to this one with -force, which changes no object that it has.", workspace, count(len(snap.Objects), "object")))
	}
	var taken []state.Addr
	for _, o := range res.Objects {
		if _, ok := currentAt(snap, o.Addr); ok && !o.Deposed {
			taken = append(taken, o.Addr)
		}
	}
	if len(taken) > 0 {
		return errorOf("Addresses are taken", fmt.Sprintf("Workspace %q has objects at %s already, and an address has one object: rename one side with mlinfra state mv or terraform state mv. Nothing was changed.", workspace, joinAddrs(taken)))
	}
	return nil
}

// count returns a number with what it counts: 1 object, 2 objects.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (a *app) printMigration(flags migrateFlags, doc *migrate.Document, res migrate.Result, workspace string) {
	if flags.verbose {
		a.printMigrated(res)
	}
	verb := "Took over"
	if flags.dry {
		verb = "Would take over"
	}
	fmt.Fprintf(a.stdout, "%s %s and %s of Terraform %s into workspace %q.\n", verb, count(len(res.Objects), "object"), count(len(doc.Outputs), "output"), view.Clean(doc.Terraform), workspace)
	a.printLeftOut(res)
	if !flags.verbose && slices.ContainsFunc(res.Objects, func(o migrate.Object) bool { return len(o.Dropped) > 0 }) {
		fmt.Fprintln(a.stdout, "\nSome attributes have no place here: -verbose lists them.")
	}
	if !flags.dry {
		a.hint("Now run mlinfra plan. Keep the state of Terraform until that shows no changes, then\nremove it: two tools must not manage the same objects.")
	}
}

// printMigrated lists what was taken over, and what of it was not.
func (a *app) printMigrated(res migrate.Result) {
	for _, o := range res.Objects {
		fmt.Fprintf(a.stdout, "%s (provider %s, schema version %d)\n", o.Addr, o.Provider, o.Version)
		if len(o.Dropped) > 0 {
			fmt.Fprintf(a.stdout, "  has no place here: %s\n", view.Clean(strings.Join(o.Dropped, ", ")))
		}
	}
	if len(res.Objects) > 0 {
		fmt.Fprintln(a.stdout)
	}
}

// printLeftOut lists what mlinfra cannot manage, by type.
func (a *app) printLeftOut(res migrate.Result) {
	byType := map[string][]string{}
	for _, l := range res.LeftOut {
		what := l.Addr.Type
		if l.Foreign {
			what += " of " + l.Provider.String()
		}
		byType[what] = append(byType[what], l.Addr.String())
	}
	if len(byType) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, "\nLeft out, since mlinfra has no such resource types; keep them, and their blocks, with Terraform:")
	for _, what := range slices.Sorted(maps.Keys(byType)) {
		fmt.Fprintf(a.stdout, "  %d %s: %s\n", len(byType[what]), view.Clean(what), view.Clean(strings.Join(byType[what], ", ")))
	}
}
