variable "name" {
  description = "Start of the names of the gateway and its firewall."
  type        = string
  default     = "hybrid"
}

variable "region" {
  description = "Region of the gateway, which is that of the network."
  type        = string
}

variable "vpc_id" {
  description = "UUID of the network, as in digitalocean_vpc.NAME.id."
  type        = string
}

variable "vpc_range" {
  description = "Range of the network, as in digitalocean_vpc.NAME.ip_range."
  type        = string
}

variable "servers" {
  description = "The servers: the id of the server_host of each, its public address (null when that changes), and the networks behind it. What is in these reaches the network and the other servers if the server is its route to them; in the network it bears the gateway's address. Add new ones at the end."
  type = list(object({
    name     = string
    host     = string
    address  = optional(string)
    networks = optional(list(string), [])
  }))

  validation {
    condition     = length(distinct(var.servers[*].name)) == length(var.servers) && length(var.servers) > 0
    error_message = "There has to be a server, and each needs a name of its own."
  }

  validation {
    condition     = length(distinct(flatten(var.servers[*].networks))) == length(flatten(var.servers[*].networks))
    error_message = "A network can be behind one server only."
  }
}

variable "members" {
  description = "Ids of the server_hosts of droplets in the network that are to reach the servers, and what is behind those: each gets its routes. Any other droplet needs them by hand: tunnel_range and each of the servers' networks, through gateway_private_address."
  type        = list(string)
  default     = []
}

variable "tunnel_range" {
  description = "Range of the tunnel, outside of all other networks: the gateway has the first address, the servers the next ones."
  type        = string
  default     = "10.99.0.0/24"
}

variable "port" {
  description = "UDP port of the gateway."
  type        = number
  default     = 51820
}

variable "mtu" {
  description = "Size of packets in the tunnel; what the way to the gateway allows if absent."
  type        = number
  default     = null
}

variable "interface" {
  description = "Name of the tunnel's interface on all ends."
  type        = string
  default     = "wg0"
}

variable "rotate" {
  description = "A word such as 2026-11: another one makes new keys on all ends."
  type        = string
  default     = null
}

variable "gateway_size" {
  description = "Size of the gateway; 2 Gbit/s pass through the smallest one."
  type        = string
  default     = "s-1vcpu-512mb-10gb"
}

variable "gateway_image" {
  description = "Image of the gateway: Debian or Ubuntu."
  type        = string
  default     = "ubuntu-24-04-x64"
}

variable "ssh_keys" {
  description = "Ids or fingerprints of the SSH keys that may log in to the gateway as root."
  type        = list(string)
}

variable "private_key" {
  description = "Content of the private key to one of them; the SSH agent's if absent."
  type        = string
  default     = null
  sensitive   = true
}

variable "private_key_file" {
  description = "Path of that key instead, which then is not kept in state."
  type        = string
  default     = null
}

variable "admin_ranges" {
  description = "Addresses from which SSH to the gateway is allowed: those where mlinfra runs have to be among them."
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
}

variable "install_packages" {
  description = "Whether wireguard-tools is installed on the servers."
  type        = bool
  default     = true
}

variable "health_check" {
  description = "Whether the apply ends with a look whether the tunnel works."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of the gateway."
  type        = list(string)
  default     = []
}
