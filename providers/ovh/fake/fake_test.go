package fake

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

const server = "ns321.ip-192-0-2.eu"

// ask sends a signed request and returns the status and the body.
func ask(t *testing.T, c *Cloud, method, path, body string) (int, string) {
	t.Helper()
	return send(c, signed(method, path, body, "fake", time.Now()))
}

func send(c *Cloud, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

func signed(method, path, body, secret string, at time.Time) *http.Request {
	r := httptest.NewRequest(method, "/1.0"+path, strings.NewReader(body))
	stamp := strconv.FormatInt(at.Unix(), 10)
	text := strings.Join([]string{secret, "fake", method, "http://" + r.Host + "/1.0" + path, body, stamp}, "+")
	for name, value := range map[string]string{
		"X-Ovh-Application": "fake", "X-Ovh-Consumer": "fake", "X-Ovh-Timestamp": stamp,
		"X-Ovh-Signature": fmt.Sprintf("$1$%x", sha1.Sum([]byte(text))),
	} {
		r.Header.Set(name, value)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json;charset=utf-8")
	}
	return r
}

// TestRefusals walks through what the API refuses, each behind what was there
// before.
func TestRefusals(t *testing.T) {
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	c := New(Options{Clock: clock.Now, Settle: time.Minute, Boot: time.Minute})
	const machine = "/dedicated/server/" + server
	for i, step := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/dedicated/server", "", 200, `["ns321.ip-192-0-2.eu","ns421.ip-198-51-100.eu"]`},
		{"GET", "/dedicated/server/ns9.eu", "", 404, "Client::NotFound"},
		{"PUT", machine, `{"color":"red"}`, 400, "color"},
		{"PUT", machine, `{"bootId":9}`, 400, "bootId 9 is not compatible"},
		{"PUT", machine, `{"state":"off"}`, 400, "state"},
		{"PUT", machine, `{"monitoring":false,"bootId":1122}`, 200, "null"},
		{"GET", machine, "", 200, `"monitoring":false`},
		{"POST", machine + "/terminate", "", 404, "Client::NotFound"},
		{"POST", machine + "/confirmTermination", "{}", 404, "Client::NotFound"},
		{"POST", "/order/cart", "{}", 404, "Client::NotFound"},
		{"POST", machine + "/reinstall", `{"operatingSystem":"centos5_64"}`, 400, "centos5_64"},
		{"POST", machine + "/reinstall", `{"os":"debian12_64"}`, 400, "os"},
		{"POST", machine + "/reinstall", `{"operatingSystem":"byolinux_64"}`, 400, "imageURL"},
		{"POST", machine + "/reinstall", `{"operatingSystem":"debian12_64"}`, 200, `"function":"reinstallServer"`},
		{"POST", machine + "/reinstall", `{"operatingSystem":"debian12_64"}`, 409, "Client::Conflict"},
		{"GET", machine + "/task?function=reinstallServer&status=todo", "", 200, "["},
		{"GET", machine + "/task/1", "", 404, "taskId"},
		{"POST", "/ip/192.0.2.10%2F32/reverse", `{"ipReverse":"192.0.2.10","reverse":"192.0.2.10"}`, 400, "Cannot check if"},
		{"POST", "/ip/203.0.113.1%2F32/reverse", `{"ipReverse":"203.0.113.1","reverse":"a.example.com"}`, 404, "Client::NotFound"},
		{"PUT", "/services/1", `{"displayName":"a"}`, 404, "Client::NotFound"},
		{"POST", "/vrack/pn-1/dedicatedServer", `{"dedicatedServer":"` + server + `"}`, 404, "pn-1"},
		{"POST", "/vrack/pn-1001/dedicatedServer", `{"dedicatedServer":"ns9.eu"}`, 404, "ns9.eu"},
		{"POST", "/vrack/pn-1001/dedicatedServer", `{"dedicatedServer":"` + server + `"}`, 200, `"targetDomain":"` + server},
		{"POST", "/vrack/pn-1001/dedicatedServer", `{"dedicatedServer":"` + server + `"}`, 409, "in progress"},
		{"GET", "/vrack/pn-1001/dedicatedServer", "", 200, "[]"},
		{"DELETE", "/vrack/pn-1001/dedicatedServer/" + server, "", 404, "Client::NotFound"},
	} {
		if status, body := ask(t, c, step.method, step.path, step.body); status != step.status || !strings.Contains(body, step.answer) {
			t.Errorf("step %d, %s %s %s: %d %s, want %d with %s", i+1, step.method, step.path, step.body, status, body, step.status, step.answer)
		}
	}
	clock.Advance(time.Minute)
	for i, step := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", machine, "", 200, `"os":"debian12_64"`},
		{"GET", "/vrack/pn-1001/task", "", 200, "[]"}, // done, and forgotten
		{"GET", "/vrack/pn-1001/dedicatedServer", "", 200, server},
		{"POST", "/vrack/pn-1002/dedicatedServer", `{"dedicatedServer":"` + server + `"}`, 409, "already in vRack pn-1001"},
	} {
		if status, body := ask(t, c, step.method, step.path, step.body); status != step.status || !strings.Contains(body, step.answer) {
			t.Errorf("after a minute, step %d, %s %s: %d %s, want %d with %s", i+1, step.method, step.path, status, body, step.status, step.answer)
		}
	}
}

