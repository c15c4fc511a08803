package digitalocean

type valkeyConfig struct {
	ID                       string  `cty:"id"                      is:"computed" doc:"UUID of the cluster and /valkey-config."`
	ClusterID                string  `cty:"cluster_id"              is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	ValkeyMaxmemoryPolicy    *string `cty:"valkey_maxmemory_policy" is:"default"  of:"noeviction|allkeys_lru|allkeys_random|volatile_lru|volatile_random|volatile_ttl" doc:"What is dropped when the memory is full, such as allkeys_lru."`
	cacheSettings            `api:"valkey_"`
	FrequentSnapshots        *bool `cty:"frequent_snapshots"          is:"default" doc:"Whether snapshots are written to disk often."`
	ValkeyActiveExpireEffort *int  `cty:"valkey_active_expire_effort" is:"default" in:"1..10" doc:"How much work goes into keys that have expired, 1 to 10."`
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
