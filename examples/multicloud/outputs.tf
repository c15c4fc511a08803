output "trainers" {
  description = "Addresses of the GPU instances."
  value       = aws_instance.trainer[*].public_ip
}

output "artifacts" {
  description = "Bucket of the artifacts."
  value       = "s3://${digitalocean_spaces_bucket.artifacts.name}"
}

output "copy" {
  description = "Bucket of the copy."
  value       = google_storage_bucket.copy.url
}
