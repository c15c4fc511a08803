# What is yours: the address of the server, and a key to it.

variable "server_address" {
  description = "Public IPv4 address of your server. The default is for documentation: no server has it."
  type        = string
  default     = "203.0.113.10"

  validation {
    condition     = can(cidrnetmask("${var.server_address}/32"))
    error_message = "The address of the server is an IPv4 address such as 203.0.113.10."
  }
}

variable "private_key_file" {
  description = "Private key that may log in to the server, and to the droplets; the SSH agent's if absent."
  type        = string
  default     = null
}

variable "ssh_public_key" {
  description = "Its public key. Nobody has the private key of the default."
  type        = string
  default     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZxskJvlwUVgxhrwODVPjacB85Rw71ouR1zmoCDwlrE you@example.com"
}

# The rest has defaults that fit.

variable "server_host_key" {
  description = "Public key of the server; that in ~/.ssh/known_hosts if absent."
  type        = string
  default     = null
}

variable "server_instance_id" {
  description = "Id of the server where a cloud has made it: a new one gets everything anew."
  type        = string
  default     = null
}

variable "server_user" {
  description = "User to log in to the server as; one who is not root needs sudo without a password."
  type        = string
  default     = "root"
}

variable "name" {
  description = "Start of all names: lower-case letters, digits and dashes."
  type        = string
  default     = "hybrid"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name has 2 to 21 lower-case letters, digits and dashes and starts with a letter."
  }
}

variable "region" {
  description = "Region of everything; it has to have Spaces."
  type        = string
  default     = "fra1"
}

variable "vpc_range" {
  description = "Range of the private network; no other network of the account may overlap it."
  type        = string
  default     = "10.30.0.0/24"
}

variable "tunnel_range" {
  description = "Range of the tunnel: the gateway has the first address, the server the second."
  type        = string
  default     = "10.99.0.0/24"
}

variable "admin_ranges" {
  description = "Addresses from which SSH to the droplets is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
}

variable "database_size" {
  description = "Size of the PostgreSQL and the Valkey node."
  type        = string
  default     = "db-s-1vcpu-1gb"
}

variable "inference_size" {
  description = "Size of the droplet that answers."
  type        = string
  default     = "s-1vcpu-2gb"
}

variable "mlflow_version" {
  description = "Version of MLflow."
  type        = string
  default     = "3.6.0"
}
