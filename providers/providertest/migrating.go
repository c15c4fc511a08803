package providertest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// migratedAll takes over what each example makes from a state of Terraform.
func (s Suite) migratedAll(t *testing.T, typ *providers.Type, list []string) {
	for i, src := range list {
		t.Run(fmt.Sprintf("migration of example %d from Terraform", i+1), func(t *testing.T) { s.migrated(t, src) })
	}
}

// migrated makes an example, writes its objects as Terraform would, and takes
// them over into an empty state: nothing is to be done then.
func (s Suite) migrated(t *testing.T, src string) {
	w := newWorld(t, s)
	was := w.inventory()
	w.must(src)
	snap, _ := w.store.Snapshot()
	doc, err := migrate.Parse(TerraformState(snap, w.catalog(), s.Terraform))
	if err != nil {
		t.Fatal(err)
	}
	newKey := func() state.ObjectKey { return state.ObjectKey(strings.ToLower(rand.Text())) }
	res, err := doc.Convert(w.catalog(), newKey, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Objects) != len(snap.Objects) || len(res.LeftOut) > 0 {
		t.Fatalf("%d objects taken over and %d left out, want %d", len(res.Objects), len(res.LeftOut), len(snap.Objects))
	}
	clear(w.store.objects)
	for _, o := range res.Objects {
		w.store.objects[o.Key] = o.Object
		if want := []string{"of_terraform"}; len(o.Dropped) != 1 || o.Dropped[0] != want[0] {
			t.Errorf("%s: attributes without a place here are %q, want %q", o.Addr, o.Dropped, want)
		}
	}
	w.mustBeEmpty(src)
	w.must("")
	w.mustBeGone(was)
}

// TerraformState returns a state of Terraform that has the objects of snap.
// spell brings attributes into the words of Terraform's provider, by type.
func TerraformState(snap state.Snapshot, catalog config.Catalog, spell map[string]func(attrs map[string]any)) []byte {
	resources := []any{}
	for _, o := range snap.Objects {
		typ := catalog.TypeOf(o.Addr)
		name, _, _ := strings.Cut(o.Addr.Type, "_")
		var attrs map[string]any
		if err := json.Unmarshal(planner.WholeAttrs(o), &attrs); err != nil {
			panic(err)
		}
		zeroes(typ.Schema, attrs)
		attrs["of_terraform"] = "alone"
		attrs["timeouts"] = map[string]any{"create": "1h"}
		if f := spell[o.Addr.Type]; f != nil {
			f(attrs)
		}
		in := map[string]any{"schema_version": 1, "attributes": attrs, "dependencies": depsOf(o), "private": "bnVsbA==", "sensitive_attributes": sensitivePaths(o)}
		if i, ok := o.Addr.Key.Index(); ok {
			in["index_key"] = i
		}
		if key, ok := o.Addr.Key.Name(); ok {
			in["index_key"] = key
		}
		resources = append(resources, map[string]any{
			"module": o.Addr.Module, "mode": "managed", "type": o.Addr.Type, "name": o.Addr.Name, "instances": []any{in},
			"provider": providerAddress(o.Provider, catalog.Of(name).Sources[0]),
		})
	}
	raw, err := json.MarshalIndent(map[string]any{
		"version": 4, "terraform_version": config.TerraformVersion, "serial": 7, "lineage": lineage,
		"outputs": snap.Outputs, "resources": resources,
	}, "", "  ")
	if err != nil {
		panic(err)
	}
	return raw
}

// sensitivePaths are the paths of what came from sensitive values.
func sensitivePaths(o state.Object) []any {
	paths := []any{}
	for _, name := range o.Sensitive {
		paths = append(paths, []any{map[string]any{"type": "get_attr", "value": name}})
	}
	return paths
}

func depsOf(o state.Object) []string {
	deps := []string{}
	for _, d := range o.Deps {
		deps = append(deps, d.String())
	}
	return deps
}

// providerAddress spells a provider configuration as Terraform's state does.
func providerAddress(key, source string) string {
	id, each := config.ProviderID(key)
	host := "registry.terraform.io/"
	if strings.HasPrefix(source, "builtin/") {
		host = "terraform.io/"
	}
	text := fmt.Sprintf("provider[%q]", host+source)
	if id.Module != "" {
		text = id.Module + "." + text
	}
	if id.Name != "" {
		text += "." + id.Name + each.String()
	}
	return text
}

// zeroes writes what is absent as Terraform's older library does, which knows no
// null once a provider has set an attribute.
func zeroes(s *providers.Schema, attrs map[string]any) {
	for _, a := range s.Attrs {
		if a.Block != nil {
			items, _ := attrs[a.Name].([]any)
			for _, item := range items {
				zeroes(a.Block, item.(map[string]any))
			}
			continue
		}
		if attrs[a.Name] != nil || a.Mode != providers.Optional || a.ZeroIsSet {
			continue
		}
		switch typ := a.Type.FriendlyName(); {
		case typ == "string":
			attrs[a.Name] = ""
		case typ == "number":
			attrs[a.Name] = 0
		case typ == "bool":
			attrs[a.Name] = false
		case a.Type.IsMapType():
			attrs[a.Name] = map[string]any{}
		case a.Type.IsCollectionType():
			attrs[a.Name] = []any{}
		}
	}
}
