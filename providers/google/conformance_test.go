package google_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
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
		Provider: google.Provider(), RaceSample: 5,
		Full: os.Getenv("MLINFRA_TEST_FULL") != "",
		Lag:  lag,
		ImportID: map[string]func(cty.Value) string{
			"google_compute_address":           shortest,
			"google_compute_disk":              shortest,
			"google_compute_firewall":          shortest,
			"google_compute_network":           shortest,
			"google_compute_subnetwork":        shortest,
			"google_compute_router":            shortest,
			"google_service_account":           func(v cty.Value) string { return v.GetAttr("email").AsString() },
			"google_project_iam_member":        func(v cty.Value) string { return grantID(v, "project") },
			"google_storage_bucket_iam_member": func(v cty.Value) string { return "b/" + grantID(v, "bucket") },
			"google_sql_user": func(v cty.Value) string {
				parts := []string{"offline", v.GetAttr("instance").AsString(), v.GetAttr("name").AsString()}
				if host := v.GetAttr("host"); !host.IsNull() && host.AsString() != "" {
					parts = slices.Insert(parts, 2, host.AsString())
				}
				return strings.Join(parts, "/")
			},
		},
		// As versions 4 and 6 of Terraform's provider write them.
		Terraform: map[string]func(map[string]any){
			"google_compute_address": withoutNewLabels,
			"google_compute_disk": func(a map[string]any) {
				withoutNewLabels(a)
				if image, _ := a["image"].(string); image != "" {
					a["image"] = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20250212"
				}
			},
			"google_compute_instance": func(a map[string]any) {
				attributed(a)
				for i, disk := range a["attached_disk"].([]any) {
					disk.(map[string]any)["device_name"] = fmt.Sprintf("persistent-disk-%d", i+1)
				}
			},
			"google_compute_router_nat": func(a map[string]any) { a["auto_network_tier"] = "PREMIUM" },
			"google_storage_bucket":     attributed,
		},
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

// withoutNewLabels removes the attributes that version 5 has brought.
func withoutNewLabels(attrs map[string]any) {
	delete(attrs, "terraform_labels")
	delete(attrs, "effective_labels")
}

// attributed adds the label that version 6 gives to all objects.
func attributed(attrs map[string]any) {
	for _, name := range []string{"terraform_labels", "effective_labels"} {
		labels, _ := attrs[name].(map[string]any)
		if labels == nil {
			labels = map[string]any{}
		}
		labels["goog-terraform-provisioned"] = "true"
		attrs[name] = labels
	}
}

// shortest is the id of an import that leaves to the provider block what that says.
func shortest(v cty.Value) string {
	id := v.GetAttr("name").AsString()
	for place, usual := range map[string]string{"region": "europe-west3", "zone": "europe-west3-a"} {
		if v.Type().HasAttribute(place) && v.GetAttr(place).AsString() != usual {
			id = v.GetAttr(place).AsString() + "/" + id
		}
	}
	return id
}

// grantID is the id by which a role of a member is imported.
func grantID(v cty.Value, of string) string {
	id := v.GetAttr(of).AsString() + " " + v.GetAttr("role").AsString() + " " + v.GetAttr("member").AsString()
	for _, c := range v.GetAttr("condition").AsValueSlice() {
		id += " " + c.GetAttr("title").AsString()
	}
	return id
}
