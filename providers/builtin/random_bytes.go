package builtin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"github.com/mlinfra/mlinfra/providers"
)

// randomBytes has an id that Terraform's has not: every object needs one.
type randomBytes struct {
	ID      string             `cty:"id"      is:"computed"           doc:"Always none."`
	Keepers map[string]*string `cty:"keepers" is:"optional,replace"   doc:"Any values; a change makes new bytes."`
	Length  int                `cty:"length"  is:"required,replace,min=1" doc:"Number of bytes."`
	Base64  string             `cty:"base64"  is:"computed,sensitive" doc:"The bytes in base64."`
	Hex     string             `cty:"hex"     is:"computed,sensitive" doc:"The bytes in hexadecimal digits."`
}

var randomBytesType = providers.Resource[hashCost, randomBytes]{
	Type:   "random_bytes",
	Doc:    "Random bytes for a secret or a key.",
	Kept:   true,
	Create: createRandomBytes,
	Import: importRandomBytes,
	Examples: []string{
		`resource "random_bytes" "example" {
  length = 32
}`,
		`resource "random_bytes" "example" {
  length  = 32
  keepers = { version = "2" }
}`,
	},
}

func createRandomBytes(_ context.Context, _ hashCost, x *randomBytes, _ providers.Attempt) error {
	b := make([]byte, x.Length)
	if _, err := rand.Read(b); err != nil {
		return err
	}
	x.ID, x.Base64, x.Hex = "none", base64.StdEncoding.EncodeToString(b), hex.EncodeToString(b)
	return nil
}

// importRandomBytes takes the bytes in base64.
func importRandomBytes(id string) (randomBytes, error) {
	b, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(b) == 0 {
		return randomBytes{}, errors.New("wanted are the bytes in base64, such as hkvbcU5f8qGysTFhkI4gzf3yRWC1jXW3aRLCNQFOtNw=")
	}
	return randomBytes{ID: "none", Length: len(b), Base64: id, Hex: hex.EncodeToString(b)}, nil
}
