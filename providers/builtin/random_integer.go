package builtin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type randomInteger struct {
	ID      string             `cty:"id"      is:"computed"         doc:"The number as text."`
	Keepers map[string]*string `cty:"keepers" is:"optional,replace" doc:"Any values; a change makes a new number."`
	Min     int64              `cty:"min"     is:"required,replace" doc:"Least number."`
	Max     int64              `cty:"max"     is:"required,replace" doc:"Greatest number."`
	Seed    string             `cty:"seed"    is:"optional,replace" doc:"Text that always gives the same number."`
	Result  int64              `cty:"result"  is:"computed"         doc:"The number."`
}

var randomIntegerType = providers.Resource[hashCost, randomInteger]{
	Type:   "random_integer",
	Doc:    "A random number of a range.",
	Kept:   true,
	Create: createRandomInteger,
	Import: importRandomInteger,
	Spell:  func(was randomInteger, x *randomInteger) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Check:  checkRandomInteger,
	Examples: []string{
		`resource "random_integer" "example" {
  min = 1
  max = 50000
}`,
		`resource "random_integer" "example" {
  min  = 1
  max  = 6
  seed = "die"
}`,
	},
}

func checkRandomInteger(_ *randomInteger, x randomInteger) error {
	if x.Max < x.Min {
		return fmt.Errorf("min is %d and max is %d: min must not be above max", x.Min, x.Max)
	}
	if x.Max-x.Min+1 <= 0 {
		return fmt.Errorf("the range from %d to %d is too wide: it must hold less than 2^63 numbers", x.Min, x.Max)
	}
	return nil
}

func createRandomInteger(_ context.Context, _ hashCost, x *randomInteger, _ providers.Attempt) error {
	// Intn and Int63n differ for a seed: Terraform takes the first.
	x.Result = int64(seeded(x.Seed).Intn(int(x.Max-x.Min+1))) + x.Min
	x.ID = strconv.FormatInt(x.Result, 10)
	return nil
}

// importRandomInteger takes the number, min and max, and the seed if there is one.
func importRandomInteger(id string) (randomInteger, error) {
	parts := strings.SplitN(id, ",", 4)
	numbers, ok := wholeNumbers(parts[:min(len(parts), 3)])
	if !ok || len(numbers) < 3 || numbers[0] < numbers[1] || numbers[0] > numbers[2] {
		return randomInteger{}, errors.New("wanted are the number, min and max with commas in between, such as 15390,1,50000, and a comma and the seed if there is one")
	}
	x := randomInteger{ID: strconv.FormatInt(numbers[0], 10), Result: numbers[0], Min: numbers[1], Max: numbers[2]}
	if len(parts) == 4 {
		x.Seed = parts[3]
	}
	return x, nil
}
