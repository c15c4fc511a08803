output "mlflow_tunnel" {
  description = "Run this and open http://localhost:5000."
  value       = "gcloud compute ssh ${google_compute_instance.mlflow.name} --project ${local.project} --zone ${var.zone} -- -N -L 5000:localhost:5000"
}

output "mlflow_private_url" {
  description = "MLFLOW_TRACKING_URI inside the private network."
  value       = "http://${google_compute_instance.mlflow.network_interface[0].network_ip}:5000"
}

output "trainers" {
  description = "Names of the GPU machines."
  value       = google_compute_instance.trainer[*].name
}

output "artifact_bucket" {
  description = "Bucket of the artifacts."
  value       = google_storage_bucket.artifacts.url
}
