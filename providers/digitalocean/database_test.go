package digitalocean

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

func TestCheckDatabaseClusterOfEachEngine(t *testing.T) {
	good := databaseCluster{Name: "ml", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	for name, tc := range map[string]struct {
		engine string
		nodes  int
		want   string // part of the error, "" for none
	}{
		"one node of PostgreSQL":      {"pg", 1, ""},
		"redis counts as valkey":      {"redis", 3, ""},
		"four nodes of MySQL":         {"mysql", 4, "1, 2 or 3 nodes"},
		"no node":                     {"pg", 0, "node_count 0"},
		"one node of Kafka":           {"kafka", 1, "3, 6, 9 or 15"},
		"fifteen nodes of Kafka":      {"kafka", 15, ""},
		"two nodes of MongoDB":        {"mongodb", 2, "1 or 3"},
		"six nodes of OpenSearch":     {"opensearch", 6, ""},
		"two nodes of advanced MySQL": {"advanced_mysql", 2, "1 or 3"},
		"two nodes of advanced pg":    {"advanced_pg", 2, ""},
		"an engine that there is not": {"oracle", 1, `engine "oracle" is none of pg, mysql`},
	} {
		x := good
		x.Engine, x.NodeCount = tc.engine, tc.nodes
		checkError(t, name, checkDatabaseCluster(nil, x), tc.want)
	}
}

func TestCheckPartsOfDatabases(t *testing.T) {
	pool := databasePool{Name: "app", Mode: "session", Size: 1}
	topic := databaseTopic{Name: "t", PartitionCount: 3, ReplicationFactor: 2}
	config := func(c topicConfig) databaseTopic {
		x := topic
		x.Config = []topicConfig{c}
		return x
	}
	more := topic
	more.PartitionCount = 6
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"pool":                          {checkDatabasePool(nil, pool), ""},
		"pool with a short name":        {checkDatabasePool(nil, databasePool{Name: "ab", Mode: "session", Size: 1}), "3 to 60"},
		"pool of no mode":               {checkDatabasePool(nil, databasePool{Name: "app", Mode: "none", Size: 1}), `mode "none"`},
		"pool of nothing":               {checkDatabasePool(nil, databasePool{Name: "app", Mode: "session"}), "size 0"},
		"topic":                         {checkDatabaseTopic(nil, topic), ""},
		"topic that grows":              {checkDatabaseTopic(&topic, more), ""},
		"topic that shrinks":            {checkDatabaseTopic(&more, topic), "partition_count = 6"},
		"topic on one node":             {checkDatabaseTopic(nil, databaseTopic{PartitionCount: 3, ReplicationFactor: 1}), "replication_factor"},
		"topic that keeps for ever":     {checkDatabaseTopic(nil, config(topicConfig{RetentionMS: new("-1")})), ""},
		"topic that keeps some time":    {checkDatabaseTopic(nil, config(topicConfig{RetentionMS: new("a week")})), `"a week" is not a number`},
		"topic that is cleaned oddly":   {checkDatabaseTopic(nil, config(topicConfig{CleanupPolicy: new("burn")})), "cleanup_policy"},
		"topic that is all duplicates":  {checkDatabaseTopic(nil, config(topicConfig{MinCleanableDirtyRatio: new(1.5)})), "at most 1"},
		"replica that shrinks":          {checkDatabaseReplica(&databaseReplica{Name: "r", Size: "s", StorageSizeMiB: "20480"}, databaseReplica{Name: "r", Size: "s", StorageSizeMiB: "10240"}), "cannot shrink"},
		"replica with half a disk":      {checkDatabaseReplica(nil, databaseReplica{StorageSizeMiB: "some"}), "not a number"},
		"replica with a tag of ours":    {checkDatabaseReplica(nil, databaseReplica{Tags: []string{providers.TokenPrefix + "1"}}), "mlinfra's own"},
		"rule for an IPv6 address":      {checkSource("ip_addr", "2001:db8::1"), "not an IPv4"},
		"rule for a range":              {checkSource("ip_addr", "10.0.0.0/8"), ""},
		"rule for a planet":             {checkSource("planet", "mars"), "none of ip_addr"},
		"user of Kafka with all rights": {userSettings{ACL: []kafkaACL{{Topic: "t", Permission: "all"}}}.check(), `permission "all"`},
		"user of OpenSearch":            {userSettings{OpenSearchACL: []openSearchACL{{Index: "i", Permission: "readwrite"}}}.check(), ""},
		"user of MongoDB":               {userSettings{MongoUserSettings: []mongoSettings{{Role: "owner"}}}.check(), `role "owner"`},
	} {
		checkError(t, name, tc.err, tc.want)
	}
}

