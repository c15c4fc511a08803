package fake

import (
	"strings"
	"testing"
	"time"
)

func appBody(spec jsonObject) jsonObject {
	body := jsonObject{"name": "ml-api", "services": []any{serviceJSON(nil)}}
	for k, v := range spec {
		body[k] = v
	}
	return jsonObject{"spec": body}
}

func serviceJSON(changes jsonObject) jsonObject {
	body := jsonObject{"name": "api", "image": jsonObject{"registry_type": "DOCR", "repository": "ml"}}
	for k, v := range changes {
		body[k] = v
	}
	return body
}

func TestAppSpecsAreChecked(t *testing.T) {
	a := newAccount(t, Options{})
	one := func(changes jsonObject) jsonObject { return jsonObject{"services": []any{serviceJSON(changes)}} }
	for _, tc := range []struct {
		text string
		spec jsonObject
	}{
		{`unknown field "service"`, jsonObject{"service": 1}},
		{"spec.name", jsonObject{"name": "ML"}},
		{"at least one component", jsonObject{"services": []any{}}},
		{"spec.region", jsonObject{"region": "fra1"}},
		{"expected a list", jsonObject{"services": 1}},
		{"exactly one source", one(jsonObject{"image": nil})},
		{"exactly one source", one(jsonObject{"git": jsonObject{"branch": "main"}})},
		{"repository is required", one(jsonObject{"image": jsonObject{"registry_type": "DOCR"}})},
		{"must be empty", one(jsonObject{"image": jsonObject{"registry_type": "DOCR", "registry": "ml", "repository": "x"}})},
		{"exclude each other", one(jsonObject{"image": jsonObject{"registry_type": "DOCR", "repository": "x", "tag": "1", "digest": "sha256:1"}})},
		{"http_port", one(jsonObject{"http_port": 70000})},
		{"expected true or false", one(jsonObject{"github": jsonObject{"deploy_on_push": "yes"}, "image": nil})},
		{"exclude each other", one(jsonObject{"instance_count": 1, "autoscaling": jsonObject{}})},
		{"are required", one(jsonObject{"autoscaling": jsonObject{"min_instance_count": 1}})},
		{"invalid value", one(jsonObject{"envs": []any{jsonObject{"key": "1A"}}})},
		{"cannot be decrypted", one(jsonObject{"envs": []any{jsonObject{"key": "A", "value": "EV[none]", "type": "SECRET"}}})},
		{"must be unique", jsonObject{"workers": []any{serviceJSON(nil)}}},
		{"does not exist", jsonObject{"ingress": jsonObject{"rules": []any{jsonObject{"component": jsonObject{"name": "none"}}}}}},
		{"component or redirect", jsonObject{"ingress": jsonObject{"rules": []any{jsonObject{}}}}},
		{"VPC", jsonObject{"vpc": jsonObject{"id": "none"}}},
		{"not found", jsonObject{"databases": []any{jsonObject{"name": "db", "production": true, "cluster_name": "none"}}}},
	} {
		a.refused(422, tc.text, "POST", "/v2/apps", appBody(tc.spec))
	}
	a.refused(422, "spec is required", "POST", "/v2/apps", jsonObject{})
	id := at(a.do(200, "POST", "/v2/apps", appBody(nil)), "app", "id").(string)
	a.refused(409, "already exists", "POST", "/v2/apps", appBody(nil))
	a.refused(422, "region", "PUT", "/v2/apps/"+id, appBody(jsonObject{"region": "fra"}))
	a.expect(a.do(200, "DELETE", "/v2/apps/"+id, nil), id, "id")
	a.do(404, "GET", "/v2/apps/"+id, nil)
}

