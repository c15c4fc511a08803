package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	allAccounts = "/v1/projects/offline/serviceAccounts"
	worker      = "worker@offline.iam.gserviceaccount.com"
	getPolicy   = "/v1/projects/offline:getIamPolicy"
	setPolicy   = "/v1/projects/offline:setIamPolicy"
)

func TestServiceAccount(t *testing.T) {
	w := newWorld(t, Options{})
	a := w.do(200, "POST", allAccounts, jsonObject{"accountId": "worker", "serviceAccount": jsonObject{"displayName": "W"}})
	w.expect(a, "projects/offline/serviceAccounts/"+worker, "name")
	id := fmt.Sprint(a["uniqueId"])
	if len(id) != 21 {
		t.Errorf("the unique id %s has not 21 digits", id)
	}
	w.expect(w.do(409, "POST", allAccounts, jsonObject{"accountId": "worker"}), "ALREADY_EXISTS", "error", "status")
	for _, bad := range []string{"", "short", "Capital", "1digit", "with_underscore", strings.Repeat("x", 31), "hyphen-"} {
		w.refused(400, "", "Invalid service account ID", "POST", allAccounts, jsonObject{"accountId": bad})
	}
	w.expect(w.get("/v1/projects/-/serviceAccounts/"+worker), id, "uniqueId")
	w.expect(w.get(allAccounts+"/"+id), worker, "email")
	patch := jsonObject{"serviceAccount": jsonObject{"displayName": "X", "description": "ignored"}, "updateMask": "displayName"}
	b := w.do(200, "PATCH", allAccounts+"/"+worker, patch)
	w.expect(b, "X", "displayName")
	w.expect(b, nil, "description")
	w.refused(400, "", "update mask", "PATCH", allAccounts+"/"+worker, jsonObject{"serviceAccount": jsonObject{}})
	patch["serviceAccount"] = jsonObject{"displayName": "Y", "etag": a["etag"]}
	w.expect(w.do(409, "PATCH", allAccounts+"/"+worker, patch), "ABORTED", "error", "status")
	w.do(200, "POST", allAccounts+"/"+worker+":disable", jsonObject{})
	w.expect(w.get(allAccounts), true, "accounts", 0, "disabled")

	w.do(200, "DELETE", allAccounts+"/"+worker, nil)
	w.expect(w.do(404, "GET", allAccounts+"/"+worker, nil), "NOT_FOUND", "error", "status")
	w.inventory()
	w.do(200, "POST", "/v1/projects/-/serviceAccounts/"+id+":undelete", jsonObject{})
	w.expect(w.get(allAccounts+"/"+worker), id, "uniqueId")
}

func TestServiceAccountsAppearLate(t *testing.T) {
	w := newWorld(t, Options{EventualLag: time.Minute, Quota: Quota{ServiceAccounts: 1}})
	w.do(200, "POST", allAccounts, jsonObject{"accountId": "worker"})
	w.refused(404, "", "Unknown service account", "GET", allAccounts+"/"+worker, nil)
	w.do(409, "POST", allAccounts, jsonObject{"accountId": "worker"})
	w.refused(429, "", "Maximum number", "POST", allAccounts, jsonObject{"accountId": "second"})
	p := w.do(200, "POST", getPolicy, nil)
	p["bindings"] = append(p["bindings"].([]any), jsonObject{"role": "roles/viewer", "members": []string{"serviceAccount:" + worker}})
	w.refused(400, "", "Service account "+worker+" does not exist.", "POST", setPolicy, jsonObject{"policy": p})
	w.clock.Advance(time.Minute)
	w.get(allAccounts + "/" + worker)
	w.do(200, "POST", setPolicy, jsonObject{"policy": p})
}

