package ovh_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/ovh"
	"github.com/mlinfra/mlinfra/providers/ovh/fake"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: ovh.Provider(), RaceSample: 3,
		Full: os.Getenv("MLINFRA_TEST_FULL") != "",
		// What is rented stays.
		Stays: []string{"ovh_dedicated_server"},
		// An import of Terraform's has the id of a whole server.
		Terraform: map[string]func(map[string]any){
			"ovh_vrack_dedicated_server_interface": func(a map[string]any) {
				a["id"] = "vrack_" + a["service_name"].(string) + "-dedicatedserver_" + a["interface_id"].(string)
			},
		},
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{
				"endpoint": cty.StringVal(url + "/1.0"), "application_key": cty.StringVal("fake"),
				"application_secret": cty.StringVal("fake"), "consumer_key": cty.StringVal("fake"),
			}
		},
	})
}