func TestAuthorization(t *testing.T) {
	c := New(Options{})
	for name, tc := range map[string]struct {
		change func(r *http.Request)
		status int
		answer string
	}{
		"as it is":            {func(*http.Request) {}, 200, "xx1111-ovh"},
		"nobody":              {func(r *http.Request) { r.Header = http.Header{} }, 401, "You must login first"},
		"another application": {func(r *http.Request) { r.Header.Set("X-Ovh-Application", "x") }, 403, "INVALID_KEY"},
		"another consumer":    {func(r *http.Request) { r.Header.Set("X-Ovh-Consumer", "x") }, 403, "INVALID_CREDENTIAL"},
		"no time":             {func(r *http.Request) { r.Header.Del("X-Ovh-Timestamp") }, 400, "QUERY_TIME_OUT"},
		"another time": {func(r *http.Request) {
			r.Header.Set("X-Ovh-Timestamp", strconv.FormatInt(time.Now().Unix()+9, 10))
		}, 400, "Invalid signature"},
		"a time long ago": {func(r *http.Request) {
			r.Header = signed("GET", "/auth/details", "", "fake", time.Now().Add(-time.Hour)).Header
		}, 400, "QUERY_TIME_OUT"},
		"another secret": {func(r *http.Request) {
			r.Header = signed("GET", "/auth/details", "", "x", time.Now()).Header
		}, 400, "Invalid signature"},
		"a token": {func(r *http.Request) {
			r.Header = http.Header{"Authorization": {"Bearer token-of-fake"}}
		}, 200, "xx1111-ovh"},
	} {
		r := signed("GET", "/auth/details", "", "fake", time.Now())
		tc.change(r)
		if status, body := send(c, r); status != tc.status || !strings.Contains(body, tc.answer) {
			t.Errorf("%s: %d %s, want %d with %s", name, status, body, tc.status, tc.answer)
		}
	}
	if status, body := send(c, httptest.NewRequest("GET", "/1.0/auth/time", nil)); status != 200 || json.Unmarshal([]byte(body), new(int64)) != nil {
		t.Errorf("the time is for everybody: %d %s", status, body)
	}
}

func TestContentIsKept(t *testing.T) {
	dir := t.TempDir()
	c := New(Options{Dir: dir, AnyServer: true})
	if status, body := ask(t, c, "GET", "/dedicated/server/ns7.ip-203-0-113.eu", ""); status != 200 || !strings.Contains(body, `"ip":"198.18.`) {
		t.Fatalf("%d %s", status, body)
	}
	ask(t, c, "PUT", "/dedicated/server/ns7.ip-203-0-113.eu", `{"monitoring":false}`)
	ask(t, c, "GET", "/vrack/pn-77", "")
	again := New(Options{Dir: dir})
	if _, body := ask(t, again, "GET", "/dedicated/server/ns7.ip-203-0-113.eu", ""); !strings.Contains(body, `"monitoring":false`) {
		t.Error(body)
	}
	if status, _ := ask(t, again, "GET", "/dedicated/server/ns8.ip-203-0-113.eu", ""); status != 404 {
		t.Error("a server that nobody has named is there")
	}
}
