package fake

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"testing"
	"time"
)

const allSQL = "/v1/projects/offline/instances"

// sqlBody is a small instance, with changes to its settings.
func sqlBody(version string, settings jsonObject) jsonObject {
	s := jsonObject{"tier": "db-f1-micro", "edition": "ENTERPRISE"}
	for k, v := range settings {
		s[k] = v
	}
	return jsonObject{"name": "db", "region": "europe-west1", "databaseVersion": version, "settings": s}
}

// sqlDo is a change that waits for its operation.
func (w *world) sqlDo(method, path string, body any) {
	w.t.Helper()
	o := w.do(200, method, path, body)
	w.expect(o, "sql#operation", "kind")
	w.clock.Advance(max(w.o.DBReady, w.o.Settle))
	w.expect(w.get("/v1/projects/offline/operations/"+fmt.Sprint(o["name"])), "DONE", "status")
}

func TestSQLInstance(t *testing.T) {
	w := newWorld(t, Options{DBReady: 5 * time.Minute, Settle: time.Minute})
	w.do(200, "POST", allSQL, sqlBody("POSTGRES_15", nil))
	one := allSQL + "/db"
	i := w.get(one)
	w.expect(i, "PENDING_CREATE", "state")
	w.expect(i, nil, "ipAddresses")
	w.refused(409, "operationInProgress", "already in progress", "PATCH", one, jsonObject{})
	w.refused(409, "operationInProgress", "", "POST", one+"/databases", jsonObject{"name": "app"})
	w.clock.Advance(5 * time.Minute)
	i = w.get(one)
	for _, c := range []struct {
		want any
		path []any
	}{
		{"RUNNABLE", []any{"state"}}, {"PRIMARY", []any{"ipAddresses", 0, "type"}}, {"offline:europe-west1:db", []any{"connectionName"}},
		{"10", []any{"settings", "dataDiskSizeGb"}}, {"ZONAL", []any{"settings", "availabilityType"}}, {"1", []any{"settings", "settingsVersion"}},
	} {
		w.expect(i, c.want, c.path...)
	}
	block, _ := pem.Decode([]byte(fmt.Sprint(walk(i, "serverCaCert", "cert"))))
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		t.Errorf("the certificate: %v", err)
	}
	w.sqlDo("PATCH", one, jsonObject{"settings": jsonObject{"dataDiskSizeGb": "20", "deletionProtectionEnabled": true}})
	i = w.get(one)
	w.expect(i, "20", "settings", "dataDiskSizeGb")
	w.expect(i, "db-f1-micro", "settings", "tier")
	w.refused(400, "invalid", "cannot be decreased", "PATCH", one, jsonObject{"settings": jsonObject{"dataDiskSizeGb": "10"}})
	w.refused(412, "staleData", "Condition does not match", "PATCH", one, jsonObject{"settings": jsonObject{"settingsVersion": "1"}})
	w.refused(400, "invalid", "The instance is protected", "DELETE", one, nil)
	settings := i["settings"].(jsonObject)
	settings["deletionProtectionEnabled"] = false
	w.sqlDo("PUT", one, jsonObject{"settings": settings})
	w.refused(400, "invalid", "region", "PATCH", one, jsonObject{"region": "us-east1"})
	w.refused(400, "invalid", "database version", "PATCH", one, jsonObject{"databaseVersion": "POSTGRES_14"})
	w.sqlDo("PATCH", one, jsonObject{"databaseVersion": "POSTGRES_16"})
	w.sqlDo("POST", one+"/restart", nil)
	w.do(200, "DELETE", one, nil)
	w.expect(w.get(one), "PENDING_DELETE", "state")
	w.clock.Advance(time.Minute)
	w.refused(404, "instanceDoesNotExist", "", "GET", one, nil)
	w.inventory()
	w.refused(409, "instanceAlreadyExists", "one week", "POST", allSQL, sqlBody("POSTGRES_15", nil))
	w.clock.Advance(7*24*time.Hour - time.Second)
	w.refused(409, "instanceAlreadyExists", "one week", "POST", allSQL, sqlBody("POSTGRES_15", nil))
	w.clock.Advance(time.Second)
	w.do(200, "POST", allSQL, sqlBody("POSTGRES_15", nil))
}

