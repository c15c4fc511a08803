package planner

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/state"
)

// deferral is a configuration in which web, and what needs it, waits for db.
const deferral = `
output "n" { value = length(toy_server.web) }
output "db" { value = toy_server.db.name }
`

func TestDeferral(t *testing.T) {
	src := block("db", webConfig) + block("web", webConfig+"count = length(toy_server.db.ip)") +
		block("user", webConfig+`color = toy_server.web[0].name`) + block("free", webConfig) + deferral
	plan := build(t, src, prior(t, "toy_server.web[0]", web), prior(t, "toy_server.user", web))
	var changed, deferred []string
	for _, c := range plan.Changes {
		changed = append(changed, string(c.Action)+" "+c.Addr.String())
	}
	for _, d := range plan.Deferred {
		deferred = append(deferred, d.Addr.String())
	}
	if diff := cmp.Diff([]string{"create toy_server.db", "create toy_server.free"}, changed); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"toy_server.user", "toy_server.web"}, sorted(deferred)); diff != "" {
		t.Errorf("deferred (-want +got):\n%s", diff)
	}
	for _, o := range plan.Outputs {
		if o.Kept != (o.Name == "n") {
			t.Errorf("output %s is kept: %v", o.Name, o.Kept)
		}
	}
}

func TestDeferralKeepsWhatIsUsed(t *testing.T) {
	on := func(p, under Prior) Prior {
		p.Object.Deps = []state.Addr{under.Object.Addr}
		return p
	}
	old := prior(t, "toy_server.old", web)
	between := on(prior(t, "toy_server.between", web), old)
	user := on(prior(t, "toy_server.web[0]", web), between)
	plan := build(t, block("db", webConfig)+block("web", webConfig+"count = length(toy_server.db.ip)"), old, between, user)
	for _, c := range plan.Changes {
		if c.Action == Delete {
			t.Errorf("%s goes, and what needs it waits", c.Addr)
		}
	}
}

func TestNoDeferral(t *testing.T) {
	for what, src := range map[string]string{
		"count": "count = length(toy_server.db.ip)", "for_each": "for_each = toset([toy_server.db.ip])",
	} {
		in := toyInput(t, block("db", webConfig)+block("web", webConfig+src))
		in.NoDeferral = true
		_, diags := Build(in)
		if diff := cmp.Diff([]string{"Invalid " + what + " argument"}, summaries(diags)); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
	}
}

// TestDeferralEnds plans again with what the first wave has made.
func TestDeferralEnds(t *testing.T) {
	src := block("db", webConfig) + block("web", webConfig+"count = length(toy_server.db.ip)")
	plan := build(t, src, prior(t, "toy_server.db", web.with(attrs{"ip": str("abc")})))
	if len(plan.Deferred) != 0 || len(plan.Steps) != 3 {
		t.Errorf("%d deferred and %d steps, want 0 and 3", len(plan.Deferred), len(plan.Steps))
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
