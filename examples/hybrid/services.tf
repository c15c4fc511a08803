# --- metadata ----------------------------------------------------------------

resource "digitalocean_database_cluster" "metadata" {
  name                 = "${var.name}-metadata"
  engine               = "pg"
  version              = "16"
  size                 = var.database_size
  region               = var.region
  node_count           = 1
  private_network_uuid = digitalocean_vpc.hybrid.id
}

resource "digitalocean_database_db" "mlflow" {
  cluster_id = digitalocean_database_cluster.metadata.id
  name       = "mlflow"
}

resource "digitalocean_database_user" "mlflow" {
  cluster_id = digitalocean_database_cluster.metadata.id
  name       = "mlflow"
}

# To the database all connections through the tunnel come from the gateway.
resource "digitalocean_database_firewall" "metadata" {
  cluster_id = digitalocean_database_cluster.metadata.id

  rule {
    type  = "droplet"
    value = module.vpn.gateway_id
  }
}

# --- cache -------------------------------------------------------------------

resource "digitalocean_database_cluster" "cache" {
  name                 = "${var.name}-cache"
  engine               = "valkey"
  version              = "8"
  size                 = var.database_size
  region               = var.region
  node_count           = 1
  eviction_policy      = "allkeys_lru"
  private_network_uuid = digitalocean_vpc.hybrid.id
}

resource "digitalocean_database_firewall" "cache" {
  cluster_id = digitalocean_database_cluster.cache.id

  rule {
    type  = "droplet"
    value = module.vpn.gateway_id
  }

  rule {
    type  = "tag"
    value = digitalocean_tag.inference.name
  }
}

# --- artifacts and data ------------------------------------------------------

# Names of buckets are shared with all other customers of the region.
resource "digitalocean_spaces_bucket" "artifacts" {
  name   = "${var.name}-artifacts-${substr(sha256(digitalocean_vpc.hybrid.id), 0, 8)}"
  region = var.region

  versioning {
    enabled = true
  }
}

resource "digitalocean_spaces_key" "artifacts" {
  name = "${var.name}-artifacts"

  grant {
    bucket     = digitalocean_spaces_bucket.artifacts.name
    permission = "readwrite"
  }
}
