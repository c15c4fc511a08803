package builtin

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type randomShuffle struct {
	ID          string             `cty:"id"           is:"computed"         doc:"Always a dash."`
	Keepers     map[string]*string `cty:"keepers"      is:"optional,replace" doc:"Any values; a change shuffles anew."`
	Seed        string             `cty:"seed"         is:"optional,replace" doc:"Text that always gives the same order."`
	Input       []string           `cty:"input"        is:"required,replace" doc:"Texts to shuffle."`
	ResultCount *int               `cty:"result_count" is:"optional,replace,min=0" doc:"How many to return, over and over if need be; all if absent."`
	Result      []string           `cty:"result"       is:"computed"         doc:"The texts in their new order."`
}

var randomShuffleType = providers.Resource[hashCost, randomShuffle]{
	Type:   "random_shuffle",
	Doc:    "Texts in a random order.",
	Kept:   true,
	Create: createRandomShuffle,
	Import: noImport[randomShuffle]("write the list into the configuration instead"),
	Spell:  func(was randomShuffle, x *randomShuffle) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Examples: []string{
		`resource "random_shuffle" "example" {
  input = ["fra1", "ams3", "nyc3"]
}`,
		`resource "random_shuffle" "example" {
  input        = ["fra1", "ams3", "nyc3"]
  result_count = 2
}`,
	},
}

func createRandomShuffle(_ context.Context, _ hashCost, x *randomShuffle, _ providers.Attempt) error {
	count := len(x.Input)
	if x.ResultCount != nil {
		count = *x.ResultCount
	}
	x.ID, x.Result = "-", nil
	for r := seeded(x.Seed); len(x.Input) > 0 && len(x.Result) < count; {
		for _, i := range r.Perm(len(x.Input)) {
			if len(x.Result) < count {
				x.Result = append(x.Result, x.Input[i])
			}
		}
	}
	return nil
}
