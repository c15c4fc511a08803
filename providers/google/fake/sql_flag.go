package fake

import (
	"slices"
	"strconv"
	"strings"
)

// sqlFlag is a setting of a database server.
type sqlFlag struct {
	name    string
	engine  string // "MYSQL" or "POSTGRES"
	kind    string // BOOLEAN, INTEGER, FLOAT or STRING
	least   int64
	most    int64
	values  []string // of a STRING; none means any
	restart bool
}

// sqlFlags are some of the real ones.
var sqlFlags = []sqlFlag{
	{"autovacuum", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"autovacuum_max_workers", "POSTGRES", "INTEGER", 1, 262143, nil, true},
	{"cloudsql.enable_pg_cron", "POSTGRES", "BOOLEAN", 0, 0, nil, true},
	{"cloudsql.enable_pgaudit", "POSTGRES", "BOOLEAN", 0, 0, nil, true},
	{"cloudsql.iam_authentication", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"cloudsql.logical_decoding", "POSTGRES", "BOOLEAN", 0, 0, nil, true},
	{"default_transaction_isolation", "POSTGRES", "STRING", 0, 0, []string{"serializable", "repeatable read", "read committed", "read uncommitted"}, false},
	{"effective_cache_size", "POSTGRES", "INTEGER", 1, 2147483647, nil, false},
	{"idle_in_transaction_session_timeout", "POSTGRES", "INTEGER", 0, 2147483647, nil, false},
	{"log_checkpoints", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"log_connections", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"log_disconnections", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"log_lock_waits", "POSTGRES", "BOOLEAN", 0, 0, nil, false},
	{"log_min_duration_statement", "POSTGRES", "INTEGER", -1, 2147483647, nil, false},
	{"log_statement", "POSTGRES", "STRING", 0, 0, []string{"none", "ddl", "mod", "all"}, false},
	{"log_temp_files", "POSTGRES", "INTEGER", -1, 2147483647, nil, false},
	{"maintenance_work_mem", "POSTGRES", "INTEGER", 1024, 2147483647, nil, false},
	{"max_connections", "POSTGRES", "INTEGER", 14, 262143, nil, true},
	{"max_wal_size", "POSTGRES", "INTEGER", 2, 2147483647, nil, false},
	{"random_page_cost", "POSTGRES", "FLOAT", 0, 2147483647, nil, false},
	{"shared_buffers", "POSTGRES", "INTEGER", 16, 2147483647, nil, true},
	{"statement_timeout", "POSTGRES", "INTEGER", 0, 2147483647, nil, false},
	{"temp_file_limit", "POSTGRES", "INTEGER", 1048576, 2147483647, nil, false},
	{"timezone", "POSTGRES", "STRING", 0, 0, nil, false},
	{"work_mem", "POSTGRES", "INTEGER", 64, 2147483647, nil, false},
	{"character_set_server", "MYSQL", "STRING", 0, 0, []string{"utf8", "utf8mb3", "utf8mb4", "latin1", "ascii"}, true},
	{"cloudsql_iam_authentication", "MYSQL", "BOOLEAN", 0, 0, nil, true},
	{"default_time_zone", "MYSQL", "STRING", 0, 0, nil, false},
	{"event_scheduler", "MYSQL", "BOOLEAN", 0, 0, nil, false},
	{"general_log", "MYSQL", "BOOLEAN", 0, 0, nil, false},
	{"group_concat_max_len", "MYSQL", "INTEGER", 4, 17179869184, nil, false},
	{"innodb_buffer_pool_size", "MYSQL", "INTEGER", 5242880, 1 << 40, nil, true},
	{"innodb_lock_wait_timeout", "MYSQL", "INTEGER", 1, 1073741824, nil, false},
	{"local_infile", "MYSQL", "BOOLEAN", 0, 0, nil, false},
	{"log_bin_trust_function_creators", "MYSQL", "BOOLEAN", 0, 0, nil, false},
	{"log_output", "MYSQL", "STRING", 0, 0, []string{"FILE", "TABLE", "NONE"}, false},
	{"long_query_time", "MYSQL", "FLOAT", 0, 30000000, nil, false},
	{"lower_case_table_names", "MYSQL", "INTEGER", 0, 1, nil, true},
	{"max_allowed_packet", "MYSQL", "INTEGER", 16384, 1073741824, nil, false},
	{"max_connections", "MYSQL", "INTEGER", 10, 100000, nil, false},
	{"performance_schema", "MYSQL", "BOOLEAN", 0, 0, nil, true},
	{"skip_show_database", "MYSQL", "BOOLEAN", 0, 0, nil, true},
	{"slow_query_log", "MYSQL", "BOOLEAN", 0, 0, nil, false},
	{"sql_mode", "MYSQL", "STRING", 0, 0, nil, false},
	{"wait_timeout", "MYSQL", "INTEGER", 1, 31536000, nil, false},
}

func findFlag(name, version string) (sqlFlag, bool) {
	i := slices.IndexFunc(sqlFlags, func(f sqlFlag) bool { return f.name == name && strings.HasPrefix(version, f.engine) })
	if i < 0 {
		return sqlFlag{}, false
	}
	return sqlFlags[i], true
}

// accepts tells whether the flag can have the value.
func (f sqlFlag) accepts(value string) bool {
	switch f.kind {
	case "BOOLEAN":
		return value == "on" || value == "off"
	case "INTEGER":
		n, err := strconv.ParseInt(value, 10, 64)
		return err == nil && n >= f.least && n <= f.most
	case "FLOAT":
		x, err := strconv.ParseFloat(value, 64)
		return err == nil && x >= float64(f.least) && x <= float64(f.most)
	}
	return f.values == nil || slices.Contains(f.values, value)
}

func (c *Cloud) listFlags(q *request) (reply, error) {
	wanted := q.URL.Query().Get("databaseVersion")
	var items []map[string]any
	for _, f := range sqlFlags {
		var applies []string
		for _, v := range sqlVersions {
			if strings.HasPrefix(v, f.engine) {
				applies = append(applies, v)
			}
		}
		if wanted != "" && !slices.Contains(applies, wanted) {
			continue
		}
		v := map[string]any{"kind": "sql#flag", "name": f.name, "type": f.kind, "appliesTo": applies, "requiresRestart": f.restart}
		switch f.kind {
		case "INTEGER":
			v["minValue"], v["maxValue"] = int64s(f.least), int64s(f.most)
		case "STRING":
			if f.values != nil {
				v["allowedStringValues"] = f.values
			}
		}
		items = append(items, v)
	}
	return ok(map[string]any{"kind": "sql#flagsList", "items": items})
}
