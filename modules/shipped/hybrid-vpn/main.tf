# A WireGuard tunnel between servers that you have and a network of DigitalOcean: a
# small droplet there is the gateway. What usually goes wrong with it is either
# impossible here or checked at the end of the apply; comments say which is which.

terraform {
  required_version = ">= 1.5"

  required_providers {
    digitalocean = { source = "digitalocean/digitalocean" }
    server       = { source = "mlinfra/server" }
    tls          = { source = "hashicorp/tls" }
  }
}

locals {
  bits    = split("/", var.tunnel_range)[1]
  gateway = cidrhost(var.tunnel_range, 1)

  # Servers keep their addresses as long as new ones are added at the end.
  servers = { for i, s in var.servers : s.name => merge(s, { tunnel_address = cidrhost(var.tunnel_range, i + 2) }) }

  networks = flatten(var.servers[*].networks) # behind the servers
}

# --- gateway -----------------------------------------------------------------

# The address stays when the droplet is made anew. Reserved for it, and not for the
# region, a run that was cut off finds it again by its droplet.
resource "digitalocean_reserved_ip" "gateway" {
  region     = var.region
  droplet_id = digitalocean_droplet.gateway.id
}

# The gateway shows this key from its first start on, so that nobody can be in
# between. The private part stands in its user data, which its own processes can
# read: no other ones run there.
resource "tls_private_key" "host" {
  algorithm = "ED25519"
}

resource "digitalocean_droplet" "gateway" {
  name       = "${var.name}-gateway"
  region     = var.region
  size       = var.gateway_size
  image      = var.gateway_image
  vpc_uuid   = var.vpc_id
  ssh_keys   = var.ssh_keys
  tags       = var.tags
  monitoring = true

  # The key of WireGuard is not here: it is made on the gateway and stays there.
  user_data = join("\n", ["#cloud-config", yamlencode({
    ssh_deletekeys = true
    ssh_keys = {
      ed25519_private = tls_private_key.host.private_key_openssh
      ed25519_public  = trimspace(tls_private_key.host.public_key_openssh)
    }
  })])
}

