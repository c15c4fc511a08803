package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// cluster makes a cluster of an engine, with its newest version and smallest size,
// and returns its path.
func (a *account) cluster(engine string, changes jsonObject) string {
	a.t.Helper()
	e, _ := findEngine(engine)
	nodes := e.nodes()[0]
	body := clusterBody(jsonObject{"name": "c-" + strings.ReplaceAll(engine, "_", "-"), "engine": engine, "version": e.defaultVersion(),
		"size": layouts()[engine].Layouts[nodes][0], "num_nodes": nodes})
	for k, v := range changes {
		body[k] = v
	}
	return "/v2/databases/" + at(a.do(201, "POST", "/v2/databases", body), "database", "id").(string)
}

func TestEveryEngine(t *testing.T) {
	a := newAccount(t, Options{})
	for _, e := range engines {
		out := a.do(200, "GET", a.cluster(e.slug, nil), nil)
		a.expect(out, e.slug, "database", "engine")
		a.expect(out, e.primary, "database", "connection", "user")
		if _, ui := out["database"].(jsonObject)["ui_connection"]; ui != (e.slug == "opensearch") {
			t.Errorf("%s: a connection to dashboards is shown: %v", e.slug, ui)
		}
	}
	for engine, nodes := range map[string]int{"kafka": 1, "mongodb": 2, "advanced_mysql": 2, "opensearch": 4} {
		a.refused(422, "number of nodes", "POST", "/v2/databases", clusterBody(jsonObject{"name": "bad", "engine": engine, "version": "", "num_nodes": nodes}))
	}
}

func TestPools(t *testing.T) {
	a := newAccount(t, Options{})
	path := a.cluster("pg", nil) // of 8 GB: 197 connections
	pool := func(changes jsonObject) jsonObject {
		body := jsonObject{"name": "app", "mode": "transaction", "size": 100, "db": "defaultdb"}
		for k, v := range changes {
			body[k] = v
		}
		return body
	}
	e, _ := findEngine("pg")
	most := 25*dbMemory(layouts()["pg"].Layouts[1][0]) - 3
	for _, tt := range []struct {
		changes jsonObject
		want    string
	}{
		{jsonObject{"name": "ab"}, "between 3 and 60"},
		{jsonObject{"mode": "none"}, "mode"},
		{jsonObject{"size": 0}, "size"},
		{jsonObject{"size": most + 1}, fmt.Sprint(most)},
		{jsonObject{"size": 1, "db": "none"}, "does not exist"},
		{jsonObject{"size": 1, "user": "none"}, "does not exist"},
	} {
		a.refused(422, tt.want, "POST", path+"/pools", pool(tt.changes))
	}
	out := a.do(201, "POST", path+"/pools", pool(jsonObject{"size": 2}))
	a.expect(out, poolPort, "pool", "connection", "port")
	a.expect(out, e.primary, "pool", "connection", "user")
	a.refused(422, "not available", "POST", path+"/pools", pool(jsonObject{"size": 2}))
	a.do(201, "POST", path+"/users", jsonObject{"name": "u"})
	a.do(201, "POST", path+"/dbs", jsonObject{"name": "d"})
	a.do(204, "PUT", path+"/pools/app", jsonObject{"mode": "session", "size": most, "db": "d", "user": "u"})
	out = a.do(200, "GET", path+"/pools/app", nil)
	a.expect(out, "u", "pool", "connection", "user")
	a.expect(out, most, "pool", "size")
	a.refused(422, "that are left", "POST", path+"/pools", pool(jsonObject{"name": "more", "size": 1}))
	a.refused(422, "connection pool app", "DELETE", path+"/users/u", nil)
	a.refused(422, "connection pool app", "DELETE", path+"/dbs/d", nil)
	a.expect(a.do(200, "GET", path+"/pools", nil), "app", "pools", 0, "name")
	a.do(204, "DELETE", path+"/pools/app", nil)
	a.do(404, "GET", path+"/pools/app", nil)
	a.refused(422, "PostgreSQL", "GET", a.cluster("mysql", nil)+"/pools", nil)
}

