package main

import (
	"crypto/sha1"
	"fmt"
	"os"

	"github.com/mlinfra/mlinfra/providers/providertest"
)

// writeTerraformState writes, for sessions, the state that Terraform would have
// of what mlinfra state pull has printed.
func writeTerraformState(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	a := newApp(os.Environ())
	snap, err := a.readPulled(raw)
	if err != nil {
		return err
	}
	return os.WriteFile(to, providertest.TerraformState(snap, a.catalog, terraformSpelling), 0o600)
}

// terraformSpelling brings attributes into the words of Terraform's providers.
var terraformSpelling = map[string]func(map[string]any){
	"aws_iam_role_policy_attachment": func(a map[string]any) { a["id"] = a["role"].(string) + "-20240101000000000000000001" },
	"digitalocean_database_firewall": func(a map[string]any) { a["id"] = a["cluster_id"].(string) + "-20240101000000000000000001" },
	"digitalocean_droplet": func(a map[string]any) {
		a["user_data"] = fmt.Sprintf("%x", sha1.Sum([]byte(a["user_data"].(string))))
	},
}
