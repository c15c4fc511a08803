package fake

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// ask sends a form and returns the status and the body.
func ask(t *testing.T, c *Cloud, method, path, form string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.SetBasicAuth("u", "p")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

const key = "ssh-ed25519+AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI+ml"

// TestRefusals walks through what the webservice refuses, each behind what was
// there before.
func TestRefusals(t *testing.T) {
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	c := New(Options{Clock: clock.Now, Settle: time.Minute, Boot: time.Minute})
	for i, step := range []struct {
		method, path, form string
		status             int
		body               string
	}{
		{"GET", "/server/999", "", 404, "SERVER_NOT_FOUND"},
		{"POST", "/server/321", "", 400, `"missing":["server_name"]`},
		{"POST", "/server/321", "server_name=a&color=red", 400, `"invalid":["color"]`},
		{"POST", "/order/server/transaction", "product_id=EX44", 404, "NOT_FOUND"},
		{"DELETE", "/server/321", "", 404, "NOT_FOUND"},
		{"POST", "/server/321/cancellation", "cancellation_date=now", 404, "NOT_FOUND"},
		{"GET", "/key", "", 404, "NOT_FOUND"}, // an empty collection
		{"GET", "/rdns", "", 404, "NOT_FOUND"},
		{"GET", "/vswitch", "", 200, "[]"},
		{"POST", "/boot/321/rescue", "os=freebsd", 400, `"invalid":["os"]`},
		{"POST", "/boot/321/rescue", "os=linux&authorized_key[]=aa", 400, `"invalid":["authorized_key"]`},
		{"POST", "/key", "name=a&data=ssh-ed25519+AAAA", 400, `"invalid":["data"]`},
		{"POST", "/key", "name=a&data=" + key, 201, `"type":"ED25519"`},
		{"POST", "/key", "name=b&data=" + key, 409, "KEY_ALREADY_EXISTS"},
		{"GET", "/boot/321/linux/last", "", 404, "NOT_FOUND"},
		{"POST", "/boot/321/rescue", "os=linux", 200, `"active":true`},
		{"POST", "/boot/321/linux", "dist=Debian+12+base&lang=en", 409, "BOOT_ALREADY_ENABLED"},
		{"POST", "/reset/321", "type=soft", 400, `"invalid":["type"]`},
		{"POST", "/firewall/321", "filter_ipv6=true", 400, `"missing":["status"]`},
		{"POST", "/firewall/321", "status=active&rules[input][0][protocol]=tcp&rules[input][0][action]=accept", 400, "rules[input][0][protocol]"},
		{"POST", "/firewall/321", "status=active&rules[input][0][action]=accept", 200, `"status":"in process"`},
		{"POST", "/firewall/321", "status=disabled", 409, "FIREWALL_IN_PROCESS"},
		{"POST", "/vswitch", "name=a&vlan=1", 400, `"invalid":["vlan"]`},
		{"POST", "/vswitch", "name=a&vlan=4000", 201, `"id":4335`},
		{"POST", "/vswitch", "name=b&vlan=4000", 201, `"id":4336`},
		{"POST", "/vswitch/4335/server", "server[]=999", 404, "SERVER_NOT_FOUND"},
		{"POST", "/vswitch/4335/server", "server[]=321&server[]=421", 201, ""},
		{"POST", "/vswitch/4335/server", "server[]=521", 409, "VSWITCH_IN_PROCESS"},
		{"POST", "/vswitch/4336/server", "server[]=321", 409, "VSWITCH_VLAN_NOT_UNIQUE"},
		{"DELETE", "/vswitch/4336", "", 400, "cancellation_date"},
		{"DELETE", "/vswitch/4336", "cancellation_date=now", 200, ""},
		{"DELETE", "/vswitch/4336", "cancellation_date=now", 409, "CONFLICT"},
		{"POST", "/failover/203.0.113.9", "active_server_ip=192.0.2.30", 409, "FAILOVER_ALREADY_ROUTED"},
		{"POST", "/failover/203.0.113.9", "active_server_ip=198.51.100.1", 404, "FAILOVER_NEW_SERVER_NOT_FOUND"},
		{"POST", "/failover/203.0.113.9", "active_server_ip=192.0.2.40", 200, `"active_server_ip":"192.0.2.40"`},
		{"POST", "/failover/203.0.113.9", "active_server_ip=192.0.2.30", 409, "FAILOVER_LOCKED"},
		{"POST", "/rdns/198.51.100.1", "ptr=a.example.com", 404, "IP_NOT_FOUND"},
		{"POST", "/rdns/192.0.2.30", "ptr=nothing", 400, `"invalid":["ptr"]`},
		{"POST", "/rdns/192.0.2.30", "ptr=a.example.com", 201, "a.example.com"},
		{"POST", "/rdns/192.0.2.30", "ptr=b.example.com", 200, "b.example.com"},
		{"DELETE", "/rdns/192.0.2.40", "", 404, "RDNS_NOT_FOUND"},
	} {
		if status, body := ask(t, c, step.method, step.path, step.form); status != step.status || !strings.Contains(body, step.body) {
			t.Errorf("step %d, %s %s %s: %d %s, want %d with %s", i+1, step.method, step.path, step.form, status, body, step.status, step.body)
		}
	}
	clock.Advance(time.Minute)
	if status, body := ask(t, c, "GET", "/vswitch/4335", ""); status != 200 || strings.Contains(body, "processing") {
		t.Errorf("after a minute: %s", body)
	}
	if status, _ := ask(t, c, "POST", "/reset/321", "type=hw"); status != 200 {
		t.Errorf("reset: %d", status)
	}
	clock.Advance(time.Minute)
	if _, body := ask(t, c, "GET", "/boot/321/rescue", ""); !strings.Contains(body, `"active":false`) {
		t.Errorf("after the boot: %s", body)
	}
}

func TestContentIsKept(t *testing.T) {
	dir := t.TempDir()
	c := New(Options{Dir: dir, AnyServer: true})
	if status, body := ask(t, c, "GET", "/server/2321379", ""); status != 200 || !strings.Contains(body, `"server_ip":"198.`) {
		t.Fatalf("%d %s", status, body)
	}
	ask(t, c, "POST", "/server/2321379", "server_name=gpu")
	again := New(Options{Dir: dir})
	if _, body := ask(t, again, "GET", "/server/2321379", ""); !strings.Contains(body, `"server_name":"gpu"`) {
		t.Error(body)
	}
	if status, _ := ask(t, again, "GET", "/server/2321380", ""); status != 404 {
		t.Error("a server that nobody has named is there")
	}
	r := httptest.NewRequest(http.MethodGet, "/server", nil)
	w := httptest.NewRecorder()
	again.Handler().ServeHTTP(w, r)
	if w.Code != 401 || !strings.Contains(w.Body.String(), "UNAUTHORIZED") {
		t.Errorf("without a login: %d %s", w.Code, w.Body)
	}
}