func TestCheckKnobs(t *testing.T) {
	for name, tc := range map[string]struct {
		x    any
		want string
	}{
		"nothing is set":             {redisConfig{}, ""},
		"at the bound":               {redisConfig{cacheSettings: cacheSettings{IOThreads: new(32)}}, ""},
		"above the bound":            {redisConfig{cacheSettings: cacheSettings{IOThreads: new(33)}}, "io_threads is 33, and at most 32"},
		"zero below the bound":       {redisConfig{cacheSettings: cacheSettings{IOThreads: new(0)}}, "at least 1"},
		"one of the choices":         {redisConfig{cacheSettings: cacheSettings{Persistence: new("off")}}, ""},
		"none of the choices":        {redisConfig{cacheSettings: cacheSettings{Persistence: new("aof")}}, "none of off, rdb"},
		"a policy with dashes":       {redisConfig{MaxmemoryPolicy: new("allkeys-lru")}, ""},
		"a policy with underscores":  {valkeyConfig{ValkeyMaxmemoryPolicy: new("allkeys_lru")}, ""},
		"a policy that there is not": {valkeyConfig{ValkeyMaxmemoryPolicy: new("allkeys_lfu")}, "none of"},
		"a fraction":                 {mysqlConfig{LongQueryTime: new(0.5)}, ""},
		"a number as text":           {kafkaConfig{LogRetentionMS: new("-1")}, ""},
		"a number as text, too low":  {kafkaConfig{LogRetentionMS: new("-2")}, "at least -1"},
		"a bound of a nested block":  {postgresConfig{Pgbouncer: []pgbouncerConfig{{ServerLifetime: new(1)}}}, "pgbouncer: server_lifetime is 1"},
		"no bound but one":           {postgresConfig{MaxConnections: new(1 << 40)}, ""},
		"the lower one of that":      {postgresConfig{MaxConnections: new(24)}, "at least 25"},
	} {
		checkError(t, name, checkKnobs(reflect.ValueOf(tc.x)), tc.want)
	}
}