func TestSQLRefusals(t *testing.T) {
	w := newWorld(t, Options{})
	for _, c := range []struct {
		name, version, want string
		settings            jsonObject
	}{
		{"an unknown version", "ORACLE_8", "databaseVersion", nil},
		{"a small tier in the large edition", "POSTGRES_16", "Invalid Tier (db-f1-micro) for (ENTERPRISE_PLUS) Edition", jsonObject{"edition": ""}},
		{"a MySQL tier for PostgreSQL", "POSTGRES_15", "Invalid Tier", jsonObject{"tier": "db-n1-standard-1"}},
		{"an odd number of CPUs", "POSTGRES_15", "Invalid Tier", jsonObject{"tier": "db-custom-3-7680"}},
		{"little memory", "POSTGRES_15", "Invalid Tier", jsonObject{"tier": "db-custom-8-3840"}},
		{"a small disk", "POSTGRES_15", "Disk size", jsonObject{"dataDiskSizeGb": "5"}},
		{"high availability without backups", "POSTGRES_15", "automated backups", jsonObject{"availabilityType": "REGIONAL"}},
		{"high availability without a log", "MYSQL_8_0", "binary logging", jsonObject{"availabilityType": "REGIONAL", "backupConfiguration": jsonObject{"enabled": true}}},
		{"a binary log of PostgreSQL", "POSTGRES_15", "Binary logging", jsonObject{"backupConfiguration": jsonObject{"enabled": true, "binaryLogEnabled": true}}},
		{"a time that is not one", "POSTGRES_15", "start time", jsonObject{"backupConfiguration": jsonObject{"startTime": "4 o'clock"}}},
		{"no address", "POSTGRES_15", "At least one of Public IP", jsonObject{"ipConfiguration": jsonObject{"ipv4Enabled": false}}},
		{"a network without a connection", "POSTGRES_15", "SERVICE_NETWORKING_NOT_ENABLED", jsonObject{"ipConfiguration": jsonObject{"privateNetwork": "projects/offline/global/networks/default"}}},
		{"a private authorized network", "POSTGRES_15", "Non-routable", jsonObject{"ipConfiguration": jsonObject{"authorizedNetworks": []any{jsonObject{"value": "10.0.0.0/8"}}}}},
		{"an unknown flag", "POSTGRES_15", "Invalid flag", jsonObject{"databaseFlags": []any{jsonObject{"name": "slow_query_log", "value": "on"}}}},
		{"a flag value that does not fit", "POSTGRES_15", "Invalid flag value", jsonObject{"databaseFlags": []any{jsonObject{"name": "max_connections", "value": "many"}}}},
		{"a day that is not one", "POSTGRES_15", "maintenance window", jsonObject{"maintenanceWindow": jsonObject{"day": 8, "hour": 1}}},
		{"a cache in the small edition", "POSTGRES_15", "data cache", jsonObject{"dataCacheConfig": jsonObject{"dataCacheEnabled": true}}},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(400, "invalid", c.want, "POST", allSQL, sqlBody(c.version, c.settings)) })
	}
	body := sqlBody("POSTGRES_15", nil)
	body["name"] = "DB"
	w.refused(400, "invalid", "Invalid instance name", "POST", allSQL, body)
	delete(body, "settings")
	body["name"] = "db"
	w.refused(400, "required", "settings", "POST", allSQL, body)
	w.inventory()
}

