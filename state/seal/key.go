package seal

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Key wraps data keys. A key of a cloud's key management implements the same.
type Key interface {
	// ID names the key without giving it away.
	ID() string
	// Wrap returns the data key as only this key can read it.
	Wrap(dataKey []byte, purpose string) (Envelope, error)
	// Unwrap returns the data key, or ErrDamaged.
	Unwrap(e Envelope, purpose string) ([]byte, error)
}

// prefix begins the text of a key; its number is that of the format.
const prefix = "mlinfra-key-1:"

// secretKey is 32 random bytes.
type secretKey [keySize]byte

// newSecretKey makes a key.
func newSecretKey() (k secretKey, err error) {
	_, err = rand.Read(k[:])
	return k, err
}

// ID returns the beginning of a hash of the key.
func (k secretKey) ID() string {
	sum := sha256.Sum256(append([]byte("mlinfra key id "), k[:]...))
	return hex.EncodeToString(sum[:6])
}

// text returns the key as key files and MLINFRA_KEY have it.
func (k secretKey) text() string { return prefix + base64.RawURLEncoding.EncodeToString(k[:]) }

// Wrap seals the data key.
func (k secretKey) Wrap(dataKey []byte, purpose string) (Envelope, error) {
	b, err := newBox(k[:], "wrap "+purpose)
	if err != nil {
		return Envelope{}, err
	}
	return Envelope{Key: k.ID(), Wrapped: b.Seal(dataKey, k.ID())}, nil
}

// Unwrap opens the data key.
func (k secretKey) Unwrap(e Envelope, purpose string) ([]byte, error) {
	b, err := newBox(k[:], "wrap "+purpose)
	if err != nil {
		return nil, err
	}
	return b.Open(e.Wrapped, k.ID())
}

// parseKey reads a key: its own text, or 32 bytes in base64 or hex.
func parseKey(text string) (secretKey, error) {
	var k secretKey
	rest, own := strings.CutPrefix(text, prefix)
	for _, decode := range []func(string) ([]byte, error){
		base64.RawURLEncoding.DecodeString, base64.StdEncoding.DecodeString, base64.URLEncoding.DecodeString,
		base64.RawStdEncoding.DecodeString, hex.DecodeString,
	} {
		if raw, err := decode(rest); err == nil && len(raw) == keySize {
			copy(k[:], raw)
			return k, nil
		}
	}
	if own {
		return k, errors.New("a key that begins with " + prefix + " is cut off or mistyped")
	}
	return k, errors.New("it is no key")
}

// passphraseID is the ID of all keys that come from passphrases.
const passphraseID = "passphrase"

// minPassphrase is the shortest passphrase, in bytes.
const minPassphrase = 12

// iterations of PBKDF2 with SHA-512: several times what OWASP asks for.
const iterations = 600_000

// passphrase is a key that a person remembers. Each envelope has its own salt.
type passphrase struct {
	text string

	mu      sync.Mutex
	derived map[string]secretKey // by salt
}

func newPassphrase(text string) (*passphrase, error) {
	if len(text) < minPassphrase {
		return nil, fmt.Errorf("a passphrase has at least %d bytes, this one has %d", minPassphrase, len(text))
	}
	return &passphrase{text: text, derived: map[string]secretKey{}}, nil
}

// ID says that it is a passphrase, not which.
func (p *passphrase) ID() string { return passphraseID }

// Wrap seals the data key with a new salt.
func (p *passphrase) Wrap(dataKey []byte, purpose string) (Envelope, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return Envelope{}, err
	}
	k, err := p.derive(salt)
	if err != nil {
		return Envelope{}, err
	}
	e, err := k.Wrap(dataKey, purpose)
	e.Key, e.Salt = passphraseID, salt
	return e, err
}

// Unwrap opens the data key.
func (p *passphrase) Unwrap(e Envelope, purpose string) ([]byte, error) {
	k, err := p.derive(e.Salt)
	if err != nil {
		return nil, err
	}
	if dataKey, err := k.Unwrap(e, purpose); err == nil {
		return dataKey, nil
	}
	return nil, errors.New("this is not the passphrase that it was sealed with")
}

func (p *passphrase) derive(salt []byte) (secretKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.derived[string(salt)]; ok {
		return k, nil
	}
	raw, err := pbkdf2.Key(sha512.New, p.text, salt, iterations, keySize)
	if err != nil {
		return secretKey{}, err
	}
	k := secretKey(raw)
	p.derived[string(salt)] = k
	return k, nil
}

// passphrases are those that a keyring has: an envelope does not say which of
// them it needs.
type passphrases []*passphrase

// ID is that of all passphrases.
func (passphrases) ID() string { return passphraseID }

// Wrap seals the data key with the first.
func (p passphrases) Wrap(dataKey []byte, purpose string) (Envelope, error) {
	return p[0].Wrap(dataKey, purpose)
}

// Unwrap opens the data key with the one that fits.
func (p passphrases) Unwrap(e Envelope, purpose string) (dataKey []byte, err error) {
	for _, one := range p {
		if dataKey, err = one.Unwrap(e, purpose); err == nil {
			return dataKey, nil
		}
	}
	return nil, err
}
