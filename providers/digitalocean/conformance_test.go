package digitalocean_test

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: digitalocean.Provider(),
		Full:     os.Getenv("MLINFRA_TEST_FULL") != "",
		// As version 2 of Terraform's provider writes them.
		Terraform: map[string]func(map[string]any){
			"digitalocean_database_firewall":      func(a map[string]any) { a["id"] = a["cluster_id"].(string) + "-20240101000000000000000001" },
			"digitalocean_reserved_ip_assignment": func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_volume_attachment":      func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_droplet": func(a map[string]any) {
				if text, _ := a["user_data"].(string); text != "" {
					a["user_data"] = fmt.Sprintf("%x", sha1.Sum([]byte(text)))
				}
			},
		},
		Unasked:   []string{"project"},
		Undecided: []string{"digitalocean_gradientai_knowledge_base_data_source", "digitalocean_reserved_ip"},
		// Tags that a droplet, volume or cluster was given stay in the account
		// when it goes. Marks of ours must not.
		Residue: func(line string) bool {
			return strings.HasPrefix(line, "tag ") && !strings.Contains(line, providers.TokenPrefix)
		},
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond, DBReady: 500 * time.Millisecond,
				DeleteLag: 200 * time.Millisecond, MemberLag: 300 * time.Millisecond,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{
				"token": cty.StringVal("t"), "api_endpoint": cty.StringVal(url),
				"spaces_endpoint": cty.StringVal(url), "spaces_access_id": cty.StringVal("id"), "spaces_secret_key": cty.StringVal("secret"),
			}
		},
	})
}
