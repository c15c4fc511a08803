package hrobot_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/hrobot"
	"github.com/mlinfra/mlinfra/providers/hrobot/fake"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: hrobot.Provider(), RaceSample: 4,
		Full: os.Getenv("MLINFRA_TEST_FULL") != "",
		// What is rented stays, and so do its settings.
		Stays: []string{"hrobot_failover_ip", "hrobot_firewall", "hrobot_server"},
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 300 * time.Millisecond,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"username": cty.StringVal("#ws+fake"), "password": cty.StringVal("p"), "endpoint": cty.StringVal(url)}
		},
	})
}
