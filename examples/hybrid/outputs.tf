output "gateway_address" {
  description = "Public address of the gateway."
  value       = digitalocean_reserved_ip.gateway.ip_address
}

output "gateway_public_key_command" {
  description = "Prints the gateway's public key, once its set-up is done."
  value       = "ssh root@${digitalocean_reserved_ip.gateway.ip_address} 'cloud-init status --wait >/dev/null; cat /etc/wireguard/gateway.pub'"
}

output "server_setup" {
  description = "Script for your server; its argument is the gateway's public key."
  value       = <<-EOT
    #!/bin/sh
    # usage: sh setup.sh GATEWAY_PUBLIC_KEY
    set -eu
    gateway_key=$1

    command -v wg >/dev/null || apt-get -o DPkg::Lock::Timeout=600 install -y wireguard
    umask 077
    mkdir -p /etc/wireguard
    [ -s /etc/wireguard/server.key ] || wg genkey > /etc/wireguard/server.key
    if [ "$(wg pubkey < /etc/wireguard/server.key)" != "${var.server_wireguard_public_key}" ]; then
      echo "set server_wireguard_public_key to $(wg pubkey < /etc/wireguard/server.key) and apply again" >&2
      exit 1
    fi

    cat > /etc/wireguard/wg0.conf <<CONF
    [Interface]
    Address = ${local.server_address}/${split("/", var.tunnel_range)[1]}
    MTU = ${var.tunnel_mtu}
    PostUp = wg set %i private-key /etc/wireguard/server.key

    [Peer]
    PublicKey = $gateway_key
    Endpoint = ${digitalocean_reserved_ip.gateway.ip_address}:${local.wireguard_port}
    AllowedIPs = ${join(", ", [var.tunnel_range, digitalocean_vpc.hybrid.ip_range])}
    PersistentKeepalive = 25
    CONF

    systemctl enable wg-quick@wg0
    systemctl restart wg-quick@wg0
    ping -c 3 ${local.gateway_address}
  EOT
}

output "route_for_droplets" {
  description = "Route that a droplet of the network needs to reach the server; DigitalOcean has no route tables."
  value       = "ip route add ${var.tunnel_range} via ${digitalocean_droplet.gateway.ipv4_address_private}"
}

output "database_uri" {
  description = "MLflow's database, through the tunnel."
  value       = "postgresql://${digitalocean_database_user.mlflow.name}:${urlencode(digitalocean_database_user.mlflow.password)}@${digitalocean_database_cluster.metadata.private_host}:${digitalocean_database_cluster.metadata.port}/${digitalocean_database_db.mlflow.name}?sslmode=require"
  sensitive   = true
}

output "database_admin_uri" {
  description = "The same database as its administrator, to grant rights."
  value       = replace(digitalocean_database_cluster.metadata.private_uri, "/defaultdb", "/mlflow")
  sensitive   = true
}

output "artifact_bucket" {
  description = "Bucket of the artifacts."
  value       = "s3://${digitalocean_spaces_bucket.artifacts.name}"
}

output "artifact_endpoint" {
  description = "MLFLOW_S3_ENDPOINT_URL; the bucket is reached over the internet, with TLS."
  value       = "https://${digitalocean_spaces_bucket.artifacts.endpoint}"
}
