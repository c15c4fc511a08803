package planner

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// outline returns a plan in short, one line for each change, drift, output and
// change of state.
func outline(p *Plan) string {
	var s strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&s, "%s %s", c.Action, c.Addr)
		if c.Action == Replace && c.CreateFirst {
			s.WriteString(" create first")
		}
		if c.Reason != "" {
			s.WriteString(" because " + string(c.Reason))
		}
		for _, path := range c.ReplacePaths {
			s.WriteString(" " + path[0].(cty.GetAttrStep).Name)
		}
		s.WriteString("\n")
	}
	for _, d := range p.Drift {
		if d.After.IsNull() {
			fmt.Fprintf(&s, "drift %s is gone\n", d.Addr)
			continue
		}
		fmt.Fprintf(&s, "drift %s\n", d.Addr)
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&s, "%s output %s\n", o.Action, o.Name)
	}
	for _, r := range p.Refresh {
		if r.Put != nil {
			fmt.Fprintf(&s, "put %s %s\n", r.Put.Status, r.Put.Addr)
			continue
		}
		fmt.Fprintf(&s, "drop %s\n", r.Drop)
	}
	return s.String()
}

func block(name, body string) string {
	return fmt.Sprintf("resource \"toy_server\" %q {\n%s\n}\n", name, body)
}

