package main

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

func TestArgumentsOfTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		environ, args, want []string
	}{
		"none":                   {nil, []string{"plan", "-json"}, []string{"plan", "--json"}},
		"of all commands":        {[]string{"TF_CLI_ARGS=-no-color"}, []string{"plan", "-json"}, []string{"plan", "--no-color", "--json"}},
		"of one":                 {[]string{"TF_CLI_ARGS_plan=-var 'a=b c'"}, []string{"plan", "-json"}, []string{"plan", "--var", "a=b c", "--json"}},
		"of another":             {[]string{"TF_CLI_ARGS_apply=-no-color"}, []string{"plan"}, []string{"plan"}},
		"ours win":               {[]string{"TF_CLI_ARGS_plan=-a", "MLINFRA_CLI_ARGS_plan=-json"}, []string{"plan"}, []string{"plan", "--json"}},
		"of a command of two":    {[]string{"TF_CLI_ARGS_state_list=-id=x"}, []string{"state", "list", "a.b"}, []string{"state", "list", "--id=x", "a.b"}},
		"of one with a dash":     {[]string{"TF_CLI_ARGS_force_unlock=-force"}, []string{"force-unlock", "1"}, []string{"force-unlock", "--force", "1"}},
		"of one of Terraform's":  {[]string{"TF_CLI_ARGS_login=-x"}, []string{"login", "y"}, []string{"login", "y"}},
		"after a global flag":    {[]string{"TF_CLI_ARGS_plan=-json"}, []string{"-chdir=x", "plan"}, []string{"plan", "--json", "--chdir=x"}},
		"after -chdir and plan":  {[]string{"TF_CLI_ARGS_plan=-json"}, []string{"-chdir", "plan", "plan"}, []string{"plan", "--json", "--chdir", "plan"}},
		"of no command":          {[]string{"TF_CLI_ARGS=-json"}, []string{"-version"}, []string{"--version"}},
		"of a command not there": {[]string{"TF_CLI_ARGS=-json"}, []string{"plna"}, []string{"plna"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(c.environ)
			got, err := a.withEnvironment(a.rootCommand(), doubleDashes(c.args))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q with %q: got %q, %v, want %q", c.args, c.environ, got, err, c.want)
			}
		})
	}
}

func TestPipelinesAreNotToldWhatStillRuns(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    bool
	}{{nil, true}, {[]string{"CI=true"}, false}, {[]string{"CI=false"}, true}, {[]string{"CI=1"}, false}} {
		var out bytes.Buffer
		a := newApp(c.environ)
		a.stdout = &out
		s := &session{app: a}
		s.events()(apply.Event{Kind: apply.Progressed, Op: planner.OpCreate, Addr: state.Addr{Type: "t", Name: "n"}})
		if got := out.Len() > 0; got != c.want {
			t.Errorf("with %q: printed %t, want %t", c.environ, got, c.want)
		}
	}
}
