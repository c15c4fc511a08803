variable "name" {
  description = "Start of all names: lower-case letters, digits and dashes."
  type        = string
  default     = "mlops"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name has 2 to 21 lower-case letters, digits and dashes and starts with a letter."
  }
}

variable "environment" {
  description = "Environment of the project: Development, Staging or Production."
  type        = string
  default     = "Development"
}

variable "region" {
  description = "Region of everything; it has to have Spaces."
  type        = string
  default     = "fra1"
}

variable "vpc_range" {
  description = "Range of the private network; no other network of the account may overlap it."
  type        = string
  default     = "10.20.0.0/24"
}

variable "ssh_public_key" {
  description = "Public key that may log in as root. Nobody has the private key of the default."
  type        = string
  default     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZxskJvlwUVgxhrwODVPjacB85Rw71ouR1zmoCDwlrE you@example.com"
}

variable "admin_ranges" {
  description = "Addresses from which SSH is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
}

variable "client_ranges" {
  description = "Addresses outside the private network that may ask for predictions."
  type        = list(string)
  default     = []
}

variable "artifact_key_id" {
  description = "Spaces key with which MLflow writes artifacts; empty keeps them on its disk."
  type        = string
  default     = ""
}

variable "artifact_secret" {
  description = "Secret of artifact_key_id."
  type        = string
  default     = ""
  sensitive   = true
}

variable "mlflow_version" {
  description = "Version of MLflow on both servers."
  type        = string
  default     = "2.22.0"
}

variable "model_uri" {
  description = "Model that the inference server serves once it is registered."
  type        = string
  default     = "models:/example@champion"
}

variable "mlflow_size" {
  description = "Size of the MLflow server."
  type        = string
  default     = "s-2vcpu-4gb"
}

variable "inference_size" {
  description = "Size of the inference server."
  type        = string
  default     = "s-2vcpu-4gb"
}

variable "database_size" {
  description = "Size of the PostgreSQL node."
  type        = string
  default     = "db-s-1vcpu-1gb"
}

variable "cache_size" {
  description = "Size of the Valkey node."
  type        = string
  default     = "db-s-1vcpu-1gb"
}

variable "model_volume_gib" {
  description = "Size of the volume for models in GiB; it only grows."
  type        = number
  default     = 20
}
