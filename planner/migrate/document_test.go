package migrate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/state"
)

const oneProvider = `"provider": "provider[\"registry.terraform.io/hashicorp/null\"]"`

// document returns a state with one resource: the JSON of its instances and what
// else it has.
func stateWith(resource, instances string) string {
	return `{"version": 4, "terraform_version": "1.11.4", "lineage": "l", "serial": 3, "outputs": {}, "resources": [
		{"mode": "managed", "type": "null_resource", "name": "a", ` + oneProvider + resource + `, "instances": [` + instances + `]}]}`
}

var compareKeys = cmp.Comparer(func(a, b state.Addr) bool { return a == b })

func TestParse(t *testing.T) {
	doc, err := Parse([]byte(`{
		"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l", "check_results": null,
		"outputs": {"secret": {"value": {"a": [1, "x"]}, "type": ["object", {"a": ["tuple", ["number", "string"]]}], "sensitive": true}},
		"resources": [
			{"mode": "data", "type": "aws_ami", "name": "x", "provider": "?", "instances": [{"attributes": {"id": "1"}}]},
			{"module": "module.net[\"a b\"].module.in[2]", "mode": "managed", "type": "null_resource", "name": "many", "each": "map",
			 "provider": "module.net.provider[\"registry.opentofu.org/hashicorp/null\"].west", "instances": [
				{"index_key": "x${y}", "schema_version": 1, "attributes": {"id": "1"}, "status": "tainted", "private": "bnVsbA==",
				 "sensitive_attributes": [[{"type": "get_attr", "value": "triggers"}, {"type": "index", "value": {"value": "k", "type": "string"}}], [{"type": "get_attr", "value": "triggers"}], [{"type": "get_attr", "value": "id"}]],
				 "dependencies": ["module.net.null_resource.one", "data.aws_ami.x", "null_resource.zero", "null_resource.zero"]},
				{"index_key": "x${y}", "deposed": "01234567", "attributes": {"id": "2"}, "create_before_destroy": true},
				{"index_key": 3, "attributes": {"id": "3"}, "instance_provider": "provider[\"registry.opentofu.org/hashicorp/null\"].each[\"eu\"]"}
			]}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(key state.Key) state.Addr {
		return state.Addr{Module: `module.net["a b"].module.in[2]`, Type: "null_resource", Name: "many", Key: key}
	}
	opentofu := Source{"registry.opentofu.org", "hashicorp", "null"}
	west := Provider{Module: "module.net", Source: opentofu, Alias: "west"}
	want := []Instance{
		{
			Addr: at(state.NameKey("x${y}")), Provider: west, Version: 1, Attrs: []byte(`{"id": "1"}`), Tainted: true, Sensitive: []string{"id", "triggers"},
			Deps: []state.Addr{{Type: "null_resource", Name: "zero"}, {Module: "module.net", Type: "null_resource", Name: "one"}},
		},
		{Addr: at(state.NameKey("x${y}")), Provider: west, Attrs: []byte(`{"id": "2"}`), Deposed: true},
		{Addr: at(state.IndexKey(3)), Provider: Provider{Source: opentofu, Alias: "each", Key: state.NameKey("eu")}, Attrs: []byte(`{"id": "3"}`)},
	}
	if diff := cmp.Diff(want, doc.Instances, compareKeys, cmp.Comparer(func(a, b state.Key) bool { return a == b })); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	if o := doc.Outputs["secret"]; !o.Sensitive || string(o.Value) != `{"a": [1, "x"]}` {
		t.Errorf("output %+v", o)
	}
	if got := want[2].Provider.In("null"); got != `null.each["eu"]` {
		t.Errorf("provider key %s", got)
	}
	if got := west.In("null"); got != "module.net.null.west" {
		t.Errorf("provider key %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", ``, "no state of Terraform"},
		{"half a document", `{"version": 4, "resources": [`, "no state of Terraform"},
		{"two documents", `{"version": 4} {}`, "something follows"},
		{"a state of Terraform 0.11", `{"version": 3}`, "version 3"},
		{"a state of a later version", `{"version": 5}`, "version 5"},
		{"a state of mlinfra", `{"format_version": "mlinfra-1"}`, "mlinfra state push"},
		{"an encrypted state", `{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "eA==", "encryption_version": "v0"}`, "tofu state pull"},
		{"an output of no type", `{"version": 4, "outputs": {"o": {"value": 1, "type": "integer"}}}`, "output o"},
		{"an output of another type", `{"version": 4, "outputs": {"o": {"value": {}, "type": "number"}}}`, "output o"},
		{"a mode that is not known", strings.Replace(stateWith("", ""), "managed", "ephemeral", 1), `null_resource.a: "ephemeral"`},
		{"a module that is none", stateWith(`, "module": "net"`, ""), "net.null_resource.a"},
		{"flat attributes", stateWith("", `{"attributes_flat": {"id": "1"}}`), "null_resource.a: its attributes are in the format of Terraform 0.11"},
		{"no attributes", stateWith("", `{"index_key": 1}`), "null_resource.a[1]: it has no attributes"},
		{"attributes that are null", stateWith("", `{"attributes": null}`), "no attributes"},
		{"a status that is not known", stateWith("", `{"attributes": {}, "status": "gone"}`), `"gone"`},
		{"a key that is half a number", stateWith("", `{"attributes": {}, "index_key": 1.5}`), "1.5"},
		{"a key that is true", stateWith("", `{"attributes": {}, "index_key": true}`), "true"},
		{"one address twice", stateWith("", `{"attributes": {"id": "1"}}, {"attributes": {"id": "2"}}`), "null_resource.a stands twice"},
		{"a provider that is none", strings.Replace(stateWith("", `{"attributes": {}}`), "provider[", "prov[", 1), "null_resource.a: its provider"},
		{"a dependency that is none", stateWith("", `{"attributes": {}, "dependencies": ["x"]}`), "what it depends on"},
		{"a sensitive path that is none", stateWith("", `{"attributes": {}, "sensitive_attributes": [[]]}`), "sensitive_attributes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%s): %v, want an error with %q", tt.text, err, tt.want)
			}
		})
	}
}

func TestParseProvider(t *testing.T) {
	hashicorp := func(name string) Source { return Source{"registry.terraform.io", "hashicorp", name} }
	tests := []struct {
		text string
		want Provider
		key  string
	}{
		{`provider["registry.terraform.io/hashicorp/aws"]`, Provider{Source: hashicorp("aws")}, "aws"},
		{`provider["registry.terraform.io/hashicorp/aws"].west`, Provider{Source: hashicorp("aws"), Alias: "west"}, "aws.west"},
		{`module.a.module.b.provider["registry.terraform.io/hashicorp/aws"].west`, Provider{Module: "module.a.module.b", Source: hashicorp("aws"), Alias: "west"}, "module.a.module.b.aws.west"},
		{`module.a[0].provider["registry.terraform.io/hashicorp/aws"]`, Provider{Module: "module.a", Source: hashicorp("aws")}, "module.a.aws"},
		{`module.provider.provider["registry.terraform.io/hashicorp/aws"]`, Provider{Module: "module.provider", Source: hashicorp("aws")}, "module.provider.aws"},
		{`provider["hashicorp/aws"].by["a.b"]`, Provider{Source: Source{"", "hashicorp", "aws"}, Alias: "by", Key: state.NameKey("a.b")}, `aws.by["a.b"]`},
		{`provider.aws`, Provider{Source: Source{"", "-", "aws"}}, "aws"},
		{`module.a.provider.aws.west`, Provider{Module: "module.a", Source: Source{"", "-", "aws"}, Alias: "west"}, "module.a.aws.west"},
	}
	for _, tt := range tests {
		got, err := ParseProvider(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseProvider(%s) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
		if key := got.In("aws"); key != tt.key {
			t.Errorf("key of %s is %s, want %s", tt.text, key, tt.key)
		}
	}
	for _, text := range []string{"", "aws", `provider["registry.terraform.io/hashicorp/aws"`, `provider[""]`, `provider["a/b/c/d"]`, `x.provider["a/b/c"]`, `provider["a/b/c"]west`, "provider.", `provider["a/b/c"].x.y`} {
		if got, err := ParseProvider(text); err == nil {
			t.Errorf("ParseProvider(%s) = %+v, want an error", text, got)
		}
	}
}
