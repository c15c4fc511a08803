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

variable "server_address" {
  description = "Public IPv4 address of your server. The default is for documentation: no server has it."
  type        = string
  default     = "203.0.113.10"

  validation {
    condition     = can(cidrnetmask("${var.server_address}/32"))
    error_message = "The address of the server is an IPv4 address such as 203.0.113.10."
  }
}

variable "server_wireguard_public_key" {
  description = "Public WireGuard key of your server; README.md says how to make it. Nobody has the private key of the default."
  type        = string
  default     = "3fSJfbI34NetIYi4N20gJEWsfXjo+4c2+0H6iAncLMQ="

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.server_wireguard_public_key))
    error_message = "A WireGuard key has 44 characters of base64, the last of which is =."
  }
}

variable "server_networks" {
  description = "Networks behind the server that the gateway may reach; they overlap neither vpc_range nor tunnel_range."
  type        = list(string)
  default     = []
}

variable "ssh_public_key" {
  description = "Public key that may log in to the gateway as root. Nobody has the private key of the default."
  type        = string
  default     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZxskJvlwUVgxhrwODVPjacB85Rw71ouR1zmoCDwlrE you@example.com"
}

variable "admin_ranges" {
  description = "Addresses from which SSH to the gateway is allowed."
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
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

variable "tunnel_mtu" {
  description = "MTU of the tunnel: 1420 on common links, 1370 from a Hetzner Cloud network, 1320 from a vSwitch."
  type        = number
  default     = 1420

  validation {
    condition     = var.tunnel_mtu >= 1280 && var.tunnel_mtu <= 1420
    error_message = "The MTU is between 1280 and 1420."
  }
}

variable "gateway_size" {
  description = "Size of the gateway."
  type        = string
  default     = "s-1vcpu-512mb-10gb"
}

variable "database_size" {
  description = "Size of the PostgreSQL node."
  type        = string
  default     = "db-s-1vcpu-1gb"
}
