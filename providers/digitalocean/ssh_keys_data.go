package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKeys struct {
	ID      string       `cty:"id"       is:"computed"     doc:"Always ssh_keys."`
	Filters []listFilter `cty:"filter"   is:"optional,set" doc:"What a key has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"     is:"optional"     doc:"What the keys are ordered by, most important first."`
	SSHKeys []sshKeyRow  `cty:"ssh_keys" is:"computed"     doc:"The keys that match."`
}

type sshKeyRow struct {
	ID          string `cty:"id"          is:"computed" doc:"Number of the key."`
	Name        string `cty:"name"        is:"computed" doc:"Name of the key."`
	PublicKey   string `cty:"public_key"  is:"computed" doc:"Public key as in authorized_keys."`
	Fingerprint string `cty:"fingerprint" is:"computed" doc:"MD5 fingerprint."`
}

var sshKeysData = providers.DataSource[*client, sshKeys]{
	Type: "digitalocean_ssh_keys",
	Doc:  "The public keys of the account.",
	Read: readSSHKeys,
	Examples: []string{
		sshKeyExample + `

data "digitalocean_ssh_keys" "example" {
  filter {
    key    = "name"
    values = ["ml"]
  }

  sort {
    key = "name"
  }

  depends_on = [digitalocean_ssh_key.example]
}`,
	},
}

// readSSHKeys shares the list with the refresh and with all others: the API
// allows ten a minute.
func readSSHKeys(ctx context.Context, c *client, x *sshKeys) (err error) {
	x.ID = "ssh_keys"
	x.SSHKeys, err = selected(shapedAs[sshKeyRow](providers.All(ctx, c, sshKeyType, sshKey{})), x.Filters, x.Sorts)
	return err
}
