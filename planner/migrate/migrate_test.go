package migrate_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// host is a type of a cloud of the tests.
type host struct {
	ID     string            `cty:"id"     is:"computed"           doc:"Id."`
	Size   int               `cty:"size"   is:"optional"           doc:"Size."`
	Kind   string            `cty:"kind"   is:"else=small"         doc:"Kind."`
	Public *bool             `cty:"public" is:"optional"           doc:"Whether it is public."`
	Names  []string          `cty:"names"  is:"optional,set"       doc:"Names."`
	Tags   map[string]string `cty:"tags"   is:"optional"           doc:"Tags."`
	Token  string            `cty:"token"  is:"computed,sensitive" doc:"Token."`
	Data   string            `cty:"data"   is:"optional"           doc:"Data."`
	Count  int               `cty:"count_" is:"computed"           doc:"A number of the cloud's."`
	Disk   []disk            `cty:"disk"   is:"optional,max=1"     doc:"Its disk."`
}

type disk struct {
	Size int    `cty:"size"  is:"optional"           doc:"Size."`
	Key  string `cty:"key"   is:"optional,sensitive" doc:"Key."`
}

func catalog() config.Catalog {
	t := providers.Resource[int, host]{Type: "toy_host", Migrate: func(x *host) { x.ID = strings.TrimPrefix(x.ID, "theirs-") }}
	p := providers.Cloud[int, struct{}]{Name: "toy", Resources: []providers.Erasable{t}}.Provider()
	return config.NewCatalog(p)
}

func convert(t *testing.T, provider string, instances string) (migrate.Result, error) {
	t.Helper()
	text := `{"version": 4, "resources": [
		{"mode": "managed", "type": "toy_host", "name": "a", "provider": ` + fmt.Sprintf("%q", provider) + `, "instances": [` + instances + `]},
		{"mode": "managed", "type": "other_thing", "name": "b", "provider": "provider[\"registry.terraform.io/acme/other\"]", "instances": [{"attributes": {"id": "1"}}]}]}`
	doc, err := migrate.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Convert(catalog(), func() state.ObjectKey { return "key" }, time.Unix(5, 0))
}

const toy = `provider["registry.terraform.io/hashicorp/toy"]`

func TestConvertAttributes(t *testing.T) {
	tests := []struct {
		name, attrs string
		want        string // attributes that are not as of an object with an id alone
		dropped     []string
	}{
		{"an id alone", `{"id": "1"}`, `{}`, nil},
		{"an id in Terraform's words", `{"id": "theirs-1"}`, `{}`, nil},
		{"what is absent in older providers' words", `{"id": "1", "size": 0, "names": [], "tags": {}, "data": "", "disk": []}`, `{}`, nil},
		{"false is a value where the type says so", `{"id": "1", "public": false}`, `{"public":false}`, nil},
		{"numbers and texts that stand for each other", `{"id": 1, "size": "8", "public": "true", "data": 1.50}`, `{"size":8,"public":true,"data":"1.50"}`, nil},
		{"a set", `{"id": "1", "names": ["b", "a", null]}`, `{"names":["a","b"]}`, nil},
		{"a map", `{"id": "1", "tags": {"a": "1", "b": 2}}`, `{"tags":{"a":"1","b":"2"}}`, nil},
		{"a block in a list", `{"id": "1", "disk": [{"size": 10, "key": null}]}`, `{"disk":[{"key":null,"size":10}]}`, nil},
		{"a single block", `{"id": "1", "disk": {"size": 10}}`, `{"disk":[{"key":null,"size":10}]}`, nil},
		{"attributes that have no place", `{"id": "1", "zone": "x", "timeouts": {"create": "1h"}, "none": null, "empty": [], "disk": [{"size": 1, "type": "ssd"}]}`, `{"disk":[{"key":null,"size":1}]}`, []string{"disk[0].type", "zone"}},
		{"what the cloud decides, in a shape that has none here", `{"id": "1", "count_": {"a": 1}}`, `{}`, []string{"count_"}},
	}
	base := map[string]any{"id": "1", "size": nil, "kind": "small", "public": nil, "names": nil, "tags": nil, "token": "", "data": nil, "count_": 0.0, "disk": []any{}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := convert(t, toy, `{"attributes": `+tt.attrs+`}`)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{}
			for k, v := range base {
				want[k] = v
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(planner.WholeAttrs(res.Objects[0].Object), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("attributes of %s (-want +got):\n%s", tt.attrs, diff)
			}
			if diff := cmp.Diff(tt.dropped, res.Objects[0].Dropped); diff != "" {
				t.Errorf("dropped of %s (-want +got):\n%s", tt.attrs, diff)
			}
		})
	}
}

