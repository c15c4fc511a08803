package digitalocean

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestCheckCertificate(t *testing.T) {
	encrypted := certificate{Name: "ml", Type: letsEncrypt, Domains: []string{"ml.example.com"}}
	custom := certificate{Name: "ml", Type: customCertificate, LeafCertificate: "x", PrivateKey: "secret"}
	for name, tc := range map[string]struct {
		was  *certificate
		x    certificate
		edit func(*certificate)
		want string
	}{
		"Let's Encrypt":                {nil, encrypted, func(*certificate) {}, ""},
		"without domains":              {nil, encrypted, func(x *certificate) { x.Domains = nil }, "domains"},
		"with a key":                   {nil, encrypted, func(x *certificate) { x.PrivateKey = "k" }, "custom"},
		"without a name":               {nil, encrypted, func(x *certificate) { x.Name = "" }, "name"},
		"with a prefix":                {nil, encrypted, func(x *certificate) { x.NamePrefix = "ml-"; x.Name = x.madeUp() }, ""},
		"with a name and a prefix":     {nil, encrypted, func(x *certificate) { x.NamePrefix = "ml-" }, "exclude"},
		"of an unknown type":           {nil, encrypted, func(x *certificate) { x.Type = "paper" }, "paper"},
		"custom without key":           {nil, custom, func(x *certificate) { x.PrivateKey = "" }, "private_key"},
		"custom with domains":          {nil, custom, func(x *certificate) { x.Domains = encrypted.Domains }, "lets_encrypt"},
		"custom that is none":          {nil, custom, func(*certificate) {}, "PEM"},
		"custom, hashed by Terraform":  {&custom, custom, func(*certificate) {}, ""},
		"as it was made with a prefix": {&encrypted, encrypted, func(x *certificate) { x.NamePrefix = "ml-" }, ""},
	} {
		tc.edit(&tc.x)
		err := checkCertificate(tc.was, tc.x)
		checkError(t, name, err, tc.want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error has the key in it: %v", name, err)
		}
	}
}

func TestNameOfACertificateFollowsFromItsContent(t *testing.T) {
	of := func(edit func(*certificate)) string {
		x := certificate{NamePrefix: "ml-", Type: customCertificate, LeafCertificate: "leaf", PrivateKey: "key"}
		edit(&x)
		return x.madeUp()
	}
	same := of(func(*certificate) {})
	if !strings.HasPrefix(same, "ml-") || len(same) != len("ml-")+8 {
		t.Errorf("name %q, want the prefix and eight digits", same)
	}
	for what, tc := range map[string]struct {
		edit  func(*certificate)
		other bool
	}{
		"another certificate":  {func(x *certificate) { x.LeafCertificate = "other" }, true},
		"another chain":        {func(x *certificate) { x.CertificateChain = "chain" }, true},
		"the key":              {func(x *certificate) { x.PrivateKey = "other" }, false},
		"the API's domains":    {func(x *certificate) { x.Domains = []string{"a"} }, false},
		"the order of domains": {func(x *certificate) { x.Type, x.Domains = letsEncrypt, []string{"b", "a"} }, true},
		"the same again":       {func(*certificate) {}, false},
	} {
		if got := of(tc.edit); (got != same) != tc.other {
			t.Errorf("%s: name %q after %q", what, got, same)
		}
	}
	ab, ba := certificate{Type: letsEncrypt, Domains: []string{"a", "b"}}, certificate{Type: letsEncrypt, Domains: []string{"b", "a"}}
	if ab.madeUp() != ba.madeUp() {
		t.Error("the order of domains makes another name")
	}
}

func TestPlansKnowTheNameOfACertificate(t *testing.T) {
	typ := certificateType.Erase()
	config := func(attrs map[string]cty.Value) cty.Value {
		vals := map[string]cty.Value{}
		for _, a := range typ.Schema.Attrs {
			vals[a.Name] = cty.NullVal(a.Type)
		}
		for name, v := range attrs {
			vals[name] = v
		}
		return cty.ObjectVal(vals)
	}
	prefix := map[string]cty.Value{"name_prefix": cty.StringVal("ml-"), "leaf_certificate": cty.StringVal("leaf")}
	want := config(map[string]cty.Value{"type": cty.StringVal(customCertificate), "leaf_certificate": cty.StringVal("a hash of Terraform's")})
	x := certificate{NamePrefix: "ml-", Type: customCertificate, LeafCertificate: "leaf"}
	if got := implyCertificate(config(prefix), want)["name"]; !got.RawEquals(cty.StringVal(x.madeUp())) {
		t.Errorf("name %#v, want %q of what is configured", got, x.madeUp())
	}
	prefix["leaf_certificate"] = cty.UnknownVal(cty.String)
	if got := implyCertificate(config(prefix), want)["name"]; got.IsKnown() {
		t.Errorf("name %#v of a certificate that is not known", got)
	}
	if got := implyCertificate(config(map[string]cty.Value{"name": cty.StringVal("ml")}), want); got != nil {
		t.Errorf("%#v is implied where there is a name", got)
	}
}
