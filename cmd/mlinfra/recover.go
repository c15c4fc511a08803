package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) recoverCommand() *cobra.Command {
	var flags stateFlags
	var adopt, discard []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "recover",
		Short: "Show what was cut off, and decide what no search can settle",
		Long: `Every run settles by itself what earlier ones were cut off from. Where an API
gives no proof of what became of a create (a reserved IP has neither name nor
tag), it stops with exit code 3 and asks; the answer is given here.

Without flags, lists what is open and what the next run does about it, from the
state alone: nothing is asked of the clouds, and nothing is changed.

  mlinfra recover
  mlinfra recover -adopt 'digitalocean_reserved_ip.web=203.0.113.9'
  mlinfra recover -discard digitalocean_reserved_ip.web`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case len(adopt)+len(discard) > 0 && asJSON:
				return errors.New("-json lists what is open: it goes with neither -adopt nor -discard")
			case len(adopt)+len(discard) > 0:
				return a.decide(c.Context(), flags, adopt, discard)
			}
			return a.listOpen(flags, asJSON)
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	c.Flags().StringArrayVar(&adopt, "adopt", nil, "take the object as created: `ADDRESS=ID`; may be repeated")
	c.Flags().StringArrayVar(&discard, "discard", nil, "forget the create at `ADDRESS`: it made nothing; may be repeated")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// openJSON is what a run was cut off from, as programs read it.
type openJSON struct {
	Address  string          `json:"address"`
	Key      state.ObjectKey `json:"key"`
	Type     string          `json:"type"`
	Provider string          `json:"provider"`
	Identity string          `json:"identity,omitempty"` // account and region
	Status   state.Status    `json:"status"`
	Since    time.Time       `json:"since"`
	ID       string          `json:"id,omitempty"`
	// Token is what the create has put on the object, if it made one.
	Token     string `json:"token,omitempty"`
	Operation string `json:"operation,omitempty"`
	// Candidates are the ids of objects that may be it: null, since only a run
	// looks for them.
	Candidates []string `json:"candidates"`
	Next       string   `json:"next"`
}

func (a *app) listOpen(flags stateFlags, asJSON bool) error {
	snap, err := a.snapshot(flags)
	if err != nil {
		return err
	}
	open := []openJSON{}
	for _, o := range snap.Objects {
		if next := next(o, a.catalog.TypeOf(o.Addr)); next != "" {
			item := openJSON{
				Address: o.Addr.String(), Key: o.Key, Type: o.Addr.Type, Provider: o.Provider, Identity: o.Identity,
				Status: o.Status, Since: o.Since, ID: a.idOf(o), Operation: o.Operation, Next: next,
			}
			if o.Intent != nil {
				item.Token = o.Intent.Token
			}
			open = append(open, item)
		}
	}
	if asJSON {
		marks := append([]state.Mark{}, snap.Marks...)
		return a.printJSON(map[string]any{"open": open, "marks": marks})
	}
	for _, o := range open {
		fmt.Fprintf(a.stdout, "%s, %s since %s\n  %s\n", o.Address, o.Status, localTime(o.Since), sentence(o.Next))
	}
	if len(open) == 0 {
		fmt.Fprintln(a.stdout, "Nothing is undecided.")
	}
	if n := len(snap.Marks); n > 0 {
		fmt.Fprintf(a.stdout, "Tokens of %s may still be on objects: the next apply removes them.\n", count(n, "run"))
	}
	return nil
}

// next says what the next run does about an object of type t that an earlier one
// has left unfinished; "" when it has not.
func next(o state.Object, t *providers.Type) string {
	switch o.Status {
	case state.Intended:
		return nextOfCreate(o, t)
	case state.Pending:
		return "the next run waits until it is ready."
	case state.Updating:
		return "the next run looks at it, and updates it as the configuration says then."
	case state.Deleting:
		return "the next run looks whether it is still there, and destroys it unless the configuration wants it."
	}
	if o.Deposed {
		return "it was replaced, and the next run destroys it."
	}
	return ""
}

