package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) importCommand() *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:   "import ADDRESS ID",
		Short: "Take over an object that exists",
		Long: `Records in state that the object with an id is that of a resource block, and
changes nothing else. The block must be there; what it says differently is
what the next plan changes. An import block does the same as part of a plan,
and with plan -generate-config-out also writes the block.`,
		Args: exactly(2, "an address and the id that the object has in its cloud, as in mlinfra import digitalocean_vpc.main 5a4981aa-9653-4bd1-bef5-d6bff52042e4"),
		RunE: func(c *cobra.Command, args []string) error {
			addr, err := state.ParseAddr(args[0])
			if err != nil {
				return err
			}
			if addr.Data {
				return fmt.Errorf("%s is a data source: those are read, not imported", addr)
			}
			s, err := a.newSession(flags)
			if err != nil {
				return err
			}
			defer s.close()
			if err := s.load(c.Context()); err != nil {
				return err
			}
			return s.takeOver(c.Context(), addr, args[1])
		},
	}
	flags.register(c)
	return c
}

// takeOver records the object with an id as that at an address.
func (s *session) takeOver(ctx context.Context, addr state.Addr, id string) error {
	if s.prog.Block(config.BlockID(addr)) == nil {
		return errorOf("Resource address does not exist in the configuration", fmt.Sprintf("Before importing %s, please create its configuration. For example:\n\nresource %q %q {\n  # (resource arguments)\n}", addr, addr.Type, addr.Name))
	}
	if err := s.open(bolt.Write); err != nil {
		return err
	}
	if err := undecided(s.snap); err != nil {
		return err
	}
	if _, ok := currentAt(s.snap, addr); ok {
		return errorOf("Resource already managed by mlinfra", fmt.Sprintf("mlinfra is already managing a remote object for %s. To import to this address you must first remove the existing object from the state, with mlinfra state rm.", addr))
	}
	fmt.Fprintf(s.stdout, "%s: Importing from ID %q...\n", addr, id)
	o, err := s.imported(ctx, addr, id)
	if err != nil {
		return err
	}
	if err := s.record(ctx, s.store, state.Change{Put: &o}); err != nil {
		return err
	}
	s.warn()
	fmt.Fprintf(s.stdout, "%s: Import prepared!\n  Prepared %s for import\n\nImport successful!\n", addr, addr.Type)
	s.hint("The resources that were imported are shown above. These resources are now in\nyour mlinfra state and will henceforth be managed by mlinfra.")
	return nil
}

// imported plans the import of one object and returns what the plan would
// record of it.
func (s *session) imported(ctx context.Context, addr state.Addr, id string) (state.Object, error) {
	ctx = providers.Remember(ctx)
	in := s.input(ctx)
	in.Imports = []config.ImportTarget{{Addr: addr, ID: id, Range: s.prog.Block(config.BlockID(addr)).Range}}
	in.Targets = []planner.Target{{Addr: addr}}
	for _, o := range s.snap.Objects {
		p, err := planner.Unobserved(o, s.catalog)
		if err != nil {
			return state.Object{}, err
		}
		if o.Status != state.Intended {
			in.Priors = append(in.Priors, p)
		}
	}
	plan, diags := planner.Build(in)
	i := slices.IndexFunc(plan.Changes, func(c planner.Change) bool { return c.Addr == addr && c.ImportID != "" })
	if i < 0 && !diags.HasErrors() {
		diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Resource instance does not exist in the configuration", Detail: fmt.Sprintf("The block of %s has no instance with this key: give its count or for_each one more, then import again.", addr)})
	}
	if err := s.check(diags); err != nil {
		return state.Object{}, err
	}
	c := plan.Changes[i]
	for _, r := range plan.Refresh {
		if r.Put != nil && r.Put.Addr == addr && r.Put.Key == c.Key {
			o := *r.Put
			c.Remember(&o)
			o.Since = s.clock.Now().UTC().Truncate(time.Millisecond)
			return o, nil
		}
	}
	return state.Object{}, fmt.Errorf("%s: the plan does not record the object with the id %q; please report this", addr, id)
}
