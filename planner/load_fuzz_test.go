package planner

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// inner is the module that fuzzed configurations can call.
const inner = `
variable "name" {
	type     = string
	default  = "m"
	nullable = false
}
resource "toy_server" "in" {
	count = 1
	name  = "${path.module}-${var.name}"
}
output "id" {
	value     = toy_server.in[0].id
	sensitive = true
}
`

// FuzzLoad loads a configuration and, when that succeeds, checks it as
// mlinfra validate does: whatever people write, nothing may panic.
func FuzzLoad(f *testing.F) {
	for _, src := range []string{
		block("web", webConfig),
		block("web", webConfig+`
			count = 2
			tags  = toset([for s in ["a", "b"] : upper(s) if s != "b"])
			dynamic "disk" {
				for_each = { a = 1 }
				iterator = it
				content {
					kind = it.key
					gigs = it.value
				}
			}
			rule { port = "${count.index}" }
			lifecycle {
				ignore_changes       = [tags]
				replace_triggered_by = [toy_stone.a[0].id]
				precondition {
					condition     = var.n > 1
					error_message = "no"
				}
				postcondition {
					condition     = self.name != ""
					error_message = "no"
				}
			}`) + `
			resource "toy_stone" "a" { count = var.n }
			variable "n" {
				type    = number
				default = 2
				validation {
					condition     = var.n < 10
					error_message = "too many: ${var.n}"
				}
			}`,
		`variable "o" {
			type      = object({ a = optional(string, "x"), b = list(number) })
			default   = { b = [1] }
			sensitive = true
			nullable  = false
		}
		locals {
			a = { for k, v in var.o : k => v... }
			b = templatestring("x", {})
			c = try(local.a.x, jsondecode("{}"), null)
			d = <<-EOT
				%{for x in var.o.b~}
				${x}
				%{endfor~}
			EOT
			e = var.o.b[*]
			f = cidrsubnet("10.0.0.0/8", 8, 300)
		}
		output "x" {
			value     = local.d
			sensitive = true
		}`,
		`provider "toy" {
			alias  = "b"
			region = data.toy_image.i.id
		}
		data "toy_image" "i" {
			slug     = each.key
			for_each = toset(["a"])
		}
		resource "toy_server" "x" {
			provider = toy.b
			name     = data.toy_image.i["a"].slug
			for_each = { (timestamp()) = 1 }
		}`,
		`terraform {
			required_providers { toy = { source = "a/b/toy" } }
			backend "s3" {}
		}`,
		`module "m" {
			source     = "./m"
			for_each   = { a = 1 }
			name       = each.key
			providers  = { toy = toy.by[each.key] }
			depends_on = [toy_server.web]
		}
		provider "toy" {
			alias    = "by"
			for_each = toset(["a"])
			region   = each.value
		}
		resource "toy_server" "web" {
			name     = "w"
			provider = toy.by["a"]
			connection { host = self.ip }
			provisioner "local-exec" {
				when       = destroy
				on_failure = continue
				command    = "echo ${self.id}"
			}
			lifecycle {
				prevent_destroy = 1 == 2
				ignore_changes  = true ? [tags["a"], name] : all
				destroy         = false
				enabled         = true
			}
		}
		output "m" { value = module.m["a"].id }
		output "n" { value = [for m in module.m : m.id] }`,
		`moved {
			from = toy_server.web
			to   = module.m.toy_server.in[0]
		}
		moved {
			from = module.a
			to   = module.b["x"]
		}
		removed {
			from = toy_server.gone
			lifecycle { destroy = false }
		}
		import {
			for_each = { a = "1" }
			to       = toy_server.i[each.key]
			id       = each.value
		}
		resource "toy_server" "i" {
			for_each = { a = 1 }
			name     = "x"
		}
		check "c" {
			data "toy_image" "i" { slug = "a" }
			assert {
				condition     = data.toy_image.i.id != ""
				error_message = "no"
			}
		}
		variable "e" {
			ephemeral = true
			default   = 1
		}`,
	} {
		f.Add(src)
	}
	catalog := toyCatalog()
	f.Fuzz(func(t *testing.T, src string) {
		fsys := fstest.MapFS{"main.tf": {Data: []byte(src)}}
		p, diags := config.Load(fsys, ".", catalog, func(c config.ModuleCall) (string, fs.FS, error) {
			return "m", fstest.MapFS{"main.tf": {Data: []byte(inner)}}, nil
		})
		if diags.HasErrors() {
			return
		}
		if p.SetInputs(fsys, []string{"TF_VAR_n=3", "TF_VAR_o={}"}, nil).HasErrors() {
			return
		}
		for _, priors := range [][]Prior{nil, {prior(t, "toy_server.web", web), prior(t, "toy_server.web[0]", web)}} {
			plan, diags := Build(Input{
				Program: p, Env: config.Env{WorkDir: "/nowhere"}, Validate: len(priors) == 0, Priors: priors,
				Import: func(_ string, _ cty.Value, typ *providers.Type, have cty.Value) (cty.Value, error) {
					return web.with(attrs{"id": have.GetAttr("id")}).object(typ.Schema), nil
				},
				ReadData: func(_ string, _ cty.Value, typ *providers.Type, cfg cty.Value) (cty.Value, error) { return cfg, nil },
			})
			if diags.HasErrors() {
				continue
			}
			if _, err := (&File{Plan: plan}).Marshal(toyCatalog()); err != nil {
				t.Errorf("a plan that cannot be saved: %v", err)
			}
		}
	})
}
