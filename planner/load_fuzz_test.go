package planner

import (
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

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
	} {
		f.Add(src)
	}
	catalog := toyCatalog()
	f.Fuzz(func(t *testing.T, src string) {
		fsys := fstest.MapFS{"main.tf": {Data: []byte(src)}}
		p, diags := config.Load(fsys, ".", catalog, nil)
		if diags.HasErrors() {
			return
		}
		if p.SetInputs(fsys, []string{"TF_VAR_n=3", "TF_VAR_o={}"}, nil).HasErrors() {
			return
		}
		for _, priors := range [][]Prior{nil, {prior(t, "toy_server.web", web), prior(t, "toy_server.web[0]", web)}} {
			plan, diags := Build(Input{
				Program: p, Env: config.Env{WorkDir: "/nowhere"}, Validate: true, Priors: priors,
				ReadData: func(_ string, _ cty.Value, typ *providers.Type, cfg cty.Value) (cty.Value, error) { return cfg, nil },
			})
			if diags.HasErrors() {
				continue
			}
			if _, err := (&File{Version: "v", Plan: plan}).Marshal(toyCatalog()); err != nil {
				t.Errorf("a plan that cannot be saved: %v", err)
			}
		}
	})
}
