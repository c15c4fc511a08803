package digitalocean

type mysqlConfig struct {
	ID                           string                   `cty:"id"                               is:"computed" doc:"UUID of the cluster and /mysql-config."`
	ClusterID                    string                   `cty:"cluster_id"                       is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	BackupHour                   *int                     `cty:"backup_hour"                      is:"default" in:"0..23" doc:"Hour, UTC, at which the daily backup starts."`
	BackupMinute                 *int                     `cty:"backup_minute"                    is:"default" in:"0..59" doc:"Minute of the hour at which the daily backup starts."`
	AutomaticSpPrivileges        *bool                    `cty:"automatic_sp_privileges"          is:"default" doc:"Whether who makes a stored routine may run and alter it."`
	SQLMode                      *string                  `cty:"sql_mode"                         is:"default" doc:"SQL modes, upper case, with commas in between."`
	ConnectTimeout               *int                     `cty:"connect_timeout"                  is:"default" in:"2..3600" doc:"Seconds to wait for the first packet of a connection."`
	DefaultTimeZone              *string                  `cty:"default_time_zone"                is:"default" doc:"Time zone: an offset from UTC, a name or SYSTEM."`
	DivPrecisionIncrement        *int                     `cty:"div_precision_increment"          is:"default" in:"0..30" doc:"Digits by which a division widens the scale of its result."`
	EndMarkersInJSON             *bool                    `cty:"end_markers_in_json"              is:"default" doc:"Whether EXPLAIN FORMAT=JSON marks the ends of nested structures."`
	EqRangeIndexDiveLimit        *int                     `cty:"eq_range_index_dive_limit"        is:"default" in:"0..4294967295" doc:"Equality ranges from which statistics serve instead of index dives."`
	GroupConcatMaxLen            *int                     `cty:"group_concat_max_len"             is:"default" in:"4.." doc:"The maximum permitted result length, in bytes, for the GROUP_CONCAT() function."`
	InformationSchemaStatsExpiry *int                     `cty:"information_schema_stats_expiry"  is:"default" in:"900..31536000" doc:"The time, in seconds, before cached statistics expire."`
	InnodbFtEnableStopword       *bool                    `cty:"innodb_ft_enable_stopword"        is:"default" doc:"Whether full-text indexes have a list of stop words."`
	InnodbFtMaxTokenSize         *int                     `cty:"innodb_ft_max_token_size"         is:"default" in:"10..84" doc:"Letters of the longest word in a full-text index; restarts MySQL."`
	InnodbFtMinTokenSize         *int                     `cty:"innodb_ft_min_token_size"         is:"default" in:"0..16" doc:"The minimum length of words that an InnoDB FULLTEXT index stores."`
	InnodbFtNumWordOptimize      *int                     `cty:"innodb_ft_num_word_optimize"      is:"default" in:"1000..10000" doc:"Words that one OPTIMIZE TABLE of a full-text index processes."`
	InnodbFtResultCacheLimit     *int                     `cty:"innodb_ft_result_cache_limit"     is:"default" in:"1000000..4294967295" doc:"The InnoDB FULLTEXT index query result cache size limit, in bytes."`
	InnodbFtServerStopwordTable  *string                  `cty:"innodb_ft_server_stopword_table"  is:"default" doc:"Stop words of all full-text indexes, as database/table."`
	InnodbFtUserStopwordTable    *string                  `cty:"innodb_ft_user_stopword_table"    is:"default" doc:"Stop words of the user's full-text indexes, as database/table."`
	InnodbLockWaitTimeout        *int                     `cty:"innodb_lock_wait_timeout"         is:"default" in:"1..3600" doc:"Seconds that a transaction waits for the lock of a row."`
	InnodbLogBufferSize          *int                     `cty:"innodb_log_buffer_size"           is:"default" in:"1048576..4294967295" doc:"Bytes of the buffer for writing logs to disk."`
	InnodbOnlineAlterLogMaxSize  *int                     `cty:"innodb_online_alter_log_max_size" is:"default" in:"65536..1099511627776" doc:"Bytes of log that an online change of a table may take."`
	InnodbOptimizeFulltextOnly   *bool                    `cty:"innodb_optimize_fulltext_only"    is:"default" doc:"Whether OPTIMIZE TABLE rebuilds only the full-text index."`
	InnodbPrintAllDeadlocks      *bool                    `cty:"innodb_print_all_deadlocks"       is:"default" doc:"Whether the error log tells of all deadlocks."`
	InnodbRollbackOnTimeout      *bool                    `cty:"innodb_rollback_on_timeout"       is:"default" doc:"Whether a timeout rolls the whole transaction back."`
	InteractiveTimeout           *int                     `cty:"interactive_timeout"              is:"default" in:"30..604800" doc:"Seconds until an idle interactive connection is closed."`
	InternalTmpMemStorageEngine  *string                  `cty:"internal_tmp_mem_storage_engine"  is:"default" of:"TempTable|MEMORY" doc:"The storage engine for in-memory internal temporary tables."`
	NetReadTimeout               *int                     `cty:"net_read_timeout"                 is:"default" in:"1..3600" doc:"Seconds to wait for more data of a connection."`
	NetWriteTimeout              *int                     `cty:"net_write_timeout"                is:"default" in:"1..3600" doc:"Seconds to wait for a block to be written to a connection."`
	SQLRequirePrimaryKey         *bool                    `cty:"sql_require_primary_key"          is:"default" doc:"Whether tables must have a primary key."`
	WaitTimeout                  *int                     `cty:"wait_timeout"                     is:"default" in:"1..2147483" doc:"Seconds until an idle connection that is not interactive is closed."`
	WindowingUseHighPrecision    *bool                    `cty:"windowing_use_high_precision"     is:"default" doc:"Whether window functions calculate more exactly and slower."`
	MaxAllowedPacket             *int                     `cty:"max_allowed_packet"               is:"default" in:"102400..1073741824" doc:"Bytes of the largest message that the server receives."`
	MaxExecutionTime             *int                     `cty:"max_execution_time"               is:"default" in:"0..4294967295" doc:"Milliseconds that a SELECT may take; 0 means any time."`
	MaxHeapTableSize             *int                     `cty:"max_heap_table_size"              is:"default" in:"1048576..1073741824" doc:"Bytes that a table in memory may take."`
	MaxSeeksForKey               *int                     `cty:"max_seeks_for_key"                is:"default" in:"1.." doc:"Assumed seeks at most when rows are looked up by a key."`
	OptimizerPruneLevel          *int                     `cty:"optimizer_prune_level"            is:"default" in:"0..1" doc:"Whether the optimizer drops plans that promise little: 0 or 1."`
	OptimizerSearchDepth         *int                     `cty:"optimizer_search_depth"           is:"default" in:"0..62" doc:"How deep the optimizer searches; 0 lets the server choose."`
	OptimizerSwitch              *string                  `cty:"optimizer_switch"                 is:"default" doc:"Switches of the optimizer as option=value, with commas, or default."`
	SortBufferSize               *int                     `cty:"sort_buffer_size"                 is:"default" in:"32768..1073741824" doc:"Bytes of the buffer for sorting."`
	TmpTableSize                 *int                     `cty:"tmp_table_size"                   is:"default" in:"1048576..1073741824" doc:"Bytes that a temporary table in memory may take."`
	SlowQueryLog                 *bool                    `cty:"slow_query_log"                   is:"default" doc:"Whether slow queries are logged."`
	LongQueryTime                *float64                 `cty:"long_query_time"                  is:"default" in:"0..3600" doc:"Seconds from which a query counts as slow."`
	BinlogRetentionPeriod        *int                     `cty:"binlog_retention_period"          is:"default" in:"600..604800" doc:"Seconds for which entries of the binlog are kept at least."`
	InnodbChangeBufferMaxSize    *int                     `cty:"innodb_change_buffer_max_size"    is:"default" in:"0..50" doc:"Percentage of the buffer pool that the change buffer may take."`
	InnodbFlushNeighbors         *int                     `cty:"innodb_flush_neighbors"           is:"default" of:"0|1|2" doc:"Whether dirty pages nearby are flushed too: 0, 1 or 2."`
	InnodbReadIOThreads          *int                     `cty:"innodb_read_io_threads"           is:"default" in:"1..64" doc:"Threads that read; a change restarts MySQL."`
	InnodbWriteIOThreads         *int                     `cty:"innodb_write_io_threads"          is:"default" in:"1..64" doc:"Threads that write; a change restarts MySQL."`
	InnodbThreadConcurrency      *int                     `cty:"innodb_thread_concurrency"        is:"default" in:"0..1000" doc:"Threads inside InnoDB at a time; 0 means any number."`
	NetBufferLength              *int                     `cty:"net_buffer_length"                is:"default" in:"1024..1048576" doc:"Bytes that buffers of a connection start with; a change restarts MySQL."`
	LogOutput                    *string                  `cty:"log_output"                       is:"default" of:"INSIGHTS|TABLE|INSIGHTS,TABLE|NONE" doc:"Where logs go: INSIGHTS, TABLE, both with a comma, or NONE."`
	MysqlIncrementalBackup       []mysqlIncrementalBackup `cty:"mysql_incremental_backup"         is:"default,max=1" doc:"Incremental backups between full ones."`
}

type mysqlIncrementalBackup struct {
	Enabled                *bool   `cty:"enabled"                   is:"default" doc:"Whether backups are incremental between full ones."`
	FullBackupWeekSchedule *string `cty:"full_backup_week_schedule" is:"default" doc:"Days of full backups with commas in between, such as mon,thu."`
}

var mysqlConfigType = configType[mysqlConfig](configuration{name: "mysql", engines: []string{"mysql"}, doc: "MySQL"},
	exampleMySQL+`

resource "digitalocean_database_mysql_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  sql_require_primary_key = true
}`,
	exampleMySQL+`

resource "digitalocean_database_mysql_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  long_query_time         = 0.5
  slow_query_log          = true
  sql_require_primary_key = false

  mysql_incremental_backup {
    enabled                   = true
    full_backup_week_schedule = "mon,thu"
  }
}`,
	exampleMySQL+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "mysql"
  version    = "8"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}

resource "digitalocean_database_mysql_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  sql_require_primary_key = true
}`,
)
