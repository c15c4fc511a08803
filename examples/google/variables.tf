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
  default     = "europe-west4"
}

variable "zone" {
  description = "Zone of the machines; it has to have the trainers' GPU."
  type        = string
  default     = "europe-west4-a"
}

variable "network_range" {
  description = "Range of the private network."
  type        = string
  default     = "10.40.0.0/20"
}

variable "admin_ranges" {
  description = "Addresses from which SSH is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "mlflow_type" {
  description = "Type of the MLflow machine."
  type        = string
  default     = "e2-medium"
}

variable "mlflow_version" {
  description = "Version of MLflow."
  type        = string
  default     = "2.22.0"
}

variable "trainers" {
  description = "Number of GPU machines; 0 when nothing is trained."
  type        = number
  default     = 1
}

variable "trainer_type" {
  description = "Type of the GPU machines: g2 has an L4. New projects have a quota of 0 for GPUs."
  type        = string
  default     = "g2-standard-4"
}

variable "trainer_image_family" {
  description = "Family of the GPU machines' image."
  type        = string
  default     = "pytorch-2-7-cu128-ubuntu-2204-nvidia-570"
}

variable "data_disk_gb" {
  description = "Size of the disk for data sets in GB; it only grows."
  type        = number
  default     = 100
}

variable "database_tier" {
  description = "Tier of the PostgreSQL instance."
  type        = string
  default     = "db-f1-micro"
}

variable "protect" {
  description = "Whether the database refuses to be deleted."
  type        = bool
  default     = false
}
