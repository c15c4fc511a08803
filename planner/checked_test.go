package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

func TestCheckedInstance(t *testing.T) {
	pass, unknown := config.Result{Status: config.Passed}, config.Result{Status: config.Undecided}
	fail, failed := config.Result{Status: config.Errored}, config.Result{Status: config.Violated, Message: "too small"}
	hidden := config.Result{Status: config.Violated}
	for name, c := range map[string]struct {
		results []config.Result
		want    CheckedInstance
	}{
		"nothing was evaluated":          {nil, CheckedInstance{Status: config.Undecided}},
		"all pass":                       {[]config.Result{pass, pass}, CheckedInstance{Status: config.Passed}},
		"one is not known yet":           {[]config.Result{pass, unknown}, CheckedInstance{Status: config.Undecided}},
		"a violation outweighs unknown":  {[]config.Result{unknown, failed, pass}, CheckedInstance{Status: config.Violated, Problems: []string{"too small"}}},
		"an error outweighs a violation": {[]config.Result{failed, fail}, CheckedInstance{Status: config.Errored, Problems: []string{"too small"}}},
		"a message that is not shown":    {[]config.Result{hidden, failed}, CheckedInstance{Status: config.Violated, Problems: []string{"too small"}}},
	} {
		if d := cmp.Diff(c.want, checkedInstance(state.Addr{}, c.results), compareAddrs); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
