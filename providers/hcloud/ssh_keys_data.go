package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKeys struct {
	ID           string      `cty:"id"            is:"computed" doc:"Always ssh_keys."`
	WithSelector string      `cty:"with_selector" is:"optional" doc:"Label selector that the keys match; absent means all."`
	SSHKeys      []sshKeyRow `cty:"ssh_keys"      is:"computed" doc:"The keys that match."`
}

type sshKeyRow struct {
	ID          string            `cty:"id"          is:"computed" doc:"Number of the key."`
	Name        string            `cty:"name"        is:"computed" doc:"Name of the key."`
	Fingerprint string            `cty:"fingerprint" is:"computed" doc:"MD5 fingerprint."`
	PublicKey   string            `cty:"public_key"  is:"computed" doc:"Public key as in authorized_keys."`
	Labels      map[string]string `cty:"labels"      is:"computed" doc:"Labels of the user."`
}

var sshKeysData = providers.DataSource[*client, sshKeys]{
	Type: "hcloud_ssh_keys",
	Doc:  "The public keys of the project.",
	Read: readSSHKeys,
	Examples: []string{
		sshKeyExample + `

data "hcloud_ssh_keys" "example" {
  depends_on = [hcloud_ssh_key.example]
}`,
	},
}

func readSSHKeys(ctx context.Context, c *client, x *sshKeys) error {
	all, err := sought(ctx, c, sshKeyType, c.listSSHKeys, x.WithSelector, (*sshKey).fill)
	x.ID, x.SSHKeys = "ssh_keys", rows[sshKeyRow](all)
	return err
}
