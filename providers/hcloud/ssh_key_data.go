package hcloud

import (
	"cmp"
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKeyLookup struct {
	ID           string            `cty:"id"            is:"default"  doc:"Number of the key."`
	Name         string            `cty:"name"          is:"default"  doc:"Name of the key."`
	Fingerprint  string            `cty:"fingerprint"   is:"default"  doc:"MD5 fingerprint."`
	Selector     string            `cty:"selector"      is:"optional" doc:"Deprecated name of with_selector."`
	WithSelector string            `cty:"with_selector" is:"optional" doc:"Label selector that only this key matches."`
	PublicKey    string            `cty:"public_key"    is:"computed" doc:"Public key as in authorized_keys."`
	Labels       map[string]string `cty:"labels"        is:"computed" doc:"Labels of the user."`
}

var sshKeyData = providers.DataSource[*client, sshKeyLookup]{
	Type: "hcloud_ssh_key",
	Doc:  "A public key of the project by id, name, fingerprint or labels.",
	Read: lookUpSSHKey,
	Examples: []string{
		sshKeyExample + `

data "hcloud_ssh_key" "example" {
  name = hcloud_ssh_key.example.name
}`,
		`resource "hcloud_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
  labels     = { team = "ml" }
}

data "hcloud_ssh_key" "example" {
  with_selector = "team=ml"
  depends_on    = [hcloud_ssh_key.example]
}`,
	},
}

func lookUpSSHKey(ctx context.Context, c *client, x *sshKeyLookup) error {
	selector := cmp.Or(x.WithSelector, x.Selector)
	all, err := sought(ctx, c, sshKeyType, c.listSSHKeys, selector, (*sshKey).fill)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[sshKey]{"id", x.ID, func(k sshKey) string { return k.ID }},
		key[sshKey]{"name", x.Name, func(k sshKey) string { return k.Name }},
		key[sshKey]{"fingerprint", x.Fingerprint, func(k sshKey) string { return k.Fingerprint }},
		key[sshKey]{"with_selector", selector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}
