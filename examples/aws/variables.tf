variable "name" {
  description = "Start of all names: lower-case letters, digits and dashes."
  type        = string
  default     = "mlops"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name has 2 to 21 lower-case letters, digits and dashes and starts with a letter."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"
}

variable "vpc_range" {
  description = "Range of the private network."
  type        = string
  default     = "10.30.0.0/16"
}

variable "admin_ranges" {
  description = "Addresses from which SSH is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "ssh_public_key" {
  description = "Public key that may log in as ubuntu. Nobody has the private key of the default."
  type        = string
  default     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZxskJvlwUVgxhrwODVPjacB85Rw71ouR1zmoCDwlrE you@example.com"
}

variable "mlflow_type" {
  description = "Type of the MLflow server."
  type        = string
  default     = "t3.medium"
}

variable "mlflow_version" {
  description = "Version of MLflow."
  type        = string
  default     = "2.22.0"
}

variable "trainers" {
  description = "Number of GPU instances; 0 when nothing is trained."
  type        = number
  default     = 1
}

variable "trainer_type" {
  description = "Type of the GPU instances. New accounts have a quota of 0 for these."
  type        = string
  default     = "g5.xlarge"
}

variable "data_volume_gib" {
  description = "Size of the volume for data sets in GiB; it only grows."
  type        = number
  default     = 100
}

variable "database_class" {
  description = "Class of the PostgreSQL instance."
  type        = string
  default     = "db.t4g.micro"
}

variable "protect" {
  description = "Whether the database refuses to be deleted, and leaves a last snapshot."
  type        = bool
  default     = false
}
