package fake

import "testing"

func TestKeyPairs(t *testing.T) {
	const line = "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUFBQkFnTUVCUVlIQ0FrS0N3d05EZzhRRVJJVEZCVVdGeGdaR2hzY0hSNGYgbWVAZXhhbXBsZS5jb20="
	const tooShort = "c3NoLXJzYSBBQUFBQjNOemFDMXljMkVBQUFBREFRQUJBQUFBZ1FDNCt3PT0="
	a := newMachineAccount(t, Options{})
	text := a.do("ImportKeyPair", "KeyName=me", "PublicKeyMaterial="+line)
	id := all(text, "keyPairId")[0]
	a.wrong("InvalidKeyPair.Duplicate", "ImportKeyPair", "KeyName=me", "PublicKeyMaterial="+line)
	a.wrong("InvalidKey.Format", "ImportKeyPair", "KeyName=you", "PublicKeyMaterial=bm9uc2Vuc2U=")
	a.wrong("InvalidKey.Format", "ImportKeyPair", "KeyName=you", "PublicKeyMaterial=???")
	a.wrong("InvalidKey.Format", "ImportKeyPair", "KeyName=you", "PublicKeyMaterial="+tooShort)
	a.wrong("InvalidParameterValue", "ImportKeyPair", "KeyName=ä", "PublicKeyMaterial="+line)
	a.want("keyType", "ed25519", "DescribeKeyPairs", "KeyName.1=me")
	a.want("publicKey", "", "DescribeKeyPairs", "KeyPairId.1="+id)
	a.has(a.one("publicKey", "DescribeKeyPairs", "KeyPairId.1="+id, "IncludePublicKey=true"), "ssh-ed25519 AAAA")
	a.wrong("InvalidKeyPair.NotFound", "DescribeKeyPairs", "KeyName.1=you")
	a.do("DeleteKeyPair", "KeyName=you")
	a.want("keyPairId", id, "DeleteKeyPair", "KeyName=me")
	a.wrong("InvalidKeyPair.NotFound", "DescribeKeyPairs", "KeyPairId.1="+id)
}

func TestFingerprints(t *testing.T) {
	// The lines are ssh-keygen's, the fingerprints those of ssh-keygen -l for
	// Ed25519 and of openssl md5 over the DER form for RSA.
	for _, tt := range []struct{ kind, line, want string }{
		{"ed25519", edLine, edPrint},
		{"rsa", rsaLine, rsaPrint},
	} {
		k, err := parseKey(tt.line)
		if err != nil {
			t.Fatal(err)
		}
		if k.Type != tt.kind || k.Fingerprint != tt.want {
			t.Errorf("got %s %s, want %s %s", k.Type, k.Fingerprint, tt.kind, tt.want)
		}
	}
}

const (
	edLine   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDHutWJx/Q3DFcv2wlXiWp1kFIuLUkLfytJMmdl7xRwr me@x"
	edPrint  = "oMLMoigHDhPNtpBQNQwjji4jtkZ3UkTLNhHdZizJEIE="
	rsaLine  = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC8rFi+PjzVCmtiuat8e2e0hRZYAFwASR1gMloht32S8EBkpeIfKAJm1aCl/sFzG/p8Fc7bYGN5rtYT0sKjfO9OKQhBP9JkuXcPkMY0gDS4C3qylH2U7VhDno+KI1a3mw83pdIad2L4UlJhpKfKemfVJyQbjaJ30CTmsa5bXdv3ERaO/imWWhoS30WsCQqtBg9VgZvOjlGR+n5ilgnKvWZ+Ph2QAX/U0jgAvriozsBTXlKZLg1fC6/Z+Psw/aOr92ApcktO5Ovi0SMs16rBvkKK4i44lEe2AtXg92X457hNNBg8qgm7zKVDU4gP/ox0jO+xPtHadxRe2HmB+mS9Hg9h"
	rsaPrint = "64:1a:9b:67:bf:07:48:8c:d8:d9:5a:69:ff:93:6b:00"
)