func TestConvertRefuses(t *testing.T) {
	tests := []struct{ name, attrs, want string }{
		{"no id", `{"size": 1}`, "toy_host.a: it has no id"},
		{"an id that is a list", `{"id": ["1"]}`, "toy_host.a: id: want a string"},
		{"a size that is no number", `{"id": "1", "size": "large"}`, "toy_host.a: size: it is no number"},
		{"a map where a list is wanted", `{"id": "1", "names": "x"}`, "toy_host.a: names: want a list"},
		{"a wrong value in a block", `{"id": "1", "disk": [{"size": []}]}`, "toy_host.a: disk[0].size: want a number"},
		{"a block that is a text", `{"id": "1", "disk": ["x"]}`, "toy_host.a: disk[0]: want an object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := convert(t, toy, `{"attributes": `+tt.attrs+`}`); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want an error with %q", tt.attrs, err, tt.want)
			}
		})
	}
}

func TestConvertObject(t *testing.T) {
	res, err := convert(t, `module.m.`+toy+`.west`, `
		{"attributes": {"id": "1", "token": "t0k", "data": "d4ta", "disk": [{"key": "k3y"}]}, "status": "tainted", "schema_version": 2,
		 "sensitive_attributes": [[{"type": "get_attr", "value": "data"}], [{"type": "get_attr", "value": "token"}], [{"type": "get_attr", "value": "zone"}]],
		 "dependencies": ["toy_host.a", "other_thing.b", "data.toy_image.x"]},
		{"attributes": {"id": "2"}, "deposed": "01234567"}`)
	if err != nil {
		t.Fatal(err)
	}
	o := res.Objects[0]
	want := state.Object{
		Key: "key", Addr: state.Addr{Type: "toy_host", Name: "a"}, Provider: "module.m.toy.west", Status: state.Tainted, Attrs: o.Attrs,
		Sensitive: []string{"data"}, Deps: []state.Addr{{Type: "toy_host", Name: "a"}}, Since: time.Unix(5, 0),
		Secrets: map[string]json.RawMessage{"/token": []byte(`"t0k"`), "/data": []byte(`"d4ta"`), "/disk/0/key": []byte(`"k3y"`)},
	}
	same := cmp.Comparer(func(a, b state.Addr) bool { return a == b })
	if diff := cmp.Diff(want, o.Object, same); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
	if strings.Contains(string(o.Attrs), "t0k") || strings.Contains(string(o.Attrs), "d4ta") || strings.Contains(string(o.Attrs), "k3y") {
		t.Errorf("secrets stand in %s", o.Attrs)
	}
	if o.Version != 2 {
		t.Errorf("schema version %d, want 2", o.Version)
	}
	if d := res.Objects[1]; !d.Deposed || d.Status != state.Live {
		t.Errorf("deposed object %+v", d.Object)
	}
	left := []migrate.LeftOut{{Addr: state.Addr{Type: "other_thing", Name: "b"}, Provider: migrate.Source{Host: "registry.terraform.io", Namespace: "acme", Type: "other"}}}
	if diff := cmp.Diff(left, res.LeftOut, same); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

func TestConvertForeignProvider(t *testing.T) {
	for provider, foreign := range map[string]bool{
		toy: false, `provider.toy`: false, `provider["registry.opentofu.org/opentofu/toy"]`: false, `provider["mirror.example.com/hashicorp/toy"]`: false,
		`provider["registry.terraform.io/acme/toy"]`: true, `provider["registry.terraform.io/hashicorp/toy2"]`: true,
	} {
		res, err := convert(t, provider, `{"attributes": {"id": "1"}}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(res.Objects) == 0; got != foreign {
			t.Errorf("%s: left out %t, want %t", provider, got, foreign)
		}
	}
}
