package builtin

import (
	"context"
	"fmt"
	"strings"

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
	Import: importRandomUUID,
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

func importRandomUUID(id string) (randomUUID, error) {
	u, err := uuid.Parse(id)
	if err != nil || u.String() != strings.ToLower(id) {
		return randomUUID{}, fmt.Errorf("%q is no UUID: wanted is one such as aabbccdd-eeff-0011-2233-445566778899", id)
	}
	return randomUUID{ID: u.String(), Result: u.String()}, nil
}
