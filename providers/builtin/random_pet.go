package builtin

import (
	"context"
	"strings"

	petname "github.com/dustinkirkland/golang-petname"

	"github.com/mlinfra/mlinfra/providers"
)

type randomPet struct {
	ID        string             `cty:"id"        is:"computed"         doc:"The name, such as sharing-kodiak."`
	Keepers   map[string]*string `cty:"keepers"   is:"optional,replace" doc:"Any values; a change makes a new name."`
	Length    int                `cty:"length"    is:"else=2,replace,min=1" doc:"Number of words."`
	Prefix    string             `cty:"prefix"    is:"optional,replace" doc:"Text before the words."`
	Separator string             `cty:"separator" is:"else=-,replace"   doc:"Text between the words."`
}

var randomPetType = providers.Resource[hashCost, randomPet]{
	Type:   "random_pet",
	Doc:    "A random name that is easy to say.",
	Kept:   true,
	Create: createRandomPet,
	Import: noImport[randomPet]("write the name into the configuration instead"),
	Spell:  func(was randomPet, x *randomPet) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Examples: []string{
		`resource "random_pet" "example" {}`,
		`resource "random_pet" "example" {
  length    = 3
  prefix    = "ml"
  separator = "_"
  keepers   = { image = "ubuntu-24-04-x64" }
}`,
	},
}

func createRandomPet(_ context.Context, _ hashCost, x *randomPet, _ providers.Attempt) error {
	x.ID = strings.ToLower(petname.Generate(x.Length, x.Separator))
	if x.Prefix != "" {
		x.ID = x.Prefix + x.Separator + x.ID
	}
	return nil
}
