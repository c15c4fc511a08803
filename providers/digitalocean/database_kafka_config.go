package digitalocean

type kafkaConfig struct {
	ID                                                   string   `cty:"id"                                                         is:"computed" doc:"UUID of the cluster and /kafka-config."`
	ClusterID                                            string   `cty:"cluster_id"                                                 is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	CompressionType                                      *string  `cty:"compression_type"                                           is:"default" of:"gzip|snappy|lz4|zstd|uncompressed|producer" doc:"How topics are compressed, such as producer, gzip or zstd."`
	GroupInitialRebalanceDelayMS                         *int     `cty:"group_initial_rebalance_delay_ms"                           is:"default" in:"0..300000" doc:"Milliseconds to wait for members before the first rebalance."`
	GroupMinSessionTimeoutMS                             *int     `cty:"group_min_session_timeout_ms"                               is:"default" in:"0..60000" doc:"The minimum allowed session timeout for registered consumers."`
	GroupMaxSessionTimeoutMS                             *int     `cty:"group_max_session_timeout_ms"                               is:"default" in:"0..1800000" doc:"The maximum allowed session timeout for registered consumers."`
	ConnectionsMaxIdleMS                                 *int     `cty:"connections_max_idle_ms"                                    is:"default" in:"1000..3600000" doc:"Milliseconds until an idle connection is closed."`
	MaxIncrementalFetchSessionCacheSlots                 *int     `cty:"max_incremental_fetch_session_cache_slots"                  is:"default" in:"1000..10000" doc:"The maximum number of incremental fetch sessions that the broker will maintain."`
	MessageMaxBytes                                      *int     `cty:"message_max_bytes"                                          is:"default" in:"0..100001200" doc:"The maximum size of message that the server can receive."`
	OffsetsRetentionMinutes                              *int     `cty:"offsets_retention_minutes"                                  is:"default" in:"1..2147483647" doc:"Log retention window in minutes for offsets topic."`
	LogCleanerDeleteRetentionMS                          *int     `cty:"log_cleaner_delete_retention_ms"                            is:"default" in:"0..315569260000" doc:"Milliseconds for which deleted records are kept."`
	LogCleanerMinCleanableRatio                          *float64 `cty:"log_cleaner_min_cleanable_ratio"                            is:"default" in:"0.2..0.9" doc:"Controls log compactor frequency."`
	LogCleanerMaxCompactionLagMS                         *int     `cty:"log_cleaner_max_compaction_lag_ms"                          is:"default" in:"30000.." doc:"The maximum amount of time message will remain uncompacted."`
	LogCleanerMinCompactionLagMS                         *string  `cty:"log_cleaner_min_compaction_lag_ms"                          is:"default" api:",integer" in:"0.." doc:"The minimum time a message will remain uncompacted in the log."`
	LogCleanupPolicy                                     *string  `cty:"log_cleanup_policy"                                         is:"default" of:"delete|compact|compact,delete" doc:"The default cleanup policy for segments beyond the retention window."`
	LogFlushIntervalMessages                             *int     `cty:"log_flush_interval_messages"                                is:"default" in:"1.." doc:"Messages of a partition until they are flushed to disk."`
	LogFlushIntervalMS                                   *string  `cty:"log_flush_interval_ms"                                      is:"default" api:",integer" in:"0.." doc:"Milliseconds until a message is flushed to disk."`
	LogIndexIntervalBytes                                *int     `cty:"log_index_interval_bytes"                                   is:"default" in:"0..104857600" doc:"The interval with which Kafka adds an entry to the offset index."`
	LogIndexSizeMaxBytes                                 *int     `cty:"log_index_size_max_bytes"                                   is:"default" in:"1048576..104857600" doc:"The maximum size in bytes of the offset index."`
	LogMessageDownconversionEnable                       *bool    `cty:"log_message_downconversion_enable"                          is:"default" doc:"Whether messages are converted for older consumers."`
	LogMessageTimestampType                              *string  `cty:"log_message_timestamp_type"                                 is:"default" of:"CreateTime|LogAppendTime" doc:"Time in a message: CreateTime or LogAppendTime."`
	LogMessageTimestampDifferenceMaxMS                   *string  `cty:"log_message_timestamp_difference_max_ms"                    is:"default" api:",integer" in:"0.." doc:"Milliseconds that a message may be older than it arrives."`
	LogPreallocate                                       *bool    `cty:"log_preallocate"                                            is:"default" doc:"Controls whether to preallocate a file when creating a new segment."`
	LogRetentionBytes                                    *string  `cty:"log_retention_bytes"                                        is:"default" api:",integer" in:"-1.." doc:"Bytes of a log until messages go; -1 for any."`
	LogRetentionHours                                    *int     `cty:"log_retention_hours"                                        is:"default" in:"-1..2147483647" doc:"Hours for which a log is kept; -1 for ever."`
	LogRetentionMS                                       *string  `cty:"log_retention_ms"                                           is:"default" api:",integer" in:"-1.." doc:"Milliseconds for which a log is kept; -1 for ever."`
	LogRollJitterMS                                      *string  `cty:"log_roll_jitter_ms"                                         is:"default" api:",integer" in:"0.." doc:"The maximum jitter to subtract from logRollTimeMillis (in milliseconds)."`
	LogRollMS                                            *int     `cty:"log_roll_ms"                                                is:"default" in:"1.." doc:"The maximum time before a new log segment is rolled out (in milliseconds)."`
	LogSegmentBytes                                      *int     `cty:"log_segment_bytes"                                          is:"default" in:"10485760..1073741824" doc:"The maximum size of a single log file."`
	LogSegmentDeleteDelayMS                              *int     `cty:"log_segment_delete_delay_ms"                                is:"default" in:"0..3600000" doc:"The amount of time to wait before deleting a file from the filesystem."`
	AutoCreateTopicsEnable                               *bool    `cty:"auto_create_topics_enable"                                  is:"default" doc:"Enable auto creation of topics."`
	MinInsyncReplicas                                    *int     `cty:"min_insync_replicas"                                        is:"default" in:"1..7" doc:"Replicas that must have a write that is acknowledged by all."`
	NumPartitions                                        *int     `cty:"num_partitions"                                             is:"default" in:"1..1000" doc:"Number of partitions for autocreated topics."`
	DefaultReplicationFactor                             *int     `cty:"default_replication_factor"                                 is:"default" in:"1..10" doc:"Replication factor for autocreated topics."`
	ReplicaFetchMaxBytes                                 *int     `cty:"replica_fetch_max_bytes"                                    is:"default" in:"1048576..104857600" doc:"Bytes to fetch of one partition."`
	ReplicaFetchResponseMaxBytes                         *int     `cty:"replica_fetch_response_max_bytes"                           is:"default" in:"10485760..1048576000" doc:"Bytes of one answer to a fetch."`
	MaxConnectionsPerIP                                  *int     `cty:"max_connections_per_ip"                                     is:"default" in:"256..2147483647" doc:"Connections from one address at most."`
	ProducerPurgatoryPurgeIntervalRequests               *int     `cty:"producer_purgatory_purge_interval_requests"                 is:"default" in:"10..10000" doc:"Requests between purges of the producers' purgatory."`
	SocketRequestMaxBytes                                *int     `cty:"socket_request_max_bytes"                                   is:"default" in:"10485760..209715200" doc:"The maximum number of bytes in a socket request (defaults to 104857600)."`
	TransactionStateLogSegmentBytes                      *int     `cty:"transaction_state_log_segment_bytes"                        is:"default" in:"1048576..2147483647" doc:"Bytes of a segment of the transactions' log."`
	TransactionRemoveExpiredTransactionCleanupIntervalMS *int     `cty:"transaction_remove_expired_transaction_cleanup_interval_ms" is:"default" in:"600000..3600000" doc:"Milliseconds between removals of expired transactions."`
	SchemaRegistry                                       *bool    `cty:"schema_registry"                                            is:"default" doc:"Whether there is a schema registry; needs dedicated CPUs."`
}

var kafkaConfigType = configType[kafkaConfig](configuration{name: "kafka", engines: []string{"kafka"}, doc: "Kafka"},
	exampleKafka+`

resource "digitalocean_database_kafka_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  auto_create_topics_enable = true
}`,
	exampleKafka+`

resource "digitalocean_database_kafka_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  auto_create_topics_enable = false
  log_retention_ms          = "604800000"
  log_cleanup_policy        = "compact"
}`,
	exampleKafka+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "kafka"
  version    = "3.8"
  size       = "db-s-2vcpu-2gb"
  region     = "fra1"
  node_count = 3
}

resource "digitalocean_database_kafka_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  auto_create_topics_enable = true
}`,
)

const exampleKafka = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-events"
  engine     = "kafka"
  version    = "3.8"
  size       = "db-s-2vcpu-2gb"
  region     = "fra1"
  node_count = 3
}`
