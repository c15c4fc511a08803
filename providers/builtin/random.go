package builtin

import (
	"hash/crc64"
	"math/rand"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// hashCost is what the bcrypt hash of a password costs, the client of all types.
type hashCost int

func randomProvider(cost hashCost) *providers.Provider {
	return providers.Cloud[hashCost, none]{
		Name: "random", Doc: "Random values that stay the same until something asks for others.",
		Connect: connectTo(cost), Classify: refuse, Imply: implyRandom,
		Resources: []providers.Erasable{
			randomBytesType, randomIDType, randomIntegerType, randomPasswordType, randomPetType, randomShuffleType, randomStringType, randomUUIDType,
		},
	}.Provider()
}

// implyRandom keeps number, an old name, and numeric the same; the default of
// both is true.
func implyRandom(_ none, t *providers.Type, config, _, want cty.Value) map[string]cty.Value {
	if t.Schema.Attr("numeric") == nil {
		return nil
	}
	number, numeric := config.GetAttr("number"), config.GetAttr("numeric")
	switch {
	case number.IsNull() && numeric.IsNull():
		return map[string]cty.Value{"number": cty.True, "numeric": cty.True}
	case number.IsNull():
		return map[string]cty.Value{"number": numeric}
	case numeric.IsNull():
		return map[string]cty.Value{"numeric": number}
	}
	return nil
}

// seeded returns a generator that gives the same for the same seed, as
// Terraform's does; without a seed its numbers differ each time.
func seeded(seed string) *rand.Rand {
	n := time.Now().UnixNano()
	if seed != "" {
		n = int64(crc64.Checksum([]byte(seed), crc64.MakeTable(crc64.ISO)))
	}
	return rand.New(rand.NewSource(n))
}
