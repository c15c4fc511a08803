package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) replaceProviderCommand() *cobra.Command {
	var flags stateFlags
	var approve bool
	c := &cobra.Command{
		Use:   "replace-provider FROM TO",
		Short: "Give objects another provider configuration",
		Long: `Has the objects that were made with one provider configuration belong to
another of the same provider, as after its alias was renamed: nothing is made
anew. Source addresses of registries are understood, too; those that mean the
same provider leave nothing to do, since providers are built in.

  mlinfra state replace-provider digitalocean digitalocean.eu
  mlinfra state replace-provider module.net.aws aws.network`,
		Args: exactly(2, "two provider configurations, such as digitalocean and digitalocean.eu"),
		RunE: func(c *cobra.Command, args []string) error {
			if strings.Contains(args[0]+args[1], "/") {
				return a.sameSource(flags, args[0], args[1])
			}
			n := 0
			err := a.editState(c.Context(), flags, func(snap state.Snapshot) (changes []state.Change, err error) {
				changes, n, err = a.replaceProvider(snap, args[0], args[1], approve)
				return changes, err
			})
			if err == nil && n > 0 {
				fmt.Fprintf(a.stdout, "\nSuccessfully replaced provider for %d resources.\n", n)
			}
			return err
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	accept(c, []string{"ignore-remote-version"}, []string{"backup"})
	c.Flags().BoolVar(&approve, "auto-approve", false, "do not ask")
	return c
}

// sameSource says that there is nothing to do when two source addresses mean one
// provider.
func (a *app) sameSource(flags stateFlags, from, to string) error {
	var found []*providers.Provider
	for _, arg := range []string{from, to} {
		p := a.catalog.Of(arg)
		if p == nil {
			source, err := migrate.ParseSource(arg)
			if err != nil {
				return err
			}
			p = source.Find(a.catalog)
		}
		if p == nil {
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			return errorOf("Unknown provider "+arg, "mlinfra does not have it: providers are built in, and none is downloaded. "+providersInState(snap))
		}
		found = append(found, p)
	}
	if found[0] != found[1] {
		return errorOf("Providers of different types", fmt.Sprintf("%s is the provider %s and %s is %s: objects of one cannot belong to the other.", from, found[0].Name, to, found[1].Name))
	}
	_, err := fmt.Fprintf(a.stdout, "Nothing to replace: both mean the provider %s, which is built in.\n", found[0].Name)
	return err
}

// providersInState says which provider configurations objects belong to.
func providersInState(snap state.Snapshot) string {
	var keys []string
	for _, o := range snap.Objects {
		keys = append(keys, o.Provider)
	}
	slices.Sort(keys)
	if keys = slices.Compact(keys); len(keys) == 0 {
		return "The state has no objects."
	}
	return "The state has objects of " + strings.Join(keys, ", ") + "."
}

// replaceProvider returns the changes that have the objects of one configuration
// belong to another, once that is approved, and how many objects those are.
func (a *app) replaceProvider(snap state.Snapshot, from, to string, approve bool) ([]state.Change, int, error) {
	source, _ := config.ProviderID(from)
	target, _ := config.ProviderID(to)
	switch {
	case a.catalog.Of(target.Type) == nil || strings.ContainsAny(to, " \t\n"):
		return nil, 0, errorOf("Unknown provider "+to, "Write the name of a provider, with its alias if it has one, such as digitalocean.eu. "+providersInState(snap))
	case source.Type != target.Type:
		return nil, 0, errorOf("Providers of different types", fmt.Sprintf("%s is of the provider %s and %s of %s: objects of one cannot belong to the other.", from, source.Type, to, target.Type))
	}
	var changes []state.Change
	var addrs []state.Addr
	for _, o := range snap.Objects {
		if o.Provider == from {
			o.Provider = to
			changes, addrs = append(changes, state.Change{Put: &o}), append(addrs, o.Addr)
		}
	}
	if len(changes) == 0 {
		return nil, 0, errorOf("No objects of provider "+from, "Nothing in the state belongs to that configuration. "+providersInState(snap))
	}
	if from == to {
		_, err := fmt.Fprintf(a.stdout, "Nothing to replace: the objects belong to %s.\n", to)
		return nil, 0, err
	}
	for _, m := range snap.Marks {
		if m.Provider == from {
			changes = append(changes, state.Change{Mark: &state.Mark{Token: m.Token, Provider: to}})
		}
	}
	fmt.Fprintf(a.stdout, "mlinfra will perform the following actions:\n\n  ~ Updating provider:\n    - %s\n    + %s\n\nChanging %d resources:\n\n", from, to, len(addrs))
	for _, addr := range addrs {
		fmt.Fprintf(a.stdout, "  %s\n", addr)
	}
	if err := a.confirm(approve); err != nil {
		return nil, 0, err
	}
	return changes, len(addrs), nil
}

// confirm asks whether to make the changes shown, unless that is approved.
func (a *app) confirm(approved bool) error {
	switch {
	case approved:
		return nil
	case !a.attended():
		return a.nobody("-auto-approve")
	}
	fmt.Fprint(a.stdout, "\nDo you want to make these changes?\nOnly 'yes' will be accepted to continue.\n\nEnter a value: ")
	line, ok := a.answer()
	if !ok {
		return a.nobody("-auto-approve")
	}
	if line != "yes" {
		fmt.Fprintln(a.stdout, "\nCancelled replacing providers.")
		return exitError(1)
	}
	return nil
}
