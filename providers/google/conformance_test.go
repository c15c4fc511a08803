package google_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/google"
	"github.com/mlinfra/mlinfra/providers/google/fake"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

// lag is how long the fake hides what is new.
const lag = 150 * time.Millisecond

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: google.Provider(),
		Full:     os.Getenv("MLINFRA_TEST_FULL") != "",
		Lag:      lag,
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond, DBReady: 500 * time.Millisecond, EventualLag: lag,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			settings := map[string]cty.Value{
				"access_token": cty.StringVal("t"), "project": cty.StringVal("offline"),
				"region": cty.StringVal("europe-west3"), "zone": cty.StringVal("europe-west3-a"),
			}
			for _, service := range []string{"compute", "storage", "sql", "iam", "resource_manager"} {
				settings[service+"_custom_endpoint"] = cty.StringVal(url)
			}
			return settings
		},
	})
}
