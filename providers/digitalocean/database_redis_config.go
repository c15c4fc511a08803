package digitalocean

// cacheSettings are the settings that Redis and Valkey have alike. The API's keys
// begin with the engine.
type cacheSettings struct {
	PubsubClientOutputBufferLimit *int    `cty:"pubsub_client_output_buffer_limit" is:"default" in:"32..512" doc:"MB of output that a subscriber may lag behind."`
	NumberOfDatabases             *int    `cty:"number_of_databases"               is:"default" in:"1..128" doc:"Number of databases; a change restarts the service."`
	IOThreads                     *int    `cty:"io_threads"                        is:"default" in:"1..32" doc:"Threads for input and output; a change restarts the service."`
	LFULogFactor                  *int    `cty:"lfu_log_factor"                    is:"default" in:"0..100" doc:"Logarithm factor of the counter, for volatile-lfu and allkeys-lfu."`
	LFUDecayTime                  *int    `cty:"lfu_decay_time"                    is:"default" in:"1..120" doc:"Minutes after which the LFU counter decays."`
	SSL                           *bool   `cty:"ssl"                               is:"default" doc:"Whether connections need TLS."`
	Timeout                       *int    `cty:"timeout"                           is:"default" in:"0..31536000" doc:"Seconds until an idle connection is closed; 0 for never."`
	NotifyKeyspaceEvents          *string `cty:"notify_keyspace_events"            is:"default" doc:"Events that are notified; needs K or E, such as KEA."`
	Persistence                   *string `cty:"persistence"                       is:"default" of:"off|rdb" doc:"rdb writes snapshots to disk, off keeps all in memory only."`
	ACLChannelsDefault            *string `cty:"acl_channels_default"              is:"default" of:"allchannels|resetchannels" doc:"Channels of new users: allchannels or resetchannels."`
}

type redisConfig struct {
	ID              string  `cty:"id"               is:"computed" doc:"UUID of the cluster and /redis-config."`
	ClusterID       string  `cty:"cluster_id"       is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	MaxmemoryPolicy *string `cty:"maxmemory_policy" is:"default"  api:"redis_maxmemory_policy" of:"noeviction|allkeys_lru|allkeys_random|volatile_lru|volatile_random|volatile_ttl" doc:"What is dropped when the memory is full, such as allkeys-lru."`
	cacheSettings   `api:"redis_"`
}

var redisConfigType = configType[redisConfig](configuration{name: "redis", engines: []string{"redis", "valkey"}, doc: "Caching (Redis), which is Valkey now"},
	exampleValkey+`

resource "digitalocean_database_redis_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  maxmemory_policy = "allkeys-lru"
}`,
	exampleValkey+`

resource "digitalocean_database_redis_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  maxmemory_policy = "noeviction"
  timeout          = 0
  ssl              = true
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

resource "digitalocean_database_redis_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  maxmemory_policy = "allkeys-lru"
}`,
)

const exampleValkey = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-cache"
  engine     = "valkey"
  version    = "8"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}`
