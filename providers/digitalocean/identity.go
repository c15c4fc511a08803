package digitalocean

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/digitalocean/godo"
)

// verify asks whose the token is. One without the scope account:read, and an
// emulator that does not know the call, leave that unknown.
func verify(ctx context.Context, c *client) error {
	got, _, err := c.Account.Get(ctx)
	var api *godo.ErrorResponse
	if errors.As(err, &api) && api.Response != nil && slices.Contains([]int{http.StatusForbidden, http.StatusNotFound}, api.Response.StatusCode) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case got.Team != nil && got.Team.UUID != "":
		c.owner = "team " + got.Team.UUID
	case got.UUID != "":
		c.owner = "account " + got.UUID
	}
	return nil
}

// identity names the team that owns everything the token leads to: tokens of
// several people, and several of one, lead to the same.
func identity(c *client) string { return c.owner }
