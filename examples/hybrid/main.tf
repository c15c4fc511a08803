# A dedicated server that you already have (Hetzner, OVH, or under a desk) joins
# a DigitalOcean network through WireGuard. It trains; PostgreSQL and the bucket
# for its experiments are managed.

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
  wireguard_port  = 51820
  gateway_address = cidrhost(var.tunnel_range, 1)
  server_address  = cidrhost(var.tunnel_range, 2)

  # Bucket names are shared with all other customers of the region.
  bucket = "${var.name}-artifacts-${substr(sha256(digitalocean_vpc.hybrid.id), 0, 8)}"
}

# --- network -----------------------------------------------------------------

resource "digitalocean_vpc" "hybrid" {
  name        = var.name
  region      = var.region
  ip_range    = var.vpc_range
  description = "Reached from ${var.server_address} through WireGuard."
}

resource "digitalocean_tag" "gateway" {
  name = "${var.name}-gateway"
}

resource "digitalocean_firewall" "gateway" {
  name = "${var.name}-gateway"
  tags = [digitalocean_tag.gateway.name]

  # WireGuard is UDP: a rule for TCP lets nothing through.
  inbound_rule {
    protocol         = "udp"
    port_range       = tostring(local.wireguard_port)
    source_addresses = ["${var.server_address}/32"]
  }

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.admin_ranges
  }

  # What droplets send to the server passes here, too.
  dynamic "inbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol         = inbound_rule.value
      port_range       = "1-65535"
      source_addresses = [digitalocean_vpc.hybrid.ip_range]
    }
  }

  inbound_rule {
    protocol         = "icmp"
    source_addresses = [digitalocean_vpc.hybrid.ip_range, "${var.server_address}/32"]
  }

  dynamic "outbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol              = outbound_rule.value
      port_range            = "1-65535"
      destination_addresses = ["0.0.0.0/0", "::/0"]
    }
  }

  outbound_rule {
    protocol              = "icmp"
    destination_addresses = ["0.0.0.0/0", "::/0"]
  }
}

# --- gateway -----------------------------------------------------------------

resource "digitalocean_ssh_key" "admin" {
  name       = "${var.name}-admin"
  public_key = var.ssh_public_key
}

# The gateway makes its key at the first start and keeps it here: a new gateway
# is the same peer as the old one. The address stays, too, as it is reserved.
resource "digitalocean_volume" "keys" {
  name                    = "${var.name}-keys"
  region                  = var.region
  size                    = 1
  initial_filesystem_type = "ext4"
  description             = "Private WireGuard key of the gateway."
}

resource "digitalocean_reserved_ip" "gateway" {
  region = var.region
}

resource "digitalocean_droplet" "gateway" {
  name       = "${var.name}-gateway"
  region     = var.region
  size       = var.gateway_size
  image      = "ubuntu-24-04-x64"
  vpc_uuid   = digitalocean_vpc.hybrid.id
  ssh_keys   = [digitalocean_ssh_key.admin.fingerprint]
  tags       = [digitalocean_tag.gateway.name]
  volume_ids = [digitalocean_volume.keys.id]
  monitoring = true

  user_data = templatefile("${path.module}/cloud-init/gateway.yaml.tftpl", {
    address     = "${local.gateway_address}/${split("/", var.tunnel_range)[1]}"
    port        = local.wireguard_port
    mtu         = var.tunnel_mtu
    volume      = digitalocean_volume.keys.name
    vpc_range   = digitalocean_vpc.hybrid.ip_range
    server_key  = var.server_wireguard_public_key
    server_nets = join(", ", concat(["${local.server_address}/32"], var.server_networks))
  })
}

resource "digitalocean_reserved_ip_assignment" "gateway" {
  ip_address = digitalocean_reserved_ip.gateway.ip_address
  droplet_id = digitalocean_droplet.gateway.id
}

# --- managed services --------------------------------------------------------

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

# To the database all connections through the tunnel come from the gateway. The
# public address of the server is the way in while the tunnel is down.
resource "digitalocean_database_firewall" "metadata" {
  cluster_id = digitalocean_database_cluster.metadata.id

  rule {
    type  = "droplet"
    value = digitalocean_droplet.gateway.id
  }

  rule {
    type  = "ip_addr"
    value = var.server_address
  }
}

resource "digitalocean_spaces_bucket" "artifacts" {
  name   = local.bucket
  region = var.region

  versioning {
    enabled = true
  }
}
