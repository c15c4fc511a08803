package fake

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRegistryTiers(t *testing.T) {
	a := newAccount(t, Options{})
	a.do(404, "GET", "/v2/registries/subscription", nil)
	registry := func(name, tier string) jsonObject {
		return jsonObject{"name": name, "subscription_tier_slug": tier, "region": "fra1"}
	}
	a.refused(422, "invalid registry name", "POST", "/v2/registries", registry("ML", "basic"))
	a.refused(422, "invalid subscription tier", "POST", "/v2/registries", registry("ml", "huge"))
	a.refused(422, "invalid registry region", "POST", "/v2/registries", jsonObject{"name": "ml", "subscription_tier_slug": "basic", "region": "lon1"})
	a.expect(a.do(201, "POST", "/v2/registries", registry("ml", "basic")), "fra1", "registry", "region")
	a.refused(409, "taken", "POST", "/v2/registries", registry("ml", "basic"))
	a.refused(412, "basic tier", "POST", "/v2/registries", registry("more", "professional"))
	a.do(409, "POST", "/v2/registries/validate-name", jsonObject{"name": "ml"})
	a.do(204, "POST", "/v2/registries/validate-name", jsonObject{"name": "more"})

	a.expect(a.do(200, "POST", "/v2/registries/subscription", jsonObject{"tier_slug": "professional"}), 2000, "subscription", "tier", "monthly_price_in_cents")
	a.do(201, "POST", "/v2/registries", registry("more", "starter"))
	a.refused(412, "more registries", "POST", "/v2/registries/subscription", jsonObject{"tier_slug": "starter"})
	all := a.do(200, "GET", "/v2/registries", nil)
	a.expect(all, "more", "registries", 1, "name")
	a.expect(all, "professional", "registries", 1, "subscription", "tier", "slug")
	a.expect(a.do(200, "GET", "/v2/registries/options", nil), false, "options", "subscription_tiers", 0, "eligible")
	a.do(204, "DELETE", "/v2/registries/ml", nil)
	a.do(204, "DELETE", "/v2/registries/more", nil)
	a.do(404, "DELETE", "/v2/registries/more", nil)
	a.do(404, "GET", "/v2/registries/subscription", nil)
}

func TestRegistryTokensEnd(t *testing.T) {
	a := newAccount(t, Options{})
	a.do(201, "POST", "/v2/registries", jsonObject{"name": "ml", "subscription_tier_slug": "basic"})
	token := func(query string) string {
		out := a.do(200, "GET", "/v2/registries/ml/docker-credentials"+query, nil)
		raw, err := base64.StdEncoding.DecodeString(at(out, "auths", "registry.digitalocean.com", "auth").(string))
		if err != nil {
			t.Fatal(err)
		}
		user, password, _ := strings.Cut(string(raw), ":")
		if user != password {
			t.Errorf("user %q, password %q", user, password)
		}
		return password
	}
	status := func(method, path, token, body string) int {
		req, _ := http.NewRequest(method, a.url+path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if date := resp.Header.Get("Date"); date != a.Cloud.Now().Format(http.TimeFormat) {
			t.Errorf("the answer is of %s", date)
		}
		return resp.StatusCode
	}
	long, short := token("?read_write=true"), token("?expiry_seconds=60")
	a.do(422, "GET", "/v2/registries/ml/docker-credentials?expiry_seconds=1576800001", nil)
	for _, step := range []struct {
		token string
		want  int
	}{{long, 403}, {short, 403}, {"doo_v1_unknown", 401}} {
		if got := status("GET", "/v2/account", step.token, ""); got != step.want {
			t.Errorf("%s: status %d, want %d", step.token, got, step.want)
		}
	}
	a.clock.Advance(time.Minute)
	if got := status("GET", "/v2/account", short, ""); got != 401 {
		t.Errorf("an expired token gets %d", got)
	}
	for _, want := range []int{200, 401} {
		if got := status("POST", revokePath, long, "token="+long); got != want {
			t.Errorf("revoking gets %d, want %d", got, want)
		}
	}
	if got := status("GET", "/v2/account", long, ""); got != 401 {
		t.Errorf("a revoked token gets %d", got)
	}
}
