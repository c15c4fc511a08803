output "mlflow_tunnel" {
  description = "Run this and open http://localhost:5000."
  value       = "ssh -N -L 5000:localhost:5000 ubuntu@${aws_eip.mlflow.public_ip}"
}

output "mlflow_private_url" {
  description = "MLFLOW_TRACKING_URI inside the private network."
  value       = "http://${aws_instance.mlflow.private_ip}:5000"
}

output "trainers" {
  description = "Addresses of the GPU instances."
  value       = aws_instance.trainer[*].public_ip
}

output "artifact_bucket" {
  description = "Bucket of the artifacts."
  value       = "s3://${aws_s3_bucket.artifacts.bucket}"
}

output "database_secret" {
  description = "Secret with the password of the database."
  value       = aws_db_instance.metadata.master_user_secret[0].secret_arn
}
