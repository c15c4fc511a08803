package fakecloud

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

// Fingerprint returns the MD5 of an SSH key in authorized_keys form, in pairs of
// digits between colons. It reports whether publicKey is one line with a key.
func Fingerprint(publicKey string) (string, bool) {
	fields := strings.Fields(publicKey)
	if len(fields) < 2 || strings.ContainsAny(strings.TrimSpace(publicKey), "\r\n") {
		return "", false
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	// The blob begins with the length and the name of its type.
	if err != nil || len(blob) < 4+len(fields[0]) ||
		binary.BigEndian.Uint32(blob) != uint32(len(fields[0])) || string(blob[4:4+len(fields[0])]) != fields[0] {
		return "", false
	}
	return strings.ReplaceAll(fmt.Sprintf("% x", md5.Sum(blob)), " ", ":"), true
}
