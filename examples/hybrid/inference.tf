# Droplets that answer requests, behind a load balancer. They take their models from
# the bucket, and reach MLflow through the gateway.

resource "digitalocean_tag" "inference" {
  name = "${var.name}-inference"
}

# Known from its first start on, so that nobody can be in between.
resource "tls_private_key" "inference" {
  algorithm = "ED25519"
}

resource "digitalocean_droplet" "inference" {
  name       = "${var.name}-inference"
  region     = var.region
  size       = var.inference_size
  image      = "ubuntu-24-04-x64"
  vpc_uuid   = digitalocean_vpc.hybrid.id
  ssh_keys   = [digitalocean_ssh_key.admin.id]
  tags       = [digitalocean_tag.inference.name]
  monitoring = true

  user_data = join("\n", ["#cloud-config", yamlencode({
    ssh_deletekeys = true
    ssh_keys = {
      ed25519_private = tls_private_key.inference.private_key_openssh
      ed25519_public  = trimspace(tls_private_key.inference.public_key_openssh)
    }
  })])
}

resource "server_host" "inference" {
  address          = digitalocean_droplet.inference.ipv4_address
  host_key         = trimspace(tls_private_key.inference.public_key_openssh)
  private_key_file = var.private_key_file
  instance_id      = digitalocean_droplet.inference.id

  wait_for {
    cloud_init = true
  }
}

# DigitalOcean has no route tables: the droplet itself knows the way to the server.
resource "server_route" "inference" {
  host        = server_host.inference.id
  destination = var.tunnel_range
  via         = module.vpn.gateway_private_address
}

resource "server_file" "inference" {
  host    = server_host.inference.id
  path    = "/opt/inference/server.py"
  mode    = "0755"
  content = file("${path.module}/inference.py")
}

resource "server_systemd_unit" "inference" {
  host = server_host.inference.id
  name = "inference.service"

  content = <<-EOT
    [Unit]
    Description=Inference API
    After=network-online.target

    [Service]
    Environment=MLFLOW_TRACKING_URI=http://${module.vpn.tunnel_addresses["gpu"]}:5000
    ExecStart=/usr/bin/python3 ${server_file.inference.path} 8080
    Restart=always

    [Install]
    WantedBy=multi-user.target
  EOT

  enabled    = true
  running    = true
  restart_on = [server_file.inference.sha256]
}

resource "digitalocean_loadbalancer" "inference" {
  name        = "${var.name}-inference"
  region      = var.region
  vpc_uuid    = digitalocean_vpc.hybrid.id
  droplet_tag = digitalocean_tag.inference.name

  forwarding_rule {
    entry_protocol  = "http"
    entry_port      = 80
    target_protocol = "http"
    target_port     = 8080
  }

  healthcheck {
    protocol = "http"
    port     = 8080
    path     = "/healthz"
  }
}

# Only the load balancer and mlinfra reach them from outside.
resource "digitalocean_firewall" "inference" {
  name = "${var.name}-inference"
  tags = [digitalocean_tag.inference.name]

  inbound_rule {
    protocol                  = "tcp"
    port_range                = "8080"
    source_load_balancer_uids = [digitalocean_loadbalancer.inference.id]
  }

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.admin_ranges
  }

  dynamic "inbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol         = inbound_rule.value
      port_range       = "1-65535"
      source_addresses = [digitalocean_vpc.hybrid.ip_range, var.tunnel_range]
    }
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
