package config

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
)

// digest is a function that hashes a text; with "file" before its name it
// hashes the content of a file.
type digest struct {
	name   string
	new    func() hash.Hash
	encode func([]byte) string
}

// SHA-1 and MD5 are here because configurations use them as names of content.
var digests = []digest{
	{"md5", md5.New, hex.EncodeToString},
	{"sha1", sha1.New, hex.EncodeToString},
	{"sha256", sha256.New, hex.EncodeToString},
	{"sha512", sha512.New, hex.EncodeToString},
	{"base64sha256", sha256.New, base64.StdEncoding.EncodeToString},
	{"base64sha512", sha512.New, base64.StdEncoding.EncodeToString},
}

func (d digest) ofText(s string) (string, error) {
	h := d.new()
	io.WriteString(h, s) // a hash takes everything
	return d.encode(h.Sum(nil)), nil
}

// ofFile reads the file itself: the way of a value would normalise the text
// and limit the size.
func (d digest) ofFile(env Env, path string) (string, error) {
	f, err := env.openFile(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := d.new()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return d.encode(h.Sum(nil)), nil
}
