package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type account struct {
	ID              string `cty:"id"                is:"computed" doc:"UUID of the user."`
	UUID            string `cty:"uuid"              is:"computed" doc:"UUID of the user."`
	Email           string `cty:"email"             is:"computed" doc:"Address the user has registered with."`
	EmailVerified   bool   `cty:"email_verified"    is:"computed" doc:"Whether the address has been verified."`
	DropletLimit    int    `cty:"droplet_limit"     is:"computed" doc:"How many droplets there may be at one time."`
	FloatingIPLimit int    `cty:"floating_ip_limit" is:"computed" doc:"How many reserved addresses there may be."`
	Status          string `cty:"status"            is:"computed" doc:"State: active, warning or locked."`
	StatusMessage   string `cty:"status_message"    is:"computed" doc:"Why the account is in this state."`
}

var accountData = providers.DataSource[*client, account]{
	Type:     "digitalocean_account",
	Doc:      "The account that the token belongs to.",
	Read:     readAccount,
	Examples: []string{`data "digitalocean_account" "example" {}`},
}

func readAccount(ctx context.Context, c *client, x *account) error {
	got, _, err := c.Account.Get(ctx)
	if err != nil {
		return err
	}
	*x = account{
		ID: got.UUID, UUID: got.UUID, Email: got.Email, EmailVerified: got.EmailVerified,
		DropletLimit: got.DropletLimit, FloatingIPLimit: got.FloatingIPLimit,
		Status: got.Status, StatusMessage: got.StatusMessage,
	}
	return nil
}
