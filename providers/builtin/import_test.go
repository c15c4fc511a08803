package builtin

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/bcrypt"

	"github.com/mlinfra/mlinfra/providers"
)

// typeNamed returns a resource type of these providers.
func typeNamed(t *testing.T, name string) *providers.Type {
	t.Helper()
	for _, p := range Providers(nil) {
		if typ := p.Resources.Of(name); typ != nil {
			return typ
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func TestImport(t *testing.T) {
	n, s := func(i int64) cty.Value { return cty.NumberIntVal(i) }, cty.StringVal
	for _, tt := range []struct {
		typ, id string
		want    map[string]cty.Value
	}{
		{"random_bytes", "AQIDBA==", map[string]cty.Value{"length": n(4), "base64": s("AQIDBA=="), "hex": s("01020304")}},
		{"random_id", "AQIDBA", map[string]cty.Value{"byte_length": n(4), "b64_std": s("AQIDBA=="), "hex": s("01020304"), "dec": s("16909060"), "prefix": cty.NullVal(cty.String)}},
		{"random_id", "ml,x,AQIDBA", map[string]cty.Value{"id": s("AQIDBA"), "prefix": s("ml,x"), "hex": s("ml,x01020304")}},
		{"random_integer", "7,1,10", map[string]cty.Value{"id": s("7"), "result": n(7), "min": n(1), "max": n(10), "seed": cty.NullVal(cty.String)}},
		{"random_integer", "-7,-10,10,a,b", map[string]cty.Value{"result": n(-7), "min": n(-10), "seed": s("a,b")}},
		{"random_string", "größe", map[string]cty.Value{"id": s("größe"), "length": n(5), "special": cty.True, "numeric": cty.True, "min_upper": n(0)}},
		{"random_uuid", "AABBCCDD-eeff-0011-2233-445566778899", map[string]cty.Value{"id": s("aabbccdd-eeff-0011-2233-445566778899")}},
		{"time_static", "2026-02-12T06:36:13Z", map[string]cty.Value{"rfc3339": s("2026-02-12T06:36:13Z"), "day": n(12), "unix": n(1770878173)}},
		{"time_offset", "2026-02-12T06:36:13Z,0,0,7,0,0,0", map[string]cty.Value{"offset_days": n(7), "offset_hours": cty.NullVal(cty.Number), "rfc3339": s("2026-02-19T06:36:13Z")}},
		{"time_rotating", "2026-02-12T06:36:13Z,0,0,30,0,0", map[string]cty.Value{"rotation_days": n(30), "rotation_rfc3339": s("2026-03-14T06:36:13Z")}},
		{"time_rotating", "2026-02-12T06:36:13Z,2026-02-13T06:36:13Z", map[string]cty.Value{"rotation_days": cty.NullVal(cty.Number), "rotation_rfc3339": s("2026-02-13T06:36:13Z")}},
		{"time_sleep", ",30s", map[string]cty.Value{"create_duration": cty.NullVal(cty.String), "destroy_duration": s("30s")}},
		{"terraform_data", "any", map[string]cty.Value{"id": s("any"), "input": cty.NullVal(cty.DynamicPseudoType)}},
	} {
		v, err := typeNamed(t, tt.typ).Identify(tt.id)
		if err != nil {
			t.Errorf("%s %s: %v", tt.typ, tt.id, err)
			continue
		}
		for name, want := range tt.want {
			if got := v.GetAttr(name); !got.RawEquals(want) {
				t.Errorf("%s %s: %s is %#v, want %#v", tt.typ, tt.id, name, got, want)
			}
		}
	}
}

func TestImportPassword(t *testing.T) {
	v, err := typeNamed(t, "random_password").Identify("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	hash := []byte(v.GetAttr("bcrypt_hash").AsString())
	if err := bcrypt.CompareHashAndPassword(hash, []byte("correct horse")); err != nil {
		t.Errorf("bcrypt_hash: %v", err)
	}
	if got := v.GetAttr("result").AsString(); got != "correct horse" {
		t.Errorf("result %q", got)
	}
}

func TestImportRefuses(t *testing.T) {
	for typ, ids := range map[string][]string{
		"random_bytes":    {"", "not base64!"},
		"random_id":       {"", "ml-,", "AQIDBA=="},
		"random_integer":  {"", "7", "7,1", "11,1,10", "a,1,10", "7,1,b"},
		"random_password": {""},
		"random_string":   {""},
		"random_uuid":     {"", "aabbccddeeff00112233445566778899", "{aabbccdd-eeff-0011-2233-445566778899}"},
		"time_static":     {"", "yesterday"},
		"time_offset":     {"", "2026-02-12T06:36:13Z", "2026-02-12T06:36:13Z,0,0,0,0,0,0", "2026-02-12T06:36:13Z,0,0,7,0,0", ",0,0,7,0,0,0"},
		"time_rotating":   {"", "2026-02-12T06:36:13Z", "2026-02-12T06:36:13Z,0,0,0,0,0", "2026-02-12T06:36:13Z,soon", ",2026-02-13T06:36:13Z"},
		"time_sleep":      {"", ",", "30s", "30,", "30s,soon"},
	} {
		for _, id := range ids {
			v, err := typeNamed(t, typ).Identify(id)
			if err == nil {
				t.Errorf("%s: %q is taken for %#v", typ, id, v)
			} else if !strings.Contains(err.Error(), "wanted") {
				t.Errorf("%s: %q: %q does not say what is wanted", typ, id, err)
			}
		}
	}
}
