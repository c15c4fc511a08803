package digitalocean

type valkeyConfig struct {
	ID                            string  `cty:"id"                                is:"computed" doc:"UUID of the cluster and /valkey-config."`
	ClusterID                     string  `cty:"cluster_id"                        is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	ValkeyMaxmemoryPolicy         *string `cty:"valkey_maxmemory_policy"           is:"default" of:"noeviction|allkeys_lru|allkeys_random|volatile_lru|volatile_random|volatile_ttl" doc:"What is dropped when the memory is full, such as allkeys_lru."`
	PubsubClientOutputBufferLimit *int    `cty:"pubsub_client_output_buffer_limit" is:"default" api:"valkey_pubsub_client_output_buffer_limit" in:"32..512" doc:"MB of output that a subscriber may lag behind."`
	NumberOfDatabases             *int    `cty:"number_of_databases"               is:"default" api:"valkey_number_of_databases" in:"1..128" doc:"Number of databases; a change restarts the service."`
	IOThreads                     *int    `cty:"io_threads"                        is:"default" api:"valkey_io_threads" in:"1..32" doc:"Threads for input and output; a change restarts the service."`
	LFULogFactor                  *int    `cty:"lfu_log_factor"                    is:"default" api:"valkey_lfu_log_factor" in:"0..100" doc:"Logarithm factor of the counter, for volatile-lfu and allkeys-lfu."`
	LFUDecayTime                  *int    `cty:"lfu_decay_time"                    is:"default" api:"valkey_lfu_decay_time" in:"1..120" doc:"Minutes after which the LFU counter decays."`
	SSL                           *bool   `cty:"ssl"                               is:"default" api:"valkey_ssl" doc:"Whether connections need TLS."`
	Timeout                       *int    `cty:"timeout"                           is:"default" api:"valkey_timeout" in:"0..31536000" doc:"Seconds until an idle connection is closed; 0 for never."`
	NotifyKeyspaceEvents          *string `cty:"notify_keyspace_events"            is:"default" api:"valkey_notify_keyspace_events" doc:"Events that are notified; needs K or E, such as KEA."`
	Persistence                   *string `cty:"persistence"                       is:"default" api:"valkey_persistence" of:"off|rdb" doc:"rdb writes snapshots to disk, off keeps all in memory only."`
	ACLChannelsDefault            *string `cty:"acl_channels_default"              is:"default" api:"valkey_acl_channels_default" of:"allchannels|resetchannels" doc:"Channels of new users: allchannels or resetchannels."`
	FrequentSnapshots             *bool   `cty:"frequent_snapshots"                is:"default" doc:"Whether snapshots are written to disk often."`
	ValkeyActiveExpireEffort      *int    `cty:"valkey_active_expire_effort"       is:"default" in:"1..10" doc:"How much work goes into keys that have expired, 1 to 10."`
}

var valkeyConfigType = configType[valkeyConfig](configuration{name: "valkey", engines: []string{"valkey"}, doc: "Valkey"},
	exampleValkey+`

resource "digitalocean_database_valkey_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  valkey_maxmemory_policy = "allkeys_lru"
}`,
	exampleValkey+`

resource "digitalocean_database_valkey_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  valkey_maxmemory_policy = "noeviction"
  persistence             = "off"
  io_threads              = 2
}`,
	exampleValkey+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "valkey"
  version    = "8"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}

resource "digitalocean_database_valkey_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  valkey_maxmemory_policy = "allkeys_lru"
}`,
)
