package oracle

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/aws"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

// TestMoto runs the suite of the aws provider against moto, an AWS that others
// have made in Python.
func TestMoto(t *testing.T) {
	m := startMoto(t)
	p := aws.Provider()
	for name, typ := range p.Resources.All() {
		typ.Examples = examplesFor(name, typ)
	}
	for name, typ := range p.Data.All() {
		typ.Examples = examplesFor("data."+name, typ)
	}
	t.Run("suite", func(t *testing.T) {
		providertest.Run(t, providertest.Suite{
			Provider: p, Call: awsCall, Settings: awsSettings,
			New: func(t testing.TB, _ func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
				_, name, _ := strings.Cut(t.Name(), "/suite/")
				if leftOut(name) {
					t.SkipNow()
				}
				return providertest.Fake{
					Handler:   fakecloud.Wrap(m.account(t), fakecloud.Options{Decide: decide, Refuse: refuseAWS}),
					Inventory: func() []string { return m.inventory(t) },
				}
			},
		})
	})
	for _, e := range exceptions {
		t.Logf("left out: %s %s: %s", e.typ, cmp.Or(e.subtest, "(of its examples)"), e.why)
	}
	t.Logf("%d requests of %d kinds judged", m.total(), len(m.counts))
}

// examplesFor returns the examples of a type as moto can judge them.
func examplesFor(name string, typ *providers.Type) []string {
	list := slices.Clone(typ.Examples)
	for _, e := range exceptions {
		if e.typ != name || e.subtest != "" {
			continue
		}
		list = slices.DeleteFunc(list, func(src string) bool { return e.example != "" && strings.Contains(src, e.example) })
		for i, src := range list {
			if e.old != "" {
				list[i] = regexp.MustCompile(e.old).ReplaceAllString(src, e.instead)
			}
		}
	}
	return list
}

// crashes are the subtests that cut runs.
var crashes = []string{"lost_answers", "a_crash_", "a_foreign_twin_"}

// crashed are the types of which runs are cut: a few that are found by tags in
// EC2, IAM, RDS and S3, and a setting of a bucket. All others follow with
// MLINFRA_TEST_FULL, which takes a quarter of an hour.
var crashed = []string{"aws_key_pair", "aws_iam_policy", "aws_s3_bucket", "aws_s3_bucket_versioning", "aws_db_instance"}

// leftOut reports whether a subtest, called type/subtest, is not run.
func leftOut(name string) bool {
	typ, subtest, _ := strings.Cut(name, "/")
	cuts := slices.ContainsFunc(crashes, func(start string) bool { return strings.HasPrefix(subtest, start) })
	for _, e := range exceptions {
		if e.typ == typ && (e.subtest == allCrashes && cuts || e.subtest != "" && strings.HasPrefix(subtest, strings.ReplaceAll(e.subtest, " ", "_"))) {
			return true
		}
	}
	return cuts && !slices.Contains(crashed, typ) && os.Getenv("MLINFRA_TEST_FULL") == ""
}

func awsSettings(url string) map[string]cty.Value {
	services := map[string]cty.Value{}
	for _, name := range []string{"ec2", "iam", "rds", "s3", "sts"} {
		services[name] = cty.StringVal(url)
	}
	return map[string]cty.Value{
		"access_key": cty.StringVal("AKIAEXAMPLE"), "secret_key": cty.StringVal("secret"), "region": cty.StringVal("eu-central-1"),
		"endpoints": cty.ListVal([]cty.Value{cty.ObjectVal(services)}),
	}
}

// formOf returns the parameters of a request to all services but S3, and leaves
// its body as it was.
func formOf(r *http.Request) url.Values {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil || serviceOf(r) == "s3" {
		return nil
	}
	return form
}

// serviceOf returns the service that a request is signed for.
func serviceOf(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if parts := strings.Split(scope, "/"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}

// awsCall names a request by its action and parameters, or by method and URL.
func awsCall(r *http.Request) (string, bool) {
	form := formOf(r)
	action := form.Get("Action")
	if action == "" {
		return r.Method + " " + r.URL.String(), r.Method != http.MethodGet && r.Method != http.MethodHead
	}
	reads := strings.HasPrefix(action, "Describe") || strings.HasPrefix(action, "Get") || strings.HasPrefix(action, "List")
	return action + " " + form.Encode(), !reads
}

// refuseAWS throttles, or fails, as the service does that the request is for.
func refuseAWS(w http.ResponseWriter, r *http.Request, status int) {
	service := serviceOf(r)
	switch {
	case status >= http.StatusInternalServerError && (service == "ec2" || service == "s3"):
		answerError(w, r, status, "InternalError")
	case status >= http.StatusInternalServerError:
		answerError(w, r, status, "InternalFailure")
	case service == "ec2":
		answerError(w, r, http.StatusServiceUnavailable, "RequestLimitExceeded")
	case service == "s3":
		answerError(w, r, http.StatusServiceUnavailable, "SlowDown")
	default:
		answerError(w, r, http.StatusBadRequest, "Throttling")
	}
}

// answerError answers with an error in the shape of the request's service.
func answerError(w http.ResponseWriter, r *http.Request, status int, code string) {
	text := "<Error><Code>" + code + "</Code><Message>said by the test</Message></Error>"
	switch serviceOf(r) {
	case "ec2":
		text = "<Response><Errors>" + text + "</Errors><RequestID>x</RequestID></Response>"
	case "s3":
	default:
		text = "<ErrorResponse>" + text + "<RequestId>x</RequestId></ErrorResponse>"
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}
