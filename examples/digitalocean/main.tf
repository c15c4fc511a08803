# A small MLOps platform on DigitalOcean: MLflow for experiments and models,
# an inference server, and the managed services behind them.

terraform {
  required_version = ">= 1.5"

  required_providers {
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = "~> 2.60"
    }
  }
}

# Credentials come from the environment: DIGITALOCEAN_TOKEN,
# SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY.
provider "digitalocean" {}

locals {
  # Bucket names are shared with all other customers of the region.
  bucket = "${var.name}-artifacts-${substr(sha256(digitalocean_vpc.ml.id), 0, 8)}"

  tracking_uri = "postgresql://${digitalocean_database_user.mlflow.name}:${urlencode(digitalocean_database_user.mlflow.password)}@${digitalocean_database_cluster.metadata.private_host}:${digitalocean_database_cluster.metadata.port}/${digitalocean_database_db.mlflow.name}?sslmode=require"
}

# --- network -----------------------------------------------------------------

resource "digitalocean_vpc" "ml" {
  name        = var.name
  region      = var.region
  ip_range    = var.vpc_range
  description = "MLflow, inference and their databases."
}

resource "digitalocean_tag" "ml" {
  name = var.name
}

resource "digitalocean_tag" "mlflow" {
  name = "${var.name}-mlflow"
}

resource "digitalocean_tag" "inference" {
  name = "${var.name}-inference"
}

# MLflow has no login of its own: only the private network and an SSH tunnel
# reach it.
resource "digitalocean_firewall" "mlflow" {
  name = "${var.name}-mlflow"
  tags = [digitalocean_tag.mlflow.name]

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.admin_ranges
  }

  inbound_rule {
    protocol         = "tcp"
    port_range       = "5000"
    source_addresses = [digitalocean_vpc.ml.ip_range]
  }

  inbound_rule {
    protocol         = "icmp"
    source_addresses = [digitalocean_vpc.ml.ip_range]
  }

  dynamic "outbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol              = outbound_rule.value
      port_range            = "1-65535"
      destination_addresses = ["0.0.0.0/0", "::/0"]
    }
  }
}

resource "digitalocean_firewall" "inference" {
  name = "${var.name}-inference"
  tags = [digitalocean_tag.inference.name]

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.admin_ranges
  }

  inbound_rule {
    protocol         = "tcp"
    port_range       = "8080"
    source_addresses = concat([digitalocean_vpc.ml.ip_range], var.client_ranges)
  }

  inbound_rule {
    protocol         = "icmp"
    source_addresses = [digitalocean_vpc.ml.ip_range]
  }

  dynamic "outbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol              = outbound_rule.value
      port_range            = "1-65535"
      destination_addresses = ["0.0.0.0/0", "::/0"]
    }
  }
}

# --- managed services --------------------------------------------------------

resource "digitalocean_database_cluster" "metadata" {
  name                 = "${var.name}-metadata"
  engine               = "pg"
  version              = "16"
  size                 = var.database_size
  region               = var.region
  node_count           = 1
  private_network_uuid = digitalocean_vpc.ml.id
  tags                 = [digitalocean_tag.ml.name]

  maintenance_window {
    day  = "sunday"
    hour = "03:00"
  }
}

resource "digitalocean_database_db" "mlflow" {
  cluster_id = digitalocean_database_cluster.metadata.id
  name       = "mlflow"
}

resource "digitalocean_database_user" "mlflow" {
  cluster_id = digitalocean_database_cluster.metadata.id
  name       = "mlflow"
}

# Without a firewall a managed database answers the whole internet.
resource "digitalocean_database_firewall" "metadata" {
  cluster_id = digitalocean_database_cluster.metadata.id

  rule {
    type  = "tag"
    value = digitalocean_tag.mlflow.name
  }
}

resource "digitalocean_database_cluster" "cache" {
  name                 = "${var.name}-cache"
  engine               = "valkey"
  version              = "8"
  size                 = var.cache_size
  region               = var.region
  node_count           = 1
  private_network_uuid = digitalocean_vpc.ml.id
  eviction_policy      = "allkeys_lru"
  tags                 = [digitalocean_tag.ml.name]
}

