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

variable "name" {
  description = "Start of all names: lower-case letters, digits and dashes."
  type        = string
  default     = "hybrid"
}

variable "location" {
  description = "Location of the server at Hetzner."
  type        = string
  default     = "fsn1"
}

variable "server_type" {
  description = "Type of the server."
  type        = string
  default     = "cx33"
}

variable "admin_ranges" {
  description = "Addresses from which SSH is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
}
