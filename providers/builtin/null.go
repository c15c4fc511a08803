package builtin

import (
	"context"
	"math/rand/v2"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

func nullProvider() *providers.Provider {
	return providers.Cloud[none, none]{
		Name: "null", Doc: "Objects that do nothing.",
		Connect: connectNone, Classify: refuse,
		Resources: []providers.Erasable{nullResourceType}, Data: []providers.Erasable{nullDataSourceData},
	}.Provider()
}

// randomNumber returns a random whole number as text.
func randomNumber() string { return strconv.FormatInt(rand.Int64(), 10) }

type nullResource struct {
	ID       string             `cty:"id"       is:"computed"         doc:"A random number."`
	Triggers map[string]*string `cty:"triggers" is:"optional,replace" doc:"Any values; a change replaces the object."`
}

var nullResourceType = providers.Resource[none, nullResource]{
	Type: "null_resource",
	Doc:  "Nothing, to hang triggers on; terraform_data does more.",
	Kept: true,
	Create: func(_ context.Context, _ none, x *nullResource, _ providers.Attempt) error {
		x.ID = randomNumber()
		return nil
	},
	Import: noImport[nullResource]("take the import away, a new one does the same"),
	Spell:  func(was nullResource, x *nullResource) { x.Triggers = sameButNulls(was.Triggers, x.Triggers) },
	Examples: []string{
		`resource "null_resource" "example" {}`,
		`resource "null_resource" "example" {
  triggers = { image = "ubuntu-24-04-x64" }
}`,
	},
}
