output "mlflow_tunnel" {
  description = "Run this and open http://localhost:5000."
  value       = "ssh -N -L 5000:localhost:5000 root@${digitalocean_reserved_ip.mlflow.ip_address}"
}

output "mlflow_private_url" {
  description = "MLFLOW_TRACKING_URI inside the private network."
  value       = "http://${digitalocean_droplet.mlflow.ipv4_address_private}:5000"
}

output "inference_url" {
  description = "Where predictions are answered once a model is registered."
  value       = "http://${digitalocean_droplet.inference.ipv4_address}:8080/invocations"
}

output "artifact_bucket" {
  description = "Bucket of the artifacts."
  value       = "s3://${digitalocean_spaces_bucket.artifacts.name}"
}

output "artifact_endpoint" {
  description = "MLFLOW_S3_ENDPOINT_URL for clients that read the bucket themselves."
  value       = "https://${digitalocean_spaces_bucket.artifacts.endpoint}"
}

output "database_uri" {
  description = "MLflow's database, from the MLflow server only."
  value       = local.tracking_uri
  sensitive   = true
}

output "cache_uri" {
  description = "Valkey, from the inference server only."
  value       = digitalocean_database_cluster.cache.private_uri
  sensitive   = true
}
