package digitalocean

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"
)

// certified is a client of an API that has the certificate "ml" with the id "c1".
func certified(t *testing.T) *client {
	t.Helper()
	const cert = `{"id": "c1", "name": "ml"}`
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/certificates", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("name") != "ml" {
			fmt.Fprint(w, `{"certificates": []}`)
			return
		}
		fmt.Fprintf(w, `{"certificates": [%s]}`, cert)
	})
	mux.HandleFunc("GET /v2/certificates/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.PathValue("id") != "c1" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"id": "not_found", "message": "no"}`)
			return
		}
		fmt.Fprintf(w, `{"certificate": %s}`, cert)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	do, err := godo.New(http.DefaultClient, godo.SetBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return &client{Client: do}
}

func TestCertificateOf(t *testing.T) {
	c := certified(t)
	for name, tc := range map[string]struct{ want, err string }{
		"": {"", ""}, "needs-cloudflare-cert": {"needs-cloudflare-cert", ""}, "ml": {"c1", ""}, "c1": {"c1", ""}, "other": {"", `"other"`},
	} {
		got, err := certificateOf(t.Context(), c, name)
		checkError(t, name, err, tc.err)
		if got != tc.want {
			t.Errorf("%q is %q, want %q", name, got, tc.want)
		}
	}
}

func TestCDNShowsCertificatesByName(t *testing.T) {
	c := certified(t)
	for name, tc := range map[string]struct {
		have     string // certificate_id
		got      string
		id, name string
	}{
		"by its name":      {"ml", "c1", "ml", "ml"},
		"nothing is known": {"", "c1", "ml", "ml"},
		"an id stays":      {"c1", "c1", "c1", "ml"},
		"made by the API":  {"", "needs-cloudflare-cert", "needs-cloudflare-cert", "needs-cloudflare-cert"},
		"gone":             {"", "c2", "c2", "c2"},
		"none":             {"ml", "", "", ""},
	} {
		x := cdn{CertificateID: tc.have}
		if err := x.fill(t.Context(), c, &godo.CDN{CertificateID: tc.got}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, want := []string{x.CertificateID, x.CertificateName}, []string{tc.id, tc.name}; !cmp.Equal(got, want) {
			t.Errorf("%s: id and name are %q, want %q", name, got, want)
		}
	}
}

func TestCheckCDN(t *testing.T) {
	const origin = "a.fra1.digitaloceanspaces.com"
	for name, tc := range map[string]struct {
		was  *cdn
		x    cdn
		want string
	}{
		"smallest":                       {nil, cdn{Origin: origin}, ""},
		"another host":                   {nil, cdn{Origin: "a.example.com"}, `"a.example.com"`},
		"a bucket with a dot":            {nil, cdn{Origin: "a.b.fra1.digitaloceanspaces.com"}, "dot"},
		"a TTL that there is":            {nil, cdn{Origin: origin, TTL: 60}, ""},
		"a TTL that there is not":        {nil, cdn{Origin: origin, TTL: 61}, "61"},
		"a domain without a certificate": {nil, cdn{Origin: origin, CustomDomain: "b.example"}, "certificate_name"},
		"one that is decided later":      {&cdn{}, cdn{Origin: origin, CustomDomain: "b.example"}, ""},
	} {
		checkError(t, name, checkCDN(tc.was, tc.x), tc.want)
	}
}