func TestProjectPolicy(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allAccounts, jsonObject{"accountId": "worker"})
	p := w.do(200, "POST", getPolicy, jsonObject{"options": jsonObject{"requestedPolicyVersion": 3}})
	given := p["bindings"].([]any)
	set := func(more ...any) jsonObject {
		return jsonObject{"policy": jsonObject{"bindings": append(append([]any{}, given...), more...), "version": 3}}
	}
	bind := func(role string, members ...string) jsonObject { return jsonObject{"role": role, "members": members} }
	for _, c := range []struct {
		name, want string
		binding    jsonObject
	}{
		{"a member without a type", "unknown type", bind("roles/viewer", "me")},
		{"a type that is not one", "unknown type", bind("roles/viewer", "robot:me@x.com")},
		{"everybody", "not allowed", bind("roles/viewer", "allUsers")},
		{"an unknown service account", "does not exist", bind("roles/viewer", "serviceAccount:no@offline.iam.gserviceaccount.com")},
		{"a role that is not one", "does not exist in the resource", bind("viewer", "user:a@x.com")},
		{"a condition without title", "title", jsonObject{"role": "roles/viewer", "members": []string{"user:a@x.com"}, "condition": jsonObject{"expression": "true"}}},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(400, "", c.want, "POST", setPolicy, set(c.binding)) })
	}
	w.refused(400, "", "owner", "POST", setPolicy, jsonObject{"policy": jsonObject{"bindings": []any{}}})

	first := set(bind("roles/viewer", "user:b@x.com", "serviceAccount:"+worker), bind("roles/viewer", "user:a@x.com"))
	first["policy"].(jsonObject)["etag"] = p["etag"]
	after := w.do(200, "POST", setPolicy, first)
	w.expect(after, "user:a@x.com", "bindings", 2, "members", 1)
	out := w.do(409, "POST", setPolicy, first)
	w.expect(out, "ABORTED", "error", "status")
	w.inventory("iam_member offline/roles/viewer serviceAccount:"+worker, "iam_member offline/roles/viewer user:a@x.com",
		"iam_member offline/roles/viewer user:b@x.com", "service_account "+fmt.Sprint(w.get(allAccounts + "/" + worker)["uniqueId"])+" "+worker)
	if !w.Remove("iam_member", "offline/roles/viewer user:a@x.com") {
		t.Error("the member was not removed")
	}
	w.do(200, "DELETE", allAccounts+"/"+worker, nil)
	if got := strings.Join(w.Inventory(), "\n"); !strings.Contains(got, "deleted:serviceAccount:"+worker+"?uid=") {
		t.Errorf("the binding of the deleted account is not left behind:\n%s", got)
	}
}

func TestConditionsNeedVersion3(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.do(200, "POST", getPolicy, nil)
	p["bindings"] = append(p["bindings"].([]any), jsonObject{"role": "roles/viewer", "members": []string{"user:a@x.com"},
		"condition": jsonObject{"title": "t", "expression": "request.time < timestamp(\"2027-01-01T00:00:00Z\")"}})
	w.refused(400, "", "must have version 3", "POST", setPolicy, jsonObject{"policy": p})
	p["version"] = 3
	w.do(200, "POST", setPolicy, jsonObject{"policy": p})
	old := w.do(200, "POST", getPolicy, nil)
	if role := fmt.Sprint(walk(old, "bindings", 2, "role")); !strings.HasPrefix(role, "roles/viewer_withcond_") {
		t.Errorf("version 1 shows the role %s", role)
	}
	w.expect(w.do(200, "POST", "/v3/projects/offline:getIamPolicy", jsonObject{"options": jsonObject{"requestedPolicyVersion": 3}}), "t", "bindings", 2, "condition", "title")
	w.refused(400, "", "must be 0, 1 or 3", "POST", getPolicy, jsonObject{"options": jsonObject{"requestedPolicyVersion": 2}})
}

func TestServiceAccountPolicy(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allAccounts, jsonObject{"accountId": "worker"})
	one := allAccounts + "/" + worker
	p := w.do(200, "POST", one+":getIamPolicy", nil)
	p["bindings"] = []any{jsonObject{"role": "roles/iam.serviceAccountUser", "members": []string{"user:a@x.com"}}}
	w.do(200, "POST", one+":setIamPolicy", jsonObject{"policy": p})
	w.expect(w.do(409, "POST", one+":setIamPolicy", jsonObject{"policy": p}), "ABORTED", "error", "status")
	w.expect(w.do(200, "POST", one+":getIamPolicy", nil), "user:a@x.com", "bindings", 0, "members", 0)
}

func TestProjects(t *testing.T) {
	w := newWorld(t, Options{Projects: []string{"one-project", "two-project"}})
	w.expect(w.get("/v1/projects/one-project"), "ACTIVE", "lifecycleState")
	w.expect(w.get("/v3/projects/"+projectNumber("two-project")), "two-project", "projectId")
	if n := len(w.get("/v3/projects:search")["projects"].([]any)); n != 2 {
		t.Errorf("projects: got %d, want 2", n)
	}
	w.expect(w.get("/compute/v1/projects/one-project"), defaultAccount("one-project"), "defaultServiceAccount")
}
