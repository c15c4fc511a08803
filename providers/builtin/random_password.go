package builtin

import (
	"cmp"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/mlinfra/mlinfra/providers"
	"golang.org/x/crypto/bcrypt"
)

type randomPassword struct {
	ID              string             `cty:"id"               is:"computed"         doc:"Always none."`
	Keepers         map[string]*string `cty:"keepers"          is:"optional,replace" doc:"Any values; a change makes a new text."`
	Length          int                `cty:"length"           is:"required,replace" doc:"Number of characters."`
	Special         bool               `cty:"special"          is:"else=true,replace" doc:"Whether special characters may stand in it."`
	Upper           bool               `cty:"upper"            is:"else=true,replace" doc:"Whether upper-case letters may stand in it."`
	Lower           bool               `cty:"lower"            is:"else=true,replace" doc:"Whether lower-case letters may stand in it."`
	Number          *bool              `cty:"number"           is:"default,replace"  doc:"Old name of numeric."`
	Numeric         *bool              `cty:"numeric"          is:"default,replace"  doc:"Whether digits may stand in it; true if absent."`
	MinNumeric      int                `cty:"min_numeric"      is:"else=0,replace"   doc:"Least number of digits."`
	MinUpper        int                `cty:"min_upper"        is:"else=0,replace"   doc:"Least number of upper-case letters."`
	MinLower        int                `cty:"min_lower"        is:"else=0,replace"   doc:"Least number of lower-case letters."`
	MinSpecial      int                `cty:"min_special"      is:"else=0,replace"   doc:"Least number of special characters."`
	OverrideSpecial string             `cty:"override_special" is:"optional,replace" doc:"Special characters to choose from instead of the usual ones."`
	Result          string             `cty:"result"           is:"computed,sensitive"         doc:"The password."`
	BcryptHash      string             `cty:"bcrypt_hash" is:"computed,sensitive" doc:"A bcrypt hash of the first 72 bytes of the password."`
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
	return randomPassword{
		ID: "none", Result: id, BcryptHash: string(hash), Length: utf8.RuneCountInString(id),
		Special: true, Upper: true, Lower: true, Number: new(true), Numeric: new(true),
	}, err
}

func (x randomPassword) letters() letters {
	return letters{
		length:  x.Length,
		upper:   letterKind{x.Upper, x.MinUpper, upperLetters},
		lower:   letterKind{x.Lower, x.MinLower, lowerLetters},
		numeric: letterKind{x.Numeric == nil || *x.Numeric, x.MinNumeric, digits},
		special: letterKind{x.Special, x.MinSpecial, cmp.Or(x.OverrideSpecial, specialLetters)},
	}
}
