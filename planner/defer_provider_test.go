package planner

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// onIP is a provider whose region is an address that db gets, and a server of it.
const onIP = `
provider "toy" {
	alias  = "b"
	region = toy_server.db.ip
}
`

const settingsWait = "the settings of provider toy.b are known only after the apply of toy_server.db"

// of returns the configuration of a server of a provider.
func of(provider, more string) string { return webConfig + "provider = " + provider + "\n" + more }

// waits outlines what a plan changes and what it defers.
func waits(p *Plan) string {
	var s strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&s, "%s %s\n", c.Action, c.Addr)
	}
	for _, d := range p.Deferred {
		fmt.Fprintf(&s, "%s: %s\n", d.Addr, d.Reason)
	}
	return s.String()
}

// madeBy returns p as an object of another provider configuration that stands
// on blocks.
func madeBy(p Prior, provider string, on ...string) Prior {
	p.Object.Provider = provider
	for _, name := range on {
		p.Object.Deps = append(p.Object.Deps, state.Addr{Type: "toy_server", Name: name})
	}
	return p
}

func TestDeferralOfProvider(t *testing.T) {
	db := block("db", webConfig)
	there := func(name string) Prior { return prior(t, "toy_server."+name, web) }
	replaced := func(name string) Prior { return status(there(name), state.Tainted) }
	const byRegion = `
		provider "toy" {
			alias    = "by"
			for_each = { a = "x", b = toy_server.db.ip }
			region   = each.value
		}
	`
	tests := []struct {
		name   string
		src    string
		priors []Prior
		want   string
	}{
		{"what uses unknown settings waits, and what needs it",
			onIP + db + block("web", of("toy.b", "")) + block("user", "name = toy_server.web.name"), nil,
			"create toy_server.db\ntoy_server.web: " + settingsWait + "\ntoy_server.user: it needs toy_server.web, which is deferred\n"},
		{"known settings wait for nothing", onIP + db + block("web", of("toy.b", "")), []Prior{there("db")},
			"no-op toy_server.db\ncreate toy_server.web\n"},
		{"known settings of something that changes wait for nothing",
			strings.Replace(onIP, ".ip", ".name", 1) + db + block("web", of("toy.b", "")), nil,
			"create toy_server.db\ncreate toy_server.web\n"},
		{"a data source waits",
			onIP + db + "data \"toy_image\" \"i\" {\nslug = \"x\"\nprovider = toy.b\n}\n", nil,
			"create toy_server.db\ndata.toy_image.i: " + settingsWait + "\n"},
		{"what only a check reads does not wait",
			onIP + db + "check \"c\" {\ndata \"toy_image\" \"i\" {\nslug = \"x\"\nprovider = toy.b\n}\nassert {\ncondition = data.toy_image.i.id != \"\"\nerror_message = \"none\"\n}\n}\n", nil,
			"create toy_server.db\n"},
		{"settings of what waits to be read wait for it",
			strings.Replace(onIP, "toy_server.db.ip", "data.toy_image.i.id", 1) + db + "data \"toy_image\" \"i\" { slug = toy_server.db.ip }\n" + block("web", of("toy.b", "")), nil,
			"create toy_server.db\nread data.toy_image.i\ntoy_server.web: the settings of provider toy.b are known only after the apply of data.toy_image.i\n"},
		{"an object stays as it is, whatever the configuration says of it",
			onIP + db + block("web", "name = \"other\"\nimage = \"x\"\nprovider = toy.b"),
			[]Prior{replaced("db"), madeBy(there("web"), "toy.b", "db")},
			"replace toy_server.db\ntoy_server.web: " + settingsWait + "\n"},
		{"an object that comes from another provider waits", onIP + db + block("web", of("toy.b", "")), []Prior{there("web")},
			"create toy_server.db\ntoy_server.web: " + settingsWait + "\n"},
		{"what it stands on stays", onIP + db + block("web", of("toy.b", "")),
			[]Prior{replaced("db"), madeBy(there("web"), "toy.b", "db", "net"), there("net")},
			"replace toy_server.db\ntoy_server.web: " + settingsWait + "\ntoy_server.net: it is destroyed after toy_server.web, which needs it and is deferred\n"},
		{"what it stands on is replaced after it",
			onIP + db + block("web", of("toy.b", "labels = { n = toy_server.net.id }")) + block("net", webConfig) + block("other", "name = toy_server.net.id"),
			[]Prior{replaced("db"), madeBy(there("web"), "toy.b", "db", "net"), replaced("net")},
			"replace toy_server.db\ntoy_server.net: it is replaced after toy_server.web, which needs it and is deferred\n" +
				"toy_server.other: it needs toy_server.net, which is deferred\ntoy_server.web: " + settingsWait + "\n"},
		{"what the settings wait for is replaced before it",
			onIP + block("db", webConfig+"labels = { n = toy_server.net.id }") + block("web", of("toy.b", "tags = [toy_server.net.id]")) + block("net", webConfig),
			[]Prior{replaced("db"), madeBy(there("web"), "toy.b", "db", "net"), replaced("net")},
			"replace toy_server.db\nreplace toy_server.net\ntoy_server.web: " + settingsWait + "\n"},
		{"what has no block any more is destroyed with the settings it had", onIP + db,
			[]Prior{replaced("db"), madeBy(there("web"), "toy.b", "db")},
			"replace toy_server.db\ndelete toy_server.web\n"},
		{"none of a block waits for no settings", onIP + db + block("web", of("toy.b", "count = 0")), []Prior{madeBy(prior(t, "toy_server.web[0]", web), "toy.b")},
			"create toy_server.db\ndelete toy_server.web[0]\n"},
		{"the settings of one key wait", db + byRegion + block("web", of(`toy.by["b"]`, "")) + block("free", of(`toy.by["a"]`, "")), nil,
			"create toy_server.db\ncreate toy_server.free\ntoy_server.web: " + strings.Replace(settingsWait, "toy.b", `toy.by["b"]`, 1) + "\n"},
		{"one instance lets the others wait", db + byRegion + block("web", of(`toy.by[each.key]`, `for_each = toset(["a", "b"])`)), nil,
			"create toy_server.db\ntoy_server.web: " + strings.Replace(settingsWait, "toy.b", `toy.by["b"]`, 1) + "\n"},
		{"keys of configurations that are not known wait", db + strings.Replace(byRegion, `{ a = "x", b = toy_server.db.ip }`, "toset([toy_server.db.ip])", 1) + block("web", of(`toy.by["b"]`, "")), nil,
			"create toy_server.db\ntoy_server.web: the for_each of provider toy.by is known only after the apply of toy_server.db\n"},
		{"what no apply makes known is waited for by nothing", strings.Replace(onIP, "toy_server.db.ip", "timestamp()", 1) + block("web", of("toy.b", "")), nil,
			"create toy_server.web\n"},
		{"an import waits", onIP + db + block("web", of("toy.b", "")) + "import {\nto = toy_server.web\nid = \"1\"\n}\n", nil,
			"create toy_server.db\ntoy_server.web: " + settingsWait + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, waits(build(t, tt.src, tt.priors...))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeferralOfProviderBounded plans in other ways than all at once.
func TestDeferralOfProviderBounded(t *testing.T) {
	target := func(a string) []Target { return []Target{{Addr: state.Addr{Type: "toy_server", Name: a}}} }
	const created = "create toy_server.db\ncreate toy_server.user\ncreate toy_server.web\n"
	src := onIP + block("db", webConfig) + block("web", of("toy.b", "")) + block("user", "name = toy_server.web.name")
	tests := []struct {
		name string
		set  func(*Input)
		want string
	}{
		{"a target brings what the settings need", func(in *Input) { in.Targets = target("web") }, "create toy_server.db\ntoy_server.web: " + settingsWait + "\n"},
		{"what no target means waits for nothing", func(in *Input) { in.Targets = target("db") }, "create toy_server.db\n"},
		{"what is excluded waits for nothing", func(in *Input) { in.Excludes = append(target("web"), target("user")...) }, "create toy_server.db\n"},
		{"what needs what is excluded waits for nothing", func(in *Input) { in.Excludes = target("db") }, ""},
		{"a check of the configuration defers nothing", func(in *Input) { in.Validate = true }, created},
		{"-no-deferral plans with unknown settings", func(in *Input) { in.NoDeferral = true }, created},
		{"-refresh-only makes nothing, so nothing waits for it", func(in *Input) {
			in.RefreshOnly = true
			in.Program = toyProgram(t, strings.Replace(onIP, "toy_server.db.ip", "data.toy_image.i.id", 1)+block("db", webConfig)+`
				data "toy_image" "i" { slug = toy_server.db.ip }
				data "toy_image" "j" {
					slug     = "x"
					provider = toy.b
				}
			`)
		}, "read data.toy_image.i\nread data.toy_image.j\n"},
		{"destroying goes through the settings there were", func(in *Input) {
			in.Destroy = true
			in.Priors = []Prior{prior(t, "toy_server.db", web), madeBy(prior(t, "toy_server.web", web), "toy.b", "db")}
		}, "delete toy_server.db\ndelete toy_server.web\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := toyInput(t, src)
			tt.set(&in)
			plan, diags := Build(in)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tt.want, waits(plan)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeferralOfProviderEnds plans until nothing waits, as an apply does.
func TestDeferralOfProviderEnds(t *testing.T) {
	in := toyInput(t, onIP+block("db", webConfig)+block("web", of("toy.b", "")))
	before, _ := Build(in)
	in.Priors = []Prior{prior(t, "toy_server.db", web)}
	after, diags := Build(in)
	if diags.HasErrors() || len(before.Deferred) != 1 || len(after.Deferred) != 0 {
		t.Fatalf("%d deferred, then %d, want 1 and 0: %v", len(before.Deferred), len(after.Deferred), diags)
	}
	if got := change(t, after, "toy_server.web"); got.Action != Create || got.Provider != "toy.b" {
		t.Errorf("web: %s by %s, want create by toy.b", got.Action, got.Provider)
	}
}

// TestBuildKeepsInput plans twice from one input, also when the first plan had
// to be made in two rounds.
func TestBuildKeepsInput(t *testing.T) {
	src := onIP + block("db", webConfig) + block("web", of("toy.b", "")) + block("net", webConfig) + `
		moved {
			from = toy_server.old
			to   = toy_server.net
		}
	`
	in := toyInput(t, src, status(prior(t, "toy_server.db", web), state.Tainted),
		madeBy(prior(t, "toy_server.web", web), "toy.b", "db", "old"), status(prior(t, "toy_server.old", web), state.Tainted))
	plan, _ := Build(in)
	again, _ := Build(in)
	if got := waits(plan); !strings.Contains(got, "toy_server.net: it is replaced after toy_server.web") || got != waits(again) {
		t.Errorf("plans:\n%s\nand again:\n%s", got, waits(again))
	}
	if got := in.Priors[2].Object.Addr; config.BlockID(got).Name != "old" {
		t.Errorf("the planner has changed its input: old is %s", got)
	}
}
