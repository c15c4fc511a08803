package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// keySize is that of AES-256.
const keySize = 32

// ErrDamaged means that a sealed text is not what was sealed: it has been
// changed, moved to another place, or sealed with another key.
var ErrDamaged = errors.New("it has been changed, or stands in a wrong place")

// Box seals and opens texts. It may be used from many goroutines.
type Box struct {
	aead cipher.AEAD
	mac  []byte // key of Digest
}

// newBox returns the box of a data key. Each purpose has a key of its own, so
// that nothing sealed for one can be passed off for the other.
func newBox(dataKey []byte, purpose string) (*Box, error) {
	key, err := hkdf.Key(sha256.New, dataKey, nil, "mlinfra 1 "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	mac, err := hkdf.Key(sha256.New, dataKey, nil, "mlinfra 1 digest "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(key)
	return &Box{aead, mac}, err
}

// newAEAD returns AES-256-GCM that draws a random nonce for each text and puts
// it in front.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal returns plain sealed for one place: Open needs the same context.
func (b *Box) Seal(plain []byte, context string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(context))
}

// Open returns what was sealed for the context, or ErrDamaged.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// Digest names a text without giving it away: that of a short secret cannot be
// guessed without the key.
func (b *Box) Digest(plain []byte) string {
	h := hmac.New(sha256.New, b.mac)
	h.Write(plain)
	return hex.EncodeToString(h.Sum(nil))
}

// Envelope is a data key wrapped by a Key. It is no secret.
type Envelope struct {
	Key     string `json:"key"`            // ID of the Key
	Salt    []byte `json:"salt,omitempty"` // of a passphrase
	Wrapped []byte `json:"wrapped"`
}

// NewEnvelope makes a data key for a purpose, such as "state", and wraps it.
func NewEnvelope(k Key, purpose string) (Envelope, *Box, error) {
	dataKey := make([]byte, keySize)
	if _, err := rand.Read(dataKey); err != nil {
		return Envelope{}, nil, err
	}
	e, err := k.Wrap(dataKey, purpose)
	if err != nil {
		return Envelope{}, nil, err
	}
	b, err := newBox(dataKey, purpose)
	return e, b, err
}

// Open returns the box of the envelope's data key.
func (e Envelope) Open(k Key, purpose string) (*Box, error) {
	dataKey, err := k.Unwrap(e, purpose)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", e.Key, err)
	}
	return newBox(dataKey, purpose)
}
