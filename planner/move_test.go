package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/state"
)

func TestMoveIsFollowedByWhatNeedsTheObject(t *testing.T) {
	old := prior(t, "toy_server.old", web)
	user := edited(prior(t, "toy_server.user", web), func(p *Prior) { p.Object.Deps = []state.Addr{old.Object.Addr} })
	const moved = "moved {\nfrom = toy_server.old\nto = toy_server.new\n}\n"

	plan := build(t, moved, old, user)
	for _, s := range plan.Steps {
		if gone := plan.Changes[s.Change].Addr; gone.Name == "new" && len(s.After) != 1 {
			t.Errorf("%s goes after %d steps, want 1: that which needs it", gone, len(s.After))
		}
	}

	plan = build(t, moved+block("new", webConfig)+block("user", webConfig+"depends_on = [toy_server.new]"), old, user)
	if diff := cmp.Diff("no-op toy_server.new\nno-op toy_server.user\nput live toy_server.new\nput live toy_server.user\n", outline(plan)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}
