package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// adopt takes orphans into state, all or none. Each argument is ADDRESS=ID.
func (s *session) adopt(ctx context.Context, args []string, orphans []orphan) error {
	var changes []state.Change
	taken := map[state.Addr]bool{}
	for _, arg := range args {
		at := strings.LastIndex(arg, "=")
		if at < 0 {
			return fmt.Errorf("-adopt %q: write ADDRESS=ID", arg)
		}
		addr, err := state.ParseAddr(arg[:at])
		if err != nil {
			return fmt.Errorf("-adopt: %w", err)
		}
		o, err := s.orphanFor(addr, arg[at+1:], orphans)
		if err != nil {
			return err
		}
		if taken[addr] {
			return fmt.Errorf("%s stands twice in -adopt: an address has one object", addr)
		}
		taken[addr] = true
		record, err := s.adopted(ctx, addr, o)
		if err != nil {
			return err
		}
		changes = append(changes, state.Change{Put: &record})
	}
	if err := s.record(ctx, s.store, changes...); err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Fprintf(s.stdout, "%s: taken into state.\n", c.Put.Addr)
	}
	s.hint("The next plan shows what the configuration says differently of what was taken, and deletes what it\ndoes not have.")
	return nil
}

// orphanFor returns the orphan with an id that is to stand at an address.
func (s *session) orphanFor(addr state.Addr, id string, orphans []orphan) (orphan, error) {
	if _, ok := currentAt(s.snap, addr); ok {
		return orphan{}, fmt.Errorf("%s has an object already, or an unfinished create: choose another address, or see mlinfra recover", addr)
	}
	if b := s.prog.Block(config.BlockID(addr)); addr.Data || s.catalog.TypeOf(addr) == nil || b != nil && b.Type == nil {
		return orphan{}, fmt.Errorf("-adopt=%s=%s: that is not the address of a resource", addr, id)
	}
	i := slices.IndexFunc(orphans, func(o orphan) bool { return o.typ.Name == addr.Type && o.id == id })
	switch {
	case i < 0:
		return orphan{}, fmt.Errorf("no %s with the id %q bears the mark of this state without being in it: mlinfra sweep lists those there are, and mlinfra import takes over others", addr.Type, id)
	case orphans[i].blocked != nil:
		return orphan{}, fmt.Errorf("%s %s may belong to the unfinished create of %s: run mlinfra apply or mlinfra recover first", addr.Type, id, *orphans[i].blocked)
	}
	return orphans[i], nil
}

// adopted reads an orphan as an import does, and returns how state records it.
func (s *session) adopted(ctx context.Context, addr state.Addr, o orphan) (state.Object, error) {
	seen := o.seen
	if have, err := o.typ.Identify(o.id); err == nil {
		// A list may have said less: of an id alone a read tells all that it can.
		if got, err := o.conn.Ops.Inspect(ctx, o.typ, have); err == nil && providers.ID(got.Value) == o.id {
			seen = got
		}
	}
	if seen.Owner != s.snap.Lineage {
		return state.Object{}, fmt.Errorf("%s %s does not bear the mark of this state any more: mlinfra import takes over others", o.typ.Name, o.id)
	}
	record := state.Object{
		Key: state.ObjectKey(newID()), Addr: addr, Provider: o.provider, Identity: o.conn.Identity(), Status: state.Live,
		Since: s.clock.Now().UTC().Truncate(time.Millisecond),
	}
	planner.EncodeObject(&record, o.typ, seen.Value)
	if !seen.Ready && seen.Broken == nil {
		record.Status = state.Pending
	}
	return record, nil
}

// deleteOrphans deletes, and prints how it goes.
func (s *session) deleteOrphans(ctx context.Context, orphans []orphan) error {
	ctx, stop, done := s.interrupts(ctx)
	defer done()
	var list []apply.Orphan
	for _, o := range orphans {
		list = append(list, apply.Orphan{
			Addr: state.Addr{Type: o.typ.Name, Name: "mlinfra_sweep", Key: state.NameKey(o.id)}, Provider: o.provider, Conn: o.conn, Value: o.seen.Value,
		})
	}
	if err := s.record(ctx, s.store); err != nil {
		return err
	}
	events := s.events()
	if s.flags.json {
		events = func(apply.Event) {}
	}
	errs := apply.Remove(ctx, stop, list, apply.Options{
		Program: s.prog, Env: s.env, Catalog: s.catalog, Store: s.store, Owner: s.snap.Lineage, Clock: s.clock, NewID: newID, Events: events,
	})
	gone := 0
	for i, err := range errs {
		if err == nil {
			gone++
			continue
		}
		errs[i] = fmt.Errorf("%s %s is not deleted: %w; what its settings forbid, mlinfra sweep -adopt ADDRESS=%s and an apply can change", orphans[i].typ.Name, orphans[i].id, err, orphans[i].id)
	}
	if !s.flags.json {
		fmt.Fprintf(s.stdout, "\n%s deleted.\n", objects(gone))
	}
	return errors.Join(errs...)
}
