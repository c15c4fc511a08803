package builtin

import (
	"context"
	"crypto"
	"errors"

	"github.com/mlinfra/mlinfra/providers"
)

type tlsPublicKey struct {
	ID                string `cty:"id"                            is:"computed"           doc:"SHA-1 of the public key, hexadecimal."`
	PrivatePEM        string `cty:"private_key_pem"               is:"optional,sensitive" doc:"A private key in PEM."`
	PrivateOpenSSH    string `cty:"private_key_openssh"           is:"optional,sensitive" doc:"A private key of OpenSSH."`
	Algorithm         string `cty:"algorithm"                     is:"computed"           doc:"RSA, ECDSA or ED25519."`
	PEM               string `cty:"public_key_pem"                is:"computed"           doc:"The public key in PEM."`
	OpenSSH           string `cty:"public_key_openssh"            is:"computed"           doc:"The public key for authorized_keys; empty for P224."`
	FingerprintMD5    string `cty:"public_key_fingerprint_md5"    is:"computed"           doc:"MD5 of the public key, as OpenSSH shows it."`
	FingerprintSHA256 string `cty:"public_key_fingerprint_sha256" is:"computed"           doc:"SHA-256 of the public key, as OpenSSH shows it."`
}

var tlsPublicKeyData = providers.DataSource[providers.Clock, tlsPublicKey]{
	Type: "tls_public_key",
	Doc:  "The public key of a private one.",
	Read: readPublicKey,
	Examples: []string{
		`resource "tls_private_key" "example" {
  algorithm = "ED25519"
}

data "tls_public_key" "example" {
  private_key_openssh = tls_private_key.example.private_key_openssh
}`,
	},
}

func readPublicKey(_ context.Context, _ providers.Clock, x *tlsPublicKey) error {
	if (x.PrivatePEM == "") == (x.PrivateOpenSSH == "") {
		return errors.New("set exactly one of private_key_pem and private_key_openssh")
	}
	var key crypto.Signer
	var err error
	if x.PrivatePEM != "" {
		key, err = parseKey("private_key_pem", x.PrivatePEM)
	} else {
		key, err = parseOpenSSH("private_key_openssh", x.PrivateOpenSSH)
	}
	if err != nil {
		return err
	}
	if x.Algorithm, err = algorithmOf(key); err != nil {
		return err
	}
	pub, err := publicKeyOf(key)
	x.ID, x.PEM, x.OpenSSH, x.FingerprintMD5, x.FingerprintSHA256 = pub.id, pub.pem, pub.openssh, pub.md5, pub.sha256
	return err
}
