output "gateway_address" {
  description = "Public address of the gateway."
  value       = module.vpn.gateway_address
}

output "tunnel" {
  description = "What the health check of the tunnel has found."
  value       = module.vpn.ready
}

output "mlflow" {
  description = "MLflow, for who is in the tunnel or the network."
  value       = "http://${module.vpn.tunnel_addresses["gpu"]}:5000"
}

output "inference" {
  description = "The public side."
  value       = "http://${digitalocean_loadbalancer.inference.ip}/"
}

output "database_uri" {
  description = "MLflow's database, through the tunnel."
  value       = local.database_uri
  sensitive   = true
}

output "database_admin_uri" {
  description = "The same database as its administrator, to grant rights."
  value       = replace(digitalocean_database_cluster.metadata.private_uri, "/defaultdb", "/mlflow")
  sensitive   = true
}

output "cache_uri" {
  description = "The cache, through the tunnel."
  value       = digitalocean_database_cluster.cache.private_uri
  sensitive   = true
}

output "artifacts" {
  description = "Bucket of the artifacts and of DVC's data, and where it is reached."
  value       = { bucket = "s3://${local.bucket}", endpoint = local.endpoint }
}