resource "digitalocean_database_firewall" "cache" {
  cluster_id = digitalocean_database_cluster.cache.id

  rule {
    type  = "tag"
    value = digitalocean_tag.inference.name
  }
}

resource "digitalocean_spaces_bucket" "artifacts" {
  name   = local.bucket
  region = var.region

  versioning {
    enabled = true
  }

  lifecycle_rule {
    id      = "old-versions"
    enabled = true

    abort_incomplete_multipart_upload_days = 7

    noncurrent_version_expiration {
      days = 30
    }
  }
}

# --- servers -----------------------------------------------------------------

resource "digitalocean_ssh_key" "admin" {
  name       = "${var.name}-admin"
  public_key = var.ssh_public_key
}

# A change of user_data replaces the droplet: all state of MLflow is in the
# database and the bucket.
resource "digitalocean_droplet" "mlflow" {
  name       = "${var.name}-mlflow"
  region     = var.region
  size       = var.mlflow_size
  image      = "ubuntu-24-04-x64"
  vpc_uuid   = digitalocean_vpc.ml.id
  ssh_keys   = [digitalocean_ssh_key.admin.fingerprint]
  tags       = [digitalocean_tag.ml.name, digitalocean_tag.mlflow.name]
  monitoring = true

  user_data = templatefile("${path.module}/cloud-init/mlflow.yaml.tftpl", {
    mlflow_version = var.mlflow_version
    tracking_uri   = local.tracking_uri
    admin_uri      = replace(digitalocean_database_cluster.metadata.private_uri, "/defaultdb", "/mlflow")
    bucket         = digitalocean_spaces_bucket.artifacts.name
    s3_endpoint    = "https://${digitalocean_spaces_bucket.artifacts.endpoint}"
    s3_key_id      = var.artifact_key_id
    s3_secret      = var.artifact_secret
  })
}

resource "digitalocean_reserved_ip" "mlflow" {
  region = var.region
}

resource "digitalocean_reserved_ip_assignment" "mlflow" {
  ip_address = digitalocean_reserved_ip.mlflow.ip_address
  droplet_id = digitalocean_droplet.mlflow.id
}

resource "digitalocean_droplet" "inference" {
  name       = "${var.name}-inference"
  region     = var.region
  size       = var.inference_size
  image      = "ubuntu-24-04-x64"
  vpc_uuid   = digitalocean_vpc.ml.id
  ssh_keys   = [digitalocean_ssh_key.admin.fingerprint]
  tags       = [digitalocean_tag.ml.name, digitalocean_tag.inference.name]
  monitoring = true

  user_data = templatefile("${path.module}/cloud-init/inference.yaml.tftpl", {
    mlflow_version = var.mlflow_version
    mlflow_url     = "http://${digitalocean_droplet.mlflow.ipv4_address_private}:5000"
    model_uri      = var.model_uri
    cache_uri      = digitalocean_database_cluster.cache.private_uri
    volume         = digitalocean_volume.models.name
  })
}

# Models survive a new inference droplet here.
resource "digitalocean_volume" "models" {
  name                    = "${var.name}-models"
  region                  = var.region
  size                    = var.model_volume_gib
  initial_filesystem_type = "ext4"
  description             = "Models that have been downloaded."
}

resource "digitalocean_volume_attachment" "models" {
  droplet_id = digitalocean_droplet.inference.id
  volume_id  = digitalocean_volume.models.id
}

# --- project -----------------------------------------------------------------

resource "digitalocean_project" "ml" {
  name        = var.name
  description = "MLOps platform, made by mlinfra."
  purpose     = "Machine learning / AI / Data processing"
  environment = var.environment

  resources = [
    digitalocean_droplet.mlflow.urn,
    digitalocean_droplet.inference.urn,
    digitalocean_volume.models.urn,
    digitalocean_database_cluster.metadata.urn,
    digitalocean_database_cluster.cache.urn,
    digitalocean_spaces_bucket.artifacts.urn,
  ]
}
