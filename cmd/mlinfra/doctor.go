package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) doctorCommand() *cobra.Command {
	flags := planFlags{input: true}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether what was applied works together",
		Long: `Looks at what state has that has to work together, and says what is wrong and which
resource to change. Of WireGuard tunnels (server_wireguard_interface): how long ago
the ends shook hands, ping both ways, whether packets of full size pass, the routes,
rp_filter and forwarding, whether private hosts of managed databases are found and
answer through the tunnel, and whether the clocks agree. It changes nothing. With
-offline databases are not looked at: fakes have no names that lead anywhere.

Exit codes: 0 all is well, 1 something is wrong or could not be looked at.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error { return a.doctor(c.Context(), flags) },
	}
	flags.stateFlags.register(c)
	registerVars(c, &flags.args)
	c.Flags().BoolVar(&flags.json, "json", false, "print a JSON document")
	return c
}

// diagnosis is a finding with the address of what it is about.
type diagnosis struct {
	Address string `json:"address"`
	What    string `json:"check"`
	Found   string `json:"found"`
	Problem string `json:"problem,omitempty"`
}

// doctor asks the providers of what state has for findings, and shows them.
func (a *app) doctor(ctx context.Context, flags planFlags) error {
	s, err := a.newSession(flags)
	if err != nil {
		return err
	}
	defer s.close()
	a.json = false // a document, not a stream
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.open(bolt.Read); err != nil {
		return err
	}
	found, err := s.diagnose(providers.Remember(ctx))
	if err != nil {
		return err
	}
	if flags.json {
		if err := json.NewEncoder(s.stdout).Encode(map[string]any{"findings": found}); err != nil {
			return err
		}
	} else {
		s.showFindings(found)
	}
	if slices.ContainsFunc(found, func(d diagnosis) bool { return d.Problem != "" }) {
		return exitFailed
	}
	return nil
}

// diagnose returns what the providers find, sorted by address.
func (s *session) diagnose(ctx context.Context) ([]diagnosis, error) {
	addrs, keys := map[string]state.Addr{}, map[string]bool{}
	for _, o := range s.snap.Objects {
		if v, ok := s.storedObject(o, o.Addr.Type); ok && !o.Deposed {
			addrs[o.Addr.Type+" "+providers.ID(v)] = o.Addr
			keys[o.Provider] = true
		}
	}
	all, services := []diagnosis{}, s.services()
	if s.flags.offline {
		services = nil // nobody knows the names that fakes give
	}
	scope := s.priorScope(ctx)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		cfg, known, err := providerSettings(s.prog, scope, key)
		if err != nil {
			return nil, err
		}
		if id, _ := config.ProviderID(key); !known || s.catalog.Of(id.Type) == nil || !s.catalog.Of(id.Type).Diagnoses {
			continue
		}
		conn, err := s.clouds.connect(ctx, key, cfg)
		if err != nil {
			return nil, s.providerError(key, err)
		}
		for _, f := range conn.Diagnose(ctx, services) {
			addr, ok := addrs[f.Type+" "+f.ID]
			name := f.Type + " " + f.ID
			if ok {
				name = addr.String()
			}
			all = append(all, diagnosis{name, f.What, f.Found, f.Problem})
		}
	}
	slices.SortStableFunc(all, func(a, b diagnosis) int { return strings.Compare(a.Address, b.Address) })
	return all, nil
}

// services returns where the managed services of state answer in their networks:
// each object that has a private host and a port.
func (s *session) services() []string {
	all := map[string]bool{}
	for _, o := range s.snap.Objects {
		v, ok := s.storedObject(o, o.Addr.Type)
		if !ok || !v.Type().HasAttribute("private_host") || !v.Type().HasAttribute("port") {
			continue
		}
		host, port := v.GetAttr("private_host"), v.GetAttr("port")
		if host.IsNull() || !host.IsKnown() || port.IsNull() || !port.IsKnown() || port.Type() != cty.Number || host.AsString() == "" {
			continue
		}
		all[net.JoinHostPort(host.AsString(), port.AsBigFloat().Text('f', 0))] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// showFindings prints findings, those of one object together.
func (s *session) showFindings(found []diagnosis) {
	if len(found) == 0 {
		fmt.Fprintln(s.stdout, "There is nothing here that has to work together: doctor looks at tunnels (server_wireguard_interface).")
		return
	}
	style, last, problems := s.style(s.stdout), "", 0
	for _, d := range found {
		if d.Address != last {
			fmt.Fprintf(s.stdout, "%s\n", style.Bold(d.Address))
			last = d.Address
		}
		mark := style.Green("ok  ")
		if d.Problem != "" {
			mark = style.Red("FAIL")
			problems++
		}
		fmt.Fprintf(s.stdout, "  %s %s: %s\n", mark, d.What, view.Clean(d.Found))
		if d.Problem != "" {
			fmt.Fprintf(s.stdout, "       %s\n", view.Clean(d.Problem))
		}
	}
	if problems == 0 {
		fmt.Fprintf(s.stdout, "\nAll is well: %d checks.\n", len(found))
	} else {
		fmt.Fprintf(s.stdout, "\n%d of %d checks have failed.\n", problems, len(found))
	}
	if n := len(s.services()); s.flags.offline && n > 0 {
		fmt.Fprintf(s.stdout, "Not looked at with -offline: whether the way through the tunnel leads to %s.\n", count(n, "managed service"))
	}
}
