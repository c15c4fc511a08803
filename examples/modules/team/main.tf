variable "name" {
  type = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.name))
    error_message = "A team is named by lower-case letters, digits and dashes."
  }
}

variable "region" {
  type = string
}

variable "machines" {
  type = number
}

variable "ip_range" {
  type = string
}

resource "digitalocean_vpc" "main" {
  name     = var.name
  region   = var.region
  ip_range = var.ip_range
}

resource "random_password" "notebook" {
  length  = 24
  special = false
}

resource "digitalocean_droplet" "node" {
  count    = var.machines
  name     = "${var.name}-${count.index}"
  region   = var.region
  size     = "s-2vcpu-4gb"
  image    = "ubuntu-24-04-x64"
  vpc_uuid = digitalocean_vpc.main.id

  user_data = templatefile("${path.module}/cloud-init.yaml.tftpl", {
    password = random_password.notebook.result
  })

  lifecycle {
    # A new image or password is for new machines.
    ignore_changes = [image, user_data]
  }
}

output "addresses" {
  value = digitalocean_droplet.node[*].ipv4_address
}

output "password" {
  value     = random_password.notebook.result
  sensitive = true
}
