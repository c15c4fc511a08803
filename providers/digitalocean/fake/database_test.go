package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func clusterBody(changes jsonObject) jsonObject {
	body := jsonObject{"name": "main", "engine": "pg", "version": "16", "size": "db-s-1vcpu-2gb", "region": "fra1", "num_nodes": 1,
		"private_network_uuid": "", "project_id": "", "rules": nil}
	for k, v := range changes {
		body[k] = v
	}
	return body
}

func TestClustersThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{})
	a.do(201, "POST", "/v2/databases", clusterBody(jsonObject{"name": "taken"}))
	for _, tt := range []struct {
		changes jsonObject
		want    string
	}{
		{jsonObject{"name": "taken"}, "not available"},
		{jsonObject{"name": "a_b"}, "name"},
		{jsonObject{"engine": "oracle"}, "engine"},
		{jsonObject{"version": "9"}, "invalid cluster engine version"},
		{jsonObject{"size": "s-1vcpu-1gb"}, "size"},
		{jsonObject{"size": "db-s-1vcpu-1gb", "num_nodes": 2}, "size"},
		{jsonObject{"num_nodes": 4}, "nodes"},
		{jsonObject{"num_nodes": 0}, "nodes"},
		{jsonObject{"region": "mars1"}, "region"},
		{jsonObject{"storage_size_mib": 1024}, "storage"},
		{jsonObject{"rules": []any{jsonObject{"type": "ip_addr", "value": "home"}}}, "rule"},
	} {
		a.refused(422, tt.want, "POST", "/v2/databases", clusterBody(tt.changes))
	}
}

func TestCluster(t *testing.T) {
	a := newAccount(t, Options{DBReady: 5 * time.Minute, Settle: time.Minute})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "v", "region": "fra1"}), "vpc", "id")
	out := a.do(201, "POST", "/v2/databases", clusterBody(jsonObject{"private_network_uuid": vpc, "tags": []string{"t"}}))
	a.expect(out, "creating", "database", "status")
	id := at(out, "database", "id").(string)
	path := "/v2/databases/" + id
	a.do(409, "POST", path+"/dbs", jsonObject{"name": "app"})
	a.do(409, "PUT", path+"/firewall", jsonObject{"rules": []any{}})
	a.do(409, "DELETE", fmt.Sprintf("/v2/vpcs/%v", vpc), nil)
	a.clock.Advance(5 * time.Minute)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "online", "database", "status")
	password := at(out, "database", "connection", "password").(string)
	uri := at(out, "database", "private_connection", "uri").(string)
	if !strings.HasPrefix(uri, "postgresql://doadmin:"+password+"@private-main-do-user-") || !strings.HasSuffix(uri, ":25060/defaultdb?sslmode=require") {
		t.Errorf("uri %q", uri)
	}
	a.expect(a.do(200, "GET", "/v2/databases?tag_name=t", nil), id, "databases", 0, "id")
	a.expect(a.do(200, "GET", "/v2/databases?tag_name=u", nil), "[]", "databases")

	a.do(202, "PUT", path+"/resize", jsonObject{"size": "db-s-2vcpu-4gb", "num_nodes": 2})
	a.expect(a.do(200, "GET", path, nil), "resizing", "database", "status")
	a.expect(a.do(200, "GET", path, nil), "db-s-1vcpu-2gb", "database", "size")
	a.do(409, "PUT", path+"/resize", jsonObject{"size": "db-s-2vcpu-4gb", "num_nodes": 2})
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "db-s-2vcpu-4gb", "database", "size")
	a.expect(out, 2, "database", "num_nodes")
	a.expect(out, 61440, "database", "storage_size_mib")
	a.refused(422, "decreased", "PUT", path+"/resize", jsonObject{"size": "db-s-1vcpu-2gb", "num_nodes": 1})
	a.refused(422, "required", "PUT", path+"/resize", jsonObject{"size": "db-s-4vcpu-8gb"})

	a.do(204, "PUT", path+"/maintenance", jsonObject{"day": "Sunday", "hour": "03:00"})
	a.expect(a.do(200, "GET", path, nil), "03:00:00", "database", "maintenance_window", "hour")
	a.do(422, "PUT", path+"/maintenance", jsonObject{"day": "someday", "hour": "03:00"})
	a.do(204, "PUT", path+"/upgrade", jsonObject{"version": "17"})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "17", "database", "version")
	a.do(422, "PUT", path+"/upgrade", jsonObject{"version": "16"})
	a.do(202, "PUT", path+"/migrate", jsonObject{"region": "ams3"})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "ams3", "database", "region")
	a.do(422, "PUT", path+"/eviction_policy", jsonObject{"eviction_policy": "noeviction"})
	a.do(200, "PATCH", path+"/config", jsonObject{"config": jsonObject{"autovacuum_naptime": 60}})
	a.expect(a.do(200, "GET", path+"/config", nil), 60, "config", "autovacuum_naptime")
	a.do(200, "GET", path+"/ca", nil)
	a.expect(a.do(200, "GET", "/v2/databases/options", nil), "17", "options", "pg", "versions", 4)
	a.do(204, "DELETE", path, nil)
	a.refused(404, "cluster not found", "GET", path, nil)
}

