package digitalocean_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/state"
)

// TestThousandRecordsAreTenLists looks at 1,000 records of 10 domains, as a plan
// does, and at one of the domains by a data source.
func TestThousandRecordsAreTenLists(t *testing.T) {
	cloud := fake.New(fake.Options{})
	server := httptest.NewServer(cloud.Handler())
	defer server.Close()
	p := digitalocean.Provider()
	conn, err := p.Connect(context.Background(), settingsAt(p, server.URL), providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	snap := recordsOfTenDomains(t, cloud, p.Resources.Of("digitalocean_record"))
	before := cloud.Requests()
	ctx := providers.Remember(context.Background())
	o := observe.Observer{
		Catalog: config.NewCatalog(p), Clock: providers.WallClock{}, Refresh: true,
		Provider: func(state.Addr) string { return p.Name },
		Connect:  func(context.Context, string) (providers.Conn, bool, error) { return conn, true, nil },
		Window:   func(*providers.Type) time.Duration { return 0 }, Waiting: func([]state.Addr) {},
	}
	priors, err := o.Run(ctx, snap)
	if err != nil {
		t.Fatal(err)
	}
	for _, prior := range priors {
		if !prior.Value.GetAttr("fqdn").RawEquals(prior.Stored.GetAttr("fqdn")) {
			t.Fatalf("%s is seen as %s", prior.Object.Addr, planner.JSON(prior.Type, prior.Value))
		}
	}
	found, err := conn.Ops.Read(ctx, p.Data.Of("digitalocean_records"), withDomain(p.Data.Of("digitalocean_records"), "d3.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if got := found.GetAttr("records").LengthInt(); got != 104 {
		t.Errorf("the data source shows %d records, want 104 with those of the domain itself", got)
	}
	if got := cloud.Requests() - before; got != 10 {
		t.Errorf("%d requests, want 10: %v", got, cloud.Counts())
	}
}

func settingsAt(p *providers.Provider, url string) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range p.Config.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
	}
	vals["token"], vals["api_endpoint"] = cty.StringVal("t"), cty.StringVal(url)
	return cty.ObjectVal(vals)
}

// withDomain returns the arguments of a data source.
func withDomain(t *providers.Type, domain string) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		vals[a.Name] = cty.NullVal(a.Type)
		if a.Block != nil {
			vals[a.Name] = a.BlockValue(nil)
		}
	}
	vals["domain"] = cty.StringVal(domain)
	return cty.ObjectVal(vals)
}

// recordsOfTenDomains makes the records and returns the state that has them.
func recordsOfTenDomains(t *testing.T, cloud *fake.Cloud, typ *providers.Type) state.Snapshot {
	t.Helper()
	var snap state.Snapshot
	for d := range 10 {
		domain := fmt.Sprintf("d%d.example.com", d)
		post(t, cloud, "/v2/domains", fmt.Sprintf(`{"name": %q}`, domain))
		for n := range 100 {
			out := post(t, cloud, "/v2/domains/"+domain+"/records", fmt.Sprintf(`{"type": "A", "name": "n%d", "data": "192.0.2.1"}`, n))
			v, err := typ.Identify(fmt.Sprintf("%s,%.0f", domain, out["domain_record"].(map[string]any)["id"]))
			if err != nil {
				t.Fatal(err)
			}
			vals := v.AsValueMap()
			vals["name"], vals["fqdn"] = cty.StringVal(fmt.Sprintf("n%d", n)), cty.StringVal(fmt.Sprintf("n%d.%s", n, domain))
			vals["type"], vals["value"], vals["ttl"] = cty.StringVal("A"), cty.StringVal("192.0.2.1"), cty.NumberIntVal(1800)
			addr, err := state.ParseAddr(fmt.Sprintf("digitalocean_record.r[%d]", d*100+n))
			if err != nil {
				t.Fatal(err)
			}
			o := state.Object{Key: state.ObjectKey(addr.String()), Addr: addr, Provider: "digitalocean", Status: state.Live}
			planner.EncodeObject(&o, typ, cty.ObjectVal(vals))
			snap.Objects = append(snap.Objects, o)
		}
	}
	return snap
}

func post(t *testing.T, cloud *fake.Cloud, path, body string) map[string]any {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	cloud.API().ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
	return out
}
