package fake

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// schema is a type of a discovery document.
type schema struct {
	Ref                  string             `json:"$ref"`
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Enum                 []string           `json:"enum"`
	Items                *schema            `json:"items"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *schema            `json:"additionalProperties"`
}

// schemas reads the types of an API from the module that has its client.
func schemas(t *testing.T, api string) map[string]*schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Skipf("no module google.golang.org/api: %v", err)
	}
	service, _, _ := strings.Cut(api, "/")
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), filepath.FromSlash(api), service+"-api.json"))
	if err != nil {
		t.Skipf("no discovery document: %v", err)
	}
	var doc struct {
		Schemas map[string]*schema `json:"schemas"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Schemas
}

// TestWireTypesAreThoseOfGoogle compares our types with Google's: names, kinds and enums.
func TestWireTypesAreThoseOfGoogle(t *testing.T) {
	for api, types := range map[string]map[string]any{
		"compute/v1": {
			"Network": network{}, "Subnetwork": subnetwork{}, "Firewall": firewall{}, "Address": address{}, "Router": router{},
			"Disk": disk{}, "Instance": instance{}, "Operation": operation{}, "GlobalSetLabelsRequest": labelChange{},
		},
		"storage/v1":              {"Bucket": bucket{}, "Object": bucketObject{}, "Policy": policy{}},
		"iam/v1":                  {"ServiceAccount": serviceAccount{}, "SetIamPolicyRequest": policyAnswer{}},
		"cloudresourcemanager/v3": {"SetIamPolicyRequest": policyAnswer{}, "GetIamPolicyRequest": policyQuestion{}},
		"sqladmin/v1": {
			"DatabaseInstance": sqlInstance{}, "Database": sqlDatabase{}, "User": sqlUser{}, "Operation": sqlOperation{},
		},
	} {
		all := schemas(t, api)
		for name, v := range types {
			if all[name] == nil {
				t.Errorf("%s has no type %s", api, name)
				continue
			}
			compare(t, all, api+" "+name, all[name], reflect.TypeOf(v), "")
		}
	}
}

// compare reports where the type and the schema differ. Types may lack fields.
func compare(t *testing.T, all map[string]*schema, path string, s *schema, typ reflect.Type, enum string) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if s.Ref != "" {
		s = all[s.Ref]
	}
	want := kindOf(s)
	if got := goKind(typ); got != want && !(got == "map" && want == "object") {
		t.Errorf("%s: got a %s, want a %s", path, got, want)
		return
	}
	allowed := s.Enum
	if s.Items != nil {
		allowed = s.Items.Enum
	}
	if enum != "" && !slices.Equal(sorted(strings.Split(enum, ",")), sorted(allowed)) {
		t.Errorf("%s: the enum is %v, want %v", path, strings.Split(enum, ","), allowed)
	}
	switch want {
	case "object":
		if goKind(typ) == "map" {
			return
		}
		for name, f := range wireFields(typ) {
			property := s.Properties[name]
			if property == nil {
				// The policies of the services differ in three fields.
				if typ != reflect.TypeFor[policy]() {
					t.Errorf("%s has no field %s", path, name)
				}
				continue
			}
			compare(t, all, path+"."+name, property, f.Type, f.Tag.Get("enum"))
		}
	case "list":
		compare(t, all, path+"[]", s.Items, typ.Elem(), "")
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func kindOf(s *schema) string {
	switch {
	case s.Type == "string" && (s.Format == "int64" || s.Format == "uint64"):
		return "int64"
	case s.Type == "array":
		return "list"
	case s.Type == "object" && s.AdditionalProperties != nil:
		return "map"
	case s.Type == "object" || s.Properties != nil:
		return "object"
	}
	return s.Type
}

func goKind(t reflect.Type) string {
	if t == reflect.TypeFor[int64s]() {
		return "int64"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "object"
	case reflect.Slice:
		return "list"
	case reflect.Map:
		return "map"
	case reflect.Int:
		return "integer"
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	}
	return t.Kind().String()
}
