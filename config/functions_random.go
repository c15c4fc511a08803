package config

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"
)

// uuidFunc returns another identifier at every call.
var uuidFunc = function.New(&function.Spec{
	Type: function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
		id, err := uuid.NewRandom()
		return cty.StringVal(id.String()), err
	},
})

// uuidV5Func returns the identifier that a name has in a namespace.
var uuidV5Func = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "namespace", Type: cty.String}, {Name: "name", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		space, err := uuidNamespace(args[0].AsString())
		if err != nil {
			return cty.UnknownVal(cty.String), function.NewArgError(0, err)
		}
		return cty.StringVal(uuid.NewSHA1(space, []byte(args[1].AsString())).String()), nil
	},
})

func uuidNamespace(name string) (uuid.UUID, error) {
	switch name {
	case "dns":
		return uuid.NameSpaceDNS, nil
	case "url":
		return uuid.NameSpaceURL, nil
	case "oid":
		return uuid.NameSpaceOID, nil
	case "x500":
		return uuid.NameSpaceX500, nil
	}
	id, err := uuid.Parse(name)
	if err != nil {
		return id, fmt.Errorf("uuidv5() doesn't support namespace %s (%w); use dns, url, oid, x500 or a UUID", name, err)
	}
	return id, nil
}

// maxCost bounds the cost of bcrypt: every step doubles the time, and this is
// some ten seconds.
const maxCost = 18

// bcryptFunc hashes a password with hash. The arguments are checked also when
// hash gives an unknown value.
func bcryptFunc(hash func(password string, cost int) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "str", Type: cty.String}},
		VarParam: &function.Parameter{Name: "cost", Type: cty.Number},
		Type:     function.StaticReturnType(cty.String), RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			cost := bcrypt.DefaultCost
			switch {
			case len(args) > 2:
				return cty.UnknownVal(cty.String), errors.New("bcrypt() takes no more than two arguments")
			case len(args) == 2:
				if err := gocty.FromCtyValue(args[1], &cost); err != nil {
					return cty.UnknownVal(cty.String), function.NewArgError(1, err)
				}
			}
			if cost > maxCost {
				return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "a cost of %d would take too long; use at most %d", cost, maxCost)
			}
			return hash(args[0].AsString(), cost)
		},
	})
}

func bcryptHash(password string, cost int) (cty.Value, error) {
	b, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		return cty.UnknownVal(cty.String), fmt.Errorf("error occurred generating password: %w", err)
	}
	return cty.StringVal(string(b)), nil
}

func unknownHash(string, int) (cty.Value, error) { return cty.UnknownVal(cty.String), nil }

// rsaDecryptFunc decrypts what was encrypted with PKCS #1 v1.5 padding.
var rsaDecryptFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "ciphertext", Type: cty.String}, {Name: "privatekey", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		none := cty.UnknownVal(cty.String)
		secret, err := base64.StdEncoding.DecodeString(args[0].AsString())
		if err != nil {
			return none, function.NewArgErrorf(0, "failed to decode input %q: cipher text must be base64-encoded", args[0].AsString())
		}
		raw, err := ssh.ParseRawPrivateKey([]byte(args[1].AsString()))
		if err != nil {
			return none, function.NewArgErrorf(1, "invalid private key: %s", err)
		}
		key, ok := raw.(*rsa.PrivateKey)
		if !ok {
			return none, function.NewArgErrorf(1, "invalid private key type %T; an RSA key is required", raw)
		}
		//lint:ignore SA1019 the padding is part of what the function promises
		text, err := rsa.DecryptPKCS1v15(rand.Reader, key, secret)
		if err != nil {
			return none, fmt.Errorf("failed to decrypt: %w", err)
		}
		return cty.StringVal(string(text)), nil
	},
})
