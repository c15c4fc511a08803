package builtin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type randomID struct {
	ID         string             `cty:"id"          is:"computed"         doc:"The bytes in base64 for URLs, without prefix."`
	Keepers    map[string]*string `cty:"keepers"     is:"optional,replace" doc:"Any values; a change makes a new id."`
	ByteLength int                `cty:"byte_length" is:"required,replace,min=1" doc:"Number of random bytes."`
	Prefix     string             `cty:"prefix"      is:"optional,replace" doc:"Text that the forms below begin with."`
	B64URL     string             `cty:"b64_url"     is:"computed"         doc:"The bytes in base64 for URLs."`
	B64Std     string             `cty:"b64_std"     is:"computed"         doc:"The bytes in usual base64."`
	Hex        string             `cty:"hex"         is:"computed"         doc:"The bytes in hexadecimal digits."`
	Dec        string             `cty:"dec"         is:"computed"         doc:"The bytes as a decimal number."`
}

var randomIDType = providers.Resource[hashCost, randomID]{
	Type:   "random_id",
	Doc:    "Random bytes for a name that must be unique.",
	Kept:   true,
	Create: createRandomID,
	Import: importRandomID,
	Spell:  func(was randomID, x *randomID) { x.Keepers = sameButNulls(was.Keepers, x.Keepers) },
	Examples: []string{
		`resource "random_id" "example" {
  byte_length = 4
}`,
		`resource "random_id" "example" {
  byte_length = 4
  prefix      = "ml-"
  keepers     = { image = "ubuntu-24-04-x64" }
}`,
	},
}

func createRandomID(_ context.Context, _ hashCost, x *randomID, _ providers.Attempt) error {
	b := make([]byte, x.ByteLength)
	if _, err := rand.Read(b); err != nil {
		return err
	}
	x.fill(b)
	return nil
}

// importRandomID takes the bytes in base64 for URLs, after the prefix and a
// comma if there is one.
func importRandomID(id string) (randomID, error) {
	x := randomID{}
	if i := strings.LastIndex(id, ","); i >= 0 {
		x.Prefix, id = id[:i], id[i+1:]
	}
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) == 0 {
		return x, errors.New("wanted is the id in base64 for URLs, such as p-9hUg, or a prefix, a comma and that, such as ml-,p-9hUg")
	}
	x.ByteLength = len(b)
	x.fill(b)
	return x, nil
}

func (x *randomID) fill(b []byte) {
	x.ID = base64.RawURLEncoding.EncodeToString(b)
	x.B64URL, x.B64Std = x.Prefix+x.ID, x.Prefix+base64.StdEncoding.EncodeToString(b)
	x.Hex, x.Dec = x.Prefix+hex.EncodeToString(b), x.Prefix+new(big.Int).SetBytes(b).String()
}
