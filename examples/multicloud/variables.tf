variable "name" {
  description = "Start of all names; names of buckets are shared with everybody."
  type        = string
  default     = "mlops-example"
}

variable "aws_region" {
  description = "Region of the trainers."
  type        = string
  default     = "us-east-1"
}

variable "digitalocean_region" {
  description = "Region of the artifacts; it has to have Spaces."
  type        = string
  default     = "nyc3"
}

variable "google_region" {
  description = "Region of the copy."
  type        = string
  default     = "us-east1"
}

variable "trainers" {
  description = "Number of GPU instances; 0 when nothing is trained."
  type        = number
  default     = 1
}

variable "trainer_type" {
  description = "Type of the GPU instances."
  type        = string
  default     = "g5.xlarge"
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