// nextOfCreate says how a lost create is settled: see observe.Search.
func nextOfCreate(o state.Object, t *providers.Type) string {
	const asks = "mlinfra recover -adopt or -discard answers"
	switch {
	case t == nil:
		return "its type is not known to this mlinfra: use the version that began the create."
	case t.Again && t.CanList():
		return "the next run takes over what is just as asked for, or creates it again."
	case t.CanFind() && o.Intent != nil && o.Intent.Token != "":
		return "the next run looks for its token: what bears it is taken over."
	case t.CanList() && t.Unique:
		return "the next run compares what there is with what there was before: what is new and as asked for is taken over."
	case t.CanList():
		return "the next run compares what there is with what there was before. If something new is as asked for, it stops: " + asks + "."
	}
	return "nothing can prove whether it exists, and the next run stops: look for it; " + asks + "."
}

// decide records the user's answers in one transaction.
func (a *app) decide(ctx context.Context, flags stateFlags, adopt, discard []string) error {
	err := a.changeState(ctx, flags, func(snap state.Snapshot) ([]state.Change, error) {
		var changes []state.Change
		for _, arg := range adopt {
			at := strings.LastIndex(arg, "=")
			if at < 0 {
				return nil, fmt.Errorf("-adopt %q: write ADDRESS=ID", arg)
			}
			o, err := intended(snap, arg[:at])
			if err != nil {
				return nil, err
			}
			if o, err = a.withID(o, arg[at+1:]); err != nil {
				return nil, err
			}
			changes = append(changes, state.Change{Put: &o})
		}
		for _, arg := range discard {
			o, err := intended(snap, arg)
			if err != nil {
				return nil, err
			}
			changes = append(changes, state.Change{Drop: o.Key})
		}
		return changes, nil
	})
	if err == nil {
		_, err = fmt.Fprintln(a.stdout, "Recorded. The next plan shows what remains to be done.")
	}
	return err
}

// undecidedError means that a create is undecided: what it may have made could
// be lost, or be made twice, by an edit of the state.
type undecidedError struct{ addrs []state.Addr }

func (e *undecidedError) Error() string {
	return fmt.Sprintf("an earlier run was cut off: whether it has created %s is not known. Run mlinfra apply to find out, or mlinfra recover to say so; nothing was changed", joinAddrs(e.addrs))
}

// undecided returns an *undecidedError when creates are undecided.
func undecided(snap state.Snapshot) error {
	if open := openCreates(snap); len(open) > 0 {
		return &undecidedError{open}
	}
	return nil
}

// openCreates returns the addresses of creates whose outcome is not known.
func openCreates(snap state.Snapshot) (open []state.Addr) {
	for _, o := range snap.Objects {
		if o.Status == state.Intended {
			open = append(open, o.Addr)
		}
	}
	return open
}

func intended(snap state.Snapshot, addr string) (state.Object, error) {
	want, err := state.ParseAddr(addr)
	if err != nil {
		return state.Object{}, err
	}
	for _, o := range snap.Objects {
		if o.Addr == want && o.Status == state.Intended {
			return o, nil
		}
	}
	return state.Object{}, fmt.Errorf("%s has no unfinished create: mlinfra recover lists those there are", want)
}

// withID returns an intended object as created with an id; the next refresh
// reads the rest.
func (a *app) withID(o state.Object, id string) (state.Object, error) {
	p, err := planner.Unobserved(o, a.catalog)
	if err != nil {
		return o, err
	}
	if id == "" {
		return o, errors.New("-adopt: the id is missing")
	}
	vals := p.Value.AsValueMap()
	vals["id"] = cty.StringVal(id)
	planner.EncodeObject(&o, p.Type, cty.ObjectVal(vals))
	o.Status, o.Intent = state.Pending, nil
	return o, nil
}
