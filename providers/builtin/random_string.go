package builtin

import (
	"context"
	"errors"

	"github.com/mlinfra/mlinfra/providers"
)

type randomString struct {
	ID string `cty:"id" is:"computed" doc:"The text."`
	randomText
	Result string `cty:"result" is:"computed" doc:"The text."`
}

var randomStringType = providers.Resource[hashCost, randomString]{
	Type:   "random_string",
	Doc:    "A random text that is no secret.",
	Kept:   true,
	Create: createRandomString,
	Import: importRandomString,
	Spell:  func(was randomString, x *randomString) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Check:  func(_ *randomString, x randomString) error { return x.letters().check(x.Number, x.Numeric) },
	Examples: []string{
		`resource "random_string" "example" {
  length = 16
}`,
		`resource "random_string" "example" {
  length           = 16
  upper            = false
  min_numeric      = 2
  override_special = "_-"
  keepers          = { version = "1" }
}`,
		`resource "random_string" "example" {
  length  = 16
  special = false
  keepers = { version = "2" }
}`,
	},
}

func createRandomString(_ context.Context, _ hashCost, x *randomString, _ providers.Attempt) (err error) {
	if x.Result, err = x.letters().text(); err != nil {
		return err
	}
	x.ID = x.Result
	return nil
}

// importRandomString takes the text; the rest is as a configuration has it that
// says no more than the length.
func importRandomString(id string) (randomString, error) {
	if id == "" {
		return randomString{}, errors.New("wanted is the text itself")
	}
	return randomString{ID: id, Result: id, randomText: usualText(id)}, nil
}