func TestKnobsThereAndBack(t *testing.T) {
	want := postgresConfig{
		JIT: new(false), Timezone: new(""), BackupHour: new(0), AutovacuumVacuumScaleFactor: new(0.25), PgStatStatementsTrack: new("top"),
		Pgbouncer: []pgbouncerConfig{{MinPoolSize: new(0), IgnoreStartupParameters: []string{"search_path"}}},
	}
	raw, err := json.Marshal(knobValues(reflect.ValueOf(want)))
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"autovacuum_vacuum_scale_factor":0.25,"backup_hour":0,"jit":false,"pg_stat_statements.track":"top","pgbouncer":{"ignore_startup_parameters":["search_path"],"min_pool_size":0},"timezone":""}`
	if diff := cmp.Diff(text, string(raw)); diff != "" {
		t.Errorf("for the API (-want +got):\n%s", diff)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	have := postgresConfig{MaxConnections: new(5)} // not shown, so not set
	if err := fillKnobs(reflect.ValueOf(&have).Elem(), got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	var topic topicConfig
	answer := map[string]json.RawMessage{"flush_ms": []byte("9223372036854775807"), "preallocate": []byte("null"), "min_insync_replicas": []byte("2"), "new": []byte("1")}
	if err := fillKnobs(reflect.ValueOf(&topic).Elem(), answer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(topicConfig{FlushMS: new("9223372036854775807"), MinInsyncReplicas: 2}, topic); diff != "" {
		t.Errorf("topic (-want +got):\n%s", diff)
	}
	var odd mysqlConfig
	answer = map[string]json.RawMessage{"backup_hour": []byte("3.0"), "group_concat_max_len": []byte("18446744073709551615")}
	if err := fillKnobs(reflect.ValueOf(&odd).Elem(), answer); err != nil || *odd.BackupHour != 3 || *odd.GroupConcatMaxLen != 1<<62 {
		t.Errorf("whole numbers in other forms: %v, %v", odd, err)
	}
}

func TestSettingsOfRedisAreThoseOfValkey(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	cluster := databaseCluster{Name: "cache", Engine: "valkey", Version: "8", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	if err := createDatabaseCluster(ctx, c, &cluster, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	x := redisConfig{ClusterID: cluster.ID, MaxmemoryPolicy: new("allkeys-lru"), cacheSettings: cacheSettings{Timeout: new(0)}}
	if err := redisConfigType.Create(ctx, c, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	got := redisConfig{ID: x.ID}
	if err := redisConfigType.Read(ctx, c, &got); err != nil || *got.MaxmemoryPolicy != "allkeys_lru" || *got.Timeout != 0 {
		t.Errorf("read %v with the policy %q, timeout %d", err, *got.MaxmemoryPolicy, *got.Timeout)
	}
	if redisConfigType.Spell(x, &got); *got.MaxmemoryPolicy != "allkeys-lru" {
		t.Errorf("the policy is spelled %q, want the user's dashes", *got.MaxmemoryPolicy)
	}
	want := map[string]any{"redis_maxmemory_policy": "volatile-ttl"}
	if got := theirs(map[string]json.RawMessage{"redis_ssl": nil}, map[string]any{"redis_maxmemory_policy": "volatile_ttl"}); !reflect.DeepEqual(got, want) {
		t.Errorf("Redis is sent %v, want %v", got, want)
	}
}

// interposed lets f see each request after a fake has answered it.
func interposed(next http.Handler, f func(r *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		f(r)
	})
}

func TestOnlySettingsThatChangeAreSent(t *testing.T) {
	var bodies []string
	cloud := fake.New(fake.Options{}).Handler()
	c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, strings.TrimSpace(string(body)))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		cloud.ServeHTTP(w, r)
	}))
	ctx := t.Context()
	cluster := databaseCluster{Name: "cache", Engine: "valkey", Version: "8", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	if err := createDatabaseCluster(ctx, c, &cluster, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	was := valkeyConfig{ClusterID: cluster.ID, cacheSettings: cacheSettings{SSL: new(true), Timeout: new(60)}} // SSL is on already
	if err := valkeyConfigType.Create(ctx, c, &was, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	want := was
	want.IOThreads = new(2)
	for range 2 {
		x := want
		if err := valkeyConfigType.Update(ctx, c, was, &x); err != nil || *x.IOThreads != 2 || *x.Timeout != 60 {
			t.Fatalf("update: %v, %+v", err, x)
		}
	}
	if diff := cmp.Diff([]string{`{"config":{"valkey_timeout":60}}`, `{"config":{"valkey_io_threads":2}}`}, bodies); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestRuleIsMergedAnewWhenSomebodyElseOverwritesIt(t *testing.T) {
	for name, tc := range map[string]struct {
		losses int // how often somebody puts back what was there before
		want   string
	}{
		"never":           {0, ""},
		"once":            {1, ""},
		"three times":     {3, ""},
		"again and again": {100, "somebody else goes on replacing"},
	} {
		losses, before := tc.losses, ""
		cloud := fake.New(fake.Options{}).Handler()
		c := clientOf(t, interposed(cloud, func(r *http.Request) {
			if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/firewall") || before == "" || losses == 0 {
				return
			}
			losses--
			other := httptest.NewRequest(http.MethodPut, r.URL.Path, strings.NewReader(before))
			other.Header = r.Header
			cloud.ServeHTTP(httptest.NewRecorder(), other)
		}))
		ctx := t.Context()
		cluster := databaseCluster{Name: "main", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
		if err := createDatabaseCluster(ctx, c, &cluster, providers.Attempt{}); err != nil {
			t.Fatal(err)
		}
		theirs := trustedSource{Type: "ip_addr", Value: "192.0.2.1", Description: "theirs"}
		if err := putTrustedSources(ctx, c, cluster.ID, []trustedSource{theirs}); err != nil {
			t.Fatal(err)
		}
		before = `{"rules":[{"type":"ip_addr","value":"192.0.2.1","description":"theirs"}]}`
		x := databaseFirewallRule{ClusterID: cluster.ID, Type: "ip_addr", Value: "192.0.2.2"}
		err := createDatabaseFirewallRule(ctx, c, &x, providers.Attempt{})
		checkError(t, name, err, tc.want)
		rules, _ := trustedSources(ctx, c, cluster.ID)
		if kept, _ := findSource(rules, theirs); kept.Description != "theirs" {
			t.Errorf("%s: the rule of somebody else is now %+v", name, kept)
		}
		if _, there := findSource(rules, x.source()); there != (tc.want == "") {
			t.Errorf("%s: the rule is there: %t", name, there)
		}
	}
}

func TestMergeKeepsTheRest(t *testing.T) {
	a := trustedSource{UUID: "1", Type: "ip_addr", Value: "a", Description: "first"}
	b := trustedSource{UUID: "2", Type: "tag", Value: "b"}
	n := trustedSource{Type: "ip_addr", Value: "n"}
	renamed := a
	renamed.Description = "other"
	for name, tc := range map[string]struct {
		drop, add *trustedSource
		want      []trustedSource
	}{
		"added":             {nil, &n, []trustedSource{a, b, n}},
		"there already":     {nil, &a, []trustedSource{a, b}},
		"taken away":        {&a, nil, []trustedSource{b}},
		"never was there":   {&n, nil, []trustedSource{a, b}},
		"put in its place":  {&a, &n, []trustedSource{b, n}},
		"other description": {&a, &renamed, []trustedSource{renamed, b}},
	} {
		rules := []trustedSource{a, b}
		if got, _ := merge(rules, tc.drop, tc.add); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		if !slices.Equal(rules, []trustedSource{a, b}) {
			t.Errorf("%s: what was read has changed", name)
		}
	}
}

func TestFirewallKeepsDescriptionsOfRulesThatStay(t *testing.T) {
	old := []trustedSource{{UUID: "1", Type: "ip_addr", Value: "a", Description: "by hand"}, {UUID: "2", Type: "tag", Value: "b"}}
	got := sourcesOf([]databaseFirewallBlock{{Type: "tag", Value: "c"}, {Type: "ip_addr", Value: "a"}}, old)
	if want := []trustedSource{{Type: "tag", Value: "c"}, old[0]}; !slices.Equal(got, want) {
		t.Errorf("rules %+v, want %+v", got, want)
	}
}

func TestReplicaThatIsNotFoundMayHaveBeenMade(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c := clientOf(t, fake.New(fake.Options{ReplicaLag: time.Minute, Clock: func() time.Time { return now }}).Handler())
	ctx := t.Context()
	cluster := databaseCluster{Name: "main", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	if err := createDatabaseCluster(ctx, c, &cluster, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	a := providers.Attempt{Token: providers.TokenPrefix + "1", Owner: "l"}
	x := databaseReplica{ClusterID: cluster.ID, Name: "copy", Size: "db-s-1vcpu-1gb"}
	err := createDatabaseReplica(ctx, c, &x, a)
	if kind := classify(err).Kind; kind != providers.Transient {
		t.Fatalf("create: %v of kind %d, want one whose effect is unknown", err, kind)
	}
	if found, err := findDatabaseReplica(ctx, c, &x, a); found || err != nil {
		t.Errorf("at once it is found: %t, %v", found, err)
	}
	now = now.Add(time.Minute)
	if found, err := findDatabaseReplica(ctx, c, &x, a); !found || err != nil || x.UUID == "" || x.Owner != "l" {
		t.Errorf("later it is found: %t, %v: %+v", found, err, x)
	}
	nowhere := databaseReplica{ClusterID: "245bcfd0-7f31-4ce6-a2bc-475a116cca97", Name: "copy", Size: "db-s-1vcpu-1gb"}
	if err := createDatabaseReplica(ctx, c, &nowhere, a); classify(err).Kind != providers.Gone {
		t.Errorf("in a cluster that there is not: %v, want that it does not exist", err)
	}
}

func TestRefusalsOfDatabasesThatEndByThemselves(t *testing.T) {
	for name, tc := range map[string]struct {
		path, message string
		status        int
		kind          providers.Kind
		lasts         time.Duration
	}{
		"a cluster that is not online":    {"/v2/databases/1/dbs", "cluster is not online: resizing", 409, providers.Busy, 30 * time.Minute},
		"a precondition, whatever it is":  {"/v2/databases/1/replicas", "no", 412, providers.Busy, 30 * time.Minute},
		"a precondition of others":        {"/v2/projects/1/resources", "Cannot move", 412, providers.Fatal, 0},
		"a name that is taken":            {"/v2/databases/1/dbs", "database name is not available", 422, providers.Fatal, 0},
		"a droplet that is being changed": {"/v2/droplets/1/actions", "Droplet already has a pending event.", 422, providers.Busy, 0},
	} {
		req := httptest.NewRequest(http.MethodPost, "https://api.digitalocean.com"+tc.path, nil)
		resp := &http.Response{StatusCode: tc.status, Request: req, Header: http.Header{"Content-Type": {"application/json"}}}
		v := classify(&godo.ErrorResponse{Response: resp, Message: tc.message})
		if v.Kind != tc.kind || v.Lasts != tc.lasts {
			t.Errorf("%s: kind %d for %s, want %d for %s", name, v.Kind, v.Lasts, tc.kind, tc.lasts)
		}
	}
}

func TestWhatATokenMayNotSeeStays(t *testing.T) {
	cluster := databaseCluster{Host: "h", Password: "p", User: "u", URI: "pg://u:p@h", PrivateURI: "pg://u:p@i"}
	x := databaseCluster{Host: "h", URI: "pg://h"}
	if spellDatabaseCluster(cluster, &x); x.URI != cluster.URI || x.Password != "p" || x.User != "u" {
		t.Errorf("cluster: %+v", x)
	}
	moved := databaseCluster{Host: "other", URI: "pg://other"}
	if spellDatabaseCluster(cluster, &moved); moved.URI != "pg://other" || moved.Password != "p" {
		t.Errorf("cluster that has moved: %+v", moved)
	}
	seen := databaseCluster{Host: "h", URI: "pg://u:q@h", Password: "q"}
	if spellDatabaseCluster(cluster, &seen); seen.Password != "q" || seen.URI != "pg://u:q@h" {
		t.Errorf("cluster with a new password: %+v", seen)
	}
	pool := databasePool{User: "v"}
	if spellDatabasePool(databasePool{User: "u", Password: "p"}, &pool); pool.Password != "" {
		t.Error("a pool of another user keeps the password")
	}
	if withoutCredentials("") == "" || withoutCredentials("p") != "" {
		t.Error("the warning does not go by the password")
	}
}

func TestRightsInTheOrderOfTheUser(t *testing.T) {
	was := databaseUser{Settings: []userSettings{{ACL: []kafkaACL{{ID: "1", Topic: "b", Permission: "consume"}, {ID: "2", Topic: "a", Permission: "produce"}}}}}
	got := (&userView{DatabaseUser: godo.DatabaseUser{Name: "u"}, Settings: &userSettingsView{ACL: []godo.KafkaACL{
		{ID: "3", Topic: "new", Permission: "Produce_Consume"}, {ID: "2", Topic: "a", Permission: "produce"}, {ID: "1", Topic: "b", Permission: "consume"},
	}}})
	var x databaseUser
	x.fill("c", got)
	spellDatabaseUser(was, &x)
	want := []kafkaACL{{ID: "1", Topic: "b", Permission: "consume"}, {ID: "2", Topic: "a", Permission: "produce"}, {ID: "3", Topic: "new", Permission: "produceconsume"}}
	if diff := cmp.Diff(want, x.Settings[0].ACL); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	silent := databaseUser{}
	if spellDatabaseUser(was, &silent); !reflect.DeepEqual(silent.Settings, was.Settings) {
		t.Errorf("an answer without settings leaves %+v", silent.Settings)
	}
}

func TestReplicationOfPostgreSQL(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	cluster := databaseCluster{Name: "main", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	if err := createDatabaseCluster(ctx, c, &cluster, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	x := databaseUser{ClusterID: cluster.ID, Name: "u"}
	if err := createDatabaseUser(ctx, c, &x, providers.Attempt{}); err != nil || *x.Settings[0].PGAllowReplication {
		t.Fatalf("create: %v, %+v", err, x.Settings)
	}
	was, want := x, x
	want.Settings = []userSettings{{PGAllowReplication: new(true)}}
	if err := updateDatabaseUser(ctx, c, was, &want); err != nil || !*want.Settings[0].PGAllowReplication {
		t.Errorf("update: %v, %+v", err, want.Settings)
	}
}

func TestImportOfDatabaseParts(t *testing.T) {
	for id, want := range map[string]string{
		"c/ip_addr/10.0.0.0/8": "c ip_addr 10.0.0.0/8",
		"c/tag/web":            "c tag web",
		"c/tag":                "",
		"c":                    "",
	} {
		x, err := importDatabaseFirewallRule(id)
		got := strings.TrimSpace(x.ClusterID + " " + x.Type + " " + x.Value)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", id, got, err, want)
		}
	}
	for id, want := range map[string]string{"c": "c/redis-config", "c/redis-config": "c/redis-config", "c/mysql-config": "", "": ""} {
		x, err := redisConfigType.Import(id)
		if (err == nil) != (want != "") || err == nil && x.ID != want {
			t.Errorf("%q is %q, %v; want %q", id, x.ID, err, want)
		}
	}
	if _, err := databasePoolType.Import("c"); err == nil || errors.Is(err, providers.ErrGone) {
		t.Errorf("a pool without a name: %v", err)
	}
}
