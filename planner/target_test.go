package planner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/state"
)

const twoServers = `
	resource "toy_server" "web" {
		for_each = toset(["a", "b"])
		name     = "new-${each.key}"
	}
	output "a" { value = toy_server.web["a"].name }
	output "b" { value = toy_server.web["b"].name }
	output "all" { value = [for w in toy_server.web : w.name] }`

func TestBuildBounded(t *testing.T) {
	a := prior(t, `toy_server.web["a"]`, web)
	b := prior(t, `toy_server.web["b"]`, web)
	tests := []struct {
		name   string
		priors []Prior
		want   string
	}{
		{"what is left out is there for outputs", []Prior{a, b}, "replace toy_server.web[\"a\"] because cannot_update image\nno-op toy_server.web[\"b\"]\ncreate output a\ncreate output all\ncreate output b\n"},
		{"what is not there yet is missed by nobody else", []Prior{a}, "replace toy_server.web[\"a\"] because cannot_update image\ncreate output a\ncreate output all\nno-op output b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := toyInput(t, twoServers, tt.priors...)
			in.Targets = []Target{{Addr: state.Addr{Type: "toy_server", Name: "web", Key: state.NameKey("a")}}}
			plan, diags := Build(in)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tt.want, outline(plan)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuildRefusesToTargetNothing(t *testing.T) {
	in := toyInput(t, twoServers+`
		resource "toy_server" "one" { name = "one" }
		resource "toy_server" "none" {
			count = 0
			name  = "none"
		}`, prior(t, `toy_server.web["a"]`, web), prior(t, `toy_server.web["gone"]`, web))
	for target, wrong := range map[string]string{
		`toy_server.web["a"]`:    "",
		`toy_server.web["b"]`:    "",
		`toy_server.web["gone"]`: "",
		`toy_server.none`:        "",
		`toy_server.web["zoe"]`:  `There are toy_server.web["a"], toy_server.web["b"], toy_server.web["gone"].`,
		`toy_server.one[0]`:      "There is only toy_server.one.",
		`toy_server.none[0]`:     "There are no instances.",
	} {
		to, err := ParseTarget(target)
		if err != nil {
			t.Fatal(err)
		}
		for option, in := range map[string]Input{"-target": boundedTo(in, []Target{to}, nil), "-exclude": boundedTo(in, nil, []Target{to})} {
			_, diags := Build(in)
			if diags.HasErrors() != (wrong != "") || !strings.Contains(diags.Error(), wrong) {
				t.Errorf("%s %s: %v, want an error with %q", option, target, diags, wrong)
			}
		}
	}
}

// boundedTo returns in with targets and exclusions.
func boundedTo(in Input, targets, excludes []Target) Input {
	in.Targets, in.Excludes = targets, excludes
	return in
}

func TestBuildRefreshOnly(t *testing.T) {
	in := toyInput(t, twoServers, prior(t, `toy_server.web["a"]`, web), prior(t, `toy_server.web["b"]`, web))
	in.RefreshOnly = true
	plan, diags := Build(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := "no-op toy_server.web[\"a\"]\nno-op toy_server.web[\"b\"]\ncreate output a\ncreate output all\ncreate output b\n"
	if diff := cmp.Diff(want, outline(plan)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestBuildRefusesToReplaceNothing(t *testing.T) {
	in := toyInput(t, twoServers, prior(t, `toy_server.web["a"]`, web))
	for addr, wrong := range map[string]bool{`toy_server.web["a"]`: false, `toy_server.web["b"]`: false, "toy_server.web": true, `toy_server.web["c"]`: true, "toy_server.x": true} {
		a, err := state.ParseAddr(addr)
		if err != nil {
			t.Fatal(err)
		}
		in.Replace = []state.Addr{a}
		if _, diags := Build(in); diags.HasErrors() != wrong {
			t.Errorf("-replace %s: errors %v, want some: %v", addr, diags, wrong)
		}
	}
}
