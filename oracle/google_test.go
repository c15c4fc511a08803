package oracle

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/google"
	"github.com/mlinfra/mlinfra/providers/google/fake"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

func googleSettings(url string) map[string]cty.Value {
	settings := map[string]cty.Value{
		"access_token": cty.StringVal("t"), "project": cty.StringVal("offline"),
		"region": cty.StringVal("europe-west3"), "zone": cty.StringVal("europe-west3-a"),
	}
	for _, service := range []string{"compute", "storage", "sql", "iam", "resource_manager"} {
		settings[service+"_custom_endpoint"] = cty.StringVal(url)
	}
	return settings
}

// judge writes down what discovery documents say against requests and answers.
type judge struct {
	discovery discovery
	mu        sync.Mutex
	judged    int
	methods   map[string]bool
	findings  map[string]bool
}

func (j *judge) note(m *documentMethod, findings []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judged++
	if m != nil {
		j.methods[m.ID] = true
	}
	for _, f := range findings {
		j.findings[f] = true
	}
}

// before judges what goes through to next.
func (j *judge) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			j.note(j.discovery.find(r), j.discovery.checkRequest(r, body))
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		j.note(j.discovery.find(r), j.discovery.checkAnswer(r, rec.Code, rec.Body.Bytes()))
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // the client may be gone
	})
}

// TestGoogleDiscovery holds the requests of the google provider, and the
// answers of our own fake, to Google's discovery documents. They know names,
// types, enumerations and patterns; they hardly know what is required.
func TestGoogleDiscovery(t *testing.T) {
	j := &judge{methods: map[string]bool{}, findings: map[string]bool{}, discovery: loadDiscovery(t,
		"compute/v1/compute-api.json", "storage/v1/storage-api.json", "sqladmin/v1/sqladmin-api.json",
		"iam/v1/iam-api.json", "cloudresourcemanager/v1/cloudresourcemanager-api.json")}
	t.Run("suite", func(t *testing.T) {
		providertest.Run(t, providertest.Suite{
			Provider: google.Provider(), Calm: true, Settings: googleSettings,
			New: func(t testing.TB, clock func() time.Time, decide func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
				cloud := fake.New(fake.Options{Clock: clock, Boot: 400 * time.Millisecond, Settle: 200 * time.Millisecond, DBReady: 500 * time.Millisecond})
				t.Cleanup(func() { _ = cloud.Close() })
				front := fakecloud.Wrap(j.before(cloud.Handler()), fakecloud.Options{Decide: decide, Refuse: refuseGoogle})
				return providertest.Fake{Handler: front, Inventory: cloud.Inventory}
			},
		})
	})
	t.Logf("%d requests and answers of %d methods judged", j.judged, len(j.methods))
	for _, f := range slices.Sorted(maps.Keys(j.findings)) {
		t.Error(f)
	}
}

// refuseGoogle throttles as Google does.
func refuseGoogle(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":"fault","errors":[{"message":"fault","reason":"rateLimitExceeded"}]}}`, status)
}
