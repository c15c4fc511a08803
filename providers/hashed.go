package providers

import (
	"crypto/sha1" //nolint:gosec // of Terraform's choice, and no secret hangs on it
	"encoding/hex"
)

// Hashed reports whether was is the SHA-1 of text, in hexadecimal: Terraform's
// providers keep some long texts so, and what migrates from there has no other.
func Hashed(was, text string) bool {
	sum := sha1.Sum([]byte(text))
	return len(was) == hex.EncodedLen(len(sum)) && was == hex.EncodeToString(sum[:])
}
