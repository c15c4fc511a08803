package fake

import (
	"fmt"
	"maps"
	"testing"
)

// with returns a copy of body with one field changed, or dropped when v is nil.
func with(body jsonObject, field string, v any) jsonObject {
	out := maps.Clone(body)
	if out[field] = v; v == nil {
		delete(out, field)
	}
	return out
}

var testNotification = jsonObject{"email": []string{"a@example.com"}, "slack": []any{}}

func TestAlertPolicies(t *testing.T) {
	a := newAccount(t, Options{})
	id := a.droplet(nil)
	body := jsonObject{
		"type": "v1/insights/droplet/cpu", "description": "busy", "compare": "GreaterThan", "value": 80.5, "window": "5m",
		"entities": []string{id}, "tags": []string{}, "enabled": true, "alerts": testNotification,
	}
	for field, bad := range map[string]any{
		"type": "v1/insights/moon", "compare": "Equals", "window": "2m", "value": -1, "entities": []string{"7"},
		"alerts": jsonObject{"email": []string{}, "slack": []any{}},
	} {
		a.do(400, "POST", "/v2/monitoring/alerts", with(body, field, bad))
	}
	for field := range body {
		a.do(400, "POST", "/v2/monitoring/alerts", with(body, field, nil))
	}
	out := a.do(200, "POST", "/v2/monitoring/alerts", body)
	a.expect(out, 80.5, "policy", "value")
	path := fmt.Sprintf("/v2/monitoring/alerts/%v", at(out, "policy", "uuid"))
	a.expect(a.do(200, "GET", "/v2/monitoring/alerts?per_page=1", nil), 1, "meta", "total")
	a.do(204, "DELETE", "/v2/droplets/"+id, nil)
	a.expect(a.do(200, "PUT", path, with(body, "enabled", false)), false, "policy", "enabled")
	a.do(400, "PUT", path, with(body, "window", nil))
	a.do(204, "DELETE", path, nil)
	a.do(404, "GET", path, nil)
	a.do(404, "DELETE", path, nil)
}

func TestUptime(t *testing.T) {
	a := newAccount(t, Options{})
	body := jsonObject{"name": "web", "type": "https", "target": "https://example.com", "regions": []string{"us_east"}, "enabled": true}
	for field, bad := range map[string]any{"name": "", "type": "tcp", "target": "http://example.com", "regions": []string{"moon"}} {
		a.do(400, "POST", "/v2/uptime/checks", with(body, field, bad))
		a.do(400, "POST", "/v2/uptime/checks", with(body, field, nil))
	}
	out := a.do(201, "POST", "/v2/uptime/checks", body)
	check := fmt.Sprintf("/v2/uptime/checks/%v", at(out, "check", "id"))
	a.expect(a.do(200, "PUT", check, jsonObject{"name": "new"}), "https://example.com", "check", "target")
	a.do(400, "PUT", check, jsonObject{"type": "http"})
	a.expect(a.do(200, "GET", check, nil), "https", "check", "type")

	alert := jsonObject{"name": "slow", "type": "latency", "threshold": 300, "comparison": "greater_than", "period": "2m", "notifications": testNotification}
	for field, bad := range map[string]any{"name": "", "type": "odd", "threshold": 0, "comparison": "equals", "period": "1m", "notifications": jsonObject{"email": nil}} {
		a.do(400, "POST", check+"/alerts", with(alert, field, bad))
	}
	a.do(404, "POST", "/v2/uptime/checks/none/alerts", alert)
	made := a.do(201, "POST", check+"/alerts", alert)
	path := fmt.Sprintf("%s/alerts/%v", check, at(made, "alert", "id"))
	a.expect(a.do(200, "PUT", path, with(alert, "threshold", 500)), 500, "alert", "threshold")
	other := a.do(201, "POST", "/v2/uptime/checks", body)
	a.do(404, "GET", fmt.Sprintf("/v2/uptime/checks/%v/alerts/%v", at(other, "check", "id"), at(made, "alert", "id")), nil)
	a.expect(a.do(200, "GET", check+"/alerts", nil), 1, "meta", "total")
	a.do(204, "DELETE", check, nil)
	a.do(404, "GET", path, nil)
}

func TestFunctionNamespaces(t *testing.T) {
	a := newAccount(t, Options{})
	const path = "/v2/functions/namespaces"
	a.do(422, "POST", path, jsonObject{"label": "ml", "region": "moon"})
	out := a.do(200, "POST", path, jsonObject{"label": "ml", "region": "fra1"})
	a.refused(422, "exists", "POST", path, jsonObject{"label": "ml", "region": "fra1"})
	for n := range maxNamespaces - 1 {
		a.do(200, "POST", path, jsonObject{"label": fmt.Sprint(n), "region": "fra1"})
	}
	a.refused(422, "limit", "POST", path, jsonObject{"label": "more", "region": "fra1"})
	one := fmt.Sprintf("%s/%v", path, at(out, "namespace", "namespace"))
	a.expect(a.do(200, "GET", one, nil), "ml", "namespace", "label")
	a.do(204, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
	a.do(404, "DELETE", one, nil)
}
