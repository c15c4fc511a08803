package aws_test

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/aws"
	"github.com/mlinfra/mlinfra/providers/aws/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

// lag is how long the fake hides what is new.
const lag = 150 * time.Millisecond

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Provider: aws.Provider(),
		Stride:   2, RaceSample: 5,
		Full: os.Getenv("MLINFRA_TEST_FULL") != "",
		Call: call,
		Lag:  lag,
		ImportID: map[string]func(cty.Value) string{
			"aws_db_instance": func(v cty.Value) string { return v.GetAttr("identifier").AsString() },
			"aws_route_table_association": func(v cty.Value) string {
				end := v.GetAttr("subnet_id")
				if end.IsNull() {
					end = v.GetAttr("gateway_id")
				}
				return end.AsString() + "/" + v.GetAttr("route_table_id").AsString()
			},
		},
		// As version 5 of Terraform's provider writes them.
		Terraform: map[string]func(map[string]any){
			"aws_iam_role_policy_attachment": func(a map[string]any) { a["id"] = a["role"].(string) + "-20240101000000000000000001" },
			"aws_route":                      func(a map[string]any) { a["id"] = "r-" + a["route_table_id"].(string) + "1080289494" },
			"aws_volume_attachment":          func(a map[string]any) { a["id"] = "vai-2948849387" },
			"aws_instance": func(a map[string]any) {
				if len(a["credit_specification"].([]any)) == 0 && strings.HasPrefix(a["instance_type"].(string), "t3.") {
					a["credit_specification"] = []any{map[string]any{"cpu_credits": "unlimited"}}
				}
				if text, _ := a["user_data"].(string); text != "" {
					a["user_data"] = fmt.Sprintf("%x", sha1.Sum([]byte(text)))
				}
			},
		},
		New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			cloud := fake.New(fake.Options{
				Clock: clock, Decide: decide,
				// Long enough for some looks in between, short enough for few:
				// the suite cuts runs at each.
				Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond, DBReady: 500 * time.Millisecond,
				DeleteLag: 200 * time.Millisecond, EventualLag: lag, IAMLag: 300 * time.Millisecond,
			})
			t.Cleanup(func() { _ = cloud.Close() })
			return providertest.Fake{Handler: cloud.Handler(), Inventory: cloud.Inventory}
		},
		Settings: func(url string) map[string]cty.Value {
			endpoints := map[string]cty.Value{}
			for _, service := range []string{"ec2", "iam", "rds", "s3", "sts"} {
				endpoints[service] = cty.StringVal(url)
			}
			return map[string]cty.Value{
				"access_key": cty.StringVal("AKIAEXAMPLE"), "secret_key": cty.StringVal("secret"), "region": cty.StringVal("eu-central-1"),
				"endpoints": cty.ListVal([]cty.Value{cty.ObjectVal(endpoints)}),
			}
		},
	})
}

// call names a request by its action, or by the method of S3.
func call(r *http.Request) (string, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	action := form.Get("Action")
	if action == "" {
		return r.Method + " " + r.URL.Path + "?" + r.URL.RawQuery, r.Method != http.MethodGet && r.Method != http.MethodHead
	}
	for _, reads := range []string{"Describe", "Get", "List"} {
		if strings.HasPrefix(action, reads) {
			return action + " " + string(body), false
		}
	}
	return action + " " + string(body), true
}