func TestClusterChildren(t *testing.T) {
	a := newAccount(t, Options{})
	path := "/v2/databases/" + at(a.do(201, "POST", "/v2/databases", clusterBody(nil)), "database", "id").(string)
	a.do(201, "POST", path+"/dbs", jsonObject{"name": "app"})
	a.refused(422, "not available", "POST", path+"/dbs", jsonObject{"name": "app"})
	a.expect(a.do(200, "GET", path+"/dbs", nil), "app", "dbs", 1, "name")
	a.expect(a.do(200, "GET", path+"/dbs/app", nil), "app", "db", "name")
	user := a.do(201, "POST", path+"/users", jsonObject{"name": "app"})
	a.expect(user, "normal", "user", "role")
	a.refused(422, "not available", "POST", path+"/users", jsonObject{"name": "app"})
	reset := a.do(200, "POST", path+"/users/app/reset_auth", jsonObject{})
	if at(reset, "user", "password") == at(user, "user", "password") {
		t.Error("the password stays after a reset")
	}
	a.do(201, "PUT", path+"/users/app", jsonObject{"settings": jsonObject{"pg_allow_replication": true}})
	a.refused(422, "primary", "DELETE", path+"/users/doadmin", nil)

	rule := func(kind, value string) jsonObject { return jsonObject{"type": kind, "value": value} }
	droplet := a.droplet(nil)
	a.do(204, "PUT", path+"/firewall", jsonObject{"rules": []any{rule("ip_addr", "1.2.3.4"), rule("droplet", droplet)}})
	before := a.do(200, "GET", path+"/firewall", nil)
	a.do(204, "PUT", path+"/firewall", jsonObject{"rules": []any{rule("droplet", droplet)}})
	after := a.do(200, "GET", path+"/firewall", nil)
	a.expect(after, at(before, "rules", 1, "uuid"), "rules", 0, "uuid")
	a.do(422, "PUT", path+"/firewall", jsonObject{"rules": []any{rule("tag", "none")}})
	a.do(422, "PUT", path+"/firewall", jsonObject{"rules": []any{rule("ip_addr", "1.2.3.4"), rule("ip_addr", "1.2.3.4")}})
	kinds := map[string]int{}
	for _, line := range a.Inventory() {
		kinds[strings.Fields(line)[0]]++
	}
	if got := fmt.Sprint(kinds); got != "map[database:1 database_db:1 database_firewall_rule:1 database_user:1 droplet:1]" {
		t.Errorf("inventory: %s", got)
	}
	if id := strings.TrimPrefix(path, "/v2/databases/"); !a.Remove("database_db", id+"/app") {
		t.Error("the database is not removed")
	}
	a.do(404, "GET", path+"/dbs/app", nil)
	a.do(204, "DELETE", path+"/users/app", nil)
	a.do(404, "DELETE", path+"/users/app", nil)
}

func TestEnginesDiffer(t *testing.T) {
	a := newAccount(t, Options{})
	make := func(engine string) (string, jsonObject) {
		out := a.do(201, "POST", "/v2/databases", clusterBody(jsonObject{"name": engine, "engine": engine, "version": "8", "size": "db-s-1vcpu-1gb"}))
		return "/v2/databases/" + at(out, "database", "id").(string), out
	}
	valkey, out := make("valkey")
	a.expect(out, 25061, "database", "connection", "port")
	a.refused(422, "caching", "POST", valkey+"/dbs", jsonObject{"name": "x"})
	a.do(204, "PUT", valkey+"/eviction_policy", jsonObject{"eviction_policy": "allkeys_lru"})
	a.do(422, "PUT", valkey+"/eviction_policy", jsonObject{"eviction_policy": "all"})
	a.expect(a.do(200, "GET", valkey+"/eviction_policy", nil), "allkeys_lru", "eviction_policy")
	a.do(422, "GET", valkey+"/sql_mode", nil)
	mysql, _ := make("mysql")
	a.do(204, "PUT", mysql+"/sql_mode", jsonObject{"sql_mode": "ANSI"})
	a.expect(a.do(200, "GET", mysql+"/sql_mode", nil), "ANSI", "sql_mode")
	user := a.do(201, "POST", mysql+"/users", jsonObject{"name": "u", "mysql_settings": jsonObject{"auth_plugin": "mysql_native_password"}})
	a.expect(user, "mysql_native_password", "user", "mysql_settings", "auth_plugin")
	a.do(422, "POST", mysql+"/users", jsonObject{"name": "v", "mysql_settings": jsonObject{"auth_plugin": "none"}})
}

func TestAutoscale(t *testing.T) {
	a := newAccount(t, Options{})
	cluster := func(changes jsonObject) jsonObject {
		body := jsonObject{"name": "pile", "engine": "pg", "size": "db-s-1vcpu-2gb", "region": "fra1", "num_nodes": 2}
		for k, v := range changes {
			body[k] = v
		}
		return body
	}
	on := jsonObject{"enabled": true, "threshold_percent": 80, "increment_gib": 10}
	a.refused(422, "threshold", "POST", "/v2/databases", cluster(jsonObject{"storage_autoscale": jsonObject{"enabled": true, "threshold_percent": 5}}))
	a.refused(422, "caching", "POST", "/v2/databases", cluster(jsonObject{"engine": "valkey", "storage_autoscale": on}))
	out := a.do(201, "POST", "/v2/databases", cluster(jsonObject{"autoscale": jsonObject{"storage": on}}))
	a.expect(out, 9273, "database", "metrics_endpoints", 1, "port")
	path := "/v2/databases/" + at(out, "database", "id").(string) + "/autoscale"
	a.expect(a.do(200, "GET", path, nil), 80, "autoscale", "storage", "threshold_percent")
	a.expect(a.do(200, "GET", path, nil), 10, "autoscale", "storage", "increment_gib")
	a.refused(422, "storage is required", "PUT", path, jsonObject{})
	a.refused(422, "enabled is required", "PUT", path, jsonObject{"storage": jsonObject{}})
	a.refused(422, "increment", "PUT", path, jsonObject{"storage": jsonObject{"enabled": true, "increment_gib": 1000}})
	a.do(204, "PUT", path, jsonObject{"storage": jsonObject{"enabled": false}})
	a.expect(a.do(200, "GET", path, nil), false, "storage", "enabled")
}
