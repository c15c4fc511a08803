package digitalocean

type postgresConfig struct {
	ID                              string            `cty:"id"                                  is:"computed" doc:"UUID of the cluster and /postgresql-config."`
	ClusterID                       string            `cty:"cluster_id"                          is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	AutovacuumFreezeMaxAge          *int              `cty:"autovacuum_freeze_max_age"           is:"default" in:"200000000..1500000000" doc:"Transactions after which a table is vacuumed against wraparound."`
	AutovacuumMaxWorkers            *int              `cty:"autovacuum_max_workers"              is:"default" in:"1..20" doc:"Processes that vacuum at a time."`
	AutovacuumNaptime               *int              `cty:"autovacuum_naptime"                  is:"default" in:"0..86400" doc:"Seconds at least between two runs of autovacuum on a database."`
	AutovacuumVacuumThreshold       *int              `cty:"autovacuum_vacuum_threshold"         is:"default" in:"0..2147483647" doc:"Changed or deleted rows that make a VACUUM of a table due."`
	AutovacuumAnalyzeThreshold      *int              `cty:"autovacuum_analyze_threshold"        is:"default" in:"0..2147483647" doc:"Changed rows that make an ANALYZE of a table due."`
	AutovacuumVacuumScaleFactor     *float64          `cty:"autovacuum_vacuum_scale_factor"      is:"default" in:"0..1" doc:"Fraction of the table added to autovacuum_vacuum_threshold."`
	AutovacuumAnalyzeScaleFactor    *float64          `cty:"autovacuum_analyze_scale_factor"     is:"default" in:"0..1" doc:"Fraction of the table added to autovacuum_analyze_threshold."`
	AutovacuumVacuumCostDelay       *int              `cty:"autovacuum_vacuum_cost_delay"        is:"default" in:"-1..100" doc:"Milliseconds of pause by cost; -1 means vacuum_cost_delay."`
	AutovacuumVacuumCostLimit       *int              `cty:"autovacuum_vacuum_cost_limit"        is:"default" in:"-1..10000" doc:"Cost at which autovacuum pauses; -1 means vacuum_cost_limit."`
	BackupHour                      *int              `cty:"backup_hour"                         is:"default" in:"0..23" doc:"Hour, UTC, at which the daily backup starts."`
	BackupMinute                    *int              `cty:"backup_minute"                       is:"default" in:"0..59" doc:"Minute of the hour at which the daily backup starts."`
	BgwriterDelay                   *int              `cty:"bgwriter_delay"                      is:"default" in:"10..10000" doc:"Milliseconds between rounds of the background writer."`
	BgwriterFlushAfter              *int              `cty:"bgwriter_flush_after"                is:"default" in:"0..2048" doc:"KiB after which written pages are sent to storage; 0 turns it off."`
	BgwriterLruMaxpages             *int              `cty:"bgwriter_lru_maxpages"               is:"default" in:"0..1073741823" doc:"Buffers that the background writer writes in a round; 0 for none."`
	BgwriterLruMultiplier           *float64          `cty:"bgwriter_lru_multiplier"             is:"default" in:"0..10" doc:"Factor on the recent need for buffers, to guess the next one."`
	DeadlockTimeout                 *int              `cty:"deadlock_timeout"                    is:"default" in:"500..1800000" doc:"Milliseconds to wait for a lock before looking for a deadlock."`
	DefaultToastCompression         *string           `cty:"default_toast_compression"           is:"default" of:"lz4|pglz" doc:"How large values are compressed: lz4 or pglz."`
	IdleInTransactionSessionTimeout *int              `cty:"idle_in_transaction_session_timeout" is:"default" in:"0..604800000" doc:"Milliseconds until an idle open transaction ends."`
	JIT                             *bool             `cty:"jit"                                 is:"default" doc:"Whether queries are compiled just in time."`
	LogAutovacuumMinDuration        *int              `cty:"log_autovacuum_min_duration"         is:"default" in:"-1..2147483647" doc:"Milliseconds from which autovacuum is logged; -1 for never."`
	LogErrorVerbosity               *string           `cty:"log_error_verbosity"                 is:"default" of:"TERSE|DEFAULT|VERBOSE" doc:"How much the log tells: TERSE, DEFAULT or VERBOSE."`
	LogLinePrefix                   *string           `cty:"log_line_prefix"                     is:"default" doc:"What each line of the log starts with, one of three formats."`
	LogMinDurationStatement         *int              `cty:"log_min_duration_statement"          is:"default" in:"-1..86400000" doc:"Milliseconds from which a statement is logged; -1 for never."`
	MaxFilesPerProcess              *int              `cty:"max_files_per_process"               is:"default" in:"1000..4096" doc:"PostgreSQL maximum number of files that can be open per process."`
	MaxPreparedTransactions         *int              `cty:"max_prepared_transactions"           is:"default" in:"0..10000" doc:"PostgreSQL maximum prepared transactions."`
	MaxPredLocksPerTransaction      *int              `cty:"max_pred_locks_per_transaction"      is:"default" in:"64..640" doc:"PostgreSQL maximum predicate locks per transaction."`
	MaxLocksPerTransaction          *int              `cty:"max_locks_per_transaction"           is:"default" in:"64..6400" doc:"PostgreSQL maximum locks per transaction."`
	MaxStackDepth                   *int              `cty:"max_stack_depth"                     is:"default" in:"2097152..6291456" doc:"Maximum depth of the stack in bytes."`
	MaxStandbyArchiveDelay          *int              `cty:"max_standby_archive_delay"           is:"default" in:"1..43200000" doc:"Max standby archive delay in milliseconds."`
	MaxStandbyStreamingDelay        *int              `cty:"max_standby_streaming_delay"         is:"default" in:"1..43200000" doc:"Max standby streaming delay in milliseconds."`
	MaxReplicationSlots             *int              `cty:"max_replication_slots"               is:"default" in:"8..64" doc:"PostgreSQL maximum replication slots."`
	MaxLogicalReplicationWorkers    *int              `cty:"max_logical_replication_workers"     is:"default" in:"4..64" doc:"Workers of logical replication at most."`
	MaxParallelWorkers              *int              `cty:"max_parallel_workers"                is:"default" in:"0..96" doc:"Workers for parallel queries at most."`
	MaxParallelWorkersPerGather     *int              `cty:"max_parallel_workers_per_gather"     is:"default" in:"0..96" doc:"Workers that one Gather node may start."`
	MaxWorkerProcesses              *int              `cty:"max_worker_processes"                is:"default" in:"8..96" doc:"Sets the maximum number of background processes that the system can support."`
	PgPartmanBgwRole                *string           `cty:"pg_partman_bgw_role"                 is:"default" api:"pg_partman_bgw.role" doc:"Role of the background worker of pg_partman."`
	PgPartmanBgwInterval            *int              `cty:"pg_partman_bgw_interval"             is:"default" api:"pg_partman_bgw.interval" in:"3600..604800" doc:"Seconds between runs of the background worker of pg_partman."`
	PgStatStatementsTrack           *string           `cty:"pg_stat_statements_track"            is:"default" api:"pg_stat_statements.track" of:"all|top|none" doc:"Which statements are counted: all, top or none."`
	TempFileLimit                   *int              `cty:"temp_file_limit"                     is:"default" in:"-1..2147483647" doc:"KiB of temporary files of a session; -1 for any."`
	Timezone                        *string           `cty:"timezone"                            is:"default" doc:"PostgreSQL service timezone."`
	TrackActivityQuerySize          *int              `cty:"track_activity_query_size"           is:"default" in:"1024..10240" doc:"Bytes that are kept of the running command of a session."`
	TrackCommitTimestamp            *string           `cty:"track_commit_timestamp"              is:"default" of:"off|on" doc:"Record commit time of transactions."`
	TrackFunctions                  *string           `cty:"track_functions"                     is:"default" of:"all|pl|none" doc:"Enables tracking of function call counts and time used."`
	TrackIOTiming                   *string           `cty:"track_io_timing"                     is:"default" of:"off|on" doc:"Enables timing of database I/O calls."`
	MaxWALSenders                   *int              `cty:"max_wal_senders"                     is:"default" in:"20..64" doc:"PostgreSQL maximum WAL senders."`
	WALSenderTimeout                *int              `cty:"wal_sender_timeout"                  is:"default" in:"0..10800000" doc:"Milliseconds until an idle replication ends; 0 for never."`
	WALWriterDelay                  *int              `cty:"wal_writer_delay"                    is:"default" in:"10..200" doc:"WAL flush interval in milliseconds."`
	SharedBuffersPercentage         *float64          `cty:"shared_buffers_percentage"           is:"default" in:"20..60" doc:"Percentage of the memory for shared buffers."`
	Pgbouncer                       []pgbouncerConfig `cty:"pgbouncer"                           is:"default,max=1" doc:"Settings of PgBouncer, which serves the connection pools."`
	WorkMem                         *int              `cty:"work_mem"                            is:"default" in:"1..1024" doc:"MB that a sort or hash table may take before it goes to disk."`
	Timescaledb                     []timescaleConfig `cty:"timescaledb"                         is:"default,max=1" doc:"Settings of TimescaleDB."`
	SynchronousReplication          *string           `cty:"synchronous_replication"             is:"default" of:"off|quorum" doc:"Whether standbys are written to at once: off or quorum."`
	StatMonitorEnable               *bool             `cty:"stat_monitor_enable"                 is:"default" doc:"Whether the extension pg_stat_monitor is on; a change restarts."`
	MaxFailoverReplicationTimeLag   *int              `cty:"max_failover_replication_time_lag"   is:"default" in:"10.." doc:"Seconds without the primary before a standby takes over."`
	MaxConnections                  *int              `cty:"max_connections"                     is:"default" in:"25.." doc:"Connections to the server at most."`
	MaxSlotWALKeepSize              *int              `cty:"max_slot_wal_keep_size"              is:"default" in:"-1..2147483647" doc:"MB of WAL that replication slots may keep; -1 for any."`
}

type pgbouncerConfig struct {
	ServerResetQueryAlways  *bool    `cty:"server_reset_query_always" is:"default" doc:"Whether DISCARD ALL runs in all pool modes."`
	IgnoreStartupParameters []string `cty:"ignore_startup_parameters" is:"default,set" doc:"Parameters to ignore at the start of a connection."`
	MinPoolSize             *int     `cty:"min_pool_size"             is:"default" in:"0..10000" doc:"Connections that a pool keeps at least."`
	ServerLifetime          *int     `cty:"server_lifetime"           is:"default" in:"60..86400" doc:"Seconds after which an unused connection is closed."`
	ServerIdleTimeout       *int     `cty:"server_idle_timeout"       is:"default" in:"0..86400" doc:"Seconds until an idle connection is closed; 0 for never."`
	AutodbPoolSize          *int     `cty:"autodb_pool_size"          is:"default" in:"0..10000" doc:"Size of pools that are made by themselves; 0 for none."`
	AutodbPoolMode          *string  `cty:"autodb_pool_mode"          is:"default" of:"session|transaction|statement" doc:"Mode of these pools: session, transaction or statement."`
	AutodbMaxDBConnections  *int     `cty:"autodb_max_db_connections" is:"default" in:"0..2147483647" doc:"Connections to one database at most; 0 for any number."`
	AutodbIdleTimeout       *int     `cty:"autodb_idle_timeout"       is:"default" in:"0..86400" doc:"Seconds until an unused pool of that kind goes; 0 for never."`
}

type timescaleConfig struct {
	MaxBackgroundWorkers *int `cty:"max_background_workers" is:"default" in:"1..4096" doc:"Background workers of TimescaleDB."`
}

var postgresConfigType = configType[postgresConfig](configuration{name: "postgresql", engines: []string{"pg", "advanced_pg"}, doc: "PostgreSQL"},
	exampleCluster+`

resource "digitalocean_database_postgresql_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  timezone = "UTC"
}`,
	exampleCluster+`

resource "digitalocean_database_postgresql_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  timezone        = "Europe/Berlin"
  max_connections = 50
  jit             = false

  pgbouncer {
    autodb_pool_mode          = "transaction"
    ignore_startup_parameters = ["extra_float_digits"]
  }
}`,
	exampleCluster+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "pg"
  version    = "16"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}

resource "digitalocean_database_postgresql_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  timezone = "UTC"
}`,
)
