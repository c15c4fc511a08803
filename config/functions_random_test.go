package config

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/bcrypt"
)

func TestUUIDV5(t *testing.T) {
	values{
		`uuidv5("dns", "www.terraform.io")`: `"a5008fae-b28c-5ba5-96cd-82b4c53552d6"`, `uuidv5("url", "https://www.terraform.io/")`: `"9db6f67c-dd95-5ea0-aa5b-e70e5c5f7cf5"`, `uuidv5("oid", "1.3.6.1.4")`: `"af9d40a5-7a36-5c07-b23a-851cd99fbfa5"`,
		`uuidv5("x500", "CN=Example,C=GB")`: `"84e09961-4aa4-57f8-95b7-03edb1073253"`, `uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io")`: `"a5008fae-b28c-5ba5-96cd-82b4c53552d6"`,
		`uuidv5("{6BA7B810-9dad-11d1-80b4-00c04fd430c8}", "x")`: `"05b16a01-46c6-56dd-bd6e-c6dfb4a1427a"`, `uuidv5("dns", "")`: `"4ebd0208-8328-5d69-8c44-ec50939c0967"`,
	}.check(t)
	refusals{`uuidv5("tada", "x")`: "uuidv5() doesn't support namespace tada (invalid UUID length: 4)", `uuidv5("", "x")`: "invalid UUID length: 0"}.check(t)
}

func TestBcrypt(t *testing.T) {
	v, diags := evalIn(t, Env{Time: "2026-01-02T03:04:05Z"}, `bcrypt("secret", 4)`)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(v.AsString()), []byte("secret")); err != nil {
		t.Error(err)
	}
	refusals{`bcrypt("x", 1, 2)`: "no more than two arguments", `bcrypt("x", 4.5)`: "whole number", `bcrypt("x", 31)`: "would take too long", `bcrypt(null)`: "must not be null"}.check(t)
	if _, diags := evalIn(t, Env{Time: "2026-01-02T03:04:05Z"}, `bcrypt(format("%80s", "x"), 4)`); !diags.HasErrors() || !strings.Contains(diags[0].Detail, "72 bytes") {
		t.Errorf("got %v, want an error about the length", diags)
	}
}

func TestRSADecrypt(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 the padding is part of what the function promises
	secret, err := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, b []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			b = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	write("pkcs8", "PRIVATE KEY", pkcs8, err)
	write("pkcs1", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
	edKey, err := x509.MarshalPKCS8PrivateKey(other)
	write("ed25519", "PRIVATE KEY", edKey, err)
	write("secret", "", []byte(base64.StdEncoding.EncodeToString(secret)), nil)
	for _, name := range []string{"pkcs1", "pkcs8"} {
		v, diags := eval(t, dir, `rsadecrypt(file("secret"), file("`+name+`"))`)
		if diags.HasErrors() || !v.RawEquals(cty.StringVal("message")) {
			t.Errorf("%s: got %#v, %v", name, v, diags)
		}
	}
	for expr, want := range map[string]string{
		`rsadecrypt("x!", file("pkcs1"))`: "must be base64-encoded", `rsadecrypt("eHg=", file("pkcs1"))`: "failed to decrypt", `rsadecrypt(file("secret"), "x")`: "invalid private key: ssh: no key found",
		`rsadecrypt(file("secret"), file("ed25519"))`: "an RSA key is required",
	} {
		if _, diags := eval(t, dir, expr); !diags.HasErrors() || !strings.Contains(diags[0].Detail, want) {
			t.Errorf("%s: got %v, want %q in it", expr, diags, want)
		}
	}
}
