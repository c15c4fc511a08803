# A network and machines for each team, from one module.

variable "teams" {
  description = "Machines and region of each team."
  type = map(object({
    region   = string
    machines = optional(number, 1)
  }))
  default = {
    vision = { region = "fra1", machines = 2 }
    speech = { region = "ams3" }
  }
}

provider "digitalocean" {
  alias    = "by_region"
  for_each = toset([for t in var.teams : t.region])
}

module "team" {
  source   = "./team"
  for_each = var.teams

  name     = each.key
  region   = each.value.region
  machines = each.value.machines
  ip_range = cidrsubnet("10.40.0.0/16", 4, index(keys(var.teams), each.key))

  providers = {
    digitalocean = digitalocean.by_region[each.value.region]
  }
}

output "addresses" {
  value = { for name, team in module.team : name => team.addresses }
}

output "passwords" {
  value     = { for name, team in module.team : name => team.password }
  sensitive = true
}
