package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// sweepFlags are those of sweep.
type sweepFlags struct {
	planFlags
	providers []string // keys of the configurations to look through; none means all
	adopt     []string // ADDRESS=ID
	delete    bool
	approve   bool
}

func (a *app) sweepCommand() *cobra.Command {
	var flags sweepFlags
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Find objects of this state that it has lost",
		Long: `Lists what the clouds have, and shows the objects that bear the ownership mark
of this state and are not in it: what an older copy of the state does not know,
what was forgotten with mlinfra state rm, what was made after its run had died.
It looks at the types that have a place for the mark, in the places that the
provider configurations lead to. Objects with another mark or none are never
touched.

Exit code 0 means that nothing was found, 3 that something was and is left.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error { return a.sweep(c.Context(), flags) },
	}
	flags.stateFlags.register(c)
	registerVars(c, &flags.args)
	registerLock(c, &flags.stateFlags)
	c.Flags().BoolVar(&flags.json, "json", false, "print a JSON document")
	c.Flags().BoolVar(&flags.input, "input", true, "ask for variables that have no value")
	c.Flags().StringArrayVar(&flags.providers, "provider", nil, "look only through the provider configuration `KEY`, such as aws or aws.us; may be repeated")
	c.Flags().BoolVar(&flags.delete, "delete", false, "delete what is found, after asking")
	c.Flags().BoolVar(&flags.approve, "auto-approve", false, "do not ask")
	c.Flags().StringArrayVar(&flags.adopt, "adopt", nil, "take an object into state: `ADDRESS=ID`; may be repeated")
	return c
}

// check refuses flags that exclude each other.
func (f *sweepFlags) check(a *app) error {
	switch {
	case f.delete && len(f.adopt) > 0:
		return errors.New("-delete and -adopt exclude each other: adopt first, then look again")
	case f.approve && !f.delete:
		return errors.New("-auto-approve goes with -delete")
	case f.delete && !f.approve && !a.asks(f.planFlags):
		return a.nobody("-auto-approve")
	}
	return nil
}

// sweep finds orphans, shows them, and does with them what the flags say.
func (a *app) sweep(ctx context.Context, flags sweepFlags) error {
	if err := flags.check(a); err != nil {
		return err
	}
	s, err := a.newSession(flags.planFlags)
	if err != nil {
		return err
	}
	defer s.close()
	a.json = false // a document, not a stream
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.openForSweep(flags.delete || len(flags.adopt) > 0); err != nil {
		return err
	}
	found, err := s.findOrphans(ctx, flags.providers)
	if err != nil {
		return err
	}
	if len(flags.adopt) > 0 {
		return errors.Join(s.adopt(ctx, flags.adopt, found.orphans), errors.Join(found.errs...))
	}
	if err := s.showOrphans(found); err != nil {
		return err
	}
	list, yes := free(found.orphans), flags.approve
	if flags.delete && !yes && len(list) > 0 {
		if yes, err = s.confirmed(len(list)); err != nil {
			return err
		}
	}
	switch {
	case len(list) == 0 || flags.json && !flags.delete:
	case !flags.delete:
		s.hint("To take one into state: mlinfra sweep -adopt ADDRESS=ID. To delete them: mlinfra sweep -delete.")
	case yes:
		err = s.deleteOrphans(ctx, list)
		found.orphans = blocked(found.orphans)
	default:
		fmt.Fprintln(s.stdout, "Nothing was deleted.")
	}
	switch {
	case err != nil || len(found.errs) > 0:
		return errors.Join(err, errors.Join(found.errs...))
	case len(found.orphans) > 0:
		return exitRefused // a person has to decide
	}
	return nil
}

// openForSweep opens a state that exists; a run cannot open it meanwhile.
func (s *session) openForSweep(write bool) error {
	if err := s.open(bolt.Read); err != nil {
		return err
	}
	if s.snap.Lineage == "" {
		return errorOf("No state", "There is no state here yet, and so nothing bears its mark. -state=FILE names another, -chdir=DIR another directory.")
	}
	if !write {
		return nil
	}
	if err := s.store.Close(); err != nil {
		return err
	}
	return s.open(bolt.Write)
}

// showOrphans prints what was found.
func (s *session) showOrphans(found sweepResult) error {
	if s.flags.json {
		return s.printOrphans(found)
	}
	if len(found.unread) > 0 {
		s.diags = append(s.diags, unreadWarning(found.unread))
	}
	s.warn()
	if len(found.orphans) == 0 {
		if len(found.errs) == 0 {
			fmt.Fprintf(s.stdout, "No object bears the mark of this state (%s) without being in it.\n", s.snap.Lineage)
		}
		return nil
	}
	fmt.Fprintf(s.stdout, "These objects bear the mark of this state (%s) and are not in it:\n\n", s.snap.Lineage)
	for _, o := range found.orphans {
		fmt.Fprintf(s.stdout, "  %s\n", view.Clean(o.String()))
	}
	if total, all := monthly(found.orphans); total > 0 {
		fmt.Fprintf(s.stdout, "\nTogether %s\n", priceText(total, all))
	}
	return nil
}

// unreadWarning names a few of the objects of which nothing is known.
func unreadWarning(unread []error) *hcl.Diagnostic {
	few := errors.Join(unread[:min(len(unread), maxErrors)]...)
	return &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: fmt.Sprintf("Whether %s the mark of this state is not known", bear(len(unread))),
		Detail: sentence(few.Error()) + ".",
	}
}

func bear(n int) string {
	if n == 1 {
		return "1 object bears"
	}
	return fmt.Sprintf("%d objects bear", n)
}

// String returns a line about o.
func (o orphan) String() string {
	text := o.typ.Name + " " + o.id
	if o.name != "" && o.name != o.id {
		text += fmt.Sprintf(" (%s)", o.name)
	}
	if o.seen.Monthly > 0 {
		text += ", " + priceText(o.seen.Monthly, true)
	}
	if o.blocked != nil {
		text += fmt.Sprintf(": may belong to the unfinished create of %s; run mlinfra apply or mlinfra recover first", *o.blocked)
	}
	return text
}

func priceText(usd float64, all bool) string {
	text := fmt.Sprintf("$%.2f a month", usd)
	if !all {
		text += ", and what the others cost, of which the APIs tell no price"
	}
	return text
}

// monthly returns what orphans cost together, and whether the price of all is
// known.
func monthly(orphans []orphan) (total float64, all bool) {
	all = true
	for _, o := range orphans {
		total += o.seen.Monthly
		all = all && o.seen.Monthly > 0
	}
	return total, all
}

// orphanJSON is an orphan in the JSON document.
type orphanJSON struct {
	Type     string  `json:"type"`
	ID       string  `json:"id"`
	Name     string  `json:"name,omitempty"`
	Provider string  `json:"provider"`
	Monthly  float64 `json:"price_monthly,omitempty"` // USD
	Blocked  string  `json:"blocked_by,omitempty"`    // address of an unfinished create
}

// printOrphans prints the JSON document.
func (s *session) printOrphans(found sweepResult) error {
	doc := struct {
		Format  string       `json:"format_version"`
		Lineage string       `json:"lineage"`
		Objects []orphanJSON `json:"objects"`
		Monthly float64      `json:"price_monthly"`
		Unread  []string     `json:"unread,omitempty"`
		Errors  []string     `json:"errors,omitempty"`
	}{Format: "mlinfra-1", Lineage: s.snap.Lineage, Objects: []orphanJSON{}}
	for _, o := range found.orphans {
		line := orphanJSON{Type: o.typ.Name, ID: o.id, Name: o.name, Provider: o.provider, Monthly: o.seen.Monthly}
		if o.blocked != nil {
			line.Blocked = o.blocked.String()
		}
		doc.Objects = append(doc.Objects, line)
	}
	doc.Monthly, _ = monthly(found.orphans)
	for _, err := range found.unread {
		doc.Unread = append(doc.Unread, err.Error())
	}
	for _, err := range found.errs {
		doc.Errors = append(doc.Errors, err.Error())
	}
	return printJSON(s.stdout, doc)
}

// printJSON prints a JSON document.
func printJSON(w io.Writer, doc any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(doc)
}

// confirmed asks whether n objects may be deleted. Only yes is a yes.
func (s *session) confirmed(n int) (bool, error) {
	return s.yes(fmt.Sprintf("Do you really want to delete %s?\n  There is no undo. Only 'yes' will be accepted to confirm.", objects(n)), "-auto-approve")
}

func objects(n int) string {
	if n == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", n)
}
