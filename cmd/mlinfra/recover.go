package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) recoverCommand() *cobra.Command {
	var flags stateFlags
	var adopt, discard []string
	c := &cobra.Command{
		Use:   "recover",
		Short: "Decide what became of creates that no search can settle",
		Long: `Every run settles unfinished creates of earlier ones by itself. Where an API
gives no proof (a reserved IP has neither name nor tag), a run stops and asks;
the answer is given here. Without flags, lists the unfinished creates.`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if len(adopt)+len(discard) == 0 {
				return a.listIntended(flags)
			}
			return a.decide(flags, adopt, discard)
		},
	}
	flags.register(c)
	c.Flags().StringArrayVar(&adopt, "adopt", nil, "take the object as created: `ADDRESS=ID`; may be repeated")
	c.Flags().StringArrayVar(&discard, "discard", nil, "forget the create at `ADDRESS`: it made nothing; may be repeated")
	return c
}

func (a *app) listIntended(flags stateFlags) error {
	snap, err := a.snapshot(flags)
	if err != nil {
		return err
	}
	n := 0
	for _, o := range snap.Objects {
		if o.Status == state.Intended {
			fmt.Fprintf(a.stdout, "%s, begun %s\n", o.Addr, o.Since.Format(time.RFC3339))
			n++
		}
	}
	if n == 0 {
		fmt.Fprintln(a.stdout, "Nothing is undecided.")
	}
	return nil
}

// decide records the user's answers in one transaction.
func (a *app) decide(flags stateFlags, adopt, discard []string) error {
	store, err := a.openStore(flags, bolt.Write)
	if err != nil {
		return err
	}
	defer store.Close()
	snap, err := store.Snapshot()
	if err != nil {
		return err
	}
	var changes []state.Change
	for _, arg := range adopt {
		at := strings.LastIndex(arg, "=")
		if at < 0 {
			return fmt.Errorf("-adopt %q: write ADDRESS=ID", arg)
		}
		o, err := intended(snap, arg[:at])
		if err != nil {
			return err
		}
		if o, err = a.withID(o, arg[at+1:]); err != nil {
			return err
		}
		changes = append(changes, state.Change{Put: &o})
	}
	for _, arg := range discard {
		o, err := intended(snap, arg)
		if err != nil {
			return err
		}
		changes = append(changes, state.Change{Drop: o.Key})
	}
	if err := store.Commit(changes...); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Recorded. The next plan shows what remains to be done.\n")
	return nil
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
	return state.Object{}, fmt.Errorf("%s has no unfinished create", want)
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