# WireGuard is UDP: a rule for TCP lets nothing through. Attached firewalls drop
# all else, so what members of the network send to the servers is let in, too.
resource "digitalocean_firewall" "gateway" {
  name        = "${var.name}-gateway"
  droplet_ids = [digitalocean_droplet.gateway.id]

  inbound_rule {
    protocol         = "udp"
    port_range       = tostring(var.port)
    source_addresses = [for s in var.servers : s.address == null ? "0.0.0.0/0" : "${s.address}/32"]
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
      source_addresses = [var.vpc_range]
    }
  }

  inbound_rule {
    protocol         = "icmp"
    source_addresses = concat([var.vpc_range], [for s in var.servers : "${s.address}/32" if s.address != null])
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

resource "server_host" "gateway" {
  address          = digitalocean_reserved_ip.gateway.ip_address
  host_key         = trimspace(tls_private_key.host.public_key_openssh)
  private_key      = var.private_key
  private_key_file = var.private_key_file
  instance_id      = digitalocean_droplet.gateway.id

  wait_for {
    cloud_init = true
    timeout    = "15m"
  }

  depends_on = [digitalocean_firewall.gateway]
}

# --- packages ----------------------------------------------------------------

resource "server_package" "gateway" {
  for_each = toset(["wireguard-tools", "nftables"])

  host = server_host.gateway.id
  name = each.value
}

resource "server_package" "server" {
  for_each = var.install_packages ? local.servers : {}

  host = each.value.host
  name = "wireguard-tools"
}

# What forwards for what is behind it needs this, too.
resource "server_package" "forwarding" {
  for_each = { for name, s in local.servers : name => s if var.install_packages && length(s.networks) > 0 }

  host = each.value.host
  name = "nftables"
}

# --- keys --------------------------------------------------------------------

# Made on each end; the private parts never leave it.
resource "server_wireguard_key" "gateway" {
  host   = server_host.gateway.id
  name   = var.interface
  rotate = var.rotate

  depends_on = [server_package.gateway]
}

resource "server_wireguard_key" "server" {
  for_each = local.servers

  host   = each.value.host
  name   = var.interface
  rotate = var.rotate

  depends_on = [server_package.server]
}

# --- tunnel ------------------------------------------------------------------

resource "server_wireguard_interface" "gateway" {
  host        = server_host.gateway.id
  name        = var.interface
  public_key  = server_wireguard_key.gateway.public_key
  addresses   = ["${local.gateway}/${local.bits}"]
  listen_port = var.port

  # It does not know the ways that packets come, which its peers do.
  mtu = var.mtu != null ? var.mtu : min([for s in server_wireguard_interface.server : s.mtu]...)

  # The servers call: they may be behind NAT, and change their addresses.
  dynamic "peer" {
    for_each = local.servers
    content {
      public_key  = server_wireguard_key.server[peer.key].public_key
      allowed_ips = concat(["${peer.value.tunnel_address}/32"], peer.value.networks)
    }
  }

  # Managed databases have no route back into the tunnel: to them the gateway
  # speaks for the servers, and for what is behind those. Forwarding, loose
  # rp_filter and the clamping of segments to the tunnel's MTU come with this block.
  forwarding {
    networks = [var.vpc_range]

    dynamic "snat" {
      for_each = concat([var.tunnel_range], local.networks)
      content {
        from = snat.value
        to   = var.vpc_range
      }
    }
  }
}

resource "server_wireguard_interface" "server" {
  for_each = local.servers

  host       = each.value.host
  name       = var.interface
  public_key = server_wireguard_key.server[each.key].public_key
  addresses  = ["${each.value.tunnel_address}/${local.bits}"]
  mtu        = var.mtu

  # What is behind the gateway is both what is routed to it and what may come
  # from it: the tunnel, the network, where the names of databases lead, and what
  # is behind the other servers.
  peer {
    public_key           = server_wireguard_key.gateway.public_key
    endpoint             = "${digitalocean_reserved_ip.gateway.ip_address}:${var.port}"
    allowed_ips          = concat([var.tunnel_range, var.vpc_range], flatten([for s in var.servers : s.networks if s.name != each.key]))
    persistent_keepalive = 25
  }

  # Those behind this server know the way back: it is their way here.
  dynamic "forwarding" {
    for_each = length(each.value.networks) > 0 ? [each.value.networks] : []
    content {
      networks = forwarding.value
    }
  }

  depends_on = [digitalocean_firewall.gateway, server_package.forwarding]
}

# DigitalOcean has no route tables: each droplet that the servers are to reach, and
# that is to reach them, needs a route of its own. It stays when it restarts.
resource "server_route" "member" {
  for_each = { for i, host in var.members : tostring(i) => host }

  host        = each.value
  destination = var.tunnel_range
  via         = digitalocean_droplet.gateway.ipv4_address_private
}

resource "server_route" "member_network" {
  for_each = { for pair in setproduct(range(length(var.members)), local.networks) : "${pair[0]} ${pair[1]}" => pair }

  host        = var.members[each.value[0]]
  destination = each.value[1]
  via         = digitalocean_droplet.gateway.ipv4_address_private
}

# --- health ------------------------------------------------------------------

# The apply fails when the tunnel does not carry what it is for: small packets, and
# those of full size. mlinfra doctor says more.
resource "server_command" "health" {
  for_each = var.health_check ? local.servers : {}

  host   = each.value.host
  create = <<-EOT
    tries=0
    until ping -c 1 -W 2 "$GATEWAY" >/dev/null 2>&1; do
      tries=$((tries + 1))
      if [ $tries -ge 15 ]; then
        echo "no answer from the gateway through the tunnel; run: mlinfra doctor"
        exit 1
      fi
    done
    if ! ping -c 1 -W 2 -M do -s $((MTU - 28)) "$GATEWAY" >/dev/null 2>&1; then
      echo "packets of $MTU bytes do not pass: set mtu of the module to less, such as 1370 or 1320"
      exit 1
    fi
    echo "the tunnel carries packets of $MTU bytes"
  EOT
  input = {
    GATEWAY = local.gateway
    MTU     = tostring(server_wireguard_interface.server[each.key].mtu)
  }
  triggers = {
    gateway = server_wireguard_interface.gateway.public_key
    server  = server_wireguard_interface.server[each.key].public_key
  }

  depends_on = [server_wireguard_interface.gateway, server_wireguard_interface.server]
}
