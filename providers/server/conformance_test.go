package server

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
	"github.com/mlinfra/mlinfra/providers/server/fake"
)

// TestConformance holds every type to what the engine expects. The hosts are fakes
// behind a real SSH connection.
func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: Provider(),
		New: func(t testing.TB, _ func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			c, err := fake.Open(fake.Options{Decide: decide})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
			return providertest.Fake{Handler: c.Handler(), Inventory: c.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"proxy": cty.StringVal(url), "host_authorities": cty.SetVal([]cty.Value{cty.StringVal(fake.Authority())})}
		},
		Stays:    []string{hostTypeName},
		ImportID: map[string]func(cty.Value) string{"server_command": nil},
		Unasked:  unasked(),
		Stride:   3, RaceStride: 32, RaceSample: 7,
		Full:    os.Getenv("MLINFRA_TEST_FULL") != "",
		Residue: func(line string) bool { return strings.Contains(line, " image ") }, // what was pulled stays
	})
}

// unasked returns the attributes that an import does not know.
func unasked() []string {
	return []string{"accept_new_host_key", "wait_for", "format", "restart_on", "password_hash", "version", "state"}
}
