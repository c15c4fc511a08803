package builtin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
)

func tlsProvider(clock providers.Clock) *providers.Provider {
	return providers.Cloud[providers.Clock, none]{
		Name: "tls", Doc: "Keys and certificates, made here and kept in state.",
		Connect: connectTo(clock), Classify: refuse,
		Resources: []providers.Erasable{tlsCertRequestType, tlsLocallySignedCertType, tlsPrivateKeyType, tlsSelfSignedCertType},
		Data:      []providers.Erasable{tlsPublicKeyData},
	}.Provider()
}

// The names of PEM blocks.
const (
	pemPublicKey   = "PUBLIC KEY"
	pemPKCS8       = "PRIVATE KEY"
	pemRSA         = "RSA PRIVATE KEY"
	pemEC          = "EC PRIVATE KEY"
	pemCertificate = "CERTIFICATE"
	pemRequest     = "CERTIFICATE REQUEST"
)

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// algorithmOf returns the name of a key's algorithm.
func algorithmOf(key crypto.Signer) (string, error) {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "RSA", nil
	case *ecdsa.PrivateKey:
		return "ECDSA", nil
	case ed25519.PrivateKey, *ed25519.PrivateKey:
		return "ED25519", nil
	}
	return "", fmt.Errorf("a private key of type %T is not supported: use RSA, ECDSA or ED25519", key)
}

// parseKey reads a private key in PEM: PKCS #1, PKCS #8 or SEC 1.
func parseKey(name, text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", name)
	}
	var key any
	var err error
	switch block.Type {
	case pemRSA:
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case pemEC:
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case pemPKCS8:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%s holds a %s: give a private key", name, block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return signer(key)
}

// parseOpenSSH reads a private key in OpenSSH's form.
func parseOpenSSH(name, text string) (crypto.Signer, error) {
	key, err := ssh.ParseRawPrivateKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return signer(key)
}

func signer(key any) (crypto.Signer, error) {
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a private key of type %T cannot sign", key)
	}
	return s, nil
}

// publicKey is a public key in the forms that attributes have.
type publicKey struct{ id, pem, openssh, md5, sha256 string }

func publicKeyOf(key crypto.Signer) (publicKey, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return publicKey{}, err
	}
	p := publicKey{id: hashOf(string(der)), pem: encodePEM(pemPublicKey, der)}
	// OpenSSH knows no P224: what is about it is empty then.
	if pub, err := ssh.NewPublicKey(key.Public()); err == nil {
		p.openssh = string(ssh.MarshalAuthorizedKey(pub))
		p.md5, p.sha256 = ssh.FingerprintLegacyMD5(pub), ssh.FingerprintSHA256(pub)
	}
	return p, nil
}

// hashOf returns the id of what text describes, as Terraform makes it.
func hashOf(text string) string {
	sum := sha1.Sum([]byte(strings.TrimSpace(text)))
	return hex.EncodeToString(sum[:])
}

// keepHashed keeps the hash that a state of Terraform has of a PEM text, from
// before version 4 of its provider.
func keepHashed(was string, pem *string) {
	if providers.Hashed(was, strings.TrimSpace(*pem)) {
		*pem = was
	}
}
