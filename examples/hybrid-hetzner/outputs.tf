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

output "database_admin_uri" {
  description = "MLflow's database as its administrator, to grant rights through the server."
  value       = module.hybrid.database_admin_uri
  sensitive   = true
}
