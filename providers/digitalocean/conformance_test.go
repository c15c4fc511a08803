package digitalocean_test

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/digitalocean/openapi"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

func TestConformance(t *testing.T) {
	judge, tested := openapi.ForTest(t), &sync.Map{}
	t.Cleanup(func() { judge.Report(t, coverage(tested)) })
	providertest.Run(t, suite(judge, tested))
}

// TestConformanceWithoutSpacesKeys tests buckets with the key that a run makes
// for itself.
func TestConformanceWithoutSpacesKeys(t *testing.T) {
	judge, tested := openapi.ForTest(t), &sync.Map{}
	t.Cleanup(func() { judge.Report(t, coverage(tested)) })
	s := suite(judge, tested)
	s.Only = []string{"digitalocean_spaces_bucket"}
	withKeys, residue := s.Settings, s.Residue
	s.Settings = func(url string) map[string]cty.Value {
		settings := withKeys(url)
		delete(settings, "spaces_access_id")
		delete(settings, "spaces_secret_key")
		return settings
	}
	// The key of a run that was killed stays until another one touches Spaces.
	s.Residue = func(line string) bool {
		return residue(line) || strings.HasPrefix(line, "spaces_key ") && strings.Contains(line, " "+providers.TokenPrefix)
	}
	providertest.Run(t, s)
}

func suite(judge *openapi.Judge, tested *sync.Map) providertest.Suite {
	return providertest.Suite{
		Provider: digitalocean.Provider(),
		Full:     os.Getenv("MLINFRA_TEST_FULL") != "",
		Stride:   2, RaceStride: 8, RaceSample: 7,
		// As version 2 of Terraform's provider writes them.
		Terraform: map[string]func(map[string]any){
			"digitalocean_cdn": func(a map[string]any) {
				at, _ := time.Parse(time.RFC3339, a["created_at"].(string))
				a["created_at"] = at.String()
			},
			"digitalocean_container_registry_docker_credentials": func(a map[string]any) { a["id"] = a["registry_name"] },
			"digitalocean_record": func(a map[string]any) {
				for _, name := range []string{"priority", "port", "weight", "flags"} {
					if a[name] == nil {
						a[name] = 0
					}
				}
			},
			"digitalocean_loadbalancer": func(a map[string]any) {
				for _, r := range a["forwarding_rule"].([]any) {
					rule := r.(map[string]any)
					rule["certificate_id"] = rule["certificate_name"]
				}
			},
			"digitalocean_database_firewall":        func(a map[string]any) { a["id"] = a["cluster_id"].(string) + "-20240101000000000000000001" },
			"digitalocean_floating_ip_assignment":   func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_reserved_ip_assignment":   func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_reserved_ipv6_assignment": func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_volume_attachment":        func(a map[string]any) { a["id"] = a["id"].(string) + "-20240101000000000000000001" },
			"digitalocean_certificate":              func(a map[string]any) { hashText(a, "private_key", "leaf_certificate", "certificate_chain") },
			"digitalocean_droplet":                  func(a map[string]any) { hashText(a, "user_data") },
		},
		Undecided: []string{"digitalocean_gradientai_knowledge_base_data_source", "digitalocean_floating_ip", "digitalocean_reserved_ip", "digitalocean_reserved_ipv6"},
		Stays: []string{
			"digitalocean_database_kafka_config", "digitalocean_database_mongodb_config", "digitalocean_database_mysql_config",
			"digitalocean_database_opensearch_config", "digitalocean_database_postgresql_config", "digitalocean_database_redis_config",
			"digitalocean_database_valkey_config", "digitalocean_gradientai_indexing_job_cancel",
		},
		ImportID: map[string]func(cty.Value) string{
			// A key without its secret, which the API shows once, is of no use.
			"digitalocean_spaces_key": nil,
			// An object is written over what there is.
			"digitalocean_spaces_bucket_object": nil,

			"digitalocean_container_registry_docker_credentials": nil,
		},
		// Tags that a droplet, volume or cluster was given stay in the account
		// when it goes. Marks of ours must not.
		Residue: func(line string) bool {
			return strings.HasPrefix(line, "tag ") && !strings.Contains(line, providers.TokenPrefix)
		},
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			of := strings.Split(t.Name(), "/")[1]
			tested.Store(of, true)
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide, Wrap: judge.Wrap(of),
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond, DBReady: 500 * time.Millisecond,
				DeleteLag: 200 * time.Millisecond, MemberLag: 300 * time.Millisecond, SpacesLag: time.Second,
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
	}
}

// coverage tells whether all types were tested.
func coverage(tested *sync.Map) openapi.Coverage {
	p := digitalocean.Provider()
	for name := range p.Resources {
		if _, ok := tested.Load(name); !ok {
			return openapi.Part
		}
	}
	for name := range p.Data {
		if _, ok := tested.Load("data." + name); !ok {
			return openapi.Part
		}
	}
	return openapi.Whole
}

// hashText does to long texts what Terraform's provider does.
func hashText(attrs map[string]any, names ...string) {
	for _, name := range names {
		if text, _ := attrs[name].(string); text != "" {
			attrs[name] = fmt.Sprintf("%x", sha1.Sum([]byte(text)))
		}
	}
}
