# The hybrid stack with a server of Hetzner Cloud in the dedicated server's place:
# to try it before renting one, or for work that a cloud server is enough for.

terraform {
  required_version = ">= 1.5"

  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "~> 1.50"
    }
  }
}

# Credentials come from the environment: HCLOUD_TOKEN, and those of ../hybrid.
provider "hcloud" {}

# Known from its first start on, so that nobody can be in between.
resource "tls_private_key" "host" {
  algorithm = "ED25519"
}

resource "hcloud_ssh_key" "admin" {
  name       = "${var.name}-admin"
  public_key = var.ssh_public_key
}

# The address stays when the server is made anew.
resource "hcloud_primary_ip" "gpu" {
  name        = "${var.name}-gpu"
  type        = "ipv4"
  location    = var.location
  auto_delete = false
}

resource "hcloud_server" "gpu" {
  name        = "${var.name}-gpu"
  server_type = var.server_type
  image       = "debian-12"
  location    = var.location
  ssh_keys    = [hcloud_ssh_key.admin.name]

  public_net {
    ipv4         = hcloud_primary_ip.gpu.id
    ipv6_enabled = false
  }

  user_data = join("\n", ["#cloud-config", yamlencode({
    ssh_deletekeys = true
    ssh_keys = {
      ed25519_private = tls_private_key.host.private_key_openssh
      ed25519_public  = trimspace(tls_private_key.host.public_key_openssh)
    }
  })])
}

# Hetzner's firewalls are stateful: the tunnel goes out from the server, and its
# answers come in.
resource "hcloud_firewall" "gpu" {
  name = "${var.name}-gpu"

  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = "22"
    source_ips = var.admin_ranges
  }

  rule {
    direction  = "in"
    protocol   = "icmp"
    source_ips = ["0.0.0.0/0", "::/0"]
  }

  apply_to {
    server = hcloud_server.gpu.id
  }
}

module "hybrid" {
  source = "../hybrid"

  name               = var.name
  server_address     = hcloud_primary_ip.gpu.ip_address
  server_host_key    = trimspace(tls_private_key.host.public_key_openssh)
  server_instance_id = hcloud_server.gpu.id
  private_key_file   = var.private_key_file
  ssh_public_key     = var.ssh_public_key
  admin_ranges       = var.admin_ranges

  depends_on = [hcloud_firewall.gpu]
}