func TestSQLDatabasesAndUsers(t *testing.T) {
	for _, c := range []struct{ version, own, admin, taken, user string }{
		{"POSTGRES_15", "postgres", "postgres", `database "app" already exists`, "app"},
		{"MYSQL_8_0", "information_schema", "root", "Error 1007", "app@%"},
	} {
		t.Run(c.version, func(t *testing.T) {
			w := newWorld(t, Options{Settle: time.Minute})
			w.sqlDo("POST", allSQL, sqlBody(c.version, nil))
			one := allSQL + "/db"
			w.expect(w.get(one+"/databases"), c.own, "items", 0, "name")
			w.expect(w.get(one+"/users"), c.admin, "items", 0, "name")
			w.sqlDo("POST", one+"/databases", jsonObject{"name": "app"})
			w.refused(400, "invalid", c.taken, "POST", one+"/databases", jsonObject{"name": "app"})
			w.refused(404, "notFound", "", "GET", one+"/databases/none", nil)
			w.refused(400, "invalid", "", "DELETE", one+"/databases/"+c.own, nil)
			w.sqlDo("POST", one+"/users", jsonObject{"name": "app", "password": "secret"})
			u := w.get(one + "/users/app")
			w.expect(u, nil, "password")
			w.sqlDo("PUT", one+"/users?name=app", jsonObject{"name": "app", "password": "other"})
			w.refused(404, "notFound", "", "PUT", one+"/users?name=none", jsonObject{"password": "x"})
			w.refused(400, "invalid", "IAM authentication", "POST", one+"/users", jsonObject{"name": "a@x.com", "type": "CLOUD_IAM_USER"})
			w.inventory("sql_database projects/offline/instances/db/app app", "sql_instance projects/offline/instances/db db",
				"sql_user projects/offline/instances/db/"+c.user+" app")
			w.do(200, "DELETE", one+"/users?name=app", nil)
			w.refused(409, "operationInProgress", "", "DELETE", one+"/databases/app", nil)
			w.clock.Advance(time.Minute)
			w.sqlDo("DELETE", one+"/databases/app", nil)
			w.sqlDo("PATCH", one, jsonObject{"settings": jsonObject{"activationPolicy": "NEVER"}})
			w.refused(400, "invalid", "not running", "GET", one+"/databases", nil)
			list := w.get("/v1/projects/offline/operations?instance=db&maxResults=1")
			w.expect(list, "UPDATE", "items", 0, "operationType")
			list = w.get("/v1/projects/offline/operations?instance=db&maxResults=1&pageToken=" + fmt.Sprint(list["nextPageToken"]))
			w.expect(list, "DELETE_DATABASE", "items", 0, "operationType")
		})
	}
}

func TestSQLReplica(t *testing.T) {
	w := newWorld(t, Options{})
	w.sqlDo("POST", allSQL, sqlBody("POSTGRES_15", nil))
	replica := sqlBody("POSTGRES_15", nil)
	replica["name"], replica["masterInstanceName"] = "copy", "db"
	w.refused(400, "invalid", "backups", "POST", allSQL, replica)
	w.sqlDo("PATCH", allSQL+"/db", jsonObject{"settings": jsonObject{"backupConfiguration": jsonObject{"enabled": true}}})
	w.sqlDo("POST", allSQL, replica)
	w.expect(w.get(allSQL+"/db"), "copy", "replicaNames", 0)
	w.refused(400, "invalid", "replica", "DELETE", allSQL+"/db", nil)
	w.expect(w.get(allSQL+"?filter=name%3Acopy"), "READ_REPLICA_INSTANCE", "items", 0, "instanceType")
}

func TestSQLCatalogue(t *testing.T) {
	w := newWorld(t, Options{Quota: Quota{SQLInstances: -1}})
	w.expect(w.get("/v1/projects/offline/tiers"), "db-f1-micro", "items", 0, "tier")
	w.expect(w.get("/v1/flags?databaseVersion=MYSQL_8_0"), "character_set_server", "items", 0, "name")
	w.refused(403, "quotaExceeded", "max instance", "POST", allSQL, sqlBody("POSTGRES_15", nil))
}