func TestReplicas(t *testing.T) {
	a := newAccount(t, Options{DBReady: 5 * time.Minute, Settle: time.Minute})
	path := a.cluster("pg", jsonObject{"size": "db-s-1vcpu-2gb"})
	replica := func(changes jsonObject) jsonObject {
		body := jsonObject{"name": "copy", "size": "db-s-1vcpu-2gb", "region": "ams3", "tags": []string{"t"}}
		for k, v := range changes {
			body[k] = v
		}
		return body
	}
	a.do(409, "POST", path+"/replicas", replica(nil))
	a.clock.Advance(5 * time.Minute)
	a.refused(412, "backup", "POST", path+"/replicas", replica(nil))
	a.clock.Advance(time.Minute)
	a.refused(422, "at least", "POST", path+"/replicas", replica(jsonObject{"size": "db-s-1vcpu-1gb"}))
	a.refused(422, "region", "POST", path+"/replicas", replica(jsonObject{"region": "mars1"}))
	out := a.do(201, "POST", path+"/replicas", replica(nil))
	a.expect(out, "forking", "replica", "status")
	id, vpc := at(out, "replica", "id").(string), at(out, "replica", "private_network_uuid").(string)
	a.refused(422, "not available", "POST", path+"/replicas", replica(nil))
	a.do(409, "DELETE", path+"/replicas/copy", nil)
	a.do(409, "PUT", "/v2/databases/"+id+"/firewall", jsonObject{"rules": []any{}})
	a.expect(a.do(200, "GET", "/v2/vpcs/"+vpc+"/members", nil), "copy", "members", 0, "name")
	a.clock.Advance(5 * time.Minute)
	a.expect(a.do(200, "GET", path+"/replicas", nil), "online", "replicas", 0, "status")
	a.expect(a.do(200, "GET", "/v2/tags/t", nil), 1, "tag", "resources", "databases", "count")

	a.refused(422, "one node", "PUT", "/v2/databases/"+id+"/resize", jsonObject{"size": "db-s-2vcpu-4gb", "num_nodes": 2})
	a.do(202, "PUT", "/v2/databases/"+id+"/resize", jsonObject{"size": "db-s-2vcpu-4gb", "num_nodes": 1})
	a.do(409, "PUT", "/v2/databases/"+id+"/resize", jsonObject{"size": "db-s-2vcpu-4gb", "num_nodes": 1})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path+"/replicas/copy", nil), "db-s-2vcpu-4gb", "replica", "size")
	a.refused(422, "increased", "PUT", "/v2/databases/"+id+"/resize", jsonObject{"size": "db-s-1vcpu-2gb", "num_nodes": 1})
	a.do(204, "PUT", "/v2/databases/"+id+"/firewall", jsonObject{"rules": []any{jsonObject{"type": "ip_addr", "value": "192.0.2.1"}}})
	a.expect(a.do(200, "GET", "/v2/databases/"+id+"/firewall", nil), "192.0.2.1", "rules", 0, "value")
	a.expect(a.do(200, "GET", path+"/firewall", nil), "[]", "rules")
	a.refused(422, "replicas: copy", "DELETE", path, nil)
	a.do(204, "DELETE", path+"/replicas/copy", nil)
	a.do(404, "GET", path+"/replicas/copy", nil)
	a.do(204, "DELETE", path, nil)
}

// TestDatabaseFirewallTrustsWhatExists lets in what runs in clusters and apps.
func TestDatabaseFirewallTrustsWhatExists(t *testing.T) {
	a := newAccount(t, Options{})
	path := a.cluster("pg", nil) + "/firewall"
	k8s := at(a.do(201, "POST", "/v2/kubernetes/clusters", k8sBody(nil)), "kubernetes_cluster", "id")
	app := at(a.do(200, "POST", "/v2/apps", appBody(nil)), "app", "id")
	for kind, there := range map[string]any{"k8s": k8s, "app": app} {
		body := func(value any) jsonObject {
			return jsonObject{"rules": []any{jsonObject{"type": kind, "value": value}}}
		}
		a.do(204, "PUT", path, body(there))
		a.expect(a.do(200, "GET", path, nil), there, "rules", 0, "value")
		a.refused(422, "invalid rule", "PUT", path, body("0a4f8c1e-3a1d-4a4e-8a52-0f6d3f0a9d11"))
	}
}

func TestReplicasThatHide(t *testing.T) {
	a := newAccount(t, Options{ReplicaLag: time.Minute})
	path := a.cluster("mysql", nil)
	size := at(a.do(200, "GET", path, nil), "database", "size")
	a.do(404, "POST", path+"/replicas", jsonObject{"name": "copy", "size": size})
	a.do(404, "GET", path+"/replicas/copy", nil)
	a.expect(a.do(200, "GET", path+"/replicas", nil), "[]", "replicas")
	a.clock.Advance(time.Minute)
	a.do(200, "GET", path+"/replicas/copy", nil)
	a.refused(422, "not available", "POST", path+"/replicas", jsonObject{"name": "copy", "size": size})
}