func TestBuild(t *testing.T) {
	const provisioner = "\nprovisioner \"local-exec\" {\ncommand = \"true\"\n}\n"
	webPrior := prior(t, "toy_server.web", web)
	numbered := func(i int) Prior { return prior(t, fmt.Sprintf("toy_server.web[%d]", i), web) }
	deposed := edited(webPrior, func(p *Prior) {
		p.Object.Key, p.Object.Deposed = "old", true
		p.Value = web.with(attrs{"id": str("srv-0")}).server()
		p.Stored = p.Value
	})
	takenOver := edited(webPrior, func(p *Prior) { p.Object.Key, p.Object.Deposed = "old", true })
	ssd := attrs{"kind": str("ssd"), "device": str("sda"), "path": str("/dev/sda")}
	onDisk := func(changed attrs) Prior {
		p := prior(t, "toy_server.web", web.with(attrs{"disk": blocks("disk", ssd)}))
		return observed(p, web.with(attrs{"disk": blocks("disk", ssd.with(changed))}))
	}
	tests := []struct {
		name   string
		config string
		priors []Prior
		want   string
	}{
		{"what is not there is created", block("web", webConfig), nil, "create toy_server.web\n"},
		{"what is as configured stays", block("web", webConfig), []Prior{webPrior}, "no-op toy_server.web\n"},
		{"what can be changed is changed", block("web", webConfig+`labels = { a = "b" }`), []Prior{webPrior}, "update toy_server.web\n"},
		{"a change that the type cannot make this time replaces", block("web", webConfig+"replicas = 1"), []Prior{prior(t, "toy_server.web", web.with(attrs{"replicas": num(2)}))},
			"replace toy_server.web because cannot_update replicas\n"},
		{"one that it can make does not", block("web", webConfig+"replicas = 3"), []Prior{prior(t, "toy_server.web", web.with(attrs{"replicas": num(2)}))}, "update toy_server.web\n"},
		{"another spelling is no change", block("web", webConfig+`password = "x"`), []Prior{prior(t, "toy_server.web", web.with(attrs{"password": str("http://x")}))},
			"no-op toy_server.web\n"},
		{"what is protected can be changed", block("web", webConfig+`labels = { a = "b" }
			color = "kept"`), []Prior{prior(t, "toy_server.web", web.with(attrs{"color": str("kept")}))}, "update toy_server.web\n"},
		{"what cannot be changed is replaced", block("web", `
			name  = "web"
			size  = "small"
			image = "arch"`), []Prior{webPrior}, "replace toy_server.web because cannot_update image\n"},
		{"what a replacement is may differ from what the old object could become", block("web", `
			name  = "web"
			size  = "small"
			image = "arch"`), []Prior{prior(t, "toy_server.web", web.with(attrs{"size": str("large")}))}, "replace toy_server.web because cannot_update image\n"},
		{"a type without updates is replaced", `resource "toy_stone" "a" { shape = "round" }`,
			[]Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("flat")})}, "replace toy_stone.a because cannot_update shape\n"},
		{"a type may have its replacements created first", `resource "toy_stone" "a" { shape = "round" }`,
			[]Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("arch")})}, "replace toy_stone.a create first because cannot_update shape\n"},
		{"a replacement may create first", block("web", `
			name  = "web"
			image = "arch"
			lifecycle { create_before_destroy = true }`), []Prior{webPrior}, "replace toy_server.web create first because cannot_update image\n"},
		{"creating first spreads from what is only going to need the object", `
			resource "toy_stone" "a" { shape = "round" }
			resource "toy_server" "web" {
				name = toy_stone.a.id
				lifecycle { create_before_destroy = true }
			}`, []Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("flat")})},
			"create toy_server.web\nreplace toy_stone.a create first because cannot_update shape\n"},
		{"and from a block without instances, through others", `
			resource "toy_stone" "a" { shape = "round" }
			resource "toy_stone" "b" {
				shape      = "flat"
				depends_on = [toy_stone.a]
			}
			resource "toy_server" "web" {
				count = 0
				name  = toy_stone.b.id
				lifecycle { create_before_destroy = true }
			}`, []Prior{prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("flat")})},
			"replace toy_stone.a create first because cannot_update shape\ncreate toy_stone.b\n"},
		{"what is not to be destroyed is forgotten by its replacement", block("web", `
			name  = "web"
			image = "arch"
			lifecycle {
				destroy         = false
				prevent_destroy = true
			}`), []Prior{webPrior}, "forget toy_server.web because cannot_update image\ncreate toy_server.web\ndrop key of toy_server.web\n"},
		{"what was deposed, too", block("web", webConfig+"lifecycle { destroy = false }"), []Prior{webPrior, deposed},
			"no-op toy_server.web\nforget toy_server.web because deposed\nput live toy_server.web\ndrop old\n"},
		{"creating first spreads to what the old object stands on", `
			resource "toy_stone" "a" { shape = "round" }
			resource "toy_server" "web" {
				name  = toy_stone.a.id
				image = "arch"
				lifecycle { create_before_destroy = true }
			}`, []Prior{
			edited(webPrior, func(p *Prior) { p.Object.Deps = []state.Addr{{Type: "toy_stone", Name: "a"}} }),
			prior(t, "toy_stone.a", attrs{"id": str("1"), "shape": str("flat")}),
		}, "replace toy_server.web create first because cannot_update image\nreplace toy_stone.a create first because cannot_update shape\n"},

		{"what is not enabled any more goes", block("web", webConfig+"lifecycle { enabled = false }"), []Prior{webPrior},
			"delete toy_server.web because delete_because_enabled_false\n"},
		{"a smaller count deletes the last", block("web", webConfig+"count = 1"), []Prior{numbered(0), numbered(1), numbered(2)},
			"no-op toy_server.web[0]\ndelete toy_server.web[1] because delete_because_count_index\ndelete toy_server.web[2] because delete_because_count_index\n"},
		{"a key that goes deletes", block("web", webConfig+`for_each = toset(["a"])`),
			[]Prior{prior(t, `toy_server.web["a"]`, web), prior(t, `toy_server.web["b"]`, web)},
			"no-op toy_server.web[\"a\"]\ndelete toy_server.web[\"b\"] because delete_because_each_key\n"},
		{"a block that goes deletes", "locals {}\n", []Prior{webPrior}, "delete toy_server.web because delete_because_no_resource_config\n"},
		{"a block that gets a count keeps its object", block("web", webConfig+"count = 1"), []Prior{webPrior},
			"no-op toy_server.web[0]\nput live toy_server.web[0]\n"},
		{"count of zero is nothing", block("web", webConfig+"count = 0"), nil, ""},

		{"a half-made object is replaced", block("web", webConfig), []Prior{status(webPrior, state.Tainted)}, "replace toy_server.web because tainted\n"},
		{"an object whose deletion was cut off is replaced", block("web", webConfig), []Prior{status(webPrior, state.Deleting)}, "replace toy_server.web because tainted\n"},
		{"an update that was cut off is done again", block("web", webConfig), []Prior{status(webPrior, state.Updating)}, "update toy_server.web because unfinished\n"},
		{"an object that is not ready is waited for", block("web", webConfig),
			[]Prior{edited(status(webPrior, state.Pending), func(p *Prior) { p.Ready = false })}, "await toy_server.web because unfinished\n"},
		{"an object that has become ready is so remembered", block("web", webConfig), []Prior{status(webPrior, state.Pending)},
			"no-op toy_server.web\nput live toy_server.web\n"},
		{"one that has become ready before its provisioners ran is not taken as whole", block("web", webConfig+provisioner), []Prior{status(webPrior, state.Pending)},
			"await toy_server.web because unfinished\n"},
		{"nor when it is to be changed, too", block("web", webConfig+provisioner+`labels = { a = "b" }`), []Prior{status(webPrior, state.Pending)},
			"await toy_server.web because unfinished\n"},
		{"a create that was found to have succeeded is remembered", block("web", webConfig),
			[]Prior{edited(status(webPrior, state.Pending), func(p *Prior) {
				p.Settled, p.Ready, p.Stored = true, false, web.with(attrs{"id": cty.NullVal(cty.String)}).server()
			})},
			"await toy_server.web because unfinished\nput pending toy_server.web\n"},
		{"a create that was never made is forgotten and made", block("web", webConfig), []Prior{goneAway(status(webPrior, state.Intended))},
			"create toy_server.web\ndrop key of toy_server.web\n"},

		{"a deposed object is deleted", block("web", webConfig), []Prior{webPrior, deposed}, "no-op toy_server.web\ndelete toy_server.web because deposed\n"},
		{"a deposed object that its successor has taken over is forgotten", block("web", webConfig), []Prior{webPrior, takenOver}, "no-op toy_server.web\ndrop old\n"},
		{"so it is when the run was cut off while that was made", block("web", webConfig), []Prior{status(webPrior, state.Pending), takenOver},
			"no-op toy_server.web\nput live toy_server.web\ndrop old\n"},
		{"one of another provider configuration is not", "provider \"toy\" {\nalias = \"other\"\n}\n" + block("web", webConfig), []Prior{webPrior, edited(takenOver, func(p *Prior) { p.Object.Provider = "toy.other" })},
			"no-op toy_server.web\ndelete toy_server.web because deposed\n"},
		{"a deposed object whose replacement was not made is the current one again", block("web", webConfig), []Prior{deposed},
			"no-op toy_server.web\nput live toy_server.web\n"},
		{"a deposed object that is gone is dropped", block("web", webConfig), []Prior{webPrior, goneAway(deposed)},
			"no-op toy_server.web\ndrift toy_server.web is gone\ndrop old\n"},

		{"what somebody else has changed is put back", block("web", webConfig), []Prior{observed(webPrior, web.with(attrs{"size": str("medium")}))},
			"update toy_server.web\ndrift toy_server.web\nput live toy_server.web\n"},
		{"what the cloud has changed itself is no drift", block("web", webConfig), []Prior{observed(webPrior, web.with(attrs{"ip": str("10.9.9.9"), "port": num(1)}))},
			"no-op toy_server.web\nput live toy_server.web\n"},
		{"nor is that inside a nested block", block("web", webConfig+"disk {\n kind = \"ssd\"\n}"), []Prior{onDisk(attrs{"device": str("sdb")})},
			"no-op toy_server.web\nput live toy_server.web\n"},
		{"but what is configured inside one is", block("web", webConfig+"disk {\n kind = \"ssd\"\n}"), []Prior{onDisk(attrs{"gigs": num(20)})},
			"update toy_server.web\ndrift toy_server.web\nput live toy_server.web\n"},
		{"what somebody else has deleted is made anew", block("web", webConfig), []Prior{goneAway(webPrior)},
			"create toy_server.web\ndrift toy_server.web is gone\ndrop key of toy_server.web\n"},

		{"a data source is read while planning", `
			data "toy_image" "i" { slug = "x" }
			output "o" { value = data.toy_image.i.id }`, nil,
			"no-op data.toy_image.i\ncreate output o\n"},
		{"a data source whose arguments are not known is read later", block("web", webConfig) + `
			data "toy_image" "i" { slug = toy_server.web.id }`, nil, "create toy_server.web\nread data.toy_image.i\n"},
		{"a data source that refers to what is created is read later", block("web", webConfig) + `
			data "toy_image" "i" { slug = toy_server.web.name }`, nil, "create toy_server.web\nread data.toy_image.i\n"},
		{"a data source that refers to what is changed is read now", block("web", webConfig+`labels = { a = "b" }`) + `
			data "toy_image" "i" { slug = toy_server.web.name }`, []Prior{webPrior}, "update toy_server.web\nno-op data.toy_image.i\n"},
		{"a data source that depends_on what is changed is read later", block("web", webConfig+`labels = { a = "b" }`) + `
			data "toy_image" "i" {
				slug       = "x"
				depends_on = [toy_server.web]
			}`, []Prior{webPrior}, "update toy_server.web\nread data.toy_image.i\n"},
		{"a data source that depends_on what stays is read now", block("web", webConfig) + `
			data "toy_image" "i" {
				slug       = "x"
				depends_on = [toy_server.web]
			}`, []Prior{webPrior}, "no-op toy_server.web\nno-op data.toy_image.i\n"},

		{"ignore_changes leaves an attribute as it is", block("web", `
			name  = "web"
			size  = "large"
			image = "arch"
			lifecycle { ignore_changes = [image] }`), []Prior{webPrior}, "update toy_server.web\n"},
		{"ignore_changes = all leaves everything as it is", block("web", `
			name  = "other"
			size  = "large"
			image = "arch"
			lifecycle { ignore_changes = all }`), []Prior{webPrior}, "no-op toy_server.web\n"},
		{"ignore_changes says nothing of a new object", block("web", webConfig+"lifecycle { ignore_changes = all }"), nil, "create toy_server.web\n"},

		{"replace_triggered_by a change", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db] }") + block("db", webConfig+`labels = { a = "b" }`),
			[]Prior{webPrior, prior(t, "toy_server.db", web)}, "update toy_server.db\nreplace toy_server.web because replace_triggered_by\n"},
		{"replace_triggered_by an attribute that changes", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db.labels] }") + block("db", webConfig+`labels = { a = "b" }`),
			[]Prior{webPrior, prior(t, "toy_server.db", web)}, "update toy_server.db\nreplace toy_server.web because replace_triggered_by\n"},
		{"replace_triggered_by an attribute that stays", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db.name] }") + block("db", webConfig+`labels = { a = "b" }`),
			[]Prior{webPrior, prior(t, "toy_server.db", web)}, "update toy_server.db\nno-op toy_server.web\nput live toy_server.web\n"},
		{"replace_triggered_by an instance that changes", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db[1]] }") +
			block("db", webConfig+`
				labels = count.index == 1 ? { a = "b" } : null
				count  = 2`),
			[]Prior{webPrior, prior(t, "toy_server.db[0]", web), prior(t, "toy_server.db[1]", web)},
			"no-op toy_server.db[0]\nupdate toy_server.db[1]\nreplace toy_server.web because replace_triggered_by\n"},
		{"replace_triggered_by an instance that stays", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db[0]] }") +
			block("db", webConfig+`
				labels = count.index == 1 ? { a = "b" } : null
				count  = 2`),
			[]Prior{webPrior, prior(t, "toy_server.db[0]", web), prior(t, "toy_server.db[1]", web)},
			"no-op toy_server.db[0]\nupdate toy_server.db[1]\nno-op toy_server.web\nput live toy_server.web\n"},
		{"replace_triggered_by says nothing of a new object", block("web", webConfig+"lifecycle { replace_triggered_by = [toy_server.db] }") + block("db", webConfig),
			nil, "create toy_server.db\ncreate toy_server.web\n"},
		{"prevent_destroy may be the text of a variable", block("web", webConfig+"count = 0\nlifecycle { prevent_destroy = \"false\" }"), []Prior{numbered(0)}, "delete toy_server.web[0] because delete_because_count_index\n"},
		{"prevent_destroy lets an object be changed", block("web", webConfig+"port = 1\nlifecycle { prevent_destroy = true }"), []Prior{webPrior}, "update toy_server.web\n"},
		{"what an object remembers is brought up to date", block("db", webConfig) + block("web", webConfig+"depends_on = [toy_server.db]"),
			[]Prior{webPrior, prior(t, "toy_server.db", web)}, "no-op toy_server.db\nno-op toy_server.web\nput live toy_server.web\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, outline(build(t, tt.config, tt.priors...))); diff != "" {
				t.Errorf("plan (-want +got):\n%s\nof %s", diff, tt.config)
			}
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	webPrior := prior(t, "toy_server.web", web)
	tests := []struct {
		name   string
		config string
		priors []Prior
		want   []string
	}{
		{"prevent_destroy of a replacement", block("web", `
			name = "web"
			image = "arch"
			lifecycle { prevent_destroy = true }`), []Prior{webPrior}, []string{"Instance cannot be destroyed"}},
		{"prevent_destroy of an instance that goes", block("web", webConfig+`
			count = 0
			lifecycle { prevent_destroy = true }`), []Prior{prior(t, "toy_server.web[0]", web)}, []string{"Instance cannot be destroyed"}},
		{"what is protected and goes", "locals {}", []Prior{prior(t, "toy_server.web", web.with(attrs{"color": str("kept")}))}, []string{"Object is protected"}},
		{"what is protected and would be replaced", block("web", `
			name  = "web"
			color = "kept"
			image = "arch"`), []Prior{prior(t, "toy_server.web", web.with(attrs{"color": str("kept")}))}, []string{"Object is protected"}},
		{"what the type's check refuses of a new object", block("web", `
			name = "web"
			size = "impossible"`), nil, []string{"Invalid configuration of toy_server.web"}},
		{"what the type's check refuses of a change", block("web", webConfig), []Prior{prior(t, "toy_server.web", web.with(attrs{"size": str("large")}))},
			[]string{"Invalid configuration of toy_server.web"}},
		{"a data source that cannot be read", `data "toy_image" "i" { slug = "missing" }`, nil, []string{"Cannot read data.toy_image.i"}},
		{"a precondition", block("web", webConfig+`
			lifecycle {
				precondition {
					condition     = 1 == 2
					error_message = "no"
				}
			}`), nil, []string{"Resource precondition failed"}},
		{"a postcondition on what is known", block("web", webConfig+`
			lifecycle {
				postcondition {
					condition     = self.name == "db"
					error_message = "no"
				}
			}`), nil, []string{"Resource postcondition failed"}},
		{"one address moved to two", `
			moved {
				from = toy_server.a
				to   = toy_server.b
			}
			moved {
				from = toy_server.a
				to   = toy_server.c
			}`, nil, []string{"Ambiguous move statements"}},
		{"two addresses moved to one", `
			moved {
				from = toy_server.a
				to   = toy_server.c
			}
			moved {
				from = toy_server.b
				to   = toy_server.c
			}`, nil, []string{"Ambiguous move statements"}},
		{"a move away from an instance that is declared", block("web", webConfig+"count = 1") + `
			moved {
				from = toy_server.web[0]
				to   = toy_server.db
			}`, nil, []string{"Moved object still exists"}},
		{"objects of an aliased provider whose block is gone", "locals {}", []Prior{edited(webPrior, func(p *Prior) { p.Object.Provider = "toy.b" })},
			[]string{"Provider configuration not present"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, buildErrors(t, tt.config, tt.priors...)); diff != "" {
				t.Errorf("errors (-want +got):\n%s\nof %s", diff, tt.config)
			}
		})
	}
	t.Run("nothing that is not known yet", func(t *testing.T) {
		got := buildErrors(t, block("web", webConfig+`
			lifecycle {
				postcondition {
					condition     = self.ip == "10.0.0.1"
					error_message = "no"
				}
			}`))
		if len(got) > 0 {
			t.Errorf("errors = %v, want none", got)
		}
	})
	t.Run("prevent_destroy does not keep a deposed object", func(t *testing.T) {
		deposed := edited(prior(t, "toy_server.web", web.with(attrs{"id": str("srv-0")})), func(p *Prior) { p.Object.Key, p.Object.Deposed = "old", true })
		if got := buildErrors(t, block("web", webConfig+"lifecycle { prevent_destroy = true }"), webPrior, deposed); len(got) > 0 {
			t.Errorf("errors = %v, want none", got)
		}
	})
}

