package builtin

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsPrivateKey struct {
	ID                string `cty:"id"                            is:"computed"           doc:"SHA-1 of the public key, hexadecimal."`
	Algorithm         string `cty:"algorithm"                     is:"required,replace,in=RSA|ECDSA|ED25519" doc:"RSA, ECDSA or ED25519."`
	RSABits           int    `cty:"rsa_bits"                      is:"else=2048,replace"  doc:"Size of an RSA key."`
	ECDSACurve        string `cty:"ecdsa_curve"                   is:"else=P224,replace,in=P224|P256|P384|P521" doc:"Curve of an ECDSA key: P224, P256, P384 or P521."`
	PEM               string `cty:"private_key_pem"               is:"computed,sensitive" doc:"The private key in PEM."`
	OpenSSH           string `cty:"private_key_openssh"           is:"computed,sensitive" doc:"The private key for OpenSSH; empty for P224."`
	PKCS8             string `cty:"private_key_pem_pkcs8"         is:"computed,sensitive" doc:"The private key in PEM, PKCS #8."`
	PublicPEM         string `cty:"public_key_pem"                is:"computed"           doc:"The public key in PEM."`
	PublicOpenSSH     string `cty:"public_key_openssh"            is:"computed"           doc:"The public key for authorized_keys; empty for P224."`
	FingerprintMD5    string `cty:"public_key_fingerprint_md5"    is:"computed"           doc:"MD5 of the public key, as OpenSSH shows it."`
	FingerprintSHA256 string `cty:"public_key_fingerprint_sha256" is:"computed"           doc:"SHA-256 of the public key, as OpenSSH shows it."`
}

var tlsPrivateKeyType = providers.Resource[providers.Clock, tlsPrivateKey]{
	Type:   "tls_private_key",
	Doc:    "A private key. It is kept in state: good for what is thrown away.",
	Holds:  "the key",
	Kept:   true,
	Create: createPrivateKey,
	Import: noImport[tlsPrivateKey](importTLS),
	Check:  checkPrivateKey,
	Examples: []string{
		`resource "tls_private_key" "example" {
  algorithm = "ED25519"
}`,
		`resource "tls_private_key" "example" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}`,
	},
}

// curves returns the curves of ECDSA keys by name.
func curves() map[string]elliptic.Curve {
	return map[string]elliptic.Curve{"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
}

func checkPrivateKey(_ *tlsPrivateKey, x tlsPrivateKey) error {
	if x.Algorithm == "RSA" && x.RSABits < 1024 {
		return fmt.Errorf("rsa_bits is %d: it must be at least 1024, and 2048 to be safe", x.RSABits)
	}
	return nil
}

func createPrivateKey(_ context.Context, _ providers.Clock, x *tlsPrivateKey, _ providers.Attempt) error {
	key, err := x.generate()
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	x.PKCS8 = encodePEM(pemPKCS8, der)
	x.PEM = x.PKCS8
	switch key := key.(type) {
	case *rsa.PrivateKey:
		x.PEM = encodePEM(pemRSA, x509.MarshalPKCS1PrivateKey(key))
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return err
		}
		x.PEM = encodePEM(pemEC, der)
	}
	if x.Algorithm != "ECDSA" || x.ECDSACurve != "P224" {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return err
		}
		x.OpenSSH = string(pem.EncodeToMemory(block))
	}
	pub, err := publicKeyOf(key)
	x.ID, x.PublicPEM, x.PublicOpenSSH, x.FingerprintMD5, x.FingerprintSHA256 = pub.id, pub.pem, pub.openssh, pub.md5, pub.sha256
	return err
}

func (x *tlsPrivateKey) generate() (crypto.Signer, error) {
	switch x.Algorithm {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, x.RSABits)
	case "ECDSA":
		return ecdsa.GenerateKey(curves()[x.ECDSACurve], rand.Reader)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}