func TestTopics(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	path := a.cluster("kafka", nil)
	for _, tt := range []struct {
		body jsonObject
		want string
	}{
		{jsonObject{"name": "a b"}, "name"},
		{jsonObject{"name": "t", "partition_count": 2}, "partition_count"},
		{jsonObject{"name": "t", "replication_factor": 4}, "replication_factor"},
		{jsonObject{"name": "t", "config": jsonObject{"speed": 1}}, "unknown topic config"},
		{jsonObject{"name": "t", "config": jsonObject{"cleanup_policy": "none"}}, "cleanup_policy"},
		{jsonObject{"name": "t", "config": jsonObject{"retention_ms": "1"}}, "expected integer"},
		{jsonObject{"name": "t", "config": jsonObject{"min_cleanable_dirty_ratio": 1.5}}, "more than"},
	} {
		a.refused(422, tt.want, "POST", path+"/topics", tt.body)
	}
	out := a.do(201, "POST", path+"/topics", jsonObject{"name": "t", "config": jsonObject{"retention_ms": -1}})
	a.expect(out, "configuring", "topic", "state")
	a.do(409, "PUT", path+"/topics/t", jsonObject{"partition_count": 4})
	a.clock.Advance(time.Minute)
	a.do(200, "PUT", path+"/topics/t", jsonObject{"partition_count": 4, "replication_factor": 3})
	if n := len(at(a.do(200, "GET", path+"/topics/t", nil), "topic", "partitions").([]any)); n != 3 {
		t.Errorf("%d partitions at once, want them later", n)
	}
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", path+"/topics/t", nil)
	a.expect(out, "active", "topic", "state")
	a.expect(out, 3, "topic", "partitions", 3, "id")
	a.expect(out, -1, "topic", "config", "retention_ms")
	a.expect(a.do(200, "GET", path+"/topics", nil), 4, "topics", 0, "partition_count")
	a.refused(422, "increased", "PUT", path+"/topics/t", jsonObject{"partition_count": 3})
	a.do(204, "DELETE", path+"/topics/t", nil)
	a.expect(a.do(200, "GET", path+"/topics/t", nil), "deleting", "topic", "state")
	a.clock.Advance(time.Minute)
	a.do(404, "GET", path+"/topics/t", nil)
	a.refused(422, "Kafka", "GET", a.cluster("pg", nil)+"/topics", nil)
}

func TestConfigurations(t *testing.T) {
	a := newAccount(t, Options{})
	mysql, valkey, pg := a.cluster("mysql", nil), a.cluster("valkey", nil), a.cluster("pg", nil)
	for _, tt := range []struct {
		path   string
		config jsonObject
		want   string
	}{
		{mysql, jsonObject{}, "invalid config"},
		{mysql, jsonObject{"timezone": "UTC"}, "unknown config option"},
		{mysql, jsonObject{"backup_hour": 24}, "more than 23"},
		{mysql, jsonObject{"backup_hour": 1.5}, "expected integer"},
		{mysql, jsonObject{"backup_hour": "1"}, "expected integer"},
		{mysql, jsonObject{"sql_mode": "ansi"}, "does not match"},
		{mysql, jsonObject{"innodb_flush_neighbors": 3}, "none of"},
		{mysql, jsonObject{"default_time_zone": "Z"}, "characters"},
		{mysql, jsonObject{"slow_query_log": nil}, "expected boolean"},
		{valkey, jsonObject{"valkey_maxmemory_policy": "allkeys-lru"}, "none of"},
		{pg, jsonObject{"pgbouncer": jsonObject{"speed": 1}}, "unknown config option"},
		{pg, jsonObject{"pgbouncer": jsonObject{"server_lifetime": 1}}, "less than 60"},
		{pg, jsonObject{"pgbouncer": jsonObject{"ignore_startup_parameters": []any{"a"}}}, "none of"},
		{a.cluster("advanced_pg", nil), jsonObject{"timezone": "UTC"}, "invalid config"},
	} {
		a.refused(422, tt.want, "PATCH", tt.path+"/config", jsonObject{"config": tt.config})
	}
	a.do(200, "PATCH", mysql+"/config", jsonObject{"config": jsonObject{"sql_mode": "ANSI", "backup_hour": 3, "innodb_ft_user_stopword_table": nil}})
	a.do(200, "PATCH", mysql+"/config", jsonObject{"config": jsonObject{"backup_minute": 30}})
	out := a.do(200, "GET", mysql+"/config", nil)
	a.expect(out, 3, "config", "backup_hour")
	a.expect(out, 30, "config", "backup_minute")
	a.expect(a.do(200, "GET", mysql+"/sql_mode", nil), "ANSI", "sql_mode")
	a.do(204, "PUT", valkey+"/eviction_policy", jsonObject{"eviction_policy": "allkeys_lru"})
	out = a.do(200, "GET", valkey+"/config", nil)
	a.expect(out, "allkeys_lru", "config", "valkey_maxmemory_policy")
	a.expect(out, 300, "config", "valkey_timeout")
}

