# A dedicated server that you already have (Hetzner, OVH, or under a desk) trains
# models and runs MLflow. DigitalOcean keeps what must not be lost and shows what
# is public: PostgreSQL for metadata, Valkey as a cache, Spaces for artifacts, and
# droplets that answer behind a load balancer. A WireGuard tunnel joins the two.

terraform {
  required_version = ">= 1.5"

  required_providers {
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = "~> 2.60"
    }
    server = {
      source = "mlinfra/server"
    }
  }
}

# Credentials come from the environment: DIGITALOCEAN_TOKEN,
# SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY.

# --- what is there -----------------------------------------------------------

# The server is yours: mlinfra puts things on it, and never installs, restarts or
# cancels it.
resource "server_host" "gpu" {
  address          = var.server_address
  user             = var.server_user
  private_key_file = var.private_key_file
  host_key         = var.server_host_key
  instance_id      = var.server_instance_id
}

# --- network -----------------------------------------------------------------

resource "digitalocean_vpc" "hybrid" {
  name        = var.name
  region      = var.region
  ip_range    = var.vpc_range
  description = "Reached from ${var.server_address} through WireGuard."
}

resource "digitalocean_ssh_key" "admin" {
  name       = "${var.name}-admin"
  public_key = var.ssh_public_key
}

module "vpn" {
  source = "mlinfra//hybrid-vpn"

  name             = var.name
  region           = var.region
  vpc_id           = digitalocean_vpc.hybrid.id
  vpc_range        = digitalocean_vpc.hybrid.ip_range
  tunnel_range     = var.tunnel_range
  ssh_keys         = [digitalocean_ssh_key.admin.id]
  private_key_file = var.private_key_file

  servers = [{
    name    = "gpu"
    host    = server_host.gpu.id
    address = var.server_address
  }]
}
