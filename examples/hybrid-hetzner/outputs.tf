output "server_address" {
  description = "Public address of the server at Hetzner."
  value       = hcloud_primary_ip.gpu.ip_address
}

output "tunnel" {
  description = "What the health check of the tunnel has found."
  value       = module.hybrid.tunnel
}

output "inference" {
  description = "The public side."
  value       = module.hybrid.inference
}
