package digitalocean

type mongodbConfig struct {
	ID                              string  `cty:"id"                                 is:"computed" doc:"UUID of the cluster and /mongodb-config."`
	ClusterID                       string  `cty:"cluster_id"                         is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	DefaultReadConcern              *string `cty:"default_read_concern"               is:"default" of:"local|available|majority" doc:"What reads show: local, available or majority."`
	DefaultWriteConcern             *string `cty:"default_write_concern"              is:"default" doc:"Nodes that must confirm a write: majority or a number."`
	TransactionLifetimeLimitSeconds *int    `cty:"transaction_lifetime_limit_seconds" is:"default" in:"1.." doc:"Seconds after which a transaction is ended; restarts."`
	SlowOpThresholdMS               *int    `cty:"slow_op_threshold_ms"               is:"default" in:"0.." doc:"Milliseconds from which an operation counts as slow."`
	Verbosity                       *int    `cty:"verbosity"                          is:"default" in:"0..5" doc:"How much the log tells, 0 to 5; a change restarts."`
}

var mongodbConfigType = configType[mongodbConfig](configuration{name: "mongodb", engines: []string{"mongodb"}, doc: "MongoDB"},
	exampleMongoDB+`

resource "digitalocean_database_mongodb_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  default_read_concern = "majority"
}`,
	exampleMongoDB+`

resource "digitalocean_database_mongodb_config" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  default_read_concern = "local"
  verbosity            = 3
}`,
	exampleMongoDB+`

resource "digitalocean_database_cluster" "other" {
  name       = "ml-other"
  engine     = "mongodb"
  version    = "7.0"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}

resource "digitalocean_database_mongodb_config" "example" {
  cluster_id = digitalocean_database_cluster.other.id

  default_read_concern = "majority"
}`,
)

const exampleMongoDB = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-documents"
  engine     = "mongodb"
  version    = "7.0"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}`