func TestUserSettings(t *testing.T) {
	a := newAccount(t, Options{})
	acl := func(id, topic, permission string) jsonObject {
		return jsonObject{"id": id, "topic": topic, "permission": permission}
	}
	kafka := a.cluster("kafka", nil)
	a.refused(422, "acl", "POST", kafka+"/users", jsonObject{"name": "u", "settings": jsonObject{"acl": []any{acl("", "t", "all")}}})
	a.refused(422, "PostgreSQL", "POST", kafka+"/users", jsonObject{"name": "u", "settings": jsonObject{"pg_allow_replication": true}})
	out := a.do(201, "POST", kafka+"/users", jsonObject{"name": "u", "settings": jsonObject{"acl": []any{acl("", "t", "produce"), acl("", "v", "consume")}}})
	if !strings.Contains(at(out, "user", "access_cert").(string), "BEGIN CERTIFICATE") {
		t.Error("a user of Kafka has no certificate")
	}
	kept := at(out, "user", "settings", "acl", 1, "id").(string)
	a.do(201, "PUT", kafka+"/users/u", jsonObject{"settings": jsonObject{"acl": []any{acl(kept, "v", "admin")}}})
	out = a.do(200, "GET", kafka+"/users/u", nil)
	a.expect(out, kept, "user", "settings", "acl", 0, "id")
	a.expect(out, "admin", "user", "settings", "acl", 0, "permission")

	mongo := a.cluster("mongodb", nil)
	role := func(name string) jsonObject {
		return jsonObject{"mongo_user_settings": jsonObject{"databases": []string{"d"}, "role": name}}
	}
	a.refused(422, "role", "POST", mongo+"/users", jsonObject{"name": "u", "settings": role("owner")})
	out = a.do(201, "POST", mongo+"/users", jsonObject{"name": "u", "settings": role("readOnly")})
	if at(out, "user", "password") == nil {
		t.Error("the create tells no password")
	}
	if _, told := a.do(200, "GET", mongo+"/users/u", nil)["user"].(jsonObject)["password"]; told {
		t.Error("MongoDB tells a password twice")
	}
	search := a.cluster("opensearch", nil)
	a.refused(422, "opensearch_acl", "POST", search+"/users", jsonObject{"name": "u", "settings": jsonObject{"opensearch_acl": []any{jsonObject{"index": "i", "permission": "own"}}}})
	a.do(201, "POST", search+"/users", jsonObject{"name": "u", "settings": jsonObject{"opensearch_acl": []any{jsonObject{"index": "i", "permission": "read"}}}})
}

func TestTokensWithoutCredentials(t *testing.T) {
	a := newAccount(t, Options{NoCredentials: true})
	path := a.cluster("pg", nil)
	a.do(201, "POST", path+"/users", jsonObject{"name": "u"})
	a.do(201, "POST", path+"/pools", jsonObject{"name": "app", "mode": "session", "size": 1, "db": "defaultdb", "user": "u"})
	for _, part := range []string{"", "/users", "/users/u", "/pools", "/pools/app"} {
		if text := fmt.Sprint(a.do(200, "GET", path+part, nil)); strings.Contains(text, "AVNS_") {
			t.Errorf("%s shows a password: %s", part, text)
		}
	}
}

func TestMetricsCredentials(t *testing.T) {
	a := newAccount(t, Options{})
	a.expect(a.do(200, "GET", "/v2/databases/metrics/credentials", nil), "metrics", "credentials", "basic_auth_username")
	a.refused(422, "required", "PUT", "/v2/databases/metrics/credentials", jsonObject{"credentials": jsonObject{"basic_auth_username": "m"}})
	a.do(204, "PUT", "/v2/databases/metrics/credentials", jsonObject{"credentials": jsonObject{"basic_auth_username": "m", "basic_auth_password": "p"}})
	a.expect(a.do(200, "GET", "/v2/databases/metrics/credentials", nil), "p", "credentials", "basic_auth_password")
}

func TestOnlineMigrations(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	path := a.cluster("mysql", nil) + "/online-migration"
	source := func(password string) jsonObject {
		return jsonObject{"source": jsonObject{"host": "db.example.com", "port": 3306, "dbname": "d", "username": "root", "password": password}}
	}
	a.do(404, "GET", path, nil)
	a.refused(422, "invalid source", "PUT", path, source(""))
	a.do(200, "PUT", path, source(wrongPassword))
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "error", "status")
	id := at(a.do(200, "PUT", path, source("right")), "id").(string)
	a.refused(422, "running already", "PUT", path, source("right"))
	a.expect(a.do(200, "GET", path, nil), "running", "status")
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "syncing", "status")
	a.do(404, "DELETE", path+"/other", nil)
	a.do(204, "DELETE", path+"/"+id, nil)
	a.do(404, "GET", path, nil)
	a.refused(422, "not available", "PUT", a.cluster("kafka", nil)+"/online-migration", source("right"))
}
