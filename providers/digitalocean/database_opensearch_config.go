package digitalocean

type opensearchConfig struct {
	ID                                               string   `cty:"id"                                                    is:"computed" doc:"UUID of the cluster and /opensearch-config."`
	ClusterID                                        string   `cty:"cluster_id"                                            is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	HTTPMaxContentLengthBytes                        *int     `cty:"http_max_content_length_bytes"                         is:"default" in:"1..2147483647" doc:"Maximum content length for HTTP requests to the OpenSearch HTTP API, in bytes."`
	HTTPMaxHeaderSizeBytes                           *int     `cty:"http_max_header_size_bytes"                            is:"default" in:"1024..262144" doc:"Maximum size of allowed headers, in bytes."`
	HTTPMaxInitialLineLengthBytes                    *int     `cty:"http_max_initial_line_length_bytes"                    is:"default" in:"1024..65536" doc:"Maximum length of an HTTP URL, in bytes."`
	IndicesQueryBoolMaxClauseCount                   *int     `cty:"indices_query_bool_max_clause_count"                   is:"default" in:"64..4096" doc:"Clauses that a boolean query may have."`
	IndicesFielddataCacheSizePercentage              *int     `cty:"indices_fielddata_cache_size_percentage"               is:"default" in:"3..100" doc:"Percentage of the heap for field data."`
	IndicesMemoryIndexBufferSizePercentage           *int     `cty:"indices_memory_index_buffer_size_percentage"           is:"default" in:"3..40" doc:"Percentage of the heap for indexing."`
	IndicesMemoryMinIndexBufferSizeMB                *int     `cty:"indices_memory_min_index_buffer_size_mb"               is:"default" in:"3..2048" doc:"MB of the heap for indexing at least."`
	IndicesMemoryMaxIndexBufferSizeMB                *int     `cty:"indices_memory_max_index_buffer_size_mb"               is:"default" in:"3..2048" doc:"MB of the heap for indexing at most."`
	IndicesQueriesCacheSizePercentage                *int     `cty:"indices_queries_cache_size_percentage"                 is:"default" in:"3..40" doc:"Percentage of the heap for queries."`
	IndicesRecoveryMaxMBPerSec                       *int     `cty:"indices_recovery_max_mb_per_sec"                       is:"default" in:"40..400" doc:"MB a second of recovery traffic for each node."`
	IndicesRecoveryMaxConcurrentFileChunks           *int     `cty:"indices_recovery_max_concurrent_file_chunks"           is:"default" in:"2..5" doc:"Chunks of a file sent at a time in a recovery."`
	ThreadPoolSearchSize                             *int     `cty:"thread_pool_search_size"                               is:"default" in:"1..128" doc:"Workers for searches."`
	ThreadPoolSearchThrottledSize                    *int     `cty:"thread_pool_search_throttled_size"                     is:"default" in:"1..128" doc:"Workers for searches of frozen indexes."`
	ThreadPoolGetSize                                *int     `cty:"thread_pool_get_size"                                  is:"default" in:"1..128" doc:"Workers for reads."`
	ThreadPoolAnalyzeSize                            *int     `cty:"thread_pool_analyze_size"                              is:"default" in:"1..128" doc:"Workers for analysis."`
	ThreadPoolWriteSize                              *int     `cty:"thread_pool_write_size"                                is:"default" in:"1..128" doc:"Workers for writes."`
	ThreadPoolForceMergeSize                         *int     `cty:"thread_pool_force_merge_size"                          is:"default" in:"1..128" doc:"Workers for merges of shards."`
	ThreadPoolSearchQueueSize                        *int     `cty:"thread_pool_search_queue_size"                         is:"default" in:"10..2000" doc:"Searches that may wait."`
	ThreadPoolSearchThrottledQueueSize               *int     `cty:"thread_pool_search_throttled_queue_size"               is:"default" in:"10..2000" doc:"Searches of frozen indexes that may wait."`
	ThreadPoolGetQueueSize                           *int     `cty:"thread_pool_get_queue_size"                            is:"default" in:"10..2000" doc:"Reads that may wait."`
	ThreadPoolAnalyzeQueueSize                       *int     `cty:"thread_pool_analyze_queue_size"                        is:"default" in:"10..2000" doc:"Analyses that may wait."`
	ThreadPoolWriteQueueSize                         *int     `cty:"thread_pool_write_queue_size"                          is:"default" in:"10..2000" doc:"Writes that may wait."`
	ISMEnabled                                       *bool    `cty:"ism_enabled"                                           is:"default" doc:"Whether indexes are managed by policies (ISM)."`
	ISMHistoryEnabled                                *bool    `cty:"ism_history_enabled"                                   is:"default" doc:"Whether the actions of ISM are recorded."`
	ISMHistoryMaxAgeHours                            *int     `cty:"ism_history_max_age_hours"                             is:"default" in:"1..2147483647" doc:"Maximum age before rolling over the audit history index, in hours."`
	ISMHistoryMaxDocs                                *int     `cty:"ism_history_max_docs"                                  is:"default" in:"1.." doc:"Maximum number of documents before rolling over the audit history index."`
	ISMHistoryRolloverCheckPeriodHours               *int     `cty:"ism_history_rollover_check_period_hours"               is:"default" in:"1..2147483647" doc:"The time between rollover checks for the audit history index, in hours."`
	ISMHistoryRolloverRetentionPeriodDays            *int     `cty:"ism_history_rollover_retention_period_days"            is:"default" in:"1..2147483647" doc:"Length of time long audit history indices are kept, in days."`
	SearchMaxBuckets                                 *int     `cty:"search_max_buckets"                                    is:"default" in:"1..1000000" doc:"Maximum number of aggregation buckets allowed in a single response."`
	ActionAutoCreateIndexEnabled                     *bool    `cty:"action_auto_create_index_enabled"                      is:"default" doc:"Whether indexes are made by themselves."`
	EnableSecurityAudit                              *bool    `cty:"enable_security_audit"                                 is:"default" doc:"Whether security is audited."`
	ActionDestructiveRequiresName                    *bool    `cty:"action_destructive_requires_name"                      is:"default" doc:"Whether deleting needs the full name of an index."`
	ClusterMaxShardsPerNode                          *int     `cty:"cluster_max_shards_per_node"                           is:"default" in:"100..10000" doc:"Maximum number of shards allowed per data node."`
	OverrideMainResponseVersion                      *bool    `cty:"override_main_response_version"                        is:"default" doc:"Whether it calls itself 7.10, for older clients."`
	ScriptMaxCompilationsRate                        *string  `cty:"script_max_compilations_rate"                          is:"default" doc:"How often scripts may be compiled, such as 75/5m."`
	ClusterRoutingAllocationNodeConcurrentRecoveries *int     `cty:"cluster_routing_allocation_node_concurrent_recoveries" is:"default" in:"2..16" doc:"Recoveries of a node at a time."`
	ReindexRemoteWhitelist                           []string `cty:"reindex_remote_whitelist"                              is:"default,set" doc:"Addresses that may be reindexed from; a change restarts."`
	PluginsAlertingFilterByBackendRolesEnabled       *bool    `cty:"plugins_alerting_filter_by_backend_roles_enabled"      is:"default" doc:"Enable or disable filtering of alerting by backend roles."`
	KNNMemoryCircuitBreakerEnabled                   *bool    `cty:"knn_memory_circuit_breaker_enabled"                    is:"default" doc:"Whether the memory of KNN indexes is bounded."`
	KNNMemoryCircuitBreakerLimit                     *int     `cty:"knn_memory_circuit_breaker_limit"                      is:"default" in:"0..100" doc:"Percentage of memory for KNN indexes."`
	KeepIndexRefreshInterval                         *bool    `cty:"keep_index_refresh_interval"                           is:"default" doc:"Whether index.refresh_interval is left as users set it."`
}

var opensearchConfigType = configType[opensearchConfig](configuration{name: "opensearch", engines: []string{"opensearch"}, doc: "OpenSearch"},
	exampleOpenSearch+`

resource "digitalocean_database_opensearch_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  ism_enabled = false
}`,
	exampleOpenSearch+`

resource "digitalocean_database_opensearch_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  ism_enabled                      = true
  action_auto_create_index_enabled = false
  reindex_remote_whitelist         = ["203.0.113.7:9200"]
}`,
	exampleOpenSearch+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "opensearch"
  version    = "2"
  size       = "db-s-1vcpu-2gb"
  region     = "fra1"
  node_count = 1
}

resource "digitalocean_database_opensearch_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  ism_enabled = false
}`,
)

const exampleOpenSearch = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-logs"
  engine     = "opensearch"
  version    = "2"
  size       = "db-s-1vcpu-2gb"
  region     = "fra1"
  node_count = 1
}`
