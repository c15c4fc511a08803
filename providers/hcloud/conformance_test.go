package hcloud_test

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/hcloud"
	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

// settle is how long the fake takes for an action.
const settle = 200 * time.Millisecond

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: hcloud.Provider(),
		Full:     os.Getenv("MLINFRA_TEST_FULL") != "",
		Stride:   3, RaceStride: 32, RaceSample: 7,
		// As version 1 of Terraform's provider writes them.
		Terraform: map[string]func(map[string]any){
			"hcloud_primary_ip": func(a map[string]any) { a["id"], _ = strconv.Atoi(a["id"].(string)) },
			"hcloud_server": func(a map[string]any) {
				if data, _ := a["user_data"].(string); data != "" {
					sum := sha1.Sum([]byte(data))
					a["user_data"] = base64.StdEncoding.EncodeToString(sum[:])
				}
			},
		},
		// What an action makes shows when it ends.
		Lag: settle,
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: settle,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"token": cty.StringVal("t"), "endpoint": cty.StringVal(url + "/v1")}
		},
	})
}
