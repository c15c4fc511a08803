package config_test

import (
	"testing"
	"testing/fstest"

	"github.com/mlinfra/mlinfra/config"
)

func TestRequiredVersions(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"at least an old one":           {`required_version = ">= 1.5"`, ""},
		"any of 1.x":                    {`required_version = "~> 1.9"`, ""},
		"a patch of 1.11":               {`required_version = "= 1.11.2"`, ""},
		"a later patch of 1.11":         {`required_version = ">= 1.11.3, < 1.12"`, ""},
		"only 1.10":                     {`required_version = "~> 1.10.0"`, "Unsupported Terraform Core version"},
		"a later language":              {`required_version = ">= 1.12"`, "Unsupported Terraform Core version"},
		"before 1.11":                   {`required_version = "< 1.11"`, "Unsupported Terraform Core version"},
		"no constraint":                 {`required_version = "new"`, "Invalid version constraint"},
		"not a string":                  {`required_version = 1 + var.x`, "Invalid version constraint"},
		"a provider's":                  {"required_providers {\n toy = {\n source = \"x/toy\"\n version = \"~> 99.0\"\n}\n}", ""},
		"a provider's in the old form":  {"required_providers {\n toy = \"~> 99.0\"\n}", ""},
		"a provider's that is none":     {"required_providers {\n toy = {\n version = \"soon\"\n}\n}", "Invalid version constraint"},
		"a provider's old one, neither": {"required_providers {\n toy = \"soon\"\n}", "Invalid version constraint"},
	} {
		t.Run(name, func(t *testing.T) {
			src := "terraform {\n" + c.body + "\n}\n"
			_, diags := config.Load(fstest.MapFS{"main.tf": {Data: []byte(src)}}, ".", config.Catalog{}, nil)
			got := ""
			if len(diags) > 0 {
				got = diags[0].Summary
			}
			if got != c.want {
				t.Errorf("%s: got %q, want %q (%v)", c.body, got, c.want, diags)
			}
		})
	}
}