func TestAppSpecsAreCompleted(t *testing.T) {
	a := newAccount(t, Options{})
	secret := jsonObject{"key": "A", "value": "hush", "type": "SECRET"}
	out := a.do(200, "POST", "/v2/apps", appBody(jsonObject{"envs": []any{secret, jsonObject{"key": "B", "value": "b", "type": "GENERAL"}}}))
	spec := at(out, "app", "spec")
	a.expect(spec, "nyc", "region")
	a.expect(spec, 1, "services", 0, "instance_count")
	a.expect(spec, "latest", "services", 0, "image", "tag")
	a.expect(spec, "/", "ingress", "rules", 0, "match", "path", "prefix")
	a.expect(spec, "B", "envs", 0, "key")
	a.expect(spec, nil, "envs", 0, "type")
	seal, _ := at(spec, "envs", 1, "value").(string)
	if !strings.HasPrefix(seal, "EV[") || a.s.AppSeals[seal] != "hush" {
		t.Errorf("the secret is shown as %q", seal)
	}
	path := "/v2/apps/" + at(out, "app", "id").(string)
	secret["value"] = seal
	a.expect(a.do(200, "PUT", path, appBody(jsonObject{"envs": []any{secret}})), seal, "app", "spec", "envs", 0, "value")
	secret["value"] = "hush"
	if got := at(a.do(200, "PUT", path, appBody(jsonObject{"envs": []any{secret}})), "app", "spec", "envs", 0, "value"); got == seal {
		t.Error("a secret that is sent again keeps its seal")
	}
}

func TestDeployments(t *testing.T) {
	a := newAccount(t, Options{Boot: 4 * time.Minute})
	out := a.do(200, "POST", "/v2/apps", appBody(jsonObject{"alerts": []any{jsonObject{"rule": "DEPLOYMENT_FAILED"}}}))
	path := "/v2/apps/" + at(out, "app", "id").(string)
	a.expect(out, "PENDING_BUILD", "app", "pending_deployment", "phase")
	a.expect(a.do(200, "GET", path+"/alerts", nil), nil, "alerts", 0)
	for _, phase := range []string{"BUILDING", "PENDING_DEPLOY", "DEPLOYING"} {
		a.clock.Advance(time.Minute)
		a.expect(a.do(200, "GET", path, nil), phase, "app", "in_progress_deployment", "phase")
	}
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "ACTIVE", "app", "active_deployment", "phase")
	active := at(out, "app", "active_deployment", "id")

	alert := at(a.do(200, "GET", path+"/alerts", nil), "alerts", 0, "id").(string)
	a.refused(422, "invalid email", "POST", path+"/alerts/"+alert+"/destinations", jsonObject{"emails": []string{"me"}})
	a.refused(422, "invalid slack", "POST", path+"/alerts/"+alert+"/destinations", jsonObject{"slack_webhooks": []any{jsonObject{"channel": "ml"}}})
	a.expect(a.do(200, "POST", path+"/alerts/"+alert+"/destinations", jsonObject{"emails": []string{"me@example.com"}}), "me@example.com", "alert", "emails", 0)
	a.do(404, "POST", path+"/alerts/none/destinations", jsonObject{})

	// One that fails leaves the one before it active, and says where it failed.
	broken := serviceJSON(jsonObject{"image": jsonObject{"registry_type": "DOCR", "repository": "ml", "tag": "missing"}})
	a.do(200, "PUT", path, appBody(jsonObject{"services": []any{broken}}))
	a.clock.Advance(2 * time.Minute)
	a.expect(a.do(200, "GET", path, nil), active, "app", "active_deployment", "id")
	last := at(a.do(200, "GET", path+"/deployments", nil), "deployments", 0)
	a.expect(last, "ERROR", "phase")
	a.expect(last, "SourceNotFound", "progress", "steps", 0, "steps", 0, "reason", "code")

	// A newer one takes the place of one that goes on; one can be canceled.
	first := at(a.do(200, "PUT", path, appBody(nil)), "app", "pending_deployment", "id").(string)
	second := at(a.do(200, "POST", path+"/deployments", jsonObject{}), "deployment", "id").(string)
	a.expect(a.do(200, "GET", path+"/deployments/"+first, nil), "SUPERSEDED", "deployment", "phase")
	a.expect(a.do(200, "POST", path+"/deployments/"+second+"/cancel", jsonObject{}), "CANCELED", "deployment", "phase")
	a.refused(422, "cannot be canceled", "POST", path+"/deployments/"+second+"/cancel", jsonObject{})
	a.expect(a.do(200, "GET", path, nil), active, "app", "active_deployment", "id")
	a.do(404, "GET", path+"/deployments/none", nil)
}