func TestBuildDestroy(t *testing.T) {
	in := toyInput(t, `
		data "toy_image" "unused" { slug = "missing" }
		data "toy_image" "region" { slug = "fra" }
		provider "toy" {
			alias  = "b"
			region = data.toy_image.region.id
		}
		output "o" { value = toy_server.web.name }
	`+block("web", webConfig), prior(t, "toy_server.web", web), prior(t, "toy_server.db", web))
	in.Destroy = true
	in.Snapshot.Outputs["o"], _ = EncodeOutput(str("web"), false)
	plan, diags := Build(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := "delete toy_server.db\ndelete toy_server.web\nno-op data.toy_image.region\ndelete output o\n"
	if diff := cmp.Diff(want, outline(plan)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestBuildOutputs(t *testing.T) {
	was := func(v cty.Value) *cty.Value { return &v }
	tests := []struct {
		name   string
		value  string
		before *cty.Value
		want   Action
	}{
		{"a new one is created", `"x"`, nil, Create},
		{"one that is not known is created", "toy_server.web.id", nil, Create},
		{"the same stays", `"x"`, was(str("x")), NoOp},
		{"another is changed", `"y"`, was(str("x")), Update},
		{"one that is not known is changed", "toy_server.web.id", was(str("x")), Update},
		{"null stays nothing", "null", nil, NoOp},
		{"null of a type stays nothing", "toy_server.web.size", nil, NoOp},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := toyInput(t, block("web", `name = "web"`)+"output \"o\" {\n value = "+tt.value+"\n}")
			if tt.before != nil {
				in.Snapshot.Outputs["o"], _ = EncodeOutput(*tt.before, false)
			}
			plan, diags := Build(in)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got := plan.Outputs[0].Action; got != tt.want {
				t.Errorf("action = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestBuildRecordsThatAnOutputBecomesSensitive(t *testing.T) {
	in := toyInput(t, "output \"o\" {\n value = \"x\"\n sensitive = true\n}")
	in.Snapshot.Outputs["o"], _ = EncodeOutput(str("x"), false)
	plan, diags := Build(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := plan.Outputs[0]; got.Action != Update || !got.Sensitive {
		t.Errorf("output is %+v, want a sensitive one to be updated", got)
	}
}

func change(t *testing.T, p *Plan, addr string) Change {
	t.Helper()
	i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.Addr.String() == addr })
	if i < 0 {
		t.Fatalf("no change of %s in\n%s", addr, outline(p))
	}
	return p.Changes[i]
}

func TestBuildDoesNotPromiseWhatIsNotReady(t *testing.T) {
	// What the cloud shows of an object that is still changing is not what it
	// will have: neither the object nor what refers to it may be held to it.
	half := web.with(attrs{"ip": str(""), "price": num(0)})
	pending := edited(status(prior(t, "toy_server.web", half), state.Pending), func(p *Prior) { p.Ready = false })
	for name, extra := range map[string]string{"awaited": "", "changed": `labels = { a = "b" }`} {
		t.Run(name, func(t *testing.T) {
			plan := build(t, block("web", webConfig+extra)+block("db", "name = toy_server.web.ip\n"), pending)
			after := change(t, plan, "toy_server.web").After
			if v := after.GetAttr("ip"); v.IsKnown() {
				t.Errorf("planned ip = %#v, want unknown", v)
			}
			if got := providers.ID(after); got != "srv-1" {
				t.Errorf("planned id = %q, want srv-1", got)
			}
			if v := change(t, plan, "toy_server.db").After.GetAttr("name"); v.IsKnown() {
				t.Errorf("planned name of what refers to it = %#v, want unknown", v)
			}
		})
	}
}

func TestBuildKeepsSecretsNamed(t *testing.T) {
	plan := build(t, `
		variable "secret" {
			default   = "hunter2"
			sensitive = true
		}
		output "o" {
			value     = toy_server.web.name
			sensitive = true
		}
	`+block("web", `
		name     = var.secret
		password = "p"
	`)+block("db", "name = toy_server.web.password"))
	if got, want := change(t, plan, "toy_server.web").Sensitive, []string{"name"}; !slices.Equal(got, want) {
		t.Errorf("sensitive of web = %v, want %v", got, want)
	}
	if got, want := change(t, plan, "toy_server.db").Sensitive, []string{"name"}; !slices.Equal(got, want) {
		t.Errorf("sensitive of db = %v, want %v: its name is a sensitive attribute of web", got, want)
	}
}

func TestBuildNeeds(t *testing.T) {
	plan := build(t, `
		locals { name = data.toy_image.i.id }
		data "toy_image" "i" { slug = toy_server.db.id }
		provider "toy" { region = "x" }
	`+block("db", webConfig)+block("web", "name = local.name"))
	web := change(t, plan, "toy_server.web")
	if diff := cmp.Diff("[data.toy_image.i] [toy_server.db]", fmt.Sprint(web.Needs, web.Deps)); diff != "" {
		t.Errorf("needs and deps (-want +got):\n%s", diff)
	}
}

// everything is a world in which something of every kind happens.
func everything(t *testing.T) Input {
	in := toyInput(t, block("made", webConfig+`
			labels = { b = toy_server.changed.ip, a = "x" }
			tags   = ["b", "a", toy_server.many["k2"].id]
			rule {
				port = "2"
				host = toy_server.many["k1"].id
			}
			rule {
				port = "1"
			}
			disk {
				kind = "ssd"
				key  = "secret"
			}
		`)+block("changed", webConfig+"port = 1")+block("replaced", "name = toy_server.changed.kernel\nimage = \"arch\"")+
		block("many", webConfig+`for_each = { k1 = 1, k2 = 2, k3 = 3 }`)+`
		data "toy_image" "now" { slug = "x" }
		data "toy_image" "later" { slug = toy_server.made.id }
		output "known" { value = { a = [1, "x"], b = null } }
		output "unknown" { value = { a = [1, toy_server.made.id], b = toy_server.made.tags } }
		output "hidden" {
			value     = "canary"
			sensitive = true
		}
		output "same" { value = 1 }`,
		prior(t, "toy_server.changed", web), prior(t, "toy_server.replaced", web),
		observed(prior(t, `toy_server.many["k1"]`, web), web.with(attrs{"size": str("large-"), "tags": cty.SetVal([]cty.Value{str("x")})})),
		goneAway(prior(t, "toy_server.lost", web)), prior(t, "toy_server.orphan", web))
	for name, v := range map[string]cty.Value{"same": num(1), "old": str("x"), "older": cty.EmptyObjectVal, "known": str("other")} {
		in.Snapshot.Outputs[name], _ = EncodeOutput(v, false)
	}
	return in
}

func TestBuildIsPure(t *testing.T) {
	var first []byte
	for i := range 10 {
		plan, diags := Build(everything(t))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		raw, err := (&File{Plan: plan}).Marshal(toyCatalog())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = raw
		}
		if !bytes.Equal(first, raw) {
			t.Fatalf("equal inputs gave another plan:\n%s", cmp.Diff(string(first), string(raw)))
		}
	}
}

// Thousands of mistakes are not all looked for.
func TestMistakesAreCounted(t *testing.T) {
	var src strings.Builder
	src.WriteString("locals {\n")
	for i := range 3 * maxProblems {
		fmt.Fprintf(&src, " a%d = nothing(%d)\n", i, i)
	}
	src.WriteString("}\n")
	if n := len(buildErrors(t, src.String())); n != maxProblems+1 {
		t.Errorf("%d errors, want %d", n, maxProblems+1)
	}
}

// TestPlanAllocates bounds what each object of a plan that finds nothing takes: the
// time of large plans is that of what they allocate.
func TestPlanAllocates(t *testing.T) {
	allocations := func(n int) float64 {
		var priors []Prior
		for i := range n {
			priors = append(priors, prior(t, fmt.Sprintf("toy_server.web[%d]", i), web))
		}
		in := toyInput(t, block("web", webConfig+fmt.Sprintf("count = %d", n)), priors...)
		return testing.AllocsPerRun(5, func() {
			if plan, diags := Build(in); diags.HasErrors() || !plan.Empty() {
				t.Fatalf("%v\n%s", diags, outline(plan))
			}
		})
	}
	const want = 330
	if got := (allocations(300) - allocations(100)) / 200; got > want {
		t.Errorf("%.0f allocations an object, want %d at most", got, want)
	}
}
