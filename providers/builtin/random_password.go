package builtin

import (
	"context"
	"errors"

	"github.com/mlinfra/mlinfra/providers"
	"golang.org/x/crypto/bcrypt"
)

type randomPassword struct {
	ID string `cty:"id" is:"computed" doc:"Always none."`
	randomText
	Result     string `cty:"result"      is:"computed,sensitive" doc:"The password."`
	BcryptHash string `cty:"bcrypt_hash" is:"computed,sensitive" doc:"A bcrypt hash of the first 72 bytes of the password."`
}

var randomPasswordType = providers.Resource[hashCost, randomPassword]{
	Type:   "random_password",
	Doc:    "A random text that is never printed.",
	Holds:  "the password",
	Kept:   true,
	Create: createRandomPassword,
	Import: importRandomPassword,
	Spell:  func(was randomPassword, x *randomPassword) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Check:  func(_ *randomPassword, x randomPassword) error { return x.letters().check(x.Number, x.Numeric) },
	Examples: []string{
		`resource "random_password" "example" {
  length = 16
}`,
		`resource "random_password" "example" {
  length           = 16
  upper            = false
  min_numeric      = 2
  override_special = "_-"
  keepers          = { version = "1" }
}`,
		`resource "random_password" "example" {
  length  = 16
  special = false
  keepers = { version = "2" }
}`,
	},
}

func createRandomPassword(_ context.Context, cost hashCost, x *randomPassword, _ providers.Attempt) (err error) {
	if x.Result, err = x.letters().text(); err != nil {
		return err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(x.Result)[:min(len(x.Result), 72)], int(cost))
	x.ID, x.BcryptHash = "none", string(hash)
	return err
}

// importRandomPassword takes the password; the rest is as a configuration has
// it that says no more than the length.
func importRandomPassword(id string) (randomPassword, error) {
	if id == "" {
		return randomPassword{}, errors.New("wanted is the password itself")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(id)[:min(len(id), 72)], bcrypt.DefaultCost)
	return randomPassword{ID: "none", Result: id, BcryptHash: string(hash), randomText: usualText(id)}, err
}
