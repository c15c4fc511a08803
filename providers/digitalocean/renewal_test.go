package digitalocean_test

import (
	"net/http/httptest"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// object returns a value of t: attrs, and null for the rest.
func object(t *providers.Type, attrs map[string]cty.Value) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
		if a.Block != nil {
			vals[a.Name] = a.BlockValue(nil)
		}
	}
	for name, v := range attrs {
		vals[name] = v
	}
	return cty.ObjectVal(vals)
}

// Let's Encrypt renews certificates every two months, and each time they get
// another id: nobody who names them may see a change of his own.
func TestRenewalChangesNothing(t *testing.T) {
	cloud := fake.New(fake.Options{})
	server := httptest.NewServer(cloud.Handler())
	defer server.Close()
	p := digitalocean.Provider()
	settings := map[string]cty.Value{}
	for _, a := range p.Config.Attrs {
		settings[a.Name] = cty.NullVal(a.Type)
	}
	settings["token"], settings["api_endpoint"] = cty.StringVal("t"), cty.StringVal(server.URL)
	conn, err := p.Connect(t.Context(), cty.ObjectVal(settings), providers.Env{Getenv: func(string) string { return "" }, Pace: func(float64) {}})
	if err != nil {
		t.Fatal(err)
	}
	certificate, balancer := p.Resources.Of("digitalocean_certificate"), p.Resources.Of("digitalocean_loadbalancer")
	made := func(typ *providers.Type, attrs map[string]cty.Value) cty.Value {
		t.Helper()
		v, err := conn.Ops.Create(t.Context(), typ, object(typ, attrs), providers.Attempt{})
		if err != nil {
			t.Fatal(err)
		}
		if v, err = conn.Ops.Read(t.Context(), typ, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	cert := made(certificate, map[string]cty.Value{
		"name": cty.StringVal("ml"), "type": cty.StringVal("lets_encrypt"), "domains": cty.SetVal([]cty.Value{cty.StringVal("ml.example.com")}),
	})
	rules := balancer.Schema.Attr("forwarding_rule")
	lb := made(balancer, map[string]cty.Value{
		"name": cty.StringVal("ml"), "region": cty.StringVal("fra1"), "algorithm": cty.StringVal("round_robin"),
		"forwarding_rule": rules.BlockValue([]cty.Value{cty.ObjectVal(map[string]cty.Value{
			"entry_protocol": cty.StringVal("https"), "entry_port": cty.NumberIntVal(443), "target_protocol": cty.StringVal("http"),
			"target_port": cty.NumberIntVal(80), "certificate_name": cty.StringVal("ml"), "certificate_id": cty.NullVal(cty.String), "tls_passthrough": cty.False,
		})}),
	})

	if !cloud.Renew("ml") {
		t.Fatal("there is no certificate to renew")
	}
	renewed, err := conn.Ops.Read(t.Context(), certificate, cert)
	if err != nil {
		t.Fatal(err)
	}
	if providers.ID(renewed) != "ml" || renewed.GetAttr("uuid").RawEquals(cert.GetAttr("uuid")) {
		t.Errorf("certificate %s with UUID %#v, want the same one with another UUID", providers.ID(renewed), renewed.GetAttr("uuid"))
	}
	after, err := conn.Ops.Read(t.Context(), balancer, lb)
	if err != nil || !after.RawEquals(lb) {
		t.Errorf("the load balancer has become\n%#v, %v\nwant\n%#v", after, err, lb)
	}
	listed, err := conn.Ops.List(t.Context(), balancer, lb)
	if err != nil || len(listed) != 1 || !balancer.Complete(lb, listed[0].Value).RawEquals(lb) {
		t.Errorf("the list of %d shows another one, %v", len(listed), err)
	}
	if _, err := conn.Ops.Update(t.Context(), balancer, lb, lb); err != nil {
		t.Errorf("the new certificate cannot be used: %v", err)
	}
}
