package builtin

import (
	"context"

	"github.com/google/uuid"

	"github.com/mlinfra/mlinfra/providers"
)

type randomUUID struct {
	ID      string             `cty:"id"      is:"computed"         doc:"The UUID."`
	Keepers map[string]*string `cty:"keepers" is:"optional,replace" doc:"Any values; a change makes a new UUID."`
	Result  string             `cty:"result"  is:"computed"         doc:"The UUID."`
}

var randomUUIDType = providers.Resource[hashCost, randomUUID]{
	Type:   "random_uuid",
	Doc:    "A random UUID.",
	Kept:   true,
	Create: createRandomUUID,
	Spell:  func(was randomUUID, x *randomUUID) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Examples: []string{
		`resource "random_uuid" "example" {}`,
		`resource "random_uuid" "example" {
  keepers = { cluster = "ml" }
}`,
	},
}

func createRandomUUID(_ context.Context, _ hashCost, x *randomUUID, _ providers.Attempt) error {
	x.Result = uuid.NewString()
	x.ID = x.Result
	return nil
}
