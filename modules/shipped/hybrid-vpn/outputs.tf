output "gateway_address" {
  description = "Public address of the gateway, which stays when it is made anew."
  value       = digitalocean_reserved_ip.gateway.ip_address
}

output "gateway_id" {
  description = "Id of the gateway droplet, for the firewalls of databases."
  value       = digitalocean_droplet.gateway.id
}

output "gateway_private_address" {
  description = "Address of the gateway in the network."
  value       = digitalocean_droplet.gateway.ipv4_address_private
}

output "gateway_host" {
  description = "Id of the server_host of the gateway, to put more on it."
  value       = server_host.gateway.id
}

output "tunnel_addresses" {
  description = "Addresses in the tunnel, by the name of the server; the gateway's by \"gateway\"."
  value       = merge({ gateway = local.gateway }, { for name, s in local.servers : name => s.tunnel_address })
}

# Refer to this where something needs the tunnel to be up.
output "ready" {
  description = "What the health checks have found, by the name of the server, once the tunnel is up."
  value       = { for name, check in server_command.health : name => check.output }
}
